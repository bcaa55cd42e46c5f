"""Progress as a citizen meets it: signing in, the true state in words, the deadline, signing out."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, update

from portal import clock, codes, db, handoff
from portal.config import Settings
from portal.handoff import callbacks
from portal.handoff.events import CaseEvent
from portal.handoff.models import OutboxMessage, OutboxState
from portal.progress.models import SignInCount
from tests.support.handoff import QUERY_CODE, document, settings_for
from tests.support.pages import LintedClient, Page
from tests.support.portal import running


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return settings_for(tmp_path_factory.mktemp("portal"))


@pytest.fixture(scope="module")
def app(settings: Settings) -> Iterator[Flask]:
    """One portal for all these tests; each has an application and a browser of its own."""
    with running(settings) as portal:
        yield portal


@pytest.fixture
def number(app: Flask) -> str:
    """An application that was sent a moment ago."""
    with app.app_context(), db.writing(app.extensions["doudi_engine"]) as session:
        sent = handoff.submit(
            session,
            draft_id=str(uuid.uuid4()),
            document=document(),
            region="220104",
            query_code=QUERY_CODE,
            now=clock.now(),
        )
        return sent.number


def put(app: Flask, number: str, **values: Any) -> None:
    with db.writing(app.extensions["doudi_engine"]) as session:
        session.execute(
            update(OutboxMessage).where(OutboxMessage.application_number == number).values(**values)
        )


def report(app: Flask, number: str, state: str, sequence: int, days_ago: int = 0, **details: object) -> None:
    event = CaseEvent(
        "urn:c",
        f"{number}-{state}-{sequence}",
        number,
        state,
        sequence,
        clock.now() - timedelta(days=days_ago),
        details,
    )
    with db.writing(app.extensions["doudi_engine"]) as session:
        assert callbacks.receive(session, event, now=clock.now()) == callbacks.Verdict.APPLIED


def sign_in(client: LintedClient, number: str, code: str = QUERY_CODE) -> Any:
    return client.submit("/progress/", {"number": number, "query_code": code})


def test_number_and_code_open_the_page_however_they_are_typed(client: LintedClient, number: str) -> None:
    page = sign_in(client, f" {number[:4].lower()}-{number[4:].lower()} ", "k7mp q2")
    assert "申请进度" in page.text
    assert number in page.text


def test_nothing_personal_stands_on_the_page(client: LintedClient, number: str) -> None:
    page = sign_in(client, number).text
    for canary in ("试验甲", "220104195501010026", "13800000000", "丈夫去世", "800.00"):
        assert canary not in page


@pytest.mark.parametrize(
    ("state", "words"),
    [("pending", "已保存"), ("sending", "正在送达"), ("retry_wait", "正在送达"), ("unknown", "正在送达"),
     ("accepted", "正在送达"), ("delivered", "已送达"), ("acknowledged", "已送达"),
     ("parked", "送达受阻，我们在处理")],
)  # fmt: skip
def test_the_delivery_state_is_said_in_words(
    app: Flask, client: LintedClient, number: str, state: str, words: str
) -> None:
    put(app, number, state=OutboxState(state))
    assert words in sign_in(client, number).text


def test_the_case_number_appears_when_the_case_system_holds_the_application(
    app: Flask, client: LintedClient, number: str
) -> None:
    put(app, number, state=OutboxState.DELIVERED, case_number="SB2026-00007-X2Y")
    assert "案号 SB2026-00007-X2Y" in sign_in(client, number).text


@pytest.mark.parametrize(
    ("state", "words"),
    [("accepted", "已受理"), ("under_review", "正在审核"), ("materials_requested", "要补材料"),
     ("public_notice", "公示中"), ("approved", "已同意"), ("rejected", "未同意"), ("closed", "已结束")],
)  # fmt: skip
def test_the_case_state_is_said_in_words(
    app: Flask, client: LintedClient, number: str, state: str, words: str
) -> None:
    report(app, number, state, 1, reason="收入高于标准")
    assert words in sign_in(client, number).text


def test_a_refusal_shows_its_reason_as_plain_text_and_what_to_do(
    app: Flask, client: LintedClient, number: str
) -> None:
    report(app, number, "rejected", 1, reason='<script>alert(1)</script><a href="http://x">领钱</a>')
    page = sign_in(client, number).text
    assert "&lt;script&gt;" in page
    assert "<script>alert" not in page
    assert 'href="http://x"' not in page
    assert "60 天内，可以申请行政复议" in page


def test_the_deadline_counts_from_acceptance_and_says_what_to_do_when_it_has_passed(
    app: Flask, client: LintedClient, number: str
) -> None:
    report(app, number, "accepted", 1, days_ago=90)
    page = sign_in(client, number).text
    assert "法定期限已经过了" in page
    assert "行政复议" in page
    assert "第二十二条" in page


def test_a_case_system_may_say_that_the_special_limit_holds(
    app: Flask, client: LintedClient, number: str
) -> None:
    report(app, number, "accepted", 1, workingDays=45)
    assert "延长到 45 个工作日" in sign_in(client, number).text


def test_five_wrong_codes_lock_the_number_and_the_right_code_does_not_open_it(
    client: LintedClient, number: str
) -> None:
    answers = [sign_in(client, number, "WRONG2") for _ in range(5)]
    assert [answer.status_code for answer in answers] == [422, 422, 422, 422, 429]
    locked = sign_in(client, number)
    assert locked.status_code == 429
    assert "请等 15 分钟再试" in locked.text


def test_the_lock_opens_by_itself(app: Flask, client: LintedClient, number: str) -> None:
    for _ in range(5):
        sign_in(client, number, "WRONG2")
    with db.writing(app.extensions["doudi_engine"]) as session:
        session.execute(update(SignInCount).values(locked_until=clock.now() - timedelta(seconds=1)))
    assert "申请进度" in sign_in(client, number).text


def test_an_unknown_number_is_answered_and_locked_like_a_known_one(
    app: Flask, client: LintedClient, number: str
) -> None:
    unknown = "22222222" + "3" + codes.check_character("22222222" + "3")
    for _ in range(6):
        known_answer, unknown_answer = sign_in(client, number, "WRONG2"), sign_in(client, unknown, "WRONG2")
        assert known_answer.status_code == unknown_answer.status_code
        assert _words(known_answer.text, number) == _words(unknown_answer.text, unknown)
    with db.writing(app.extensions["doudi_engine"]) as session:
        assert number not in {row.number_hash for row in session.scalars(select(SignInCount))}


def test_a_page_of_progress_is_not_shown_without_signing_in(client: LintedClient, number: str) -> None:
    assert client.get("/progress/application").headers["Location"].endswith("/progress/")


def test_signing_out_ends_it(client: LintedClient, number: str) -> None:
    page = sign_in(client, number)
    client.submit(page, {})
    assert client.get("/progress/application").status_code == 303


def test_an_application_can_be_taken_back_once_after_being_told_what_follows(
    app: Flask, client: LintedClient, number: str
) -> None:
    sign_in(client, number)
    page = client.submit("/progress/withdraw", {}, button="撤回申请")
    assert "您已经撤回申请" in page.text
    client.post("/progress/withdraw", data=dict(_token(client)))
    with db.writing(app.extensions["doudi_engine"]) as session:
        types = session.scalars(
            select(OutboxMessage.type)
            .where(OutboxMessage.application_number == number)
            .order_by(OutboxMessage.application_version)
        ).all()
    assert types == ["application.submitted.v1", "application.withdrawn.v1"]
    assert client.get("/progress/withdraw").status_code == 303


def test_a_withdrawal_on_its_way_does_not_make_the_application_look_undelivered(
    app: Flask, client: LintedClient, number: str
) -> None:
    put(app, number, state=OutboxState.DELIVERED)
    sign_in(client, number)
    page = client.submit("/progress/withdraw", {}, button="撤回申请").text
    assert "已送达" in page
    assert "正在送达" not in page
    put(app, number, state=OutboxState.PARKED)
    assert "送达受阻" in client.get("/progress/application").text


def test_a_decided_application_cannot_be_taken_back(app: Flask, client: LintedClient, number: str) -> None:
    report(app, number, "approved", 1)
    sign_in(client, number)
    assert client.get("/progress/withdraw").status_code == 303


def test_nobody_takes_back_without_signing_in(client: LintedClient, number: str) -> None:
    assert client.get("/progress/withdraw").status_code == 303
    client.post("/progress/withdraw", data=dict(_token(client)))
    assert "您已经撤回申请" not in sign_in(client, number).text


def _token(client: LintedClient) -> dict[str, str]:
    page = Page(client.get("/progress/", follow_redirects=True).text)
    return {"csrf_token": next(f.fields["csrf_token"][0] for f in page.forms if f.method == "post")}


def _words(page: str, number: str) -> str:
    return page.replace(number, "NUMBER").split("<main", 1)[1].split("csrf_token", 1)[0]
