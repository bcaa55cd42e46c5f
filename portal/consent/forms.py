"""The signer's pages: code, one page for each act, the name, and saying no."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, HiddenField, RadioField, StringField
from wtforms.validators import InputRequired, Length

from portal.forms import PageForm, options


class CodeForm(PageForm):
    code = StringField(
        _l("签字码"),
        [InputRequired(_l("请填签字码。"))],
        description=_l("6 位字母或数字，请您的人会告诉您。"),
    )
    tail = StringField(
        _l("您身份证号的后四位"),
        [InputRequired(_l("请填身份证号的后四位。"))],
        description=_l("用来确认是您本人。最后一位可能是 X。"),
    )


class SupporterCodeForm(PageForm):
    code = StringField(
        _l("签字码"),
        [InputRequired(_l("请填签字码。"))],
        description=_l("6 位字母或数字，请您的人会告诉您。"),
    )


class NameForm(PageForm):
    name = StringField(
        _l("签上您的名字"),
        [InputRequired(_l("请写您的名字。")), Length(max=60, message=_l("名字太长了。"))],
        description=_l("写身份证上的姓名。写了名字，再按“签字”，就算签好。"),
    )
    drawing = HiddenField()


def act_form(act: str, persons: list[tuple[str, str | None, bool]]) -> PageForm:
    """One page's form: a tick, or yes and no, for the signer and for each ward; never filled in advance.

    `persons` are (member id, ward's name or None for the signer himself, health facts given).
    """

    class ActForm(PageForm):
        pass

    for member_id, ward, health in persons:
        field: Any
        if act == "sensitive":
            if not health:
                continue
            label = (
                _l("%(name)s 的病情和残疾信息，可以用吗？", name=ward)
                if ward
                else _l("您的病情和残疾信息，可以用吗？")
            )
            field = RadioField(
                label,
                [InputRequired(_l("请选一个。同意或者不同意都可以。"))],
                choices=options([("yes", _l("同意用")), ("no", _l("不同意"))]),
            )
        elif act == "authorisation":
            label = (
                _l("我是 %(name)s 的监护人，替他（她）授权", name=ward)
                if ward
                else _l("我授权核对我本人的收入和财产")
            )
            field = BooleanField(
                label, [InputRequired(_l("要授权，请在这里打勾。不授权，请按下面的“我不同意”。"))]
            )
        elif ward is not None:
            continue
        elif act == "mandate":
            field = BooleanField(
                _l("我请他（她）替我填申请"),
                [InputRequired(_l("要委托，请在这里打勾。不委托，请按下面的“我不同意”。"))],
            )
        elif act == "declaration":
            field = BooleanField(
                _l("我看过了，我承诺"),
                [InputRequired(_l("看过以后，请在这里打勾。有不对的，请让填的人改。"))],
            )
        else:
            field = BooleanField(_l("我看过了"), [InputRequired(_l("看过以后，请在这里打勾。"))])
        setattr(ActForm, f"person_{member_id}", field)
    return ActForm()
