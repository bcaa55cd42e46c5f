"""The form of the estimate with the caller: every fact that still matters as one small field, any may stay empty.

Facts and their visibility are the citizen's own interview's; nothing says who the caller is.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask_babel import gettext as _
from wtforms import BooleanField, Field, SelectField

from estimator.model import FactSpec
from portal.forms import MoneyField, PageForm, options
from portal.guidance import answering, forms, questions, words
from portal.guidance.advice import Advice
from portal.guidance.forms import NO, UNSURE, YES, AgeField
from portal.guidance.household import MOST_MEMBERS, NOBODY, Asked, Household
from portal.i18n import N_

AGE = "member.age"


RELATION = "member.relation"


# Always there: without them nothing can be said of anybody.
ALWAYS = frozenset({"area", AGE, RELATION})


_NOT_A_FIELD = frozenset({"member.birth_date", "member.co_living"})


_NOTHING_ELSE = "none"


SHORT = {
    "area": N_("户口算城镇还是农村"),
    "member.age": N_("年纪"),
    "member.relation": N_("是本人的什么人"),
    "member.student": N_("在上学"),
    "member.employed": N_("有工作"),
    "member.registered_unemployed": N_("登记失业"),
    "member.disability_grade": N_("残疾证几级"),
    "member.disability_category": N_("残疾类别"),
    "member.severe_illness": N_("得了重病"),
    "member.labour_capacity": N_("能不能干活"),
    "household.hukou_local": N_("户口在本地"),
    "household.residence_permit": N_("有居住证"),
    "household.currently_on_dibao": N_("正领着低保"),
}


@dataclass(frozen=True, slots=True)
class Box:
    """One field of the sheet; `wanted` while its answer can still change something, `next` if it is asked now."""

    field: Field
    label: str
    wanted: bool
    next: bool
    money: bool

    @property
    def shown(self) -> bool:
        return self.wanted or bool(self.field.data) or bool(self.field.errors)


@dataclass(frozen=True, slots=True)
class Group:
    """Fields that stand together: the household's, one person's, or a purse; `nothing` ticks that the rest is none.

    `more` are those that are seldom told first; they are folded until one of them is asked or told.
    """

    id: str
    title: str
    boxes: tuple[Box, ...]
    more: tuple[Box, ...] = ()
    nothing: Field | None = None
    person: str = ""
    removable: bool = False

    @property
    def shown(self) -> bool:
        return any(box.shown for box in (*self.boxes, *self.more))

    @property
    def unfolded(self) -> bool:
        return any(box.next or box.field.data or box.field.errors for box in self.more)


def form_of(
    household: Household, advice: Advice, *, today: date, sent: Mapping[str, str] | None = None
) -> PageForm:
    """The one form, filled with what was told, or read from the request when it was posted.

    With `sent` it has only the fields that were filled in there or told before: enough to take what was typed.
    """
    fields: dict[str, Field] = {}
    for spec, asked in _every(household, advice):
        if sent is None or sent.get(asked.key) or spec.id in (AGE, RELATION) or household.is_settled(asked):
            fields[asked.key] = _field(spec, asked, household, today)
    for purse, person in _purses(household, advice):
        fields[_nothing_key(purse, person)] = BooleanField(_("别的都没有"))
    return forms.question_form(fields)


def _every(household: Household, advice: Advice) -> Iterator[tuple[FactSpec, Asked]]:
    people = [member["id"] for member in household.members]
    for spec in advice.rulebook.facts.values():
        if spec.type == "group" or spec.id in _NOT_A_FIELD or spec.id in questions.NO_LONGER:
            continue
        if spec.id.startswith("standards.") and spec.id != questions.NOTICE_BOARD:
            continue
        for person in people if spec.level == "member" else [NOBODY]:
            yield spec, Asked(spec.id, person)


def _purses(household: Household, advice: Advice) -> list[tuple[str, str]]:
    found: dict[tuple[str, str], None] = {}
    for spec, asked in _every(household, advice):
        if spec.group is not None:
            found[(spec.group, asked.person)] = None
    return list(found)


def _nothing_key(purse: str, person: str) -> str:
    return f"{person}:{purse}:{_NOTHING_ELSE}"


def _field(spec: FactSpec, asked: Asked, household: Household, today: date) -> Field:
    label = label_of(spec)
    field: Field
    if spec.id == AGE:
        member = household.member(asked.person) or {}
        told = UNSURE if asked.key in household.unsure else member.get("age", member.get("birth_date"))
        field = AgeField(label, validators=[_age_on(today)])
        field.kwargs["default"] = "" if told in (None, UNSURE) else str(told)
        return field
    if spec.id == RELATION:
        own = household.is_self(asked.person)
        offered = (
            [("self", _("本人"))]
            if own
            else [(value, str(word)) for value, word in words.RELATIONS.items() if value != "self"]
        )
        field = SelectField(label, choices=options(offered), validate_choice=True)
        field.kwargs["default"] = str((household.member(asked.person) or {}).get("relation") or "other")
        return field
    offered = answering.options(spec)
    if spec.type == "truth":
        offered = [(YES, str(_("是"))), (NO, str(_("不是")))]
    if offered:
        field = SelectField(label, choices=options([("", ""), *offered, (UNSURE, _("不清楚"))]))
    elif spec.type == "money":
        field = forms.money(label, answering.bounds_of(spec))
    else:
        field = forms.number(label, "", answering.bounds_of(spec), whole=spec.type == "integer")
    field.kwargs["default"] = answering.shown_as(spec, asked, household) or ""
    return field


def _age_on(today: date) -> Any:
    def read(_form: Any, field: AgeField) -> None:
        field.read(today)

    return read


def label_of(spec: FactSpec) -> str:
    """A short name for the field, else the question itself."""
    short = SHORT.get(spec.id)
    if short is not None:
        return str(_(short))
    return words.purse_part(spec.id) or str(_(spec.question))


def take(form: PageForm, household: Household, advice: Advice) -> bool:
    """Put what was typed into the household: an emptied field is taken back, a wrong one is left as it was.

    Returns whether everything could be read.
    """
    fine = bool(form.validate())
    for spec, asked in list(_every(household, advice)):
        field = form._fields.get(asked.key)
        if field is None or field.errors:
            continue
        if spec.id == AGE:
            _take_age(field, asked, household)
        elif spec.id == RELATION:
            member = household.member(asked.person)
            if member is not None and field.data:
                member["relation"] = field.data
        elif isinstance(field, SelectField) and field.data == UNSURE:
            household.not_sure(asked)
        else:
            value = answering.value_of(spec, field) if field.data not in (None, "") else None
            rest = form._fields.get(_nothing_key(spec.group, asked.person)) if spec.group else None
            if value is None and rest is not None and rest.data:
                value = answering.NOTHING
            household.tell(asked, value)
    _children(household, advice)
    _no_longer(household, advice)
    return fine


def _take_age(field: AgeField, asked: Asked, household: Household) -> None:
    member = household.member(asked.person)
    if member is None:
        return
    for key in ("age", "birth_date"):
        member.pop(key, None)
    household.unsure.discard(asked.key)
    if field.birth_date is not None:
        member["birth_date"] = field.birth_date.isoformat()
    elif field.age is not None:
        member["age"] = field.age


def _no_longer(household: Household, advice: Advice) -> None:
    """What ended long ago has no field: it counts as none as soon as the rest of its purse is dealt with."""
    for purse, person in _purses(household, advice):
        others = [Asked(spec.id, person) for spec in advice.rulebook.facts.values() if spec.group == purse]
        rest = [asked for asked in others if asked.fact not in questions.NO_LONGER]
        done = all(household.is_settled(asked) for asked in rest)
        for asked in others:
            if asked.fact in questions.NO_LONGER:
                household.tell(asked, answering.NOTHING if done else None)


def _children(household: Household, advice: Advice) -> None:
    """Children below working age are not asked about work: it counts as told that they have none."""
    for member in household.members:
        age = member.get("age")
        if age is not None and age < questions.WORKING_AGE:
            for fact in questions.NOT_FOR_CHILDREN:
                household.tell(Asked(fact, member["id"]), False)


def change_people(wanted: str, household: Household) -> str:
    """`add` a person, or `remove:<id>` one; returns the id of a person that was added."""
    if wanted == "add" and len(household.members) < MOST_MEMBERS:
        return str(household.add_member("child" if household.members else "self")["id"])
    verb, _colon, person = wanted.partition(":")
    if verb == "remove" and not household.is_self(person):
        household.remove_member(person)
    return ""


def groups(
    form: PageForm,
    household: Household,
    advice: Advice,
    *,
    wanted: Collection[str],
    upcoming: Collection[str],
) -> list[Group]:
    """The fields as they stand on the page: household, persons, their incomes, savings, spending.

    `wanted` are those whose answer can still change something, `upcoming` those asked now.
    """
    by_group: dict[tuple[str, str], list[Box]] = {}
    for spec, asked in _every(household, advice):
        box = Box(
            field=form[asked.key],
            label=label_of(spec).replace(answering.THIS_PERSON, ""),
            wanted=spec.id in ALWAYS or asked.key in wanted,
            next=asked.key in upcoming,
            money=isinstance(form[asked.key], MoneyField),
        )
        by_group.setdefault((spec.group or "", asked.person), []).append(box)
    found = [Group("household", str(_("家里")), *_folded(by_group.pop(("", NOBODY), [])))]
    for member in household.members:
        person = member["id"]
        own = household.is_self(person)
        title = str(_("本人")) if own else household.label(person)
        boxes = by_group.pop(("", person), [])
        boxes.sort(key=lambda box: box.field.name not in (f"{person}:{AGE}", f"{person}:{RELATION}"))
        found.append(Group(person, title, *_folded(boxes), person=person, removable=not own))
        for purse, of in [key for key in by_group if key[1] == person]:
            head = str(_("%(who)s：每月收入", who=title))
            found.append(
                Group(
                    f"{person}-income",
                    head,
                    tuple(by_group.pop((purse, of))),
                    nothing=form[_nothing_key(purse, of)],
                    person=person,
                )
            )
    heads = {"household.assets": _("全家积蓄"), "household.spending_monthly": _("每月非花不可的钱")}
    for (purse, of), boxes in by_group.items():
        found.append(
            Group(
                purse.replace(".", "-"),
                str(heads.get(purse, purse)),
                tuple(boxes),
                nothing=form[_nothing_key(purse, of)],
            )
        )
    return found


def _folded(boxes: list[Box]) -> tuple[tuple[Box, ...], tuple[Box, ...]]:
    """What callers mostly tell first, and the rest."""
    first = tuple(box for box in boxes if box.field.name.partition(":")[2] in SHORT)
    return first, tuple(box for box in boxes if box not in first)
