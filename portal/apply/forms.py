"""What every page of the application shares, and the few pages that are no plain questions.

`to_answers` of a form gives what the draft keeps; `shown` what a page starts with.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import RadioField, SelectMultipleField, StringField, ValidationError
from wtforms.validators import InputRequired

from portal import clock
from portal.apply import programmes
from portal.apply.document import money
from portal.forms import MoneyField, PageForm, options, plain_digits


class SectionForm(PageForm):
    """A page of the application whose fields are kept under their own names."""

    def to_answers(self) -> dict[str, Any]:
        """The page's answers: money as decimal strings, empty fields left out."""
        kept: dict[str, Any] = {}
        for field in self:
            if field.name == "csrf_token":
                continue
            value = field.data
            if isinstance(field, MoneyField):
                value = None if field.amount is None else money(field.amount)
            if isinstance(value, str):
                value = value.strip()
            if value not in (None, "", []):
                kept[field.name] = value
        return kept


def shown(kept: Mapping[str, Any]) -> dict[str, Any]:
    """Kept answers as a page shows them again: whole amounts without decimals."""
    return {
        key: value.removesuffix(".00")
        if isinstance(value, str) and re.fullmatch(r"-?\d+\.00", value)
        else value
        for key, value in kept.items()
    }


def read_date(text: str) -> date | None:
    """A day as people write it: 2015-3-8, 2015年3月8日, 2015.3.8, 20150308."""
    plain = plain_digits(text)
    parts = re.fullmatch(r"(\d{4})(\d{2})(\d{2})", plain) or re.fullmatch(
        r"(\d{4})\s*[年./-]\s*(\d{1,2})\s*[月./-]\s*(\d{1,2})\s*日?", plain
    )
    if not parts:
        return None
    try:
        return date(*(int(part) for part in parts.groups()))
    except ValueError:
        return None


def validate_past_day(_form: Any, field: Any) -> None:
    """A day that is not in the future; kept in ISO form."""
    day = read_date(field.data or "")
    if day is None:
        raise ValidationError(_l("请写成 2015年3月8日 这样。"))
    if not date(1900, 1, 1) <= day <= clock.today():
        raise ValidationError(_l("这个日期不对，请检查。"))
    field.data = day.isoformat()


class ResumeForm(PageForm):
    code = StringField(
        _l("您的编码"),
        [InputRequired(_l("请填编码。"))],
        description=_l("12 位字母和数字。大小写都行，横线可以不写。"),
    )


class ProgrammesForm(SectionForm):
    programmes = SelectMultipleField(
        _l("想申请什么？可以选几项"),
        [InputRequired(_l("请至少选一项。拿不准就选“低保”，部门会看您合适哪一项。"))],
        choices=options(
            [
                (programme, _l("%(name)s：%(about)s", name=name, about=programmes.ABOUT[programme]))
                for programme, name in programmes.NAMES.items()
            ]
        ),
        description=_l("只填一次。几项一起办。"),
    )


class GuardianForm(SectionForm):
    guardian = RadioField(
        _l("谁是监护人？"),
        [InputRequired(_l("请选一个。"))],
        description=_l("监护人替他（她）签字。一般是父母、配偶或者成年子女。"),
    )
