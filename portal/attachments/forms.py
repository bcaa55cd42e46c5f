"""The form that hands in one file, and the words for why a file is not taken."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf.file import FileField
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
WORDS: dict[Refusal, Any] = {
    Refusal.EMPTY: _l("请先选一张照片或者一个 PDF。"),
    Refusal.TOO_LARGE: _l("文件太大，每个不超过 10 MB。请换小一点的。"),
    Refusal.TOO_MANY_PIXELS: _l("照片的尺寸太大。请用手机重新拍一张。"),
    Refusal.WRONG_TYPE: _l("这种文件看不了。请交照片（JPG、PNG、HEIC）或者 PDF。"),
    Refusal.BROKEN: _l("这张照片坏了，打不开。请重新拍一张。"),
    Refusal.INFECTED: _l("这个文件没有通过安全检查。请重新拍一张，或者拿到窗口交。"),
}


class PaperForm(PageForm):
    """What it is, the file."""

    kind = SelectField(_l("这是什么材料？"), [InputRequired(_l("请选这是什么材料。"))])
    file = FileField(_l("照片或者 PDF"), description=_l("可以用手机拍。每个不超过 10 MB。"))

    def offer(self, papers: Sequence[Paper]) -> None:
        """The kinds to choose from."""
        self.kind.choices = options([("", _("请选")), *((paper.id, _(paper.title)) for paper in papers)])

    def store(self, settings: Settings) -> Stored | None:
        """Put the file away; None where it is not taken, and then the form says why."""
        upload = self.file.data
        data = b""
        if isinstance(upload, FileStorage):  # a text under the name of the file is no file
            data = upload.stream.read(intake.LARGEST_BYTES + 1)
            upload.close()
        try:
            return keeping.store(data, settings)
        except NotTaken as refused:
            log.event("attachment.refused", why=refused.refusal.value)
            self.file.errors = [WORDS[refused.refusal]]
        except StorageError as failed:
            log.event("attachment.storage_failed", why=str(failed))
            self.file.errors = [_("现在存不了文件，请过几分钟再试。不交也可以，以后再补。")]
        return None
