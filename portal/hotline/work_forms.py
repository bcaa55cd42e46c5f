"""Forms of the work around calls."""

from __future__ import annotations

import re
from datetime import datetime, time, timedelta
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import RadioField, SelectField, StringField, TextAreaField, ValidationError
from wtforms.validators import DataRequired, Length

from portal import clock
from portal.forms import PageForm, options, plain_digits, validate_phone
from portal.hotline.kept import TypedForm
from portal.hotline.work import Reason

REASONS = {
    Reason.URGENT: _l("急：没饭吃、没药吃、没地方住"),
    Reason.VISIT: _l("要上门看看"),
    Reason.STUCK: _l("申请卡住了，过了期限"),
    Reason.RULE: _l("政策拿不准，要县里定"),
    Reason.COMPLAINT: _l("不服、投诉"),
    Reason.OTHER: _l("别的"),
}
_SOON, _LATER, _EVENING, _MORNING, _OWN = "30m", "2h", "17", "9", "own"
_WHEN = {
    _SOON: _l("半小时后"),
    _LATER: _l("两小时后"),
    _EVENING: _l("今天 17:00"),
    _MORNING: _l("明天 9:00"),
    _OWN: _l("下面的时间"),
}
_FARTHEST = timedelta(days=60)


class NoteForm(TypedForm):
    """What is worth remembering of a call or a delivery."""

    text = TextAreaField(_l("记什么"), [DataRequired(_l("请写一句。")), Length(max=300)])


class WhenForm(TypedForm):
    """A time in the near future: one of the usual ones, or typed as month, day, hour and minute."""

    when = SelectField(_l("什么时候打"), choices=options(_WHEN.items()), default=_SOON)
    at = StringField(
        _l("自己定时间"), [Length(max=30)], description=_l("例如 11-23 15:00。只有时间就是今天。")
    )

    def validate_when(self, field: Any) -> None:
        if field.data == _OWN and not (self.at.data or "").strip():
            raise ValidationError(_("请写日期和时间。"))

    def validate_at(self, field: Any) -> None:
        if self.when.data != _OWN or not (field.data or "").strip():
            return
        moment = read_moment(field.data, clock.local(clock.now()))
        if moment is None:
            raise ValidationError(_("看不懂这个时间。请写成 11-23 15:00 的样子。"))
        if not timedelta() < moment - clock.now() < _FARTHEST:
            raise ValidationError(_("时间要在现在以后，60 天以内。"))

    def due_at(self) -> datetime:
        """The chosen moment; only of a valid form."""
        now = clock.local(clock.now())
        soon = now + timedelta(minutes=30)
        match self.when.data:
            case "2h":
                return now + timedelta(hours=2)
            case "17":
                evening = datetime.combine(now.date(), time(17), tzinfo=clock.LOCAL_ZONE)
                return evening if evening > now else soon
            case "9":
                return datetime.combine(now.date() + timedelta(days=1), time(9), tzinfo=clock.LOCAL_ZONE)
            case "own":
                return read_moment(self.at.data or "", now) or soon
            case _:
                return soon


def read_moment(text: str, now: datetime) -> datetime | None:
    """A typed time as it is meant: the next such day if there is no year, today if there is no day; None if unclear."""
    numbers = [int(part) for part in re.findall(r"\d+", plain_digits(text))]
    try:
        match numbers:
            case [hour, minute]:
                return now.replace(hour=hour, minute=minute, second=0, microsecond=0)
            case [month, day, hour, minute]:
                found = datetime(now.year, month, day, hour, minute, tzinfo=clock.LOCAL_ZONE)
                return found.replace(year=now.year + 1) if found < now - timedelta(days=180) else found
            case [year, month, day, hour, minute]:
                return datetime(year, month, day, hour, minute, tzinfo=clock.LOCAL_ZONE)
    except ValueError:
        return None
    return None


class CallBackForm(WhenForm):
    """A promise to ring back."""

    phone = StringField(_l("打哪个号码"), [DataRequired(_l("请写电话号码。")), validate_phone])
    about = TextAreaField(_l("打过去说什么"), [DataRequired(_l("请写一句。")), Length(max=300)])


class DoneForm(TypedForm):
    """How a call-back ended."""

    told = TextAreaField(_l("说了什么，结果怎样"), [DataRequired(_l("请写一句。")), Length(max=300)])


class GiveForm(PageForm):
    """Who keeps the promise instead."""

    owner = SelectField(_l("交给谁"), [DataRequired(_l("请选一个人。"))])


class HandOverForm(TypedForm):
    """What the county must see to."""

    place = StringField(_l("哪个县（市、区）"), [DataRequired(_l("请写县的名字。")), Length(max=40)])
    reason = RadioField(
        _l("为什么要县里办"),
        [DataRequired(_l("请选一个。"))],
        choices=options((reason.value, word) for reason, word in REASONS.items()),
    )
    text = TextAreaField(
        _l("说明白：什么事，要县里做什么"), [DataRequired(_l("请写一句。")), Length(max=300)]
    )
