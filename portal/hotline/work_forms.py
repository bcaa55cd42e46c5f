"""Forms of the work around calls."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import DateTimeLocalField, RadioField, SelectField, StringField, TextAreaField, ValidationError
from wtforms.validators import DataRequired, Length, Optional

from portal import clock
from portal.forms import PageForm, options, validate_phone
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


class NoteForm(PageForm):
    """What is worth remembering of a call or a delivery."""

    text = TextAreaField(_l("记什么"), [DataRequired(_l("请写一句。")), Length(max=300)])


class WhenForm(PageForm):
    """A time in the near future."""

    when = SelectField(_l("什么时候打"), choices=options(_WHEN.items()), default=_SOON)
    at = DateTimeLocalField(_l("自己定时间"), [Optional()], format="%Y-%m-%dT%H:%M")

    def validate_when(self, field: Any) -> None:
        if field.data == _OWN and not any(self.at.raw_data or ()):
            raise ValidationError(_("请写日期和时间。"))

    def validate_at(self, field: Any) -> None:
        if self.when.data == _OWN and not timedelta() < self.due_at() - clock.now() < _FARTHEST:
            raise ValidationError(_("时间要在现在以后，60 天以内。"))

    def due_at(self) -> datetime:
        """The chosen moment."""
        now = clock.local(clock.now())
        match self.when.data:
            case "2h":
                return now + timedelta(hours=2)
            case "17":
                evening = datetime.combine(now.date(), time(17), tzinfo=clock.LOCAL_ZONE)
                return evening if evening > now else now + timedelta(minutes=30)
            case "9":
                return datetime.combine(now.date() + timedelta(days=1), time(9), tzinfo=clock.LOCAL_ZONE)
            case "own" if self.at.data is not None:
                chosen: datetime = self.at.data
                return chosen.replace(tzinfo=clock.LOCAL_ZONE)
            case _:
                return now + timedelta(minutes=30)


class CallBackForm(WhenForm):
    """A promise to ring back."""

    phone = StringField(_l("打哪个号码"), [DataRequired(_l("请写电话号码。")), validate_phone])
    about = TextAreaField(_l("打过去说什么"), [DataRequired(_l("请写一句。")), Length(max=300)])


class DoneForm(PageForm):
    """How a call-back ended."""

    told = TextAreaField(_l("说了什么，结果怎样"), [DataRequired(_l("请写一句。")), Length(max=300)])


class GiveForm(PageForm):
    """Who keeps the promise instead."""

    owner = SelectField(_l("交给谁"), [DataRequired(_l("请选一个人。"))])


class HandOverForm(PageForm):
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
