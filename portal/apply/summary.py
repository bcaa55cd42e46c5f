"""The answers of an application in words, by section, each with the page where it is changed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import url_for
from flask_babel import format_date
from flask_babel import gettext as _
from wtforms import RadioField, SelectField, SelectMultipleField

from portal import regions
from portal.apply import forms, household, people_forms, programmes
from portal.apply.forms import SectionForm, shown
from portal.apply.household import APPLICANT, ELSEWHERE, Member
from portal.forms import MoneyField


@dataclass(frozen=True, slots=True)
class Group:
    """A section: its title, the address where it is changed, and (question, answer) rows."""

    title: str
    change: str
    rows: tuple[tuple[str, str], ...]


def groups(answers: Mapping[str, Any], on: date) -> list[Group]:
    """Everything that was told, in the order of the task list."""
    place = answers.get("place", {})
    found = [
        Group(
            _("申请什么"),
            url_for("apply.programmes_page"),
            tuple((programmes.name(p), str(programmes.ABOUT[p])) for p in answers.get("programmes", ())),
        ),
        Group(
            _("在哪里受理"),
            url_for("apply.place"),
            (
                (_("县、市、区"), regions.full_name(place.get("region", ""))),
                *_rows(forms.PlaceForm, {key: value for key, value in place.items() if key != "region"}),
            ),
        ),
        Group(
            _("申请人"), url_for("apply.applicant"), _rows(forms.ApplicantForm, answers.get("applicant", {}))
        ),
    ]
    for member in household.members(answers):
        found.append(_person(member, answers, on))
    for key, title, endpoint, form in (
        ("property", _("全家的财产"), "apply.property_page", forms.PropertyForm),
        ("spending", _("必需的支出（每月）"), "apply.spending", forms.SpendingForm),
        ("tekun", _("照料和供养"), "apply.tekun", forms.TekunForm),
        ("event", _("出了什么事"), "apply.event", forms.EventForm),
        ("reason", _("困难原因"), "apply.reason", forms.ReasonForm),
    ):
        if key in answers:
            found.append(Group(title, url_for(endpoint), _rows(form, answers[key])))
    return found


def _person(member: Member, answers: Mapping[str, Any], on: date) -> Group:
    relation = (
        _("本人") if member.id == APPLICANT else str(dict(people_forms.RELATIONS).get(member.relation, ""))
    )
    rows: list[tuple[str, str]] = []
    if member.id != APPLICANT:
        rows += _rows(
            people_forms.MemberForm, {k: v for k, v in answers[f"member:{member.id}"].items() if k != "name"}
        )
        if reason := member.verdict(on).text:
            rows.append(
                (_("算不算一家人"), (_("算：") if member.verdict(on).counts else _("不算：")) + _(reason))
            )
    rows += _rows(people_forms.SituationForm, member.situation)
    rows += _rows(people_forms.SupportForm, member.support)
    if member.guardian:
        names = {m.id: m.name for m in household.members(answers)}
        where = _("监护人到窗口签字") if member.guardian == ELSEWHERE else names.get(member.guardian, "")
        rows.append((_("监护人"), where))
    rows += _income(answers.get(f"income:{member.id}"))
    change = (
        url_for("apply.member_situation", member=member.id)
        if member.id == APPLICANT
        else url_for("apply.member_edit", member=member.id)
    )
    return Group(_("%(relation)s：%(name)s", relation=relation, name=member.name), change, tuple(rows))


def _income(told: Mapping[str, Any] | None) -> list[tuple[str, str]]:
    if not told:
        return []
    if told.get("has") != "yes":
        return [(_("收入"), _("没有") if told.get("has") == "no" else _("不清楚"))]
    per = {"month": _("每月"), "year": _("每年")}
    return [
        (
            str(label),
            _("%(per)s %(amount)s 元", per=per[told.get(f"{kind}_per", "month")], amount=shown(told)[kind]),
        )
        for kind, label, _hint in people_forms.INCOMES
        if kind in told
    ]


def _rows(form_class: type[SectionForm], told: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    """Question and answer in words, for the fields of a form that were answered."""
    form = form_class(formdata=None, data=shown(told))
    rows = []
    for field in form:
        if field.name == "csrf_token" or told.get(field.name) in (None, "", []):
            continue
        value: Any = field.data
        if isinstance(field, SelectMultipleField):
            words = _labels(field)
            value = _("、").join(str(words.get(one, one)) for one in value)
        elif isinstance(field, (RadioField, SelectField)):
            value = str(_labels(field).get(value, value))
        elif field.name in ("birth_date", "event_date"):
            value = format_date(date.fromisoformat(value), "long")
        elif isinstance(field, MoneyField):
            value = _("%(amount)s 元", amount=value)
        rows.append((str(field.label.text), str(value)))
    return tuple(rows)


def _labels(field: SelectField) -> dict[str, Any]:
    return {choice.value: choice.label for choice in field.choices or ()}
