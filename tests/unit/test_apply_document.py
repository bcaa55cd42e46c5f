"""The document says what was told, in decimal text, and holds back what nobody allowed."""

from __future__ import annotations

from datetime import date

import pytest

from portal.apply import document
from tests.support.applying import FAMILY

ON = date(2026, 11, 22)


def build(health_allowed: set[str] | None = None, **changes: object) -> dict[str, object]:
    return document.build(
        {**FAMILY, **changes}, on=ON, consents=[], declarations=[], health_allowed=health_allowed or set()
    )


@pytest.mark.parametrize(
    ("amount", "period", "each_month"),
    [
        ("1200.00", "month", "1200.00"),
        ("6000.00", "year", "500.00"),
        ("100.00", "year", "8.33"),
        ("0.06", "year", "0.00"),  # half a fen, to even
        ("0.18", "year", "0.02"),
        ("999999999.99", "month", "999999999.99"),
    ],
)
def test_a_year_is_twelve_months_rounded_once(amount: str, period: str, each_month: str) -> None:
    assert document.monthly(amount, period) == each_month


def floats(value: object) -> list[float]:
    if isinstance(value, dict):
        return [found for part in value.values() for found in floats(part)]
    if isinstance(value, list):
        return [found for part in value for found in floats(part)]
    return [value] if isinstance(value, float) else []


def test_no_number_of_the_document_is_a_float() -> None:
    assert floats(build()) == []


def test_not_known_is_null_and_never_no() -> None:
    made = build(place={"region": "220102", "area": "unclear"}, **{"income:m1": {"kinds": ["unclear"]}})
    assert made["area"] is None
    assert made["members"][0]["income"] == {"has": None, "items": []}  # type: ignore[index]


def test_property_that_nobody_was_sure_of_is_null() -> None:
    told = {**FAMILY["property"], "vehicles": "unclear"}
    made = build(property=told, more={"staff_relative": "unclear"})
    assert made["property"]["vehicles"] is None  # type: ignore[index]
    assert made["applicant"]["staffRelative"] is None  # type: ignore[index]


def test_health_is_withheld_person_by_person() -> None:
    ill = {
        "situation:m1": {"health": "severe", "illness": "甲"},
        "situation:m2": {"health": "severe", "illness": "乙"},
    }
    made = build({"m2"}, **ill)
    first, second = made["members"]  # type: ignore[misc]
    assert (first["health"], first["healthWithheld"]) == (None, True)
    assert (second["health"]["illness"], second["healthWithheld"]) == ("乙", False)
    assert "甲" not in str(made)


def test_nothing_is_marked_withheld_where_nothing_was_told() -> None:
    assert [m["healthWithheld"] for m in build()["members"]] == [False, False]  # type: ignore[attr-defined]


def test_who_lives_elsewhere_is_a_supporter_and_no_member() -> None:
    brother = {"name": "王大强", "relation": "sibling", "living": "apart"}
    made = build(**{"member:m3": brother, "support:m3": {"monthly": "100.00", "able": "unclear"}})
    assert [m["memberId"] for m in made["members"]] == ["m1", "m2"]  # type: ignore[attr-defined]
    assert made["supporters"] == [
        {
            "memberId": "m3",
            "name": "王大强",
            "idNumber": None,
            "sex": None,
            "birthDate": None,
            "relation": "sibling",
            "phone": None,
            "householdSize": None,
            "occupation": None,
            "incomeMonthly": None,
            "supportMonthly": "100.00",
            "supportAgreed": None,
            "ableToSupport": None,
        }
    ]


def test_an_estimate_is_marked_as_not_binding() -> None:
    assert build()["estimate"] is None
    assert build(estimate={"asOf": "2026-11-22"})["estimate"] == {"asOf": "2026-11-22", "binding": False}


def test_what_no_longer_matters_is_not_sent() -> None:
    told = {
        **FAMILY["property"],
        "vehicles": "no",
        "plate": "吉A12345",
        "houses": "none",
        "house_owner": "某人",
    }
    made = str(build(property=told))
    assert "吉A12345" not in made
    assert "某人" not in made
    assert "吉A12345" in str(build(property={**told, "vehicles": "yes"}))


def test_an_allowance_that_looks_at_no_money_sends_none() -> None:
    made = build(programmes=["canji_huli"])
    assert made["property"] == {}
    assert made["members"][0]["income"] == {"has": None, "items": []}  # type: ignore[index]


def test_the_illness_of_an_event_stays_with_its_owner() -> None:
    event = {"event": "illness", "patient": "m2", "diagnosis": "尿毒症", "hospital": "市医院"}
    made = build(programmes=["linshi"], event=event)
    assert "尿毒症" not in str(made)
    assert made["members"][1]["healthWithheld"] is True  # type: ignore[index]
    released = build({"m2"}, programmes=["linshi"], event=event)
    assert released["members"][1]["health"]["event"] == {"diagnosis": "尿毒症", "hospital": "市医院"}  # type: ignore[index]


def test_a_kind_of_income_without_its_amount_is_null_and_not_zero() -> None:
    told = {"kinds": ["wage", "land"], "land": "1200.00", "land_per": "year", "taxes_paid": "30.00"}
    made = build(**{"income:m1": told})["members"][0]["income"]  # type: ignore[index]
    assert made["has"] is True
    assert made["items"] == [
        {"kind": "wage", "amount": None, "period": None, "monthly": None},
        {"kind": "land", "amount": "1200.00", "period": "year", "monthly": "100.00"},
    ]
    assert made["paid"] == {"taxes": "30.00", "period": "month"}


def test_spending_of_a_year_is_sent_as_it_is_a_month() -> None:
    told = {"kinds": ["medical", "rent"], "medical": "3600.00", "medical_per": "year", "rent": "500.00"}
    made = build(programmes=["zhichuxing"], spending=told)
    assert made["spending"] == {"medical": "300.00", "rent": "500.00", "period": "month"}
