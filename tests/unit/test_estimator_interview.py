"""The interview asks what settles most, page by page, and stops as soon as nothing more can change."""

from __future__ import annotations

from datetime import date
from statistics import median
from typing import Any

import pytest

from estimator import default_rulebook, estimate
from tests.support.households import Facts, changed, family

DAY = date(2026, 11, 22)
FAMILIES = {
    "jilin without income": ({}, "220104", "urban", "2026-08-01"),
    "jilin on low income": (
        {"m1.income_monthly.wage": "2700", "m3.disability_grade": 2},
        "220104",
        "rural",
        "2024-06-01",
    ),
    "hunan with a pupil": ({"m2.age": 10, "m2.student": True}, "430722", "rural", "2023-06-01"),
    "chengdu above every line": ({"m1.income_monthly.wage": "9000"}, "510104", "urban", "2025-06-01"),
    "yangjiang with an old mother": ({"m3.age": 72}, "441702", "rural", "2019-06-01"),
}


def everything_told(facts: Facts) -> Facts:
    """The family with the facts besides the contract's told too, as no or nothing."""
    for spec in default_rulebook().facts.values():
        level, _, name = spec.id.partition(".")
        plain = {"truth": False, "choice": next(iter(spec.options), None)}.get(spec.type, str(spec.low or 0))
        if "." in name or spec.type in ("group", "date", "text") or level not in ("household", "member"):
            continue
        for place in [facts["household"]] if level == "household" else facts["members"]:
            place.setdefault(name, plain)
    return facts


def copy_answer(told: dict[str, Any], full: dict[str, Any], path: str) -> bool:
    *steps, last = path.split(".")
    for step in steps:
        told, full = told.setdefault(step, {}), full[step]
    told[last] = full.get(last)
    return told[last] is not None


def ask_through(full: Facts, *, one_at_a_time: bool = False) -> list[dict[str, Any]]:
    """Every question asked until none is left; local values, which no citizen knows, are told at the start.

    A question is a page: one fact, or one purse, of everybody of whom it is open. `one_at_a_time` asks it of one
    person and then looks again.
    """
    told: Facts = {key: full[key] for key in ("region", "area", "as_of", "standards")}
    told["household"] = {}
    told["members"] = [{"id": member["id"], "co_living": True} for member in full["members"]]
    asked: list[dict[str, Any]] = []
    while True:
        question = estimate(told, as_of=DAY)["next_question"]
        if question is None or question["fact"].startswith("standards."):
            return asked
        level, _, path = question["fact"].partition(".")
        people = {member["id"]: member for member in told["members"]}
        truth = {member["id"]: member for member in full["members"]}
        if level == "member":
            for one in [question["subject"]] if one_at_a_time else question["subjects"]:
                assert copy_answer(people[one], truth[one], path), question
        else:
            assert copy_answer(told[level], full[level], path), question
        assert question not in asked
        asked.append(question)


def all_there_is(full: Facts) -> int:
    """How many facts there are to ask of a family, each of each person."""
    household = sum(len(value) if isinstance(value, dict) else 1 for value in full["household"].values())
    return household + sum(len(member) - 3 + len(member["income_monthly"]) for member in full["members"])


def full_family(name: str) -> Facts:
    changes, region, area, day = FAMILIES[name]
    return everything_told(changed(family(3, region=region, area=area, day=day), changes))


def test_asked_of_one_person_after_another_half_of_the_families_hear_a_fifth_of_what_there_is() -> None:
    """One fact of one person counted alone cannot stay under twenty: to settle every line of some families of three,
    more than twenty such answers are needed, whichever are chosen. That is why a page asks a fact of everybody."""
    asked = {name: len(ask_through(full_family(name), one_at_a_time=True)) for name in FAMILIES}
    assert max(asked.values()) <= 27
    assert median(asked[name] / all_there_is(full_family(name)) for name in FAMILIES) <= 0.25


@pytest.mark.parametrize("name", FAMILIES)
def test_the_interview_of_a_family_of_three_ends_within_twenty_questions(name: str) -> None:
    full = full_family(name)
    asked = ask_through(full)
    assert 1 <= len(asked) <= 20
    assert len(asked) <= 0.6 * all_there_is(full)


def test_nothing_is_asked_when_everything_is_settled() -> None:
    full = everything_told(family(1, region="510104", area="urban", day="2019-06-01"))
    answer = estimate(full, as_of=DAY)
    assert {fact.partition(".")[0] for line in answer["programmes"] for fact in line["missing"]} <= {
        "standards"
    }
    question = answer["next_question"]
    assert question is None or question["fact"].startswith("standards.")


def test_a_question_names_the_programmes_it_may_settle_and_everybody_it_concerns() -> None:
    facts = changed(
        family(2, region="220104", area="urban", day="2024-06-01"),
        {"m1.severe_illness": "?", "m2.severe_illness": "?", "m1.income_monthly.wage": "2000"},
    )
    lines = {(line["id"], line["subject"]): line for line in estimate(facts, as_of=DAY)["programmes"]}
    assert lines["dibao_danren", "m1"]["missing"] == ["member.severe_illness"]
    question = estimate(everything_told(facts), as_of=DAY)["next_question"]
    assert question["fact"] == "member.severe_illness"
    assert question["subjects"] == ["m1", "m2"]
    assert "dibao_danren" in question["settles"]


def test_a_purse_is_asked_as_one_page() -> None:
    facts = changed(
        family(1, region="220104", area="urban", day="2024-06-01"),
        {"household.assets.cash": "?", "household.assets.deposits": "?"},
    )
    question = estimate(everything_told(facts), as_of=DAY)["next_question"]
    assert question["fact"] == "household.assets"
    assert default_rulebook().facts["household.assets"].type == "group"
