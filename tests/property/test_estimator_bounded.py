"""However much of up to twelve persons is not told: the work of an estimate has a bound, and no answer is wrong."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from typing import Any
from unittest.mock import patch

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from estimator import estimate
from estimator.evaluate import MOST_WALKS, Case, Evaluator
from estimator.retries import MOST_WORK
from tests.support.households import Facts, changed, family, lines

DAY = date(2026, 11, 22)
PLACES = [
    ("220104", "2024-06-01"),
    ("441702", "2022-11-01"),
    ("430722", "2026-08-01"),
    ("510104", "2025-06-01"),
]
TRUTHS = (True, False)
OPEN_OF_PERSONS: dict[str, tuple[Any, ...]] = {
    "co_living": TRUTHS,
    "disability_grade": (0, 1, 2, 3, 4),
    "disability_category": ("none", "physical", "mental", "visual"),
    "labour_capacity": ("full", "partial", "none"),
    "severe_illness": TRUTHS,
    "cannot_separate_household": TRUTHS,
    "no_livelihood_source": TRUTHS,
    "student": TRUTHS,
    "employed": TRUTHS,
}
OPEN_OF_HOUSEHOLD: dict[str, tuple[Any, ...]] = {
    "currently_on_dibao": TRUTHS,
    "other_property_ok": TRUTHS,
    "basic_life_in_difficulty": TRUTHS,
    "sudden_event": ("none", "accident", "epidemic"),
}
SETTINGS = settings(
    max_examples=25, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow]
)


@dataclass
class Work:
    """What one estimate did: persons walked through every table, and single values worked out again."""

    walked: int = 0
    again: int = 0


@contextmanager
def counted() -> Iterator[Work]:
    work = Work()
    evaluate = Evaluator.case

    def case(self: Evaluator, *arguments: Any) -> Case:
        found = evaluate(self, *arguments)
        question, needed = arguments[0], arguments[5] if len(arguments) > 5 else None
        if needed is None:
            work.walked += len(question.persons)
        else:
            work.again += self.work(needed, len(question.persons)) * len(found.stages)
        return found

    with patch.object(Evaluator, "case", case):
        yield work


@st.composite
def half_told(draw: st.DrawFn) -> tuple[Facts, dict[str, Any]]:
    """A household of up to twelve with open facts, and one way in which it may be told in the end."""
    region, day = draw(st.sampled_from(PLACES))
    persons = draw(st.sampled_from([3, 5, 7, 12]))
    facts = family(persons, region=region, area="urban", day=day)
    changes: dict[str, Any] = {"m1.age": 70, "m2.income_monthly.wage": "900", "m3.age": 10}
    open_of_all = draw(st.lists(st.sampled_from(sorted(OPEN_OF_PERSONS)), unique=True, max_size=4))
    told: dict[str, Any] = {}
    for number in range(1, persons + 1):
        for name in open_of_all:
            told[f"m{number}.{name}"] = draw(st.sampled_from(OPEN_OF_PERSONS[name]))
    for name in draw(st.lists(st.sampled_from(sorted(OPEN_OF_HOUSEHOLD)), unique=True)):
        told[f"household.{name}"] = draw(st.sampled_from(OPEN_OF_HOUSEHOLD[name]))
    facts = changed(facts, {**changes, **dict.fromkeys(told, "?")})
    if draw(st.booleans()):
        facts["area"] = None
        told["area"] = draw(st.sampled_from(["urban", "rural"]))
    return facts, told


def completed(facts: Facts, told: dict[str, Any]) -> Facts:
    area = told.get("area", facts["area"])
    return {**changed(facts, {path: value for path, value in told.items() if path != "area"}), "area": area}


@SETTINGS
@given(half_told())
def test_the_work_is_bounded_and_nothing_likely_or_unlikely_is_wrong(
    given: tuple[Facts, dict[str, Any]],
) -> None:
    facts, told = given
    with counted() as work:
        part = lines(estimate(facts, as_of=DAY))
    assert work.walked <= max(MOST_WALKS, 2 * len(facts["members"]))
    assert work.again <= MOST_WORK
    whole = lines(estimate(completed(facts, told), as_of=DAY))
    for key, line in part.items():
        if line["outcome"] in ("likely", "unlikely"):
            assert whole[key]["outcome"] == line["outcome"], key
        elif line["outcome"] == "undetermined" and whole[key]["outcome"] != "undetermined":
            assert line["missing"], key


@pytest.mark.parametrize("persons", [7, 12])
def test_where_nobody_said_who_of_many_lives_together_the_lines_are_open_and_ask_for_it(persons: int) -> None:
    facts = family(persons, region="220104", area="urban", day="2024-06-01")
    facts = changed(facts, {f"m{number}.co_living": "?" for number in range(1, persons + 1)})
    with counted() as work:
        found = lines(estimate({**facts, "area": None}, as_of=DAY))
    assert work.walked == 2 * persons
    dibao = found["dibao", "household"]
    assert dibao["outcome"] == "undetermined"
    assert "member.co_living" in dibao["missing"]


def test_a_family_of_three_of_whom_nobody_said_who_lives_together_is_still_exact() -> None:
    facts = family(3, region="220104", area="urban", day="2024-06-01")
    facts = changed(facts, {"m1.income_monthly.wage": "9000", "m2.income_monthly.wage": "9000"})
    facts = changed(facts, {f"m{number}.co_living": "?" for number in (2, 3)})
    line = lines(estimate({**facts, "area": None}, as_of=DAY))["dibao", "household"]
    assert line["outcome"] == "unlikely"


def test_what_is_tried_again_stops_where_the_work_of_one_estimate_ends() -> None:
    facts = family(12, region="220104", area="urban", day="2024-06-01")
    facts = changed(facts, {"m2.co_living": "?", "m3.co_living": "?"})
    facts = changed(facts, {f"m{number}.disability_grade": "?" for number in range(1, 13)})
    with counted() as work:
        estimate({**facts, "area": None}, as_of=DAY)
    assert 0 < work.again <= MOST_WORK
