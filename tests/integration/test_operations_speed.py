"""What a page may cost, counted in work and not in time: estimates computed, statements sent, catalogues searched."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

import pytest
from flask import Flask
from flask_babel import Domain

from portal import clock, db, drafts
from portal.guidance import advice
from portal.guidance.advice import Advice
from tests.support import guiding
from tests.support.pages import LintedClient


@pytest.fixture
def computed(monkeypatch: pytest.MonkeyPatch) -> list[Mapping[str, Any]]:
    """The facts of every estimate that is really computed, remembered ones included."""
    found: list[Mapping[str, Any]] = []
    whole = Advice.page_estimate

    def counting(self: Advice, facts: Mapping[str, Any], *, as_of: date) -> Mapping[str, Any]:
        found.append(facts)
        return whole(self, facts, as_of=as_of)

    monkeypatch.setattr(advice.Advice, "page_estimate", counting)
    return found


def test_an_answered_question_costs_one_estimate_and_the_next_page_none(
    client: LintedClient, computed: list[Mapping[str, Any]]
) -> None:
    guiding.begin(client, others=(("spouse", "44"),))
    first = client.get("/estimate/next", follow_redirects=True)
    computed.clear()
    second = client.submit(first, button="不清楚，跳过")
    assert guiding.page_of(second) not in ("", guiding.page_of(first))
    assert len(computed) == 1
    client.get(second.request.path)
    assert len(computed) == 1


def test_on_another_day_what_is_left_to_ask_is_found_anew(
    client: LintedClient, computed: list[Mapping[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    guiding.begin(client)
    page = client.get("/estimate/next", follow_redirects=True)
    computed.clear()
    tomorrow = clock.today() + timedelta(days=1)
    monkeypatch.setattr(clock, "today", lambda: tomorrow)
    assert client.get(page.request.path).status_code == 200
    assert len(computed) == 1


def test_with_other_tables_what_is_left_to_ask_is_found_anew(
    app: Flask, client: LintedClient, computed: list[Mapping[str, Any]]
) -> None:
    guiding.begin(client)
    page = client.get("/estimate/next", follow_redirects=True)
    with client.session_transaction() as cookie:
        draft_id = cookie["estimate_draft"]
    with app.app_context(), db.transaction() as session:
        draft = drafts.find(session, draft_id, "estimate", now=clock.now())
        assert draft is not None
        older = {**draft.answers["result"], "rulebook": {"version": "2020-01-01", "sha256": "0"}}
        drafts.save(session, draft, {"result": older}, now=clock.now(), days=30)
    computed.clear()
    client.get(page.request.path)
    assert len(computed) == 1


def test_a_page_searches_for_its_catalogue_once(
    client: LintedClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    searched: list[object] = []
    whole = Domain.get_translations

    def counting(self: Domain) -> object:
        searched.append(self)
        return whole(self)

    monkeypatch.setattr(Domain, "get_translations", counting)
    client.get("/estimate/", headers={"Accept-Language": "ko"})
    assert len(searched) == 1
