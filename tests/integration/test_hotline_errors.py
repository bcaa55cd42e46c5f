"""What goes wrong under /hotline is said to staff in their own frame, and says nothing of what exists."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy.exc import OperationalError

from portal import db, errors
from portal.hotline import calls, work
from portal.hotline.access import Role
from tests.support.hotline import OBJECTS, staff_client
from tests.support.pages import LintedClient, page_text

YANJI, NANGUAN = "222401", "220102"


@pytest.fixture
def operator(app: Flask) -> LintedClient:
    return staff_client(app, Role.OPERATOR, [YANJI])


def test_an_address_that_is_no_page_keeps_the_menu_and_leads_back(operator: LintedClient) -> None:
    answer = operator.get("/hotline/nowhere")
    assert answer.status_code == 404
    said = page_text(answer)
    assert "接听" in said
    assert "待办" in said
    assert "社会救助自助服务" not in said
    assert 'href="/hotline/sign-in">回到热线台' in answer.text
    assert operator.get("/hotline/sign-in", follow_redirects=True).request.path == "/hotline/"


def test_what_is_another_countys_looks_exactly_like_what_is_not_there(
    app: Flask, operator: LintedClient
) -> None:
    with app.app_context(), db.transaction() as session:
        elsewhere = OBJECTS["call_back"](session, NANGUAN)
    there = operator.get(f"/hotline/todo/call-back/{elsewhere}")
    nowhere = operator.get("/hotline/todo/call-back/no-such-thing")
    assert there.status_code == nowhere.status_code == 404
    assert page_text(there) == page_text(nowhere) == page_text(operator.get("/hotline/nowhere"))


def test_a_stranger_sees_the_frame_without_a_menu(client: LintedClient) -> None:
    answer = client.get("/hotline/nowhere")
    assert answer.status_code == 404
    assert "热线台" in page_text(answer)
    assert "接听" not in page_text(answer)


def test_a_missing_token_and_a_wrong_method_are_said_in_the_staffs_frame(operator: LintedClient) -> None:
    for answer, status in (
        (operator.post("/hotline/todo/distress"), 400),
        (operator.put("/hotline/todo"), 405),
    ):
        assert answer.status_code == status
        assert "接听" in page_text(answer)


@pytest.mark.parametrize(
    ("gone", "status"), [(ZeroDivisionError(), 500), (OperationalError("select", {}, Exception()), 503)]
)
def test_a_fault_of_ours_is_told_without_asking_the_database_again(
    app: Flask, operator: LintedClient, monkeypatch: pytest.MonkeyPatch, gone: Exception, status: int
) -> None:
    def fail(*_a: object, **_k: object) -> None:
        raise gone

    monkeypatch.setattr(calls, "current", fail)
    monkeypatch.setattr(work, "call_backs", fail)  # what the menu counts
    monkeypatch.setattr(work, "distress", fail)
    app.config["PROPAGATE_EXCEPTIONS"] = False
    answer = operator.get("/hotline/todo/note")
    assert answer.status_code == status
    assert "热线台" in page_text(answer)
    assert "社会救助自助服务" not in page_text(answer)
    assert "出错编号" in page_text(answer)


def test_who_must_wait_is_told_so_in_the_staffs_frame_and_citizens_in_theirs(app: Flask) -> None:
    for path, frame in (("/hotline/", "热线台"), ("/ask", "社会救助自助服务"), ("/hotline/todo", "热线台")):
        with app.test_request_context(path):
            answer = errors.busy(7)
        assert answer.status_code == 429
        assert frame in answer.get_data(as_text=True)
        assert "请等 7 秒" in answer.get_data(as_text=True)


def test_citizens_keep_their_own_page(client: LintedClient) -> None:
    assert "社会救助自助服务" in page_text(client.get("/nowhere"))
