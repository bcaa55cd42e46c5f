"""What an estimate costs: its answers are read once a page, others need not wait while it is made, and nothing of a
household stays behind with the parts of a result that are kept for the next visitor."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import pytest
from sqlalchemy.orm import Session

from portal import db
from portal.guidance import estimates, fragments
from tests.support.crowds import statements
from tests.support.guiding import Answer, begin, interview, of
from tests.support.pages import LintedClient, page_text

WAGE = "1239.50"
TOLD: dict[str, Answer] = {
    "household.hukou_local": {"answer": "yes"},
    "household.assets": {"deposits": "15777"},
    "member.income_monthly@m1": {"wage": WAGE},
}


def reads_of_drafts(client: LintedClient) -> AbstractContextManager[list[str]]:
    return statements(
        client.application,
        lambda statement: statement.startswith("SELECT") and "FROM draft" in statement,
    )


@pytest.mark.parametrize(
    "address",
    ["/estimate/next", "/estimate/question/household.assets", "/estimate/result", "/estimate/members"],
)
def test_a_page_reads_the_answers_once(client: LintedClient, address: str) -> None:
    begin(client)
    with reads_of_drafts(client) as seen:
        client.get(address)
    assert len(seen) == 1, seen


def test_an_answer_is_read_once_before_it_is_taken_and_once_while_it_is_saved(client: LintedClient) -> None:
    begin(client)
    page = client.get("/estimate/question/household.assets")
    with reads_of_drafts(client) as seen:
        saved = client.submit(page, {"deposits": "15777"}, button="继续", follow=False)
    assert saved.status_code == 303
    assert len(seen) == 2, seen


def test_others_need_not_wait_while_an_estimate_is_made(
    client: LintedClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    begin(client)
    open_now: list[Session] = []
    made: list[int] = []
    transaction, contents = db.transaction, estimates.contents

    @contextmanager
    def watched() -> Iterator[Session]:
        with transaction() as session:
            open_now.append(session)
            yield session
            open_now.remove(session)

    def noted(*told: Any, **more: Any) -> Mapping[str, Any]:
        made.append(len(open_now))
        return contents(*told, **more)

    monkeypatch.setattr(db, "transaction", watched)
    monkeypatch.setattr(estimates, "contents", noted)
    client.submit("/estimate/question/household.assets", {"deposits": "15777"}, button="继续")
    assert made == [0]


def test_no_figure_of_a_household_stays_with_the_kept_parts_of_a_result(client: LintedClient) -> None:
    begin(client)
    interview(client, of(TOLD))
    shown = page_text(client.get("/estimate/result"))
    assert "1,239.50" in shown
    kept = client.application.extensions[fragments.KEY].pieces
    parts = {key[2] for key in kept}
    assert {"reason", "sources of a reason", "bring"} <= parts
    told = [
        (key, piece) for key, piece in kept.items() if "239.5" in piece + "".join(key) or "15,777" in piece
    ]
    assert not told
