"""The one form of the progress pages: number and query code from the receipt."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import Field, StringField, ValidationError
from wtforms.validators import InputRequired, Length

from portal import codes
from portal.forms import PageForm
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
