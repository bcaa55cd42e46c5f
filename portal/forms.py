"""Form parts that every feature shares: a saving form, dates, money and people's own numbers.

Values that cannot be read become a message with the cure; what was typed stays in the field.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import Field, RadioField, SelectMultipleField, StringField, ValidationError
from wtforms.fields import SelectChoice

from portal import clock

_FULL_WIDTH = {ord("０") + i: str(i) for i in range(10)} | {ord("．"): ".", ord("，"): ",", ord("－"): "-"}
_ID_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_ID_CHECK = "10X98765432"
_CHOICES = (RadioField, SelectMultipleField)  # drawn as a group of buttons or boxes


class PageForm(FlaskForm):
    """One page of questions; errors are shown in a summary that links to the fields."""

    def problems(self) -> list[tuple[str, str]]:
        """(id of what to press or fill in, message) of everything that is wrong, in page order.

        For choices that is the first of them: the group itself cannot take the focus.
        """
        return [
            (f"{field.id}-0" if isinstance(field, _CHOICES) else field.id, str(message))
            for field in self
            if field.name != "csrf_token"
            for message in field.errors
        ]


def options(pairs: Iterable[tuple[str, Any]]) -> list[SelectChoice]:
    """Choices of a select, radio or checkbox field from (value, words)."""
    return [SelectChoice(value, words) for value, words in pairs]


def plain_digits(text: str) -> str:
    """Full-width digits and signs as people's keyboards give them, to half width."""
    return text.translate(_FULL_WIDTH).strip()


class MoneyField(StringField):
    """An amount in yuan; `data` keeps what was typed, `amount` is a Decimal or None when left empty."""

    amount: Decimal | None = None

    def post_validate(self, form: Any, validation_stopped: bool) -> None:
        text = plain_digits(self.data or "").replace(",", "").replace("，", "").removesuffix("元").strip()
        if not text:
            self.amount = None
            return
        try:
            amount = Decimal(text)
        except InvalidOperation:
            raise ValidationError(_l("请只填数字，例如 1200。不清楚可以不填。")) from None
        if not amount.is_finite() or abs(amount) >= Decimal("1000000000"):
            raise ValidationError(_l("这个数太大了，请检查。"))
        if amount.as_tuple().exponent < -2:  # type: ignore[operator]  # finite, so it is an int
            raise ValidationError(_l("最多写到分，例如 1200.50。"))
        self.amount = amount


def validate_id_number(_form: Any, field: Field) -> None:
    """Length, date and check digit of a resident identity number (GB 11643).

    The region part is not checked: numbers outlive division codes, and real people would be refused.
    """
    number = plain_digits(field.data or "").replace(" ", "").upper()
    if not re.fullmatch(r"\d{17}[\dX]", number):
        raise ValidationError(_l("身份证号是 18 位，最后一位可以是 X。请对照证件再填一次。"))
    try:
        born = date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        born = date.min
    if not date(1900, 1, 1) <= born <= clock.today():
        raise ValidationError(_l("身份证号里的出生日期不对。请对照证件再填一次。"))
    total = sum(weight * int(digit) for weight, digit in zip(_ID_WEIGHTS, number, strict=False))
    if _ID_CHECK[total % 11] != number[17]:
        raise ValidationError(_l("身份证号有一位可能填错了。请对照证件再填一次。"))
    field.data = number


def validate_phone(_form: Any, field: Field) -> None:
    """A mainland mobile or landline number, however it was grouped."""
    digits = re.sub(r"[\s-]", "", plain_digits(field.data or ""))
    if not re.fullmatch(r"(\+?86)?(1\d{10}|0\d{9,11})", digits):
        raise ValidationError(_l("请填 11 位手机号，或者带区号的座机号。"))
    field.data = digits
