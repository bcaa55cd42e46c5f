"""A crowd larger than can be answered: who came last is sent away kindly, who applies goes on, nobody gets an error."""

from __future__ import annotations

import math
import re
import socket
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from portal.factory import create_app
from portal.limits import waiting
from tests.benchmarks import load_crowd
from tests.support import applying
from tests.support.attacking import stranger
from tests.support.handoff import settings_for
from tests.support.pages import LintedClient, page_text
from tests.support.portal import made
from tests.support.served import UNLIMITED, Site, free_port, site

CROWD = 400


@pytest.fixture
def portal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Flask]:
    """A portal behind a trusted proxy that only before its first request was ever at rest."""
    monkeypatch.setattr(waiting, "PAUSE", math.inf)
    app = made(replace(settings_for(tmp_path), trusted_proxies=1, limits_wait=500))
    came(stranger(app), "/healthz", 0)
    yield app
    app.extensions["doudi_engine"].dispose()


def came(browser: LintedClient, path: str, seconds: float, method: str = "GET", **more: str) -> TestResponse:
    """Ask for a path as the proxy passes it on that many seconds after it arrived."""
    headers = {"X-Request-Start": f"t={time.time() - seconds:.3f}", **more}
    return browser.open(path, method=method, headers=headers, lint=False, buffered=True)


@pytest.mark.parametrize("path", ["/", "/policies", "/estimate/", "/apply/", "/api/v1/answers?q=低保"])
def test_whoever_has_waited_too_long_is_asked_to_come_back(portal: Flask, path: str) -> None:
    browser = stranger(portal)
    assert came(browser, path, 0.1).status_code == 200
    answer = came(browser, path, 2)
    assert answer.status_code == 429
    assert 5 <= int(answer.headers["Retry-After"]) <= 15
    assert answer.headers["Cache-Control"] == "no-store"
    assert came(browser, path, 0.1).status_code == 200


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/healthz"),
        ("GET", "/readyz"),
        ("GET", "/static/doudi.css"),
        ("GET", "/hotline/sign-in"),
        ("POST", "/handoff/callbacks"),
        ("POST", "/apply/send"),
    ],
)
def test_some_wait_as_long_as_it_takes(portal: Flask, method: str, path: str) -> None:
    assert came(stranger(portal), path, 600, method).status_code in (200, 302, 303, 400, 401)


def test_who_is_in_the_middle_of_an_application_is_the_last_to_be_sent_away(portal: Flask) -> None:
    browser = stranger(portal)
    applying.start_filled(browser)
    for path in ("/apply/tasks", "/policies"):
        assert came(browser, path, 2).status_code == 200
        assert came(stranger(portal), path, 2).status_code == 429
        assert came(browser, path, 8).status_code == 429


def test_the_page_is_in_each_ones_language_and_holds_nothing_of_anybody_else(portal: Flask) -> None:
    browser = stranger(portal)
    for tag, words in (
        ("zh-CN", "现在办的人多，请稍等"),
        ("en", "Many people are here now"),
        ("zh-CN", "现在办的人多，请稍等"),
    ):
        answer = came(browser, "/policies?find=a-secret", 2, **{"Accept-Language": tag})
        text = page_text(answer)
        assert words in text
        assert answer.headers["Retry-After"] in text
        assert f'lang="{"zh-Hans" if tag == "zh-CN" else tag}"' in answer.text
        assert "a-secret" not in answer.text
        assert "{cure}" not in answer.text
        assert 'href="/?lang=ko"' in answer.text


@pytest.mark.parametrize("odd", ["", "t=", "soon", "t=nan", "t=-inf", "t=1e400", "1"])
def test_an_odd_moment_fails_nothing(portal: Flask, odd: str) -> None:
    answer = stranger(portal).get("/policies", headers={"X-Request-Start": odd})
    assert answer.status_code in (200, 429)


def test_without_a_trusted_proxy_the_header_means_nothing(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(waiting, "PAUSE", math.inf)
    assert [came(stranger(app), "/policies", waited).status_code for waited in (0, 3600)] == [200, 200]


@pytest.mark.parametrize("differ", [-3600, 3600])
def test_clocks_that_differ_shed_nobody_and_yet_the_waiting_is_measured(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, differ: int
) -> None:
    monkeypatch.setattr(waiting, "PAUSE", math.inf)
    browser = stranger(made(replace(settings_for(tmp_path), trusted_proxies=1)))
    statuses = [came(browser, "/policies", differ + waited).status_code for waited in (0, 0.1, 2, 0.1)]
    assert statuses == [200, 200, 429, 200]


def test_a_portal_at_rest_takes_the_difference_of_the_clocks_anew(
    portal: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser = stranger(portal)
    assert came(browser, "/policies", 60).status_code == 429
    monkeypatch.setattr(waiting, "PAUSE", 0.0)
    assert came(browser, "/policies", 60).status_code == 200


def test_whoever_queued_while_the_portal_started_is_not_sent_away(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(waiting, "PAUSE", math.inf)
    browser = stranger(made(replace(settings_for(tmp_path), trusted_proxies=1)))
    assert [came(browser, "/policies", waited).status_code for waited in (20, 19, 12, 3, 0)] == [200] * 5


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Site]:
    """An installation of one worker behind a proxy, which this test is."""
    more = {**UNLIMITED, "DOUDI_WORKERS": "1", "DOUDI_TRUSTED_PROXIES": "1", "DOUDI_LIMITS_WAIT": "200"}
    with site(tmp_path, DOUDI_LOG_REQUESTS="no", **more) as found:
        yield found


def test_of_a_crowd_that_comes_at_once_some_are_sent_away_but_nobody_who_applies(small: Site) -> None:
    web = small.serve(free_port())
    app = create_app(small.settings)
    with app.app_context():
        crowd = load_crowd.Crowd(app, small.folder)
        cookie, _draft = next(load_crowd.applicants(crowd, 1))
    app.extensions["doudi_engine"].dispose()
    reading, applies = crowd.get("/policies"), crowd.get("/apply/tasks", cookie)

    statuses = at_once(web.port, [applies if number % 40 == 39 else reading for number in range(CROWD)])

    assert Counter(status for kind, status in statuses if kind == applies) == {200: CROWD // 40}
    others = Counter(status for kind, status in statuses if kind == reading)
    assert set(others) == {200, 429}
    assert at_once(web.port, [reading]) == [(reading, 200)]  # the crowd is gone


def at_once(port: int, requests: list[bytes]) -> list[tuple[bytes, int]]:
    """Send all requests before the first answer is read; each with its status."""
    lines: list[tuple[bytes, socket.socket]] = []
    for raw in requests:
        line = socket.create_connection(("127.0.0.1", port), timeout=60)
        line.sendall(
            raw.replace(
                b"\r\n\r\n", b"\r\nConnection: close\r\nX-Request-Start: t=%.3f\r\n\r\n" % time.time()
            )
        )
        lines.append((raw, line))
    found = []
    for raw, line in lines:
        with line, line.makefile("rb") as answer:
            status = re.fullmatch(rb"HTTP/1\.1 (\d{3}) .*\r\n", answer.readline())
            found.append((raw, int(status[1]) if status else 0))
    return found
