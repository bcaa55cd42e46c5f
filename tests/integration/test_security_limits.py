"""Limits: forty families behind one address finish, a flood is shed kindly, a lost store stops nobody."""

from __future__ import annotations

import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask
from limits import RateLimitItem, RateLimitItemPerMinute
from limits.strategies import FixedWindowRateLimiter
from sqlalchemy import event

from portal import clock, limits, log, security
from portal.config import ConfigError, Settings, load_settings
from portal.factory import create_app
from tests.support import applying
from tests.support.attacking import stranger
from tests.support.handoff import settings_for
from tests.support.pages import LintedClient, page_text
from tests.support.portal import made

VILLAGE = {"REMOTE_ADDR": "203.0.113.7"}
SHIPPED = {"limits_visit": 600, "limits_address": 6000, "limits_api": 6000, "limits_send": 20}


def _portal(folder: Path, **limited: int | str) -> Flask:
    settings = replace(settings_for(folder), **limited)  # type: ignore[arg-type]  # names of limits
    return made(settings)


@pytest.fixture
def clock_stands(monkeypatch: pytest.MonkeyPatch) -> None:
    """The minute of the counters does not end while a test runs."""
    monkeypatch.setattr(time, "time", lambda: 1_800_000_010.0)


@pytest.fixture(scope="module")
def village(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """A portal with the limits that ship."""
    portal = _portal(tmp_path_factory.mktemp("portal"), **SHIPPED)
    yield portal
    portal.extensions["doudi_engine"].dispose()


def _family(app: Flask) -> LintedClient:
    browser = stranger(app)
    browser.environ_base |= VILLAGE
    return browser


PAGES = 60  # what a long application asks for beside the pages that are pressed here


def _applies(browser: LintedClient) -> str:
    """One family goes through its application, looks things up beside it, and sends; returns the number."""
    member = applying.start_filled(browser)
    for _page in range(PAGES):
        assert browser.get("/accessibility", lint=False).status_code == 200
    applying.sign_own(browser)
    browser.submit(f"/apply/signatures/{member}/paper", button="好，到窗口签")
    return applying.receipt_codes(applying.send(browser))[0]


@pytest.mark.usefixtures("clock_stands")
def test_forty_families_behind_one_address_all_finish_within_one_minute(
    village: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    counted: list[str] = []
    real = limits.Counter.wait

    def wait(counter: limits.Counter, limit: RateLimitItem, *who: str) -> int:
        counted.append(who[0])
        return real(counter, limit, *who)

    monkeypatch.setattr(limits.Counter, "wait", wait)
    assert len({_applies(_family(village)) for _number in range(40)}) == 40
    requests = counted.count("address")
    assert 40 * PAGES < requests < SHIPPED["limits_address"]
    assert requests * 10 > SHIPPED["limits_address"], "ten times as many would be shed"


@pytest.mark.usefixtures("clock_stands")
def test_a_tenfold_burst_of_one_address_is_shed_and_others_go_on(tmp_path: Path) -> None:
    app = _portal(tmp_path, limits_address=60)
    answers = [_family(app).get("/accessibility", lint=False).status_code for _request in range(600)]
    assert answers == [200] * 60 + [429] * 540
    assert stranger(app).get("/accessibility").status_code == 200


@pytest.mark.usefixtures("clock_stands")
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_who_must_wait_reads_when_to_come_back_and_whom_to_call(tmp_path: Path, method: str) -> None:
    app = _portal(tmp_path, limits_visit=3)
    browser = stranger(app)
    browser.get("/apply/")  # gives the visit its id
    for _try in range(3):
        assert browser.get("/apply/").status_code == 200
    answer = browser.open("/apply/", method=method)
    assert answer.status_code == 429
    words = page_text(answer)
    assert "现在办的人多，请稍等" in words
    assert "您填的内容还在。请等 " in words
    assert "12345" in words
    assert ("按“返回”" in words) is (method == "POST")
    assert 1 <= int(answer.headers["Retry-After"]) <= 60
    assert answer.headers["Cache-Control"] == "no-store"
    assert "Content-Security-Policy" in answer.headers


@pytest.mark.usefixtures("clock_stands")
@pytest.mark.parametrize("path", ["/api/v1/answers?q=低保", "/api/v1/estimates"])
def test_programs_are_told_in_their_own_form(tmp_path: Path, path: str) -> None:
    app = _portal(tmp_path, limits_api=2, limits_visit=1, limits_address=1)
    browser = stranger(app)
    method = "POST" if path.endswith("estimates") else "GET"
    for _call in range(2):
        assert browser.open(path, method=method, json={} if method == "POST" else None).status_code == 200
    answer = browser.open(path, method=method, json={} if method == "POST" else None)
    assert answer.status_code == 429
    assert answer.mimetype == "application/problem+json"
    assert answer.json is not None
    assert answer.json["status"] == 429
    assert answer.headers["Retry-After"] == str(answer.json["retryAfter"])


@pytest.mark.usefixtures("clock_stands")
def test_sending_is_pressed_at_most_so_often_a_minute(tmp_path: Path) -> None:
    app = _portal(tmp_path, limits_send=2)
    browser = stranger(app)
    applying.start_filled(browser)
    for _press in range(2):
        assert applying.post(browser, "/apply/send", {}).status_code == 200
    assert applying.post(browser, "/apply/send", {}).status_code == 429
    assert browser.get("/apply/tasks").status_code == 200


def test_files_health_checks_and_signed_calls_are_not_counted(tmp_path: Path) -> None:
    app = _portal(tmp_path, limits_address=1, limits_api=1)
    browser = stranger(app)
    for _time in range(4):
        assert browser.get("/static/doudi.css", buffered=True).status_code == 200
        assert browser.get("/healthz").status_code == 200
        assert browser.post("/handoff/callbacks").status_code == 401


def test_counting_starts_no_thread_and_keeps_nothing_that_is_over(monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[threading.Thread] = []
    monkeypatch.setattr(threading.Thread, "start", started.append)
    memory = limits.OwnMemory()
    limiter, minute = FixedWindowRateLimiter(memory), RateLimitItemPerMinute(2)
    began = datetime(2026, 11, 22, 8, 0, 10, tzinfo=UTC)
    for second in range(600):
        monkeypatch.setattr(clock, "now", lambda second=second: began + timedelta(seconds=second))
        assert [limiter.hit(minute, f"visitor {second}") for _try in range(3)] == [True, True, False]
    assert memory.reset() < 60 + 30 + 1  # those of the last minute, and what the next sweep will find
    assert started == []


def test_a_count_begins_anew_when_its_minute_is_over(monkeypatch: pytest.MonkeyPatch) -> None:
    counter = limits.Counter("memory://")
    began = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)
    for second, passes in ((0, True), (59, False), (61, True), (120, False)):
        monkeypatch.setattr(clock, "now", lambda second=second: began + timedelta(seconds=second))
        assert (counter.wait(RateLimitItemPerMinute(1), "address", "somebody") == 0) is passes


def test_counting_writes_and_reads_nothing_in_the_database(village: Flask) -> None:
    statements: list[object] = []
    event.listen(
        village.extensions["doudi_engine"], "before_cursor_execute", lambda *seen: statements.append(seen)
    )
    stranger(village).get("/accessibility")
    assert not statements


@pytest.mark.parametrize(
    ("address", "counted"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::9", "2001:db8:1:2::/64"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
        ("unix:", "unix:"),
        ("", ""),
    ],
)
def test_a_household_with_an_ipv6_network_is_one_address(address: str, counted: str) -> None:
    assert security.network(address) == counted


@pytest.mark.parametrize("url", ["", "nonsense://x", "redis", "sqlite:///x"])
def test_an_unknown_store_stops_the_start(tmp_path: Path, url: str) -> None:
    with pytest.raises(ConfigError, match="DOUDI_LIMITS_URL"):
        create_app(replace(settings_for(tmp_path), limits_url=url, limits_visit=1))


def test_the_limits_that_ship_are_those_the_documents_name(tmp_path: Path) -> None:
    found = load_settings(
        {"DOUDI_SECRET_KEY": "k" * 40, "DOUDI_DATA_KEYS": "x", "DOUDI_INSTANCE": str(tmp_path)}
    )
    assert {name: getattr(found, name) for name in SHIPPED} == SHIPPED
    assert found.limits_url == "memory://"
    changed = load_settings(
        {
            "DOUDI_SECRET_KEY": "k" * 40, "DOUDI_DATA_KEYS": "x", "DOUDI_INSTANCE": str(tmp_path),
            "DOUDI_LIMITS_VISIT": "1", "DOUDI_LIMITS_ADDRESS": "2", "DOUDI_LIMITS_API": "3", "DOUDI_LIMITS_SEND": "0",
            "DOUDI_LIMITS_URL": "redis://127.0.0.1:6379/0",
        }
    )  # fmt: skip
    assert (changed.limits_visit, changed.limits_address, changed.limits_api, changed.limits_send) == (
        1,
        2,
        3,
        0,
    )


def test_secrets_do_not_show_in_the_settings_as_they_print(settings: Settings) -> None:
    shown = repr(replace(settings, limits_url="redis://:hidden@r/0", hand_off_keys=("hidden",)))
    assert "hidden" not in shown
    assert settings.secret_key not in shown
    assert settings.data_keys[0] not in shown


@pytest.fixture
def redis(tmp_path: Path) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """A Redis of our own on a free loopback port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server = subprocess.Popen(
        ["redis-server", "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", str(tmp_path)],
        stdout=subprocess.DEVNULL,
    )
    until = time.monotonic() + 10
    while time.monotonic() < until:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                break
        time.sleep(0.05)
    yield f"redis://127.0.0.1:{port}/0", server
    server.terminate()
    server.wait(timeout=10)


@pytest.mark.redis
def test_machines_that_share_a_store_share_the_counts_and_go_on_when_it_is_lost(
    tmp_path: Path, redis: tuple[str, subprocess.Popen[bytes]], monkeypatch: pytest.MonkeyPatch
) -> None:
    url, server = redis
    told: list[str] = []
    monkeypatch.setattr(log, "event", lambda name, **_facts: told.append(name))
    first, second = limits.Counter(url), limits.Counter(url)
    three = RateLimitItemPerMinute(3)
    passed = [counter.wait(three, "address", "somebody") == 0 for counter in (first, second, first, second)]
    assert passed == [True, True, True, False]
    assert second.wait(three, "address", "another") == 0
    server.terminate()
    server.wait(timeout=10)
    began = time.monotonic()
    assert first.wait(three, "address", "somebody") == 0  # nobody is turned away for what we have lost
    assert time.monotonic() - began < 2
    assert told == ["limits.store_lost"]
    alone = [first.wait(three, "address", "somebody") == 0 for _try in range(3)]
    assert alone == [True, True, False]
    assert told == ["limits.store_lost"], "the store is asked again only after five seconds"


def test_no_address_stands_in_the_store_in_clear(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[tuple[str, ...]] = []
    monkeypatch.setattr(limits.Counter, "wait", lambda _self, _limit, *who: seen.append(who) or 0)
    app = _portal(tmp_path, limits_address=5, limits_visit=5)
    browser = _family(app)
    browser.get("/apply/")
    browser.get("/apply/")
    assert {who[0] for who in seen} == {"address", "visit"}
    assert "203.0.113" not in repr(seen)


def test_the_published_interface_says_that_one_may_have_to_wait(village: Flask) -> None:
    described = stranger(village).get("/api/v1/openapi.json").get_json()["paths"]
    for path, method in (("/estimates", "post"), ("/answers", "get")):
        assert "Retry-After" in described[path][method]["responses"]["429"]["headers"]


def test_a_household_larger_than_any_is_not_even_estimated(village: Flask) -> None:
    facts = {"region": "220104", "members": [{"id": f"m{number}"} for number in range(31)]}
    refused = stranger(village).post("/api/v1/estimates", json=facts)
    assert refused.status_code == 422
    assert refused.get_json()["errors"][0]["pointer"] == "members"
    facts["members"].pop()  # type: ignore[attr-defined]  # the list of the line above
    assert stranger(village).post("/api/v1/estimates", json=facts).status_code == 200


@pytest.mark.parametrize(
    "text", ["国" * 60_000, "1" * 60_000, "（" * 60_000, "低保多少钱" * 12_000, " " * 60_000 + "x"]
)
def test_a_question_of_any_length_costs_little(village: Flask, text: str) -> None:
    began = time.process_time()
    stranger(village).get("/api/v1/answers", query_string={"q": text})
    stranger(village).get("/policies", query_string={"find": text})
    assert time.process_time() - began < 2
