"""What a page starts with when answers of an estimate were brought: proposals, never saved unseen."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from portal.apply.document import INCOME_KINDS
from portal.apply.household import APPLICANT
from portal.apply.questions import Sheet


def of(sheet: Sheet) -> dict[str, Any]:
    """What an estimate said that a section asks too."""
    person = sheet.person.id if sheet.person else ""
    match sheet.section.id:
        case "place":
            return dict(sheet.answers.get("suggested_place", {}))
        case "situation":
            return situation(sheet.answers, person)
        case "income":
            return income(sheet.answers, person)
        case "property":
            return _amounts(sheet.answers, "assets", ("cash", "deposits", "securities", "claims"))
        case "spending":
            kinds = ("medical", "education", "care", "other_necessary")
            amounts = _amounts(sheet.answers, "spending_monthly", kinds)
            return {"kinds": [kind for kind, text in amounts.items() if text != "0"], **amounts}
        case _:
            return {}


def programmes(answers: Mapping[str, Any]) -> dict[str, Any]:
    return {"programmes": answers.get("suggested", [])}


def members_left(answers: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The members of the estimate, besides the applicant, not yet written into the application."""
    used = {told.get("suggestion") for key, told in answers.items() if key.startswith("member:")}
    return [told for told in _others(answers) if told.get("id") not in used]


def member(told: Mapping[str, Any]) -> dict[str, Any]:
    """Relation and birth date of one member of the estimate."""
    start = {key: told[key] for key in ("relation", "birth_date") if told.get(key)}
    if told.get("co_living") is True:
        start["living"] = "together"
    return start


def situation(answers: Mapping[str, Any], member_id: str) -> dict[str, Any]:
    """Health, schooling and work as told in the estimate."""
    told = _suggestion(answers, member_id)
    start: dict[str, Any] = {}
    if told.get("severe_illness") is True:
        start["health"] = "severe"
    grade = told.get("disability_grade")
    if grade is not None and str(grade) in ("0", "1", "2", "3", "4"):
        start["disability"] = "none" if str(grade) == "0" else str(grade)
    if told.get("disability_category"):
        start["disability_category"] = told["disability_category"]
    if told.get("student") is not None:
        start["student"] = "full_time" if told["student"] is True else "no"
    if told.get("employed") is True:
        start["work"] = "employed"
    elif told.get("registered_unemployed") is True:
        start["work"] = "registered_unemployed"
    if told.get("labour_capacity") in ("full", "partial", "none"):
        start["labour"] = told["labour_capacity"]
    return start


def income(answers: Mapping[str, Any], member_id: str) -> dict[str, Any]:
    """Monthly amounts of the estimate, where any were told."""
    told = _suggestion(answers, member_id).get("income_monthly") or {}
    amounts = {kind: text for kind in INCOME_KINDS if (text := _amount(told.get(kind))) is not None}
    if not amounts:
        return {}
    some = {kind: text for kind, text in amounts.items() if text != "0"}
    return {"kinds": list(some), **some} if some else {"kinds": ["none"]}


def _amounts(answers: Mapping[str, Any], key: str, names: tuple[str, ...]) -> dict[str, Any]:
    told = answers.get("suggested_household", {}).get(key) or {}
    return {name: text for name in names if (text := _amount(told.get(name))) is not None}


def _amount(value: Any) -> str | None:
    """The amount as people write it: no decimals where there are no fen."""
    try:
        amount = Decimal(str(value))
    except InvalidOperation:
        return None
    if not amount.is_finite():
        return None
    return f"{amount:.2f}".removesuffix(".00")


def _others(answers: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    told: list[Mapping[str, Any]] = list(answers.get("suggested_members", ()))
    own = _own(told)
    return [member for member in told if member is not own]


def _own(told: list[Mapping[str, Any]]) -> Mapping[str, Any] | None:
    return next((member for member in told if member.get("relation") == "self"), told[0] if told else None)


def _suggestion(answers: Mapping[str, Any], member_id: str) -> Mapping[str, Any]:
    told: list[Mapping[str, Any]] = list(answers.get("suggested_members", ()))
    if member_id == APPLICANT:
        return _own(told) or {}
    wanted = answers.get(f"member:{member_id}", {}).get("suggestion")
    return next((member for member in told if member.get("id") == wanted), {}) if wanted else {}
