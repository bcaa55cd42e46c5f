"""The legal time limits, worked out by hand from the calendar of 2026."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest

from portal.handoff import Step, working_days
from portal.progress import deadline, words

ACCEPTED = datetime(2026, 9, 11, 2, 0, tzinfo=UTC)  # a Friday, 10 o'clock in Jilin


def limits(*programmes: str, today: date = date(2026, 9, 12), **told: Any) -> list[deadline.TimeLimit]:
    return deadline.time_limits(programmes, [Step("accepted", ACCEPTED, told)], today)


def test_without_acceptance_there_is_no_limit() -> None:
    assert deadline.time_limits(["dibao"], [Step("under_review", ACCEPTED, {})], date(2026, 9, 12)) == []


def test_dibao_has_thirty_working_days() -> None:
    [limit] = limits("dibao")
    assert (limit.day, limit.exact, limit.passed) == (date(2026, 10, 29), True, False)


@pytest.mark.parametrize(
    ("told", "day"), [(20, date(2026, 10, 15)), (45, date(2026, 11, 19)), (7, date(2026, 10, 29))]
)
def test_the_case_system_may_name_one_of_the_legal_limits_and_no_other(told: int, day: date) -> None:
    assert limits("dibao", workingDays=told)[0].day == day


def test_tekun_has_investigation_notice_and_review_one_after_the_other() -> None:
    # 15 working days to 9 October, seven days' notice to 16 October, 15 working days to 6 November.
    [limit] = limits("tekun")
    assert limit.day == date(2026, 11, 6)


def test_each_kind_of_programme_has_its_own_limit_and_some_have_none() -> None:
    assert {limit.id for limit in limits("dibao", "zhichuxing", "linshi")} == {"dibao_30", "zhichuxing_30"}
    assert limits("linshi") == []


def test_the_last_day_itself_is_not_yet_over() -> None:
    assert not limits("dibao", today=date(2026, 10, 29))[0].passed
    assert limits("dibao", today=date(2026, 10, 30))[0].passed


def test_midnight_is_midnight_where_the_citizens_live() -> None:
    late = datetime(2026, 9, 10, 16, 30, tzinfo=UTC)  # 11 September, 00:30
    [limit] = deadline.time_limits(["dibao"], [Step("accepted", late, {})], date(2026, 9, 12))
    assert limit.day == date(2026, 10, 29)


def test_every_limit_has_words() -> None:
    assert {rule.id for rule in deadline.rules()} == set(words.LIMITS)


def test_a_year_without_a_table_leaves_out_the_days_off_of_every_year_and_says_about() -> None:
    counted = working_days.deadline(date(2026, 12, 31), 1)
    # Friday, 1 January 2027 is off by the regulation itself; the rest of 2027 is not published yet.
    assert (counted.day, counted.exact) == (date(2027, 1, 4), False)
