"""Households for the estimator's tests: fully told small families, and ways to take answers away again."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

Facts = dict[str, Any]
INCOMES = (
    *("wage", "business", "farming", "property", "transfer"),
    *("pension_central_basic", "pension_other", "support", "poverty_project"),
)

_HOUSEHOLD: Facts = {
    "hukou_local": True,
    "residence_permit": False,
    "currently_on_dibao": False,
    "months_in_phase_out": 0,
    "lifted_after_poverty_policy": False,
    "registered_poor": False,
    "no_industry_or_job_way_out": False,
    "no_other_economic_source": False,
    "poverty_project_job": False,
    "other_property_ok": True,
    "assets": {"cash": "0", "deposits": "0", "securities": "0", "claims": "0"},
    "spending_monthly": {"medical": "0", "education": "0", "care": "0", "other_necessary": "0"},
    "sudden_event": "none",
    "basic_life_in_difficulty": False,
    "heavy_necessary_spending": False,
    "other_aid_insufficient": False,
    "local_temp_aid_means_ok": False,
    "public_emergency": False,
    "applying_dibao_or_tekun": False,
    "dangerous_house": False,
    "had_house_renovation": False,
    "housing_difficulty": False,
    "stranded_away_from_home": False,
    "legal_aid_means_ok": False,
}
_MEMBER: Facts = {
    "age": 40,
    "co_living": True,
    "student": False,
    "employed": False,
    "registered_unemployed": False,
    "disability_grade": 0,
    "disability_category": "none",
    "severe_illness": False,
    "nine_disease_inpatient": False,
    "labour_capacity": "full",
    "no_livelihood_source": False,
    "no_capable_supporter": False,
    "tekun_care_mode": "dispersed",
    "family_dependent": False,
    "cannot_separate_household": False,
    "life_difficult": False,
    "in_resident_insurance": True,
    "employment_cost_allowed": "0",
    "job_refusals_6_months": 0,
}


def family(size: int = 3, *, region: str, area: str, day: str, line: str = "730") -> Facts:
    """A fully told family without income: every fact of the contract, the local values typed."""
    return {
        "region": region,
        "area": area,
        "as_of": day,
        "standards": {
            "dibao_standard": line,
            "urban_dibao_standard": line,
            "disposable_income_last_year": "2800",
            "residence_permit_accepted": False,
            "phase_out_months": "3",
            "aid_widened_to_low_income": False,
            "price_linkage_started": False,
        },
        "household": copy.deepcopy(_HOUSEHOLD),
        "members": [
            {"id": f"m{number}", **copy.deepcopy(_MEMBER), "income_monthly": dict.fromkeys(INCOMES, "0")}
            for number in range(1, size + 1)
        ],
    }


def changed(facts: Facts, changes: Mapping[str, Any]) -> Facts:
    """A copy with some answers changed, by paths such as `m2.income_monthly.wage`; "?" takes one away."""
    result = copy.deepcopy(facts)
    for path, value in changes.items():
        head, *steps, last = path.split(".")
        place = next((one for one in result["members"] if one["id"] == head), None)
        if place is None:
            place = result[head] if steps or head in ("household", "standards") else result
        for step in steps:
            place = place[step]
        place[last] = None if value == "?" else value
    return result


def set_top(facts: Facts, **values: Any) -> Facts:
    """A copy with region, area or day replaced."""
    return {**copy.deepcopy(facts), **values}


def lines(answer: Mapping[str, Any]) -> dict[tuple[str, str], dict[str, Any]]:
    """The lines of an estimate by programme and subject."""
    return {(line["id"], line["subject"]): line for line in answer["programmes"]}
