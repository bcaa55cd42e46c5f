"""Between a page of the interview and its form: fields with what was told before, and back from what was sent."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from flask_babel import gettext as _
from wtforms import BooleanField, Field

from estimator.model import FactSpec
from portal.forms import MoneyField, PageForm
from portal.guidance import forms, words
from portal.guidance.household import NOBODY, Asked, Household
from portal.guidance.questions import NOT_FOR_CHILDREN, Page, page_id
from portal.guidance.questions import page as find_page
from portal.i18n import SOURCE, current_locale

_ONLY = "answer"
THIS_PERSON = "这个人"  # how the list of facts speaks of a member
NOTHING = "0"


def title(page: Page, household: Household) -> str:
    """The question as the citizen reads it; one person is called by name, several are asked about at once."""
    name = page.id.partition("@")[0]
    if page.persons == (NOBODY,) or len(page.persons) > 1:
        return words.question(name) or str(_(page.facts[0].question))
    person, question = page.persons[0], page.facts[0].question
    who = str(_("您")) if household.is_self(person) else household.label(person)
    if words.question(name + "@"):
        return words.question(name + "@").replace("{who}", who)
    if household.is_self(person):
        return str(_(question.replace(THIS_PERSON, "您")))  # the catalogues hold both forms
    if current_locale() == SOURCE:
        return question.replace(THIS_PERSON, who)
    return str(_("%(who)s：%(question)s", who=who, question=_(question)))


def help_text(page: Page) -> str:
    """The line under the question; where persons are ticked it does not speak of yes and no."""
    name = page.id.partition("@")[0]
    ours = words.who_help(name) if len(page.persons) > 1 else words.help(name)
    return ours or ("" if page.is_purse else str(_(page.facts[0].help)))


def form_of(page: Page, household: Household) -> PageForm:
    """The form of a page, filled with what was told."""
    return forms.question_form(_fields(page, household))


def _fields(page: Page, household: Household) -> dict[str, Field]:
    heading, help = title(page, household), help_text(page)
    if page.is_purse:
        return _purse_fields(page, household)
    spec, first = page.facts[0], page.asks[0]
    if len(page.persons) > 1 and spec.type == "truth":
        people = [(person, household.label(person)) for person in page.persons]
        field = forms.who_of(heading, help, people)
        field.kwargs["default"] = _who_told(page, household)
        return {_ONLY: field}
    if len(page.persons) > 1:
        found = {}
        for asked in page.asks:
            field = (
                forms.choice_for_one(household.label(asked.person), options(spec))
                if options(spec)
                else _number_field(spec, household.label(asked.person), "")
            )
            field.kwargs["default"] = shown_as(spec, asked, household)
            found[asked.person] = field
        return found
    match spec.type:
        case "truth":
            field = forms.three_answers(heading, help)
        case _ if options(spec):
            field = forms.one_of(heading, help, options(spec))
        case _:
            field = _number_field(spec, heading, help)
    field.kwargs["default"] = shown_as(spec, first, household)
    return {_ONLY: field}


def _number_field(spec: FactSpec, label: str, help: str) -> Field:
    if spec.type == "money":
        field = forms.money(label, bounds_of(spec))
        field.kwargs["description"] = help
        return field
    return forms.number(label, help, bounds_of(spec), whole=spec.type == "integer")


def bounds_of(spec: FactSpec) -> forms.Bounds:
    """Between which numbers an answer must lie."""
    return (spec.told_low if spec.told_low is not None else spec.low, spec.high)


def _purse_fields(page: Page, household: Household) -> dict[str, Field]:
    found: dict[str, Field] = {}
    for spec in page.shown:
        asked = Asked(spec.id, page.persons[0])
        field = forms.money(_part_name(spec), bounds_of(spec))
        field.kwargs["default"] = shown_as(spec, asked, household)
        found[_field_name(spec)] = field
    for spec in page.shown:
        unsure = Asked(spec.id, page.persons[0]).key in household.unsure
        found[_field_name(spec) + "_unsure"] = BooleanField(_part_name(spec), default=unsure)
    return found


def _part_name(spec: FactSpec) -> str:
    return words.purse_part(spec.id) or str(_(spec.question))


def options(spec: FactSpec) -> list[tuple[str, str]]:
    """The choices of a fact; a short run of whole numbers is chosen too, not typed."""
    if spec.options:
        return [(value, str(_(word))) for value, word in spec.options.items()]
    named = words.NUMBERED.get(spec.id)
    return [(str(value), str(word)) for value, word in enumerate(named)] if named else []


def _field_name(spec: FactSpec) -> str:
    return spec.id.rpartition(".")[2]


def _who_told(page: Page, household: Household) -> list[str]:
    told = [asked.person for asked in page.asks if household.told(asked) is True]
    if any(asked.key in household.unsure for asked in page.asks):
        return [*told, forms.UNSURE]
    if not told and all(household.told(asked) is False for asked in page.asks):
        return [forms.NOBODY_OF_US]
    return told


def shown_as(spec: FactSpec, asked: Asked, household: Household) -> str | None:
    """What a field starts with: the told value, “不清楚”, or nothing."""
    told = household.told(asked)
    if told is None:
        return (
            forms.UNSURE
            if asked.key in household.unsure and (spec.type == "truth" or options(spec))
            else None
        )
    if isinstance(told, bool):
        return forms.YES if told else forms.NO
    return str(told)


def take(page: Page, form: PageForm, household: Household) -> list[tuple[str, str]]:
    """Put a valid form's answers into the household; returns (field id, message) of what is still left open."""
    if page.is_purse:
        return _take_purse(page, form, household)
    spec = page.facts[0]
    _tell_of_children(page, household)
    if len(page.persons) > 1 and spec.type == "truth":
        ticked = form[_ONLY].data
        for asked in page.asks:
            if asked.person in ticked:
                household.tell(asked, True)
            elif forms.UNSURE in ticked:
                household.not_sure(asked)
            else:
                household.tell(asked, False)
        return []
    left = []
    for asked in page.asks:
        field = form[asked.person if len(page.persons) > 1 else _ONLY]
        value = value_of(spec, field)
        if value is None and field.data != forms.UNSURE:
            left.append((field.id, str(_("请填一个数。不清楚，就按“不清楚，跳过”。"))))
        elif value is None:
            household.not_sure(asked)
        else:
            household.tell(asked, value)
    return left


def value_of(spec: FactSpec, field: Field) -> Any:
    """What a field that was read says, as the facts have it; None for an empty one or “不清楚”."""
    if field.data == forms.UNSURE:
        return None
    if isinstance(field, MoneyField):
        return None if field.amount is None else str(field.amount)
    if isinstance(field, forms.NumberField):
        return (
            None if field.number is None else (int(field.number) if spec.type == "integer" else field.number)
        )
    if spec.type == "truth":
        return field.data == forms.YES
    return int(field.data) if spec.type == "integer" else field.data


def _take_purse(page: Page, form: PageForm, household: Household) -> list[tuple[str, str]]:
    """Amounts left empty count as none, as the page says, unless ticked as not known.

    A page with nothing on it at all is no answer: it is asked whether there really is nothing.
    """
    shown = {spec.id: (form[_field_name(spec)], form[_field_name(spec) + "_unsure"]) for spec in page.shown}
    if all(field.amount is None and not unsure.data for field, unsure in shown.values()):
        return [(_field_name(page.shown[0]), str(_("一项都没填。都没有，就按“都没有”。")))]
    for asked in page.asks:
        field, unsure = shown.get(asked.fact, (None, None))
        if field is not None and field.amount is not None:
            household.tell(asked, str(field.amount))
        elif unsure is not None and unsure.data:
            household.not_sure(asked)
        else:
            household.tell(asked, NOTHING)
    return []


def nothing(page: Page, household: Household) -> None:
    """“都没有” on a page of amounts: every one is zero."""
    for asked in page.asks:
        household.tell(asked, NOTHING)


def skip(page: Page, form: PageForm, household: Household) -> None:
    """“不清楚” for everything on the page that was not told, now or before."""
    _tell_of_children(page, household)
    typed = (
        {spec.id: form[_field_name(spec)] for spec in page.shown} if page.is_purse and form.validate() else {}
    )
    for asked in page.asks:
        field = typed.get(asked.fact)
        if field is not None and field.amount is not None:
            household.tell(asked, str(field.amount))
        elif household.told(asked) is None:
            household.not_sure(asked)


def _tell_of_children(page: Page, household: Household) -> None:
    """Children below working age have no work and no register of the unemployed, and nobody asks them."""
    for child in page.children:
        for fact in NOT_FOR_CHILDREN:
            household.tell(Asked(fact, child), False)


def told_lines(household: Household, specs: Mapping[str, FactSpec], day: date) -> list[tuple[str, str, str]]:
    """(page id, question, answer in words) of everything dealt with, for checking and changing."""
    settled: dict[str, list[Asked]] = {}
    for spec in specs.values():
        if spec.type == "group":
            continue
        people = [member["id"] for member in household.members] if spec.level == "member" else [NOBODY]
        for person in people:
            asked = Asked(spec.id, person)
            if household.is_settled(asked) and spec.id not in words.ON_THE_CARD:
                settled.setdefault(page_id(asked, specs), []).append(asked)
    found = []
    for id, asks in settled.items():
        shown = find_page(id, household, specs, (), day)
        if shown is not None:
            told = (
                _purse_said(asks, household) if shown.is_purse else _each_said(shown, asks, household, specs)
            )
            found.append((id, title(shown, household), told))
    return found


def _purse_said(asks: list[Asked], household: Household) -> str:
    """Only what there is: amounts above nothing, and what was not known."""
    parts = []
    for asked in asks:
        told = household.told(asked)
        if told is None:
            parts.append(words.purse_part(asked.fact) + " " + str(_("不清楚")))
        elif Decimal(str(told)) != 0:
            parts.append(words.purse_part(asked.fact) + " " + str(_("%(amount)s 元", amount=told)))
    return str(_("；")).join(parts) or str(_("都没有"))


def _each_said(page: Page, asks: list[Asked], household: Household, specs: Mapping[str, FactSpec]) -> str:
    said_of = [(asked.person, said(specs[asked.fact], household.told(asked))) for asked in asks]
    if page.persons == (NOBODY,) or len(page.persons) == 1:
        return said_of[0][1]
    return str(_("；")).join(f"{household.label(person)} {word}" for person, word in said_of)


def said(spec: FactSpec, value: Any) -> str:
    """An answer in words."""
    if value is None:
        return str(_("不清楚"))
    if isinstance(value, bool):
        return str(_("是") if value else _("不是"))
    named = dict(options(spec)).get(str(value))
    if named is not None:
        return named
    return str(_("%(amount)s 元", amount=value)) if spec.type == "money" else str(value)
