"""The forms of the progress pages: number and query code from the receipt, and what has changed since."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import Field, SelectMultipleField, StringField, TextAreaField, ValidationError
from wtforms.validators import InputRequired, Length

from portal import codes
from portal.forms import PageForm, options
from portal.handoff import NUMBER_LENGTH


def _well_formed(_form: Any, field: Field) -> None:
    if not codes.is_well_formed(codes.normalise(field.data or ""), NUMBER_LENGTH):
        raise ValidationError(_l("申请编号是 10 位字母和数字。请对照回执再填一次。"))


class SignInForm(PageForm):
    """What stands on the receipt."""

    number = StringField(
        _l("申请编号"),
        [InputRequired(_l("请填申请编号。")), Length(max=60), _well_formed],
        description=_l("在回执上，10 位。字母大小写都行。"),
    )
    query_code = StringField(
        _l("查询码"),
        [InputRequired(_l("请填查询码。")), Length(max=60)],
        description=_l("在回执上，编号的下面。"),
    )


class ChangeForm(PageForm):
    """What has changed at home since the application was sent (社会救助法 art. 46)."""

    kinds = SelectMultipleField(
        _l("什么变了？可以选几个"),
        [InputRequired(_l("请至少选一个。"))],
        choices=options(
            [
                ("people", _l("家里的人（生、死、结婚、离婚、搬进搬出）")),
                ("income", _l("收入")),
                ("property", _l("财产")),
                ("spending", _l("花钱的地方")),
                ("contact", _l("电话或者住址")),
                ("other", _l("别的")),
            ]
        ),
    )
    text = TextAreaField(
        _l("用自己的话写"),
        [InputRequired(_l("请写一两句。")), Length(max=500, message=_l("太长了，最多 500 个字。"))],
        description=_l("例如：儿子上个月找到工作了。"),
    )


class ConfirmForm(PageForm):
    """She confirms herself what she said on the telephone."""

    tail = StringField(
        _l("您身份证号的后四位"),
        [InputRequired(_l("请填身份证号的后四位。")), Length(max=10)],
        description=_l("用来确认是您本人。最后一位可能是 X。"),
    )
