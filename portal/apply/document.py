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

from portal.apply import household, questions
from portal.apply.household import APPLICANT, Member

FORM_VERSION = "2.0.0"
INCOME_KINDS = (
    "wage",
    "farming",
    "breeding",
    "business",
    "land",
    "property",
    "support",
    "pension_other",
    "pension_central_basic",
    "unemployment",
    "subsidies",
    "compensation",
    "transfer",
)
SPENDING_KINDS = ("medical", "education", "rehabilitation", "care", "rent", "other_necessary")
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
    place = questions.matters("place", answers, on)
    estimate = answers.get("estimate")
    return {
        "programmes": list(answers["programmes"]),
        "region": place["region"],
        "area": _told(place.get("area")),
        "reason": _reason(answers, on),
        "applicant": _applicant(answers, on, place.get("township")),
        "members": [
            _member(member, answers, on, withheld=member.id not in health_allowed)
            for member in household.members(answers)
            if member.verdict(on).counts
        ],
        "supporters": [_supporter(member, answers, on) for member in household.supporters(answers, on)],
        "income": {"period": "last_12_months", "currency": "CNY"},
        "property": {key: _told(value) for key, value in _asked("property", answers, on).items()},
        "spending": _spending(_asked("spending", answers, on)),
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
        member.id: _health(member, answers, on)
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
    for name in ("questions.toml", "question_forms.py", "forms.py", "household.toml", "programmes.py"):
        digest.update((folder / name).read_bytes())
    return digest.hexdigest()


def _channel(answers: Mapping[str, Any]) -> dict[str, Any]:
    """Who filled in: the applicant himself, or someone for him (社会救助法 art. 37)."""
    proxy = answers.get("proxy")
    channel: dict[str, Any] = {"mode": "self", "emergency": bool(answers.get("emergency"))}
    if proxy:
        person = {key: proxy.get(key) for key in ("name", "phone", "unit")}
        person |= {
            key: proxy[kept] for key, kept in (("idNumber", "id_number"), ("why", "why")) if kept in proxy
        }
        channel |= {"mode": "assisted", "by": proxy.get("kind"), "proxy": person}
    if hotline := answers.get("hotline"):  # an operator by pseudonym, in which call
        channel |= {"by": "hotline", "operator": hotline["operator"], "call": hotline["call"]}
    return channel


def _asked(name: str, answers: Mapping[str, Any], on: date) -> dict[str, Any]:
    """A section's answers, where what is applied for asks for it at all."""
    if not questions.table()[name].wanted(answers["programmes"]):
        return {}
    return questions.matters(name, answers, on)


def _applicant(answers: Mapping[str, Any], on: date, township: str | None) -> dict[str, Any]:
    told = questions.matters("applicant", answers, on)
    more = questions.matters("more", answers, on)
    return {
        "memberId": APPLICANT,
        "name": told["name"],
        "idNumber": told["id_number"],
        "phone": told["phone"],
        "address": told["address"],
        "township": township,
        "hukouPlace": _told(told.get("hukou")),
        "hukouAddress": told.get("hukou_place"),
        "hukouType": told.get("hukou_type"),
        "residencePermit": _yes_no(told.get("permit")),
        "head": told.get("head"),
        "bank": told.get("account"),
        "bankHolder": told.get("holder"),
        "previousAid": {
            "state": _told(more.get("aid")),
            "what": more.get("aid_what"),
            "ended": more.get("aid_end"),
        },
        "alone": {
            "applies": _yes_no(more.get("alone")),
            "memberId": more.get("alone_who"),
            "ground": more.get("alone_ground"),
        },
        "staffRelative": _yes_no(more.get("staff_relative")),
        "staffRelativeWho": {
            key: more[kept]
            for key, kept in (("name", "staff_name"), ("post", "staff_post"), ("relation", "staff_relation"))
            if kept in more
        },
    }


def _member(member: Member, answers: Mapping[str, Any], on: date, *, withheld: bool) -> dict[str, Any]:
    told = questions.matters("situation", answers, on, member)
    withheld = withheld and member.has_health_facts()
    entry: dict[str, Any] = {
        "memberId": member.id,
        "name": member.name,
        "relation": member.relation,
        "coLiving": True,
        "living": member.living,
        "hukou": _told(told.get("hukou")),
        "hukouAddress": told.get("hukou_place"),
        "hukouType": told.get("hukou_type"),
        "maritalState": _told(told.get("marital")),
        "student": told.get("student"),
        "school": told.get("school"),
        "education": told.get("education"),
        "work": told.get("work"),
        "employer": told.get("employer"),
        "insurance": {"pension": told.get("pension_insurance"), "medical": told.get("medical_insurance")},
        "special": told.get("special"),
        "orphan": _yes_no(told.get("orphan")),
        "decidesHimself": _yes_no(told.get("decides", "yes")),
        "guardian": member.guardian,
        "healthWithheld": withheld,
        "health": None if withheld else _health(member, answers, on),
        "income": _income(
            questions.matters("income", answers, on, member) if _earns(answers, member) else None
        ),
    }
    if member.id_number:
        entry["idNumber"] = member.id_number
        entry["sex"] = _sex(member.id_number)
    if member.birth_date:
        entry["birthDate"] = member.birth_date.isoformat()
    tekun = _asked("tekun", answers, on)
    if member.id == APPLICANT and tekun:
        entry["care"] = {
            "wish": tekun.get("wish"),
            "carer": tekun.get("carer"),
            "carerAgrees": _yes_no(tekun.get("carer_agrees")),
            "grounds": tekun.get("ground"),
            "livelihood": _told(tekun.get("livelihood")),
        }
    return entry


def _health(member: Member, answers: Mapping[str, Any], on: date) -> dict[str, Any]:
    told = questions.matters("situation", answers, on, member)
    grade = told.get("disability")
    event = _asked("event", answers, on)
    care = _asked("tekun", answers, on).get("self_care") if member.id == APPLICANT else None
    return {
        "state": _told(told.get("health")),
        "illness": told.get("illness"),
        "disabilityGrade": int(grade) if grade in ("1", "2", "3", "4") else 0 if grade == "none" else None,
        "disabilityCategory": told.get("disability_category"),
        "disabilityCertificate": told.get("certificate"),
        "labourCapacity": _told(told.get("labour")),
        "selfCare": None if care is None else [one for one in care if one != questions.NONE],
        "event": {"diagnosis": event.get("diagnosis"), "hospital": event.get("hospital")}
        if event.get("patient") == member.id
        else None,
    }


def _earns(answers: Mapping[str, Any], member: Member) -> bool:
    return questions.table()["income"].wanted(answers["programmes"]) and f"income:{member.id}" in answers


def _income(told: Mapping[str, Any] | None) -> dict[str, Any]:
    """Nothing told is null; “none” is no; a kind whose amount is not known has a null amount."""
    kinds = (told or {}).get("kinds") or []
    if told is None or not kinds or questions.UNCLEAR in kinds:
        return {"has": None, "items": []}
    found: dict[str, Any] = {
        "has": questions.NONE not in kinds,
        "items": [
            {
                "kind": kind,
                "amount": told.get(kind),
                "period": told.get(f"{kind}_per", "month") if kind in told else None,
                "monthly": monthly(told[kind], told.get(f"{kind}_per", "month")) if kind in told else None,
            }
            for kind in INCOME_KINDS
            if kind in kinds
        ],
    }
    paid = {
        key: told[kept]
        for key, kept in (("support", "support_paid"), ("taxes", "taxes_paid"))
        if kept in told
    }
    return {**found, "paid": {**paid, "period": "month"}} if paid else found


def _spending(told: Mapping[str, Any]) -> dict[str, Any]:
    """Each kind as it is a month."""
    found = {
        kind: monthly(told[kind], told.get(f"{kind}_per", "month")) for kind in SPENDING_KINDS if kind in told
    }
    return {**found, "period": "month"}


def _supporter(member: Member, answers: Mapping[str, Any], on: date) -> dict[str, Any]:
    told = questions.matters("support", answers, on, member)
    return {
        "memberId": member.id,
        "name": member.name,
        "idNumber": member.id_number,
        "sex": _sex(member.id_number) if member.id_number else None,
        "birthDate": member.birth_date.isoformat() if member.birth_date else None,
        "relation": member.relation,
        "phone": told.get("phone"),
        "householdSize": told.get("household_size"),
        "occupation": told.get("occupation"),
        "incomeMonthly": told.get("income"),
        "supportMonthly": told.get("monthly"),
        "supportAgreed": told.get("agreed"),
        "ableToSupport": _yes_no(told.get("able")),
    }


def _reason(answers: Mapping[str, Any], on: date) -> dict[str, Any]:
    told = answers.get("reason", {})
    reason = {"codes": list(told.get("codes", [])), "text": told.get("text", "")}
    event = _asked("event", answers, on)
    if event:
        reason["event"] = {
            "kind": event.get("event"),
            "date": event.get("event_date"),
            "place": event.get("event_place"),
            "story": event.get("story"),
            "selfPaid": event.get("self_paid"),
            "schoolCost": event.get("school_cost"),
            "needed": event.get("needed"),
            "amount": event.get("amount"),
            "otherAid": _yes_no(event.get("other_aid")),
            "otherAidWhat": event.get("other_aid_what"),
        }
    return reason


def _sex(id_number: str) -> str:
    return "male" if int(id_number[16]) % 2 else "female"


def _told(value: Any) -> Any:
    """A choice, or None where the person did not know."""
    return None if value == "unclear" else value


def _yes_no(value: Any) -> bool | None:
    return {"yes": True, "no": False}.get(str(value))
