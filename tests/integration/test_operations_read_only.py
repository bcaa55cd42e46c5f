"""Read only: reading, asking and estimating go on; whatever would write says what is kept and when to come back."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from flask import Flask

from portal import clock, db
from portal.config import ConfigError, Settings, load_settings
from portal.factory import create_app
from portal.guidance import travelling
from tests.support import applying, guiding
from tests.support.pages import LintedClient, Page

SECRETS = {"DOUDI_SECRET_KEY": "x", "DOUDI_DATA_KEYS": "y"}


def opened(settings: Settings) -> Flask:
    portal = create_app(settings)
    portal.test_client_class = LintedClient
    return portal


@pytest.fixture
def frozen(settings: Settings, app: Flask) -> Iterator[Flask]:
    """The same installation, set to read only, with its database opened so that nothing can write."""
    database = settings.database_url.replace("sqlite:///", "sqlite:///file:") + "?mode=ro&uri=true"
    portal = opened(replace(settings, read_only=True, database_url=database))
    yield portal
    portal.extensions["doudi_engine"].dispose()


def move(client: LintedClient, app: Flask) -> LintedClient:
    """The same browser at another application: its cookies go along."""
    other = app.test_client()
    assert isinstance(other, LintedClient)
    other._cookies = client._cookies  # the same jar
    return other


def browser(app: Flask) -> LintedClient:
    client = app.test_client()
    assert isinstance(client, LintedClient)
    return client


def test_every_page_says_so_before_anybody_types(frozen: Flask, client: LintedClient) -> None:
    for path in ("/", "/apply/", "/estimate/", "/policies"):
        assert "正在维护" in browser(frozen).get(path).text
    assert "正在维护" not in client.get("/").text


def test_reading_and_asking_go_on(frozen: Flask) -> None:
    client = browser(frozen)
    for path in (
        "/policies",
        "/policies/jl-2020-46",
        "/privacy",
        "/api/v1/answers?q=低保怎么申请",
        "/readyz",
    ):
        assert client.get(path).status_code == 200, path
    answered = client.submit("/ask", {"question": "低保怎么申请"})
    assert (answered.status_code, "申请" in answered.text) == (200, True)
    assert client.submit("/ask", {"question": "月亮上有没有补贴xyz"}).status_code == 200


def test_an_estimate_goes_on_from_the_first_page_to_the_result(frozen: Flask) -> None:
    client = browser(frozen)
    guiding.begin(client, others=(("spouse", "44"), ("mother", "71")))
    held = guiding.interview(client, guiding.does_not_know)
    assert held.last is not None
    assert held.last.request.path == "/estimate/result"
    assert held.last.status_code == 200
    assert len(held.asked) > 3


def test_an_estimate_begun_before_is_taken_up_and_saved_afterwards(
    app: Flask, client: LintedClient, frozen: Flask
) -> None:
    guiding.begin(client, own_age="45")
    meanwhile = move(client, frozen)
    assert "45 岁" in meanwhile.get("/estimate/members").text
    meanwhile.submit("/estimate/members/new", {"relation": "mother", "age": "71"})
    assert "71 岁" in meanwhile.get("/estimate/members").text
    afterwards = move(meanwhile, app)
    afterwards.submit("/estimate/members/new", {"relation": "spouse", "age": "47"})
    shown = afterwards.get("/estimate/members").text
    assert ("71 岁" in shown, "47 岁" in shown) == (True, True)
    assert client.get_cookie("estimate") is None


def test_the_answers_on_their_way_are_sealed_and_a_forged_one_is_nothing(frozen: Flask) -> None:
    client = browser(frozen)
    guiding.begin(client, own_age="45")
    cookie = client.get_cookie("estimate")
    assert cookie is not None
    assert "220104" not in cookie.decoded_value
    client.set_cookie("estimate", cookie.value[:-9] + "forgedAA=")
    assert "45 岁" not in client.get("/estimate/members", follow_redirects=True).text
    client.set_cookie("estimate", cookie.value)
    page = client.get("/estimate/result")
    form = next(n for n, one in enumerate(_forms(page.text)) if one.endswith("/forget"))
    client.submit(page, form=form)
    assert client.get_cookie("estimate") is None


def _forms(text: str) -> list[str]:
    return [form.action or "" for form in Page(text).forms]


def test_a_household_too_large_to_travel_is_told_to_come_back(
    frozen: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(travelling, "LONGEST", 100)
    client = browser(frozen)
    page = client.submit(
        "/estimate/place?city=220100", {"region": guiding.CHAOYANG, "area": "urban"}, button="继续"
    )
    assert page.status_code == 503


def test_sending_says_what_is_kept_and_when_to_come_back(
    app: Flask, client: LintedClient, frozen: Flask, settings: Settings
) -> None:
    applying.start_filled(client)
    applying.sign_own(client)
    client.submit("/apply/signatures/m2/paper", button="好，到窗口签")
    meanwhile = move(client, frozen)
    assert meanwhile.get("/apply/tasks").status_code == 200
    answer = applying.send(meanwhile)
    assert answer.status_code == 503
    assert answer.headers["Retry-After"] == "300"
    for words in ("已经保存的内容都在", "请过几分钟再来", "可以查政策、提问、估算", "12345"):
        assert words in answer.text
    assert applying.receipt_codes(applying.send(move(meanwhile, app)))[0]


def test_where_the_end_is_known_it_is_said(settings: Settings, app: Flask) -> None:
    end = clock.now() + timedelta(minutes=40)
    portal = opened(replace(settings, read_only=True, read_only_until=end))
    answer = browser(portal).submit("/apply/", button="开始新的申请")
    assert f"请在 {clock.local(end):%H:%M} 以后再来" in answer.text
    assert 2300 <= int(answer.headers["Retry-After"]) <= 2400
    portal.extensions["doudi_engine"].dispose()


def test_machines_get_a_problem_and_retry_after(frozen: Flask) -> None:
    @frozen.get("/handoff/writes")
    def writes() -> str:
        with db.transaction():
            return ""

    answer = browser(frozen).get("/handoff/writes")
    assert (answer.status_code, answer.mimetype) == (503, "application/problem+json")
    assert answer.headers["Retry-After"] == "300"
    estimated = browser(frozen).post(
        "/api/v1/estimates", json={"region": "220104", "members": [{"id": "m1"}]}
    )
    assert estimated.status_code == 200


def test_while_the_database_is_away_reading_and_asking_go_on_and_the_rest_is_a_503(
    settings: Settings,
) -> None:
    portal = opened(replace(settings, database_url="postgresql+psycopg://doudi@127.0.0.1:1/doudi"))
    client = browser(portal)
    for path in ("/", "/policies", "/policies/jl-2020-46", "/ask", "/api/v1/answers?q=低保怎么申请"):
        assert client.get(path).status_code == 200, path
    assert client.submit("/ask", {"question": "低保怎么申请"}).status_code == 200
    page = client.submit("/apply/", button="开始新的申请")
    page = client.submit(page, {"programmes": ["dibao"]}) if page.status_code == 200 else page
    assert (page.status_code, page.headers["Retry-After"]) == (503, "20")
    assert "已经保存的内容不会丢" in page.text
    assert client.get("/readyz").status_code == 503
    portal.extensions["doudi_engine"].dispose()


@pytest.mark.parametrize("path", ["/apply/tasks", "/apply/check", "/apply/family", "/apply/papers", "/estimate/result"])
def test_while_the_database_is_away_who_is_in_the_middle_is_told_in_words(
    client: LintedClient, settings: Settings, path: str
) -> None:
    applying.start_filled(client)
    guiding.begin(client)
    away = opened(replace(settings, database_url="postgresql+psycopg://doudi@127.0.0.1:1/doudi"))
    answer = move(client, away).get(path)
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "20")
    assert "已经保存的内容不会丢" in answer.text
    away.extensions["doudi_engine"].dispose()


@pytest.mark.parametrize(
    ("said", "on"), [("no", False), ("", False), ("yes", True), ("2026-11-22T23:30", True)]
)
def test_the_setting_is_yes_no_or_a_local_time(said: str, on: bool) -> None:
    found = load_settings({**SECRETS, "DOUDI_READ_ONLY": said})
    assert found.read_only is on
    assert (found.read_only_until is not None) is said.startswith("2026")
    if found.read_only_until:
        assert found.read_only_until.isoformat() == "2026-11-22T23:30:00+08:00"


def test_another_word_is_refused() -> None:
    with pytest.raises(ConfigError, match="DOUDI_READ_ONLY"):
        load_settings({**SECRETS, "DOUDI_READ_ONLY": "tomorrow"})
