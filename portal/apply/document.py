"""The document of an application: everything that is handed over, in the shape the case system expects.

Health facts of a person without a given separate consent are left out and marked as withheld.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

from portal.apply import household
from portal.apply.household import APPLICANT, Member

FORM_VERSION = "1.0.0"
INCOME_KINDS = (
    "wage",
    "farming",
    "business",
    "property",
    "support",
    "pension_other",
    "pension_central_basic",
    "transfer",
)
_MONTHS = Decimal(12)


def build(
    answers: Mapping[str, Any],
    *,
    on: date,
    consents: Sequence[Mapping[str, Any]],
    declarations: Sequence[Mapping[str, Any]],
    health_allowed: set[str],
    attachments: Sequence[Mapping[str, Any]] = (),
) -> dict[str, Any]:
    """The data of `application.submitted.v1` without number, version and time, which the hand-off sets."""
    applicant = answers["applicant"]
    estimate = answers.get("estimate")
    return {
        "programmes": list(answers["programmes"]),
        "region": answers["place"]["region"],
        "area": _told(answers["place"].get("area")),
        "reason": _reason(answers),
        "applicant": {
            "memberId": APPLICANT,
            "name": applicant["name"],
            "idNumber": applicant["id_number"],
            "phone": applicant["phone"],
            "address": applicant["address"],
            "township": answers["place"].get("township"),
            "hukouPlace": _told(applicant.get("hukou")),
            "bank": applicant.get("account"),
            "staffRelative": _yes_no(answers.get("property", {}).get("staff_relative")),
        },
        "members": [
            _member(member, answers, on, withheld=member.id not in health_allowed)
            for member in household.members(answers)
            if member.verdict(on).counts
        ],
        "supporters": [_supporter(member) for member in household.supporters(answers, on)],
        "income": {"period": "last_12_months", "currency": "CNY"},
        "property": {
            key: _told(value) for key, value in answers.get("property", {}).items() if key != "staff_relative"
        },
        "spending": {**answers.get("spending", {}), "period": "month"},
        "attachments": list(attachments),
        "consents": list(consents),
        "declarations": list(declarations),
        "channel": _channel(answers),
        "form": {"version": FORM_VERSION, "sha256": form_sha256()},
        "estimate": {**estimate, "binding": False} if estimate else None,
    }


def health_left_behind(answers: Mapping[str, Any], on: date, allowed: set[str]) -> dict[str, Any]:
    """Health facts by member id that no consent covers yet, in the shape the document has them."""
    return {
        member.id: _health(member)
        for member in household.family(answers, on)
        if member.has_health_facts() and member.id not in allowed
    }


def money(amount: Decimal) -> str:
    """CNY with two decimals as text."""
    return f"{amount:.2f}"


def monthly(amount: str, period: str) -> str:
    """An amount a month, from one a month or a year; rounded once, to the fen."""
    value = Decimal(amount)
    return money(value / _MONTHS if period == "year" else value)


@cache
def form_sha256() -> str:
    """What the form was, for the auditor: the digest of its questions and tables."""
    folder = Path(__file__).parent
    digest = hashlib.sha256()
    for name in ("forms.py", "people_forms.py", "household.toml", "programmes.py"):
        digest.update((folder / name).read_bytes())
    return digest.hexdigest()


def _channel(answers: Mapping[str, Any]) -> dict[str, Any]:
    """Who filled in: the applicant himself, or someone for him (社会救助法 art. 37)."""
    proxy = answers.get("proxy")
    channel: dict[str, Any] = {"mode": "self", "emergency": bool(answers.get("emergency"))}
    if proxy:
        person = {key: proxy.get(key) for key in ("name", "phone", "unit")}
        channel |= {"mode": "assisted", "by": proxy.get("kind"), "proxy": person}
    return channel


def _member(member: Member, answers: Mapping[str, Any], on: date, *, withheld: bool) -> dict[str, Any]:
    told = member.situation
    withheld = withheld and member.has_health_facts()
    entry: dict[str, Any] = {
        "memberId": member.id,
        "name": member.name,
        "relation": member.relation,
        "coLiving": True,
        "living": member.living,
        "student": told.get("student"),
        "work": told.get("work"),
        "decidesHimself": _yes_no(told.get("decides", "yes")),
        "guardian": member.guardian,
        "healthWithheld": withheld,
        "health": None if withheld else _health(member),
        "income": _income(answers.get(f"income:{member.id}")),
    }
    if member.id_number:
        entry["idNumber"] = member.id_number
        entry["sex"] = "male" if int(member.id_number[16]) % 2 else "female"
    if member.birth_date:
        entry["birthDate"] = member.birth_date.isoformat()
    if member.id == APPLICANT and (tekun := answers.get("tekun")):
        entry["care"] = {"wish": tekun.get("wish"), "carer": tekun.get("carer")}
    return entry


def _health(member: Member) -> dict[str, Any]:
    told = member.situation
    grade = told.get("disability")
    return {
        "state": _told(told.get("health")),
        "illness": told.get("illness"),
        "disabilityGrade": int(grade) if grade in ("1", "2", "3", "4") else 0 if grade == "none" else None,
        "disabilityCategory": told.get("disability_category"),
        "labourCapacity": _told(told.get("labour")),
        "selfCare": told.get("self_care"),
    }


def _income(told: Mapping[str, Any] | None) -> dict[str, Any]:
    if told is None:
        return {"has": None, "items": []}
    return {
        "has": _yes_no(told.get("has")),
        "items": [
            {
                "kind": kind,
                "amount": told[kind],
                "period": told.get(f"{kind}_per", "month"),
                "monthly": monthly(told[kind], told.get(f"{kind}_per", "month")),
            }
            for kind in INCOME_KINDS
            if kind in told
        ],
    }


def _supporter(member: Member) -> dict[str, Any]:
    return {
        "memberId": member.id,
        "name": member.name,
        "idNumber": member.id_number,
        "relation": member.relation,
        "phone": member.support.get("phone"),
        "supportMonthly": member.support.get("monthly"),
        "ableToSupport": _yes_no(member.support.get("able")),
    }


def _reason(answers: Mapping[str, Any]) -> dict[str, Any]:
    told = answers.get("reason", {})
    reason = {"codes": list(told.get("codes", [])), "text": told.get("text", "")}
    if event := answers.get("event"):
        reason["event"] = {
            "kind": event.get("event"),
            "date": event.get("event_date"),
            "needed": event.get("needed"),
        }
    return reason


def _told(value: Any) -> Any:
    """A choice, or None where the person did not know."""
    return None if value == "unclear" else value


def _yes_no(value: Any) -> bool | None:
    return {"yes": True, "no": False}.get(str(value))
