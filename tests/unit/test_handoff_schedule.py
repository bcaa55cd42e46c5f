"""Pauses, deadlines and the canonical spelling, checked against figures worked out by hand."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from portal.handoff import canonical, case_system, schedule, working_days
from portal.handoff.case_system import Outcome

NOW = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)


def test_the_pauses_follow_the_contract() -> None:
    assert [schedule.delay(n, 0.5).total_seconds() for n in range(1, 9)] == [
        5,
        30,
        120,
        600,
        1800,
        3600,
        7200,
        7200,
    ]
    assert schedule.delay(7, 0.0) == timedelta(hours=1.6)
    assert schedule.delay(7, 1.0) == timedelta(hours=2.4)


def test_about_ninety_tries_fit_into_seven_days() -> None:
    tries, spent = 1, timedelta(0)
    while spent < schedule.GIVE_UP_AFTER:
        spent += schedule.delay(tries, 0.5)
        tries += 1
    assert 85 <= tries <= 95


@pytest.mark.parametrize(
    ("header", "seconds"),
    [("120", 120), ("Mon, 23 Nov 2026 01:01:00 GMT", 60), ("Mon, 23 Nov 2020 01:01:00 GMT", 0),
     ("Mon, 23 Nov 2099 01:01:00 GMT", 7200), ("9" * 40, 7200)],
)  # fmt: skip
def test_retry_after_is_read_in_both_forms_and_bounded(header: str, seconds: int) -> None:
    assert schedule.retry_after(header, NOW) == timedelta(seconds=seconds)


@pytest.mark.parametrize("header", [None, "", "soon", "-1", "1.5", "Mon, 99 Nov 2026 01:01:00 GMT", "１２０"])
def test_an_unreadable_retry_after_is_no_wish_at_all(header: str | None) -> None:
    assert schedule.retry_after(header, NOW) is None


def test_canonical_json_has_one_spelling() -> None:
    first = {"b": 1, "a": ["吉林", None, True, {"z": "é", "y": "\n"}]}
    second = {"a": ["吉林", None, True, {"y": "\n", "z": "é"}], "b": 1}
    assert canonical.canonical(first) == '{"a":["吉林",null,true,{"y":"\\n","z":"é"}],"b":1}'.encode()
    assert canonical.content_hash(first) == canonical.content_hash(second)


def test_a_fraction_is_refused_because_money_is_a_string() -> None:
    with pytest.raises(ValueError, match="decimal string"):
        canonical.canonical({"deposits": [{"amount": 0.1}]})


@pytest.mark.parametrize(
    ("day", "works"),
    [("2026-11-22", False), ("2026-11-23", True), ("2026-10-10", True), ("2026-10-07", False),
     ("2026-02-14", True), ("2027-01-01", False), ("2027-05-03", True)],
)  # fmt: skip
def test_offices_work_on_shifted_weekends_and_rest_on_holidays(day: str, works: bool) -> None:
    assert working_days.is_working_day(date.fromisoformat(day)) is works


def test_thirty_working_days_across_the_national_day_of_2026() -> None:
    # From Friday 11 September: 14-18 and 20 (shifted Sunday) make 6; 21-24 make 10; 28-30 make 13; 8, 9 and
    # 10 October (shifted Saturday) make 16; 12-16 make 21; 19-23 make 26; 26-29 make 30.
    found = working_days.deadline(date(2026, 9, 11), 30)
    assert found == working_days.Deadline(date(2026, 10, 29), exact=True)


def test_a_deadline_in_a_year_without_a_table_says_that_it_is_not_certain() -> None:
    found = working_days.deadline(date(2026, 12, 1), 30)
    assert not found.exact
    assert found.day == date(2027, 1, 13)


PERMANENT = {400, 404, 405, 410, 415, 422}
PASSING = {408, 425, 429}


@pytest.mark.parametrize("status", range(400, 600))
def test_every_error_status_has_one_meaning(status: int) -> None:
    outcome, problem, receipt = case_system.judge(status, b"<html>", "0" * 64, asked_for_receipt=False)
    if status in (401, 403):
        wanted = Outcome.UNAUTHORISED
    elif status == 409:
        wanted = Outcome.UNKNOWN
    elif status in PASSING or status >= 500:
        wanted = Outcome.RETRY
    else:
        wanted = Outcome.REFUSED
    assert outcome == wanted
    assert status not in PERMANENT or outcome == Outcome.REFUSED
    assert problem
    assert receipt is None


@pytest.mark.parametrize(
    "body",
    [b"", b"null", b"[]", b"{", b"\xff", b'{"caseNumber":"A"}', b'{"caseNumber":"","contentHash":"' + b"0" * 64 + b'"}',
     b'{"caseNumber":5,"contentHash":"' + b"0" * 64 + b'"}', b'{"caseNumber":"A","contentHash":"ABC"}', b"[" * 5000],
)  # fmt: skip
def test_a_receipt_that_cannot_be_read_is_no_receipt(body: bytes) -> None:
    assert case_system.read_receipt(body) is None
    outcome, _problem, _receipt = case_system.judge(201, body, "0" * 64, asked_for_receipt=False)
    assert outcome == Outcome.UNKNOWN
