"""The forms of the estimate: place, person, one page of questions, resume code."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import (
    BooleanField,
    Field,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    ValidationError,
)
from wtforms.validators import InputRequired

from portal.forms import MoneyField, PageForm, options, plain_digits
from portal.guidance.words import RELATIONS

YES, NO, UNSURE, NOBODY_OF_US = "yes", "no", "unsure", "none"
OLDEST = 130
Bounds = tuple[Decimal | None, Decimal | None]


class ChecksField(SelectMultipleField):
    """Boxes to tick; the page macro draws them."""


class PlaceForm(PageForm):
    """In which county, and by the urban or the rural standard."""

    region = SelectField(
        _l("哪个县（市、区）？"),
        validators=[InputRequired(_l("请选一个县（市、区）。"))],
        validate_choice=True,
    )
    area = RadioField(
        _l("您家户口在城镇还是农村？"),
        description=_l("归社区（居委会）管是城镇，归村（村委会）管是农村。"),
        choices=options([("urban", _l("城镇")), ("rural", _l("农村")), (UNSURE, _l("不清楚"))]),
        validators=[InputRequired(_l("请选一项。不清楚就选“不清楚”。"))],
    )


class AgeField(StringField):
    """A whole age or a birth date in one field; `age` and `birth_date` hold what was read."""

    age: int | None = None
    birth_date: date | None = None

    def read(self, today: date) -> None:
        """Read what was typed; raises ValidationError with the cure."""
        text = plain_digits(str(self.data or "")).removesuffix("岁").removesuffix("周").strip()
        if not text:
            return
        parts = [int(part) for part in re.findall(r"\d+", text)]
        if re.fullmatch(r"\d{1,3}", text):
            self.age = parts[0]
        elif re.fullmatch(r"\d{8}", text):
            self.birth_date = _day(int(text[:4]), int(text[4:6]), int(text[6:]))
        elif len(parts) == 3:
            self.birth_date = _day(*parts)
        else:
            raise ValidationError(_("请填周岁，例如 72；或者出生日期，例如 1952-3-3。"))
        if self.birth_date is not None and today.year - self.birth_date.year > OLDEST:
            raise ValidationError(_("这个出生日期不对，请检查。"))
        if self.birth_date is not None and self.birth_date > today:
            raise ValidationError(_("这个出生日期还没有到，请检查。"))
        if self.age is not None and self.age > OLDEST:
            raise ValidationError(_("年纪填得太大了，请检查。"))


def _day(year: int, month: int, day: int) -> date:
    try:
        return date(year, month, day)
    except ValueError:
        raise ValidationError(_("没有这一天。请填出生日期，例如 1952-3-3。")) from None


class MemberForm(PageForm):
    """One person of the household."""

    relation = SelectField(
        _l("这个人是您的什么人？"),
        choices=options([("", _l("请选择")), *(pair for pair in RELATIONS.items() if pair[0] != "self")]),
        validators=[InputRequired(_l("请选这个人是您的什么人。"))],
    )
    age = AgeField(_l("多大年纪？"), description=_l("填周岁，例如 72。也可以填出生日期，例如 1952-3-3。"))
    age_unsure = BooleanField(_l("说不清年纪"))

    def __init__(self, *args: Any, today: date, is_self: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._today = today
        if is_self:
            del self.relation

    def validate_age(self, field: AgeField) -> None:
        field.read(self._today)
        if not str(field.data or "").strip() and not self.age_unsure.data:
            raise ValidationError(_("请填年纪。说不清，就勾上下面的“说不清年纪”。"))


class ResumeForm(PageForm):
    """The code that finds the saved answers."""

    code = StringField(_l("编码"), description=_l("12 位字母和数字，中间的横线不用填。"))


class NumberField(StringField):
    """A whole number or a share; `number` is its text for the facts, or None when left empty."""

    number: str | None = None

    def read(self, bounds: Bounds, *, whole: bool) -> None:
        """Read what was typed; raises ValidationError with the cure."""
        text = plain_digits(self.data or "")
        if not text:
            return
        if not re.fullmatch(r"\d{1,4}" if whole else r"\d{1,4}(\.\d{1,4})?", text):
            raise ValidationError(_("请只填数字，例如 6。"))
        low, high = bounds
        if (low is not None and Decimal(text) < low) or (high is not None and Decimal(text) > high):
            raise ValidationError(_("请填 %(low)s 到 %(high)s 之间的数。", low=low or 0, high=high or 9999))
        self.number = text


def question_form(fields: dict[str, Field]) -> PageForm:
    """A form of just these fields (by name, in order), filled from the request when it was posted."""
    form: PageForm = type("QuestionForm", (PageForm,), fields)()
    return form


def three_answers(label: str, help: str) -> Field:
    """Yes, no, or “不清楚”."""
    return RadioField(
        label,
        description=help,
        choices=options([(YES, _("是")), (NO, _("不是")), (UNSURE, _("不清楚"))]),
        validators=[InputRequired(_("请选一项。不清楚就选“不清楚”。"))],
    )


def one_of(label: str, help: str, offered: list[tuple[str, str]]) -> Field:
    """One of several, or “不清楚”."""
    return RadioField(
        label,
        description=help,
        choices=options([*offered, (UNSURE, _("不清楚"))]),
        validators=[InputRequired(_("请选一项。不清楚就选“不清楚”。"))],
    )


def who_of(label: str, help: str, people: list[tuple[str, str]]) -> Field:
    """Tick everybody it is true of, or nobody, or “不清楚”."""
    return ChecksField(
        label,
        description=help,
        choices=options([*people, (NOBODY_OF_US, _("都不是")), (UNSURE, _("别的人不清楚"))]),
        validators=[_some_and_not_contradictory],
    )


def _some_and_not_contradictory(_form: Any, field: Field) -> None:
    if not field.data:
        raise ValidationError(_("请勾一项。都不是，就勾“都不是”。"))
    if NOBODY_OF_US in field.data and len(field.data) > 1:
        raise ValidationError(_("勾了“都不是”，就不要再勾别的。"))


def choice_for_one(label: str, offered: list[tuple[str, str]]) -> Field:
    """A list to choose from for one person; “不清楚” is one of the choices."""
    return SelectField(
        label,
        choices=options([("", _("请选择")), *offered, (UNSURE, _("不清楚"))]),
        validators=[InputRequired(_("请给%(who)s选一项。不清楚就选“不清楚”。", who=label))],
    )


def money(label: str, bounds: Bounds) -> Field:
    """An amount; a loss may be told where the estimator takes one."""

    def within(_form: Any, field: MoneyField) -> None:
        if plain_digits(field.data or "").startswith("-") and (bounds[0] is None or bounds[0] >= 0):
            raise ValidationError(_("这里不能填负数。没有就填 0。"))

    return MoneyField(label, validators=[within])


def number(label: str, help: str, bounds: Bounds, *, whole: bool) -> Field:
    """A number within its bounds, or nothing."""

    def read(_form: Any, field: NumberField) -> None:
        field.read(bounds, whole=whole)

    return NumberField(label, description=help, validators=[read])
