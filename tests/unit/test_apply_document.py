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
    made = build(place={"region": "220102", "area": "unclear"}, **{"income:m1": {"has": "unclear"}})
    assert made["area"] is None
    assert made["members"][0]["income"] == {"has": None, "items": []}  # type: ignore[index]


def test_property_that_nobody_was_sure_of_is_null() -> None:
    told = {**FAMILY["property"], "vehicles": "unclear", "staff_relative": "unclear"}
    made = build(property=told)
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
            "relation": "sibling",
            "phone": None,
            "supportMonthly": "100.00",
            "ableToSupport": None,
        }
    ]


def test_an_estimate_is_marked_as_not_binding() -> None:
    assert build()["estimate"] is None
    assert build(estimate={"asOf": "2026-11-22"})["estimate"] == {"asOf": "2026-11-22", "binding": False}
