"""What is the same for everybody is rendered once: in each language, for the day, for what the bot knows."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from flask import Flask

from portal import clock, db
from portal.guidance import advice, fragments, reading, variants
from tests.support.pages import LintedClient, page_text

DAY = date(2026, 11, 22)
PAGES = (
    "/", "/ask", "/privacy", "/privacy/list", "/words", "/accessibility", "/policies", "/policies/jl-2020-46",
    "/policies/law-2026", "/rules/dibao", "/leaflets/dibao",
)  # fmt: skip


@pytest.fixture(autouse=True)
def _on_a_day(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "today", lambda: DAY)


@pytest.fixture
def listed(monkeypatch: pytest.MonkeyPatch) -> list[date]:
    """A day for each time that the list of documents is put together."""
    found: list[date] = []
    whole: Callable[..., Any] = reading.documents

    def counting(*given: Any, day: date) -> Any:
        found.append(day)
        return whole(*given, day=day)

    monkeypatch.setattr(reading, "documents", counting)
    return found


def kept(app: Flask) -> fragments.Kept:
    found: fragments.Kept = app.extensions[fragments.KEY]
    return found


def test_a_page_that_is_the_same_for_everybody_is_put_together_once(
    app: Flask, client: LintedClient, listed: list[date]
) -> None:
    first = client.get("/policies").get_data()
    assert client.get("/policies").get_data() == first
    assert LintedClient(app).get("/policies").get_data() == first
    assert listed == [DAY]


def test_each_language_has_its_own(client: LintedClient) -> None:
    def body(tag: str) -> str:
        shown = client.get("/privacy", headers={"Accept-Language": tag}).get_data(as_text=True)
        return shown.split('<div id="privacy">', 1)[1].split("</div>", 1)[0]

    tags = ("zh-CN", "zh-TW", "en", "ko")
    assert len({body(tag) for tag in tags}) == len(tags)
    assert "不用登录" in body("zh-CN")


def test_each_document_programme_and_place_has_its_own(client: LintedClient) -> None:
    for _again in range(2):
        assert "吉办发〔2020〕46号" in page_text(client.get("/policies/jl-2020-46"))
        assert "湘政办发" in page_text(client.get("/policies/hn-2017-33"))
        assert "吉林省" in page_text(client.get("/leaflets/dibao")).split("谁可以申请", 1)[0]
        assert "湖南省" in page_text(client.get("/leaflets/dibao?region=430000")).split("谁可以申请", 1)[0]
        assert "特困" in page_text(client.get("/leaflets/tekun")).split("要带什么", 1)[0]
        assert "特困" in page_text(client.get("/rules/tekun"))


def test_another_day_says_what_holds_then(
    client: LintedClient, listed: list[date], monkeypatch: pytest.MonkeyPatch
) -> None:
    client.get("/policies")
    assert "2026年11月22日" in page_text(client.get("/leaflets/dibao"))
    later = date(2027, 1, 4)
    monkeypatch.setattr(clock, "today", lambda: later)
    client.get("/policies")
    assert "2027年1月4日" in page_text(client.get("/leaflets/dibao"))
    assert listed == [DAY, later]


def test_all_is_dropped_when_the_bot_learns_something(
    app: Flask, client: LintedClient, listed: list[date]
) -> None:
    client.get("/policies")
    with app.app_context():
        with db.transaction() as session:
            variants.add(
                session, "linshi.tiaojian", "家里的羊被狼咬死了国家给补助吗", by="tester", now=clock.now()
            )
        variants.notice_now()
    client.get("/policies")
    client.get("/policies")
    assert listed == [DAY, DAY]


def test_nothing_of_one_visitor_is_shown_to_another(app: Flask, client: LintedClient) -> None:
    client.set_cookie("text", "large")
    assert 'class="large"' in client.get("/policies").get_data(as_text=True)
    client.get("/policies?find=渐退")
    client.get("/policies/jl-2020-46?find=渐退")
    other = LintedClient(app)
    for address in ("/policies", "/policies/jl-2020-46"):
        shown = other.get(address).get_data(as_text=True)
        assert 'value="渐退"' not in shown
        assert "<mark>" not in shown
        assert 'class="large"' not in shown


def test_what_belongs_to_a_visit_is_never_kept(app: Flask, client: LintedClient) -> None:
    client.submit("/ask", {"question": "吉林低保渐退期是几个月"}, button="问")
    for page in PAGES:
        client.get(f"{page}?find=渐退")
    pieces = kept(app).pieces.values()
    assert len(pieces) > 8
    for piece in pieces:
        assert "csrf_token" not in piece
        assert 'name="talk"' not in piece
        assert "<mark>" not in piece
        assert "吉林低保渐退期是几个月" not in piece


def test_what_is_kept_is_bounded_and_what_is_read_stays(
    app: Flask, client: LintedClient, monkeypatch: pytest.MonkeyPatch, listed: list[date]
) -> None:
    monkeypatch.setattr(fragments, "MOST", 60_000)
    for programme in app.extensions[advice.KEY].rulebook.programmes:
        client.get(f"/leaflets/{programme}")
        client.get("/policies")
    held = kept(app)
    assert listed == [DAY]
    assert held.size == sum(map(len, held.pieces.values())) <= 60_000
