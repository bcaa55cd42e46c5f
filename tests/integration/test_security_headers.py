"""Headers and cookies of every answer, taken from the URL map: pages, files, JSON, refusals and errors."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from http.cookies import SimpleCookie
from pathlib import Path

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from portal import security
from portal.hotline.access import Role
from tests.support.attacking import WITHOUT_CSRF, everything, stranger, targets
from tests.support.handoff import settings_for
from tests.support.hotline import staff_client
from tests.support.portal import made

HTTPS = "https://doudi.example"
PLAIN = "http://127.0.0.1:8000"
WHILE_SETTING_UP = {"hotline_account.choose_password", "hotline_account.bind_phone"}  # not for who is set up
COOKIES_OF_CITIZENS = {"doudi", "lang", "text"}


def _portal(folder: Path, public_url: str) -> Flask:
    settings = replace(settings_for(folder), public_url=public_url)
    portal = made(settings)

    @portal.get("/planted/failure")
    def failure() -> str:
        raise RuntimeError("planted")

    return portal


@pytest.fixture(scope="module", params=[PLAIN, HTTPS])
def app(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """One portal as it runs on loopback, one as it runs behind https."""
    portal = _portal(tmp_path_factory.mktemp("portal"), request.param)
    yield portal
    portal.extensions["doudi_engine"].dispose()


def _base(app: Flask) -> str:
    found: str = app.extensions["doudi_settings"].public_url
    return found


def _answers(app: Flask) -> Iterator[TestResponse]:
    """What a stranger gets from every rule with every method that stands in the map, and from what does not exist."""
    for target in targets(app):
        for method in sorted(target.methods | {"OPTIONS"}):
            yield stranger(app).open(
                target.path, method=method, base_url=_base(app), lint=False, buffered=True
            )
    browser = stranger(app)
    yield browser.get("/no/such/page", base_url=_base(app))
    yield browser.get("/api/v1/no-such-thing", base_url=_base(app))
    yield browser.get("/planted/failure", base_url=_base(app))
    yield browser.delete("/", base_url=_base(app))
    yield browser.get("/?lang=en", base_url=_base(app))
    yield browser.post("/ask", data={"q": "x" * 3_000_000}, base_url=_base(app))


@pytest.fixture(scope="module")
def answers(app: Flask) -> list[TestResponse]:
    return list(_answers(app))


def _name(answer: TestResponse) -> str:
    return f"{answer.request.method} {answer.request.path} → {answer.status_code}"


def test_every_answer_carries_every_protecting_header(answers: list[TestResponse]) -> None:
    lacking = [
        f"{_name(answer)}: {header} is {answer.headers.get(header)!r}"
        for answer in answers
        for header, value in security.HEADERS.items()
        if answer.headers.get(header) != value
    ]
    assert not lacking, "\n".join(lacking)


def test_statuses_of_every_kind_were_looked_at(answers: list[TestResponse]) -> None:
    seen = {answer.status_code for answer in answers}
    assert {200, 303, 400, 401, 404, 405, 500} <= seen


def test_the_content_policy_allows_nothing_inline_and_nothing_foreign() -> None:
    policy = dict(part.split(" ", 1) for part in security.CONTENT_SECURITY_POLICY.split("; "))
    assert policy["default-src"] == "'none'"
    assert policy["object-src"] == policy["base-uri"] == policy["frame-ancestors"] == "'none'"
    assert policy["script-src"] == policy["style-src"] == policy["form-action"] == "'self'"
    sources = " ".join(policy.values())
    assert not re.search(r"unsafe|\*|https?:|blob:|nonce", sources)


def test_strict_transport_is_asked_for_under_https_and_only_there(
    app: Flask, answers: list[TestResponse]
) -> None:
    expected = {security.STRICT_TRANSPORT} if _base(app) == HTTPS else {None}
    assert {answer.headers.get("Strict-Transport-Security") for answer in answers} == expected


def test_no_answer_may_be_kept_by_a_browser_or_a_proxy_unless_it_is_the_same_for_all(
    answers: list[TestResponse],
) -> None:
    public = ("/static/", "/bootstrap/static/", "/docs/handoff/", "/api/v1/rulebook")
    kept = [
        f"{_name(answer)}: {answer.headers.get('Cache-Control')!r}"
        for answer in answers
        if answer.headers.get("Cache-Control") != "no-store" and not answer.request.path.startswith(public)
    ]
    assert not kept, "\n".join(kept)


def test_every_body_says_its_type_and_its_characters(answers: list[TestResponse]) -> None:
    wrong = [
        f"{_name(answer)}: {answer.headers.get('Content-Type')!r}"
        for answer in answers
        if answer.data
        and (
            "Content-Type" not in answer.headers
            or (answer.mimetype.startswith("text/") and "charset=utf-8" not in answer.headers["Content-Type"])
        )
    ]
    assert not wrong, "\n".join(wrong)


def test_nobody_elses_page_may_read_an_answer(answers: list[TestResponse]) -> None:
    assert not [_name(a) for a in answers if any(h.startswith("Access-Control") for h, _value in a.headers)]


def test_no_answer_names_the_programs_behind_it(answers: list[TestResponse]) -> None:
    names = re.compile(r"werkzeug|flask|python|gunicorn|sqlalchemy|sqlite|traceback", re.IGNORECASE)
    told = [
        _name(answer)
        for answer in answers
        if names.search(str(answer.headers))
        or (
            names.search(answer.get_data(as_text=True))
            and answer.mimetype in ("text/html", "application/json")
            if answer.status_code >= 400
            else False
        )
    ]
    assert not told, "\n".join(told)


def test_every_cookie_is_closed_to_scripts_other_sites_and_neighbouring_hosts(
    app: Flask, answers: list[TestResponse]
) -> None:
    under_https = _base(app) == HTTPS
    names = set()
    for answer in answers:
        for line in answer.headers.getlist("Set-Cookie"):
            jar: SimpleCookie = SimpleCookie(line)
            for name, cookie in jar.items():
                names.add(name.removeprefix("__Host-"))
                where = f"{_name(answer)}: {line}"
                assert cookie["httponly"], where
                assert cookie["samesite"] == "Lax", where
                assert cookie["path"] == "/", where
                assert not cookie["domain"], where
                assert bool(cookie["secure"]) is under_https, where
                assert name.startswith("__Host-") is under_https, where
                assert len(line) < 4096, where
    assert {"doudi", "lang"} <= names <= COOKIES_OF_CITIZENS | {"doudi-staff"}


def test_the_language_and_size_chosen_under_https_are_remembered(app: Flask) -> None:
    browser = stranger(app)
    page = browser.get("/?lang=en&text=large", base_url=_base(app), follow_redirects=True)
    assert '<html lang="en" class="large">' in page.text


def test_a_post_without_the_token_of_a_page_is_refused_and_changes_nothing(app: Flask) -> None:
    engine = app.extensions["doudi_engine"]
    before = everything(engine)
    posts = [target for target in targets(app) if "POST" in target.methods]
    accepted = []
    for target in posts:
        if target.endpoint in WITHOUT_CSRF or _asks_who_it_is_first(target.endpoint):
            continue
        for sent in ({}, {"csrf_token": "made-up"}):
            answer = stranger(app).post(target.path, data=sent, base_url=_base(app))
            if answer.status_code != 400:
                accepted.append(f"{target.endpoint} {target.path} → {answer.status_code}")
    assert not accepted, "these take a POST without a token:\n" + "\n".join(accepted)
    assert everything(engine) == before
    assert {target.endpoint for target in posts} >= WITHOUT_CSRF, "the list of exceptions names what is gone"


def _asks_who_it_is_first(endpoint: str) -> bool:
    return endpoint.startswith("hotline_") and endpoint not in ("hotline_account.sign_in",)


def test_staff_send_nothing_without_the_token_of_a_page_either(app: Flask) -> None:
    staff = [staff_client(app, role) for role in Role]
    for browser in staff:
        browser.environ_base["wsgi.url_scheme"] = _base(app).split(":")[0]
    taken, unasked = [], []
    for target in targets(app):
        if "POST" not in target.methods or not _asks_who_it_is_first(target.endpoint):
            continue
        statuses = [browser.post(target.path, data={}).status_code for browser in staff]
        if any(status < 300 for status in statuses):
            taken.append(f"{target.endpoint} → {statuses}")
        if (
            400 not in statuses
            and not (target.arguments and 404 in statuses)
            and target.endpoint not in WHILE_SETTING_UP
        ):
            unasked.append(f"{target.endpoint} → {statuses}")
    assert not taken, "these take a POST of staff without a token:\n" + "\n".join(taken)
    assert not unasked, "nobody of the staff was asked for a token here:\n" + "\n".join(unasked)


def test_reading_never_writes(app: Flask) -> None:
    engine = app.extensions["doudi_engine"]
    before = everything(engine)
    for target in targets(app):
        if "GET" in target.methods:
            stranger(app).get(target.path, base_url=_base(app), lint=False, buffered=True)
    assert everything(engine) == before


def test_the_token_of_one_visit_is_no_good_in_another(app: Flask) -> None:
    page = stranger(app).get("/apply/", base_url=_base(app)).text
    token = page.split('name="csrf_token" type="hidden" value="')[1].split('"')[0]
    other = stranger(app)
    other.get("/apply/", base_url=_base(app))
    sent = other.post(
        "/apply/",
        data={"csrf_token": token},
        base_url=_base(app),
        headers={"Referer": f"{_base(app)}/apply/"},
    )
    assert sent.status_code == 400
