"""The form that hands in files, and the words for why a file is not taken."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import Any

from flask import request
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf.file import MultipleFileField
from werkzeug.datastructures import FileStorage
from wtforms import SelectField
from wtforms.validators import InputRequired

from portal import log
from portal.attachments import intake, keeping
from portal.attachments.intake import NotTaken, Refusal
from portal.attachments.keeping import Stored
from portal.attachments.papers import Paper
from portal.attachments.storage import StorageError
from portal.config import Settings
from portal.forms import PageForm, options

ACCEPTED = "image/jpeg,image/png,image/heic,image/heif,.heic,application/pdf"
MOST_AT_ONCE = 40 * 1024 * 1024
WORDS: dict[Refusal, Any] = {
    Refusal.EMPTY: _l("请先选一张照片或者一个 PDF。"),
    Refusal.TOO_LARGE: _l("文件太大，每个不超过 10 MB。请换小一点的。"),
    Refusal.TOO_MANY_PIXELS: _l("照片的尺寸太大。请用手机重新拍一张。"),
    Refusal.WRONG_TYPE: _l("这种文件看不了。请交照片（JPG、PNG、HEIC）或者 PDF。"),
    Refusal.BROKEN: _l("这张照片坏了，打不开。请重新拍一张。"),
    Refusal.CLOSED: _l("这个 PDF 打不开。请把材料拍成照片再交。"),
    Refusal.INFECTED: _l("这个文件没有通过安全检查。请重新拍一张，或者拿到窗口交。"),
}


class PaperForm(PageForm):
    """What it is, the files: one or several at a time."""

    kind = SelectField(_l("这是什么材料？"), [InputRequired(_l("请选这是什么材料。"))])
    file = MultipleFileField(
        _l("照片或者 PDF，可以选几个"), description=_l("可以用手机拍。每个不超过 10 MB，一次不超过 40 MB。")
    )

    def offer(self, papers: Sequence[Paper]) -> None:
        """The kinds to choose from."""
        self.kind.choices = options([("", _("请选")), *((paper.id, _(paper.title)) for paper in papers)])

    def store(self, settings: Settings, room: int) -> list[Stored]:
        """Put the files away, at most `room`; what is not taken is said beside the field, by its place."""
        uploads = [one for one in self.file.data or () if isinstance(one, FileStorage)]
        problems: list[str] = []
        kept: list[Stored] = []
        for place, upload in enumerate(uploads or [None], start=1):
            wrong = self._store(upload, settings, kept) if len(kept) < room else _("最多能传的已经满了。")
            if wrong:
                problems.append(
                    _("第 %(place)s 个没有传上：%(why)s", place=place, why=wrong)
                    if len(uploads) > 1
                    else str(wrong)
                )
        self.file.errors = problems
        return kept

    def _store(self, upload: FileStorage | None, settings: Settings, kept: list[Stored]) -> Any:
        data = b""
        if upload is not None:
            data = upload.stream.read(intake.LARGEST_BYTES + 1)
            upload.close()
        try:
            kept.append(keeping.store(data, settings))
        except NotTaken as refused:
            log.event("attachment.refused", why=refused.refusal.value)
            return WORDS[refused.refusal]
        except StorageError as failed:
            log.event("attachment.storage_failed", why=str(failed))
            return _("现在存不了文件，请过几分钟再试。不交也可以，以后再补。")
        return None


def allow_several(endpoints: Collection[str]) -> Callable[[str | None, dict[str, Any] | None], None]:
    """Lets requests to these pages carry several files; to be called before anything reads the form."""

    def allow(endpoint: str | None, _values: dict[str, Any] | None) -> None:
        if endpoint in endpoints:
            request.max_content_length = MOST_AT_ONCE

    return allow
