"""Forms of signing in, of one's own account, and of the supervisor's page of people."""

from __future__ import annotations

import re
from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import Field, PasswordField, RadioField, StringField, ValidationError
from wtforms.validators import InputRequired, Length, Optional

from portal import regions
from portal.forms import PageForm, options
from portal.hotline import credentials, guessable, words
from portal.hotline.access import EVERYWHERE, Role
from portal.hotline.accounts import LOGIN

_GUESSED = {
    guessable.Why.LEAKED: _l("这个密码已经泄露过，很多人知道。请换一句别人想不到的话。"),
    guessable.Why.USUAL: _l("这个密码容易被猜到。请换一句别人想不到的话。"),
}


class SignInForm(PageForm):
    """Account, password and the telephone's code; with a start code in the place of the password, no code."""

    login = StringField(_l("账号"), [InputRequired(_l("请填账号。")), Length(max=80)])
    password = PasswordField(
        _l("密码"),
        [InputRequired(_l("请填密码。第一次登录填开通码。")), Length(max=credentials.LONGEST)],
        description=_l("第一次登录，填组长给您的开通码。"),
    )
    code = StringField(
        _l("动态码"),
        [Length(max=40)],
        description=_l("手机上的 6 位数字。手机不在身边，填一个备用码。第一次登录空着。"),
    )


class NewPasswordForm(PageForm):
    """A new password, typed twice."""

    login = ""  # set by the view: the password may not hold the account's name
    password = PasswordField(
        _l("新密码"),
        [
            InputRequired(_l("请填新密码。")),
            Length(min=credentials.SHORTEST, message=_l("太短了，至少 12 位。")),
            Length(max=credentials.LONGEST, message=_l("太长了，最多 128 位。")),
        ],
        description=_l("至少 12 位。可以是一句只有您知道的话。不要用账号名和常见的词。"),
    )
    again = PasswordField(_l("再填一次新密码"), [InputRequired(_l("请再填一次新密码。"))])

    def validate_password(self, field: Field) -> None:
        found = None if field.errors else guessable.why(field.data or "", self.login)
        if found is not None:
            raise ValidationError(_GUESSED[found])

    def validate_again(self, field: Field) -> None:
        if field.data != self.password.data:
            raise ValidationError(_l("两次填的不一样。请再填一次。"))


class ChangePasswordForm(NewPasswordForm):
    """The same, after the present password."""

    present = PasswordField(_l("现在的密码"), [InputRequired(_l("请填现在的密码。"))])


class PresentPasswordForm(PageForm):
    """The present password, before the telephone or the recovery codes are changed."""

    present = PasswordField(_l("现在的密码"), [InputRequired(_l("请填现在的密码。"))])


class PhoneCodeForm(PageForm):
    """The first code of a telephone that has just read the picture."""

    code = StringField(
        _l("手机上的 6 位数字"), [InputRequired(_l("请填手机上的 6 位数字。")), Length(max=20)]
    )


def _places(_form: Any, field: Field) -> None:
    """Names or codes of places, parted by blanks or commas, to `field.codes`."""
    found: list[str] = []
    for typed in re.split(r"[\s,，、;；]+", (field.data or "").strip()):
        if not typed:
            continue
        if typed == EVERYWHERE:
            found.append(EVERYWHERE)
            continue
        places = regions.search(typed, 2)
        exact = [place for place in places if typed in (place.code, place.name, place.full_name)]
        chosen = exact if len(exact) == 1 else list(places)
        if len(chosen) != 1:
            raise ValidationError(
                _l("没有认出“%(typed)s”是哪里。请写全称或者 6 位编号，例如 延吉市 或 222401。", typed=typed)
            )
        found.append(chosen[0].code)
    if not found:
        raise ValidationError(_l("请至少写一个地方。"))
    field.codes = found


class RightsForm(PageForm):
    """Role and places; auditors are made by command only."""

    role = RadioField(
        _l("岗位"),
        choices=options([(role.value, words.ROLES[role]) for role in (Role.OPERATOR, Role.SUPERVISOR)]),
        default=Role.OPERATOR.value,
    )
    counties = StringField(
        _l("服务的地方"),
        [Length(max=400), _places],
        description=_l("写地名或者 6 位编号，几个地方用空格分开。写市或省，下面的区县都算。"),
    )


def _login(_form: Any, field: Field) -> None:
    field.data = (field.data or "").strip().lower()
    if not LOGIN.fullmatch(field.data):
        raise ValidationError(_l("账号用小写字母开头，2 到 40 位，可以有数字、点和横线。例如 li.na。"))


class NewPersonForm(RightsForm):
    """Somebody new."""

    login = StringField(_l("账号"), [InputRequired(_l("请填账号。")), _login], description=_l("例如 li.na"))
    name = StringField(
        _l("姓名"), [InputRequired(_l("请填姓名。")), Length(max=40, message=_l("太长了，最多 40 个字。"))]
    )
    email = StringField(
        _l("电子邮箱（可以不填）"),
        [Optional(), Length(max=200)],
        description=_l("用省里的统一登录时，按它认人。"),
    )
