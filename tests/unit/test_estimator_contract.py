"""Whatever is asked, the estimate has the shape that others rely on, and each fact of the contract is taken."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from estimator import FactError, default_norms, default_rulebook, estimate
from estimator.samples import load_samples
from tests.support.households import INCOMES, Facts, changed, family, lines

DAY = date(2024, 6, 1)
PROGRAMMES = (
    *("dibao", "dibao_danren", "dibao_jiantui", "dishouru", "zhichuxing", "tekun", "linshi", "yiliao"),
    *("jiaoyu", "zhufang", "jiuye", "canji_shenghuo", "canji_huli", "canji_kangfu", "ertong", "shouzai"),
    *("liulang", "qunuan", "dianjia", "binzang", "falv", "wujia", "doudi"),
)
MONEY = {"type": "string", "pattern": r"^\d+\.\d{2}$"}
TEXT = {"type": "string", "minLength": 1}
NAMES = {"type": "array", "items": TEXT, "uniqueItems": True}


def whole(**properties: Any) -> dict[str, Any]:
    """An object that has all these properties."""
    return {"type": "object", "properties": properties, "required": list(properties)}


def or_null(schema: Mapping[str, Any]) -> dict[str, Any]:
    return {"anyOf": [{"type": "null"}, schema]}


REASON = whole(
    rule=TEXT,
    truth={"enum": ["true", "false", "unknown"]},
    text=TEXT,
    left=or_null(TEXT),
    operator={"enum": [None, "<", "<=", "=", "!=", ">=", ">"]},
    right=or_null(TEXT),
    citations=NAMES,
)
LINE = whole(
    id={"enum": list(PROGRAMMES)},
    subject=TEXT,
    outcome={"enum": ["likely", "unlikely", "undetermined", "no_rule"]},
    amount=or_null(
        whole(
            low=MONEY,
            high=or_null(MONEY),
            unit={"const": "CNY/month"},
            at_least={"type": "boolean"},
            text=TEXT,
        )
    ),
    details={"type": "object"},
    reasons={"type": "array", "items": REASON, "maxItems": 60},
    missing=NAMES,
    to_change=or_null(whole(fact=TEXT, **{"from": {}, "to": {}}, text=TEXT)),
    citations=NAMES,
    status={"enum": ["firm", "norm_unverified", "norms_conflict"]},
)
STANDARD = whole(
    name=TEXT,
    value={"type": "string", "pattern": r"^-?\d+(\.\d+)?$"},
    unit=TEXT,
    effective_from=or_null({"type": "string", "pattern": r"^\d{4}-\d\d-\d\d$"}),
    document=TEXT,
    level={"enum": ["local", "guidance", "typed"]},
    fresh={"type": "boolean"},
)
ESTIMATE = Draft202012Validator(
    whole(
        region=or_null({"type": "string", "pattern": r"^\d{6}$"}),
        as_of={"type": "string", "pattern": r"^\d{4}-\d\d-\d\d$"},
        rulebook=whole(version=TEXT, sha256={"type": "string", "pattern": "^[0-9a-f]{64}$"}),
        standards={"type": "array", "items": STANDARD},
        programmes={"type": "array", "items": LINE},
        next_question=or_null(
            whole(fact=TEXT, subject=TEXT, settles={**NAMES, "items": {"enum": list(PROGRAMMES)}})
        ),
    )
)
HOUSEHOLD = """assets.cash assets.deposits assets.securities assets.claims other_property_ok
    spending_monthly.medical spending_monthly.education spending_monthly.care spending_monthly.other_necessary
    hukou_local residence_permit currently_on_dibao months_in_phase_out lifted_after_poverty_policy registered_poor
    no_industry_or_job_way_out no_other_economic_source poverty_project_job sudden_event basic_life_in_difficulty
    heavy_necessary_spending other_aid_insufficient local_temp_aid_means_ok public_emergency applying_dibao_or_tekun
    dangerous_house had_house_renovation housing_difficulty"""
MEMBER = """age birth_date co_living relation student employed registered_unemployed disability_grade
    disability_category severe_illness nine_disease_inpatient labour_capacity no_livelihood_source
    no_capable_supporter tekun_care_mode family_dependent cannot_separate_household life_difficult
    in_resident_insurance employment_cost_allowed job_refusals_6_months"""
TYPED = """dibao_standard urban_dibao_standard disposable_income_last_year min_topup_per_person min_wage
    residence_permit_accepted uplift_rate_severe_illness"""


def households() -> Iterator[tuple[str, Facts]]:
    """The sample families in their places: as they are, half told in two ways, with next to nothing told."""
    for sample in load_samples()[::3]:
        facts = dict(sample.facts)
        people = facts.get("members", [])
        yield f"{sample.id} whole", facts
        yield f"{sample.id} without a family", {**facts, "household": None}
        yield f"{sample.id} without ages", {**facts, "members": [{**one, "age": None} for one in people]}
        yield f"{sample.id} place and heads", {"region": facts["region"], "members": [{}] * len(people)}
    for day in ("2013-01-01", "2018-06-01", "2020-12-31", "2021-01-01", "2026-11-22", "9999-12-31"):
        for region in ("220122", "430121", "441702", "510104", "220000", "222400", "999999"):
            yield f"{region} {day}", family(2, region=region, area="rural", day=day)
    yield "nothing", {}


@pytest.mark.parametrize(
    "facts", [pytest.param(facts, id=name.replace(" ", "-")) for name, facts in households()]
)
def test_the_estimate_has_the_shape_of_the_contract(facts: Facts) -> None:
    answer = json.loads(json.dumps(estimate(facts, as_of=DAY)))
    problems = [f"{one.json_path}: {one.message}" for one in ESTIMATE.iter_errors(answer)]
    assert problems == []
    assert {line["id"] for line in answer["programmes"]} == set(PROGRAMMES)
    people = {
        "household",
        *(str(one.get("id", f"m{n}")) for n, one in enumerate(facts.get("members") or (), 1)),
    }
    book, norms = default_rulebook(), default_norms()
    for line in answer["programmes"]:
        assert line["subject"] in people
        assert {one for one in line["missing"] if one not in book.facts} <= {"region", "members"}
        assert all(norms.of(one) for one in line["citations"])
        assert not (line["missing"] and line["outcome"] in ("likely", "unlikely"))
        assert (line["amount"] is None) or line["outcome"] == "likely"
        for reason in line["reasons"]:
            assert reason["rule"] in book.rules or reason["rule"] == "no_rule"
            assert set(reason["citations"]) <= set(line["citations"])
        if line["amount"]:
            low, high = line["amount"]["low"], line["amount"]["high"]
            assert high is None or Decimal(low) <= Decimal(high)


def test_each_fact_of_the_contract_is_in_the_list_of_facts() -> None:
    facts = set(default_rulebook().facts)
    named = [f"household.{name}" for name in HOUSEHOLD.split()]
    named += [f"member.{name}" for name in MEMBER.split()]
    named += [f"member.income_monthly.{name}" for name in INCOMES]
    named += [f"standards.{name}" for name in TYPED.split()]
    assert [name for name in ("area", *named) if name not in facts] == []


def test_null_is_not_told_wherever_it_stands() -> None:
    facts = {"region": "220104", "as_of": "2024-06-01", "members": [{"id": "m1"}]}
    empty: Facts = {**facts, "area": None, "standards": None, "household": None}
    empty["members"] = [{"id": "m1", "age": None, "income_monthly": None, "co_living": None}]
    inside: Facts = {**facts, "standards": {"dibao_standard": None}}
    inside["household"] = {"assets": {"cash": None}, "spending_monthly": None, "hukou_local": None}
    answer = estimate(facts, as_of=DAY)
    assert estimate(empty, as_of=DAY) == answer
    assert estimate(inside, as_of=DAY) == answer


@pytest.mark.parametrize("wage", ["0.1", 0.1, Decimal("0.1"), "1e-1", " 0.10 "])
def test_a_sum_is_exact_however_the_number_is_written(wage: object) -> None:
    facts = changed(
        family(1, region="220104", area="urban", day="2024-06-01"), {"m1.income_monthly.wage": wage}
    )
    assert lines(estimate(facts, as_of=DAY))["dibao", "household"]["amount"]["low"] == "729.90"


def test_a_birthday_to_come_is_age_nought_and_thirty_people_are_a_family() -> None:
    facts = family(30, region="220104", area="urban", day="2024-06-01")
    facts["members"][0] |= {"age": None, "birth_date": "2030-01-01"}
    answer = lines(estimate(facts, as_of=DAY))
    assert answer["dibao", "household"]["amount"]["low"] == "21900.00"
    age = next(one for one in answer["ertong", "m1"]["reasons"] if one["left"] is not None)
    assert age["left"] == "0"


def test_nobody_listed_is_not_told_and_never_a_no() -> None:
    facts = {**family(1, region="220104", area="urban", day="2024-06-01"), "members": []}
    found = lines(estimate(facts, as_of=DAY))
    assert found["dibao", "household"]["outcome"] == "undetermined"
    assert "members" in found["dibao", "household"]["missing"]


def test_every_wrong_answer_is_named_at_once() -> None:
    facts = {"region": "x", "as_of": "x", "area": "x", "household": {"assets": {"cash": "x"}}, "members": [1]}
    with pytest.raises(FactError) as found:
        estimate(facts, as_of=DAY)
    paths = [problem.path for problem in found.value.problems]
    assert paths == ["as_of", "region", "area", "household.assets.cash", "members[1]"]
