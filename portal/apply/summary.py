"""The answers of an application in words, by section, each with the page where it is changed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import url_for
from flask_babel import format_date
from flask_babel import gettext as _

from portal import regions
from portal.apply import household, programmes, questions
from portal.apply.forms import shown
from portal.apply.household import APPLICANT, ELSEWHERE, Member
from portal.apply.question_forms import word
from portal.apply.questions import Field, Page, Sheet
from portal.i18n import place_words

CHECK = "check"
AFTER_INCOME = ("property", "spending", "tekun", "event", "reason", "more")


@dataclass(frozen=True, slots=True)
class Row:
    """One answer: the question, what was told, and where it is changed (empty where it cannot be)."""

    question: str
    answer: str
    change: str


@dataclass(frozen=True, slots=True)
class Group:
    """A section: its title, its rows, and where it is changed as a whole."""

    title: str
    rows: tuple[Row, ...]
    change: str = ""


def groups(answers: Mapping[str, Any], on: date) -> list[Group]:
    """Everything that was told and matters, in the order of the task list."""
    change = url_for("apply.programmes_page", then=CHECK)
    found = [
        Group(
            _("申请什么"),
            tuple(
                Row(programmes.name(one), str(programmes.ABOUT[one]), "")
                for one in answers.get("programmes", ())
            ),
            change,
        )
    ]
    names = ["place", "applicant"]
    if answers.get("proxy"):
        names.insert(0, "proxy")
    found += [_group(questions.sheet(name, answers, on)) for name in names]
    people = [_person(member, answers, on) for member in household.members(answers)]
    found += [group for group in people if group.rows]
    wanted = answers.get("programmes", ())
    found += [
        _group(questions.sheet(name, answers, on))
        for name in AFTER_INCOME
        if name in answers and questions.table()[name].wanted(wanted)
    ]
    return found


def rows(sheet: Sheet, *, checking: bool = False) -> list[Row]:
    """Question and answer in words, for everything of a section that was told and matters."""
    told = shown(sheet.told)
    found = []
    for page in sheet.pages():
        change = ""
        for field in page.fields:
            value = told.get(field.id)
            if value in (None, "", []) or field.kind == "period":
                continue
            change = change or address(sheet, page, checking=checking)
            text = _words(field, value, sheet)
            if page.amount:
                per = _("每年") if told.get(f"{field.id}_per") == "year" else _("每月")
                text = _("%(per)s %(amount)s 元", per=per, amount=value)
            found.append(Row(_(field.label), text, change))
    return found


def address(sheet: Sheet, page: Page, *, checking: bool = False) -> str:
    """Where a question is asked; `checking`: a change leads back to the page that shows everything."""
    then: dict[str, Any] = {"then": CHECK} if checking else {}
    if sheet.person is None:
        return url_for("apply.question", name=sheet.section.id, page_id=page.id, **then)
    return url_for(
        "apply.person_question", member=sheet.person.id, name=sheet.section.id, page_id=page.id, **then
    )


def relation(person: Member) -> str:
    """What a person is to the applicant, in words."""
    return word(questions.table()["member"].field("relation"), person.relation) or ""


def _group(sheet: Sheet) -> Group:
    return Group(_(sheet.section.title), tuple(rows(sheet, checking=True)))


def _person(member: Member, answers: Mapping[str, Any], on: date) -> Group:
    found: list[Row] = []
    for sheet in questions.person_sheets(answers, on, member):
        found += rows(sheet, checking=True)
        if sheet.section.id == "member" and (reason := member.verdict(on).text):
            counts = _("算：") if member.verdict(on).counts else _("不算：")
            found.append(Row(_("算不算一家人"), counts + _(reason), ""))
    if member.guardian:
        names = {m.id: m.name for m in household.members(answers)}
        where = _("监护人到窗口签字") if member.guardian == ELSEWHERE else names.get(member.guardian, "")
        found.append(Row(_("监护人"), where, url_for("apply.member_guardian", member=member.id)))
    if member.verdict(on).counts and questions.table()["income"].wanted(answers.get("programmes", ())):
        found += rows(questions.sheet("income", answers, on, member), checking=True)
    who = _("本人") if member.id == APPLICANT else relation(member)
    return Group(_("%(relation)s：%(name)s", relation=who, name=member.name), tuple(found))


def _words(field: Field, value: Any, sheet: Sheet) -> str:
    match field.kind:
        case "one" | "choose":
            return word(field, value) or str(value)
        case "some":
            return str(_("、")).join(word(field, one) or one for one in value)
        case "person":
            named = {member.id: member.name for member in household.members(sheet.answers)}
            return named.get(value, "")
        case "region":
            return place_words(place) if (place := regions.place(value)) else str(value)
        case "day":
            return str(format_date(date.fromisoformat(value), "long"))
        case "money":
            return str(_("%(amount)s 元", amount=value))
        case _:
            return str(value)
