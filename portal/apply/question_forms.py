"""A page of the table as a form: each kind of field with its control, its checks and its words."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from flask_babel import gettext as _
from wtforms import Field as Control
from wtforms import RadioField, SelectField, SelectMultipleField, StringField, TextAreaField, ValidationError
from wtforms.validators import InputRequired, Length, Optional

from portal.apply.forms import SectionForm, validate_past_day
from portal.apply.questions import NONE, PERIODS, UNCLEAR, Field, Page
from portal.forms import MoneyField, options, plain_digits, validate_id_number, validate_phone

Choices = Sequence[tuple[str, str]]


class QuestionForm(SectionForm):
    """One page's fields under their own names."""

    def to_answers(self) -> dict[str, Any]:
        """As kept; a period without its amount says nothing."""
        told = super().to_answers()
        return {key: value for key, value in told.items() if not key.endswith("_per") or key[:-4] in told}


def form_for(page: Page, data: dict[str, Any], *, places: Choices = (), people: Choices = ()) -> QuestionForm:
    """The form of a page. `places` are the counties to choose from, `people` those who can be named."""
    made = type("AskedForm", (QuestionForm,), {field.id: _control(field, page) for field in page.fields})
    form: QuestionForm = made(data=data)
    for field in page.fields:
        if field.kind == "region":
            form[field.id].choices = options([("", _("请选择")), *places])
        elif field.kind == "person":
            form[field.id].choices = options([("", _("请选择")), *people])
    return form


def words(field: Field, people: Choices = ()) -> dict[str, str]:
    """What the values of a field with choices are called."""
    match field.kind:
        case "period":
            return dict(zip(PERIODS, (_("每月"), _("每年")), strict=True))
        case "person":
            return dict(people)
        case _:
            return {value: _(label) for value, label in field.choices}


def word(field: Field, value: Any) -> str | None:
    """What one value of a field with choices is called, or None; the others are not looked up for it."""
    return next((_(label) for choice, label in field.choices if choice == value), None)


def _control(field: Field, page: Page) -> Any:
    heads = field == page.fields[0] and (page.amount or field.label == page.question)
    label = _(field.label)
    hint = " ".join(
        part
        for part in (
            _(field.help) if field.help else _(page.help) if heads and page.help else "",
            _("由部门核对，不用交证明。") if field.checked else "",
        )
        if part
    )
    checks: list[Any] = [InputRequired(_(field.lacks)) if field.lacks else Optional()]
    match field.kind:
        case "one":
            return RadioField(label, checks, choices=_choices(field), description=hint)
        case "some":
            return SelectMultipleField(label, [*checks, _one_way], choices=_choices(field), description=hint)
        case "choose":
            return SelectField(
                label, checks, choices=options([("", _("请选择")), *words(field).items()]), description=hint
            )
        case "region" | "person":
            return SelectField(label, checks, description=hint)
        case "period":
            return SelectField(
                _("%(kind)s：每月还是每年", kind=label),
                choices=options(words(field).items()),
                default="month",
            )
        case "money":
            return MoneyField(label, checks, description=hint)
        case "number":
            return StringField(label, [*checks, _number], description=hint)
        case "day":
            return StringField(label, [*checks, validate_past_day], description=hint)
        case "phone":
            return StringField(label, [*checks, validate_phone], description=hint)
        case "id_number":
            return StringField(label, [*checks, validate_id_number], description=hint)
        case kind:
            longest = Length(max=field.longest, message=_("太长了，最多 %(n)s 个字。", n=field.longest))
            control = TextAreaField if kind == "long" else StringField
            return control(label, [*checks, longest], description=hint)


def _choices(field: Field) -> Any:
    return options(words(field).items())


def _one_way(_form: Any, field: Control) -> None:
    """“None of them” and “not sure” stand alone."""
    told = set(field.data or ())
    if len(told) > 1 and told & {NONE, UNCLEAR}:
        raise ValidationError(_("您选了“没有”或者“不清楚”，又选了别的。请改一下。"))


def _number(_form: Any, field: Control) -> None:
    """A count or an area: a plain number that is not negative."""
    text = plain_digits(field.data or "").rstrip("亩人口平方米㎡").strip()
    if not re.fullmatch(r"\d{1,6}(\.\d{1,2})?", text):
        raise ValidationError(_("请只填数字，例如 3。不清楚可以不填。"))
    field.data = text
