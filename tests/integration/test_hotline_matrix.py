"""Every route of the hotline × every role × own, other and all counties, against one table."""

from __future__ import annotations

import dataclasses
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from cryptography.fernet import Fernet
from flask import Flask
from itsdangerous import URLSafeTimedSerializer
from werkzeug.test import TestResponse

from portal import db
from portal.config import Settings
from portal.hotline import access
from portal.hotline.access import Role
from portal.hotline.sessions import Stage
from tests.support.hotline import NANGUAN, OBJECTS, YANJI, sign_in
from tests.support.pages import LintedClient
from tests.support.portal import running

TABLE: dict[str, dict[str, Any]] = tomllib.loads(
    Path(__file__).with_name("hotline_matrix.toml").read_text(encoding="utf-8")
)
COUNTIES = ([YANJI], [NANGUAN], ["*"])
STRANGERS = {"/hotline/sign-in", "/hotline/sign-in?over=1"}


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    folder = tmp_path_factory.mktemp("matrix")
    return Settings(
        secret_key="a secret for tests only, never deployed",
        data_keys=(Fernet.generate_key().decode(),),
        database_url=f"sqlite:///{folder / 'doudi.sqlite'}",
        public_url="http://127.0.0.1:8000",
        case_system_url="http://127.0.0.1:9",
        instance=folder / "instance",
    )


@pytest.fixture(scope="module")
def app(settings: Settings) -> Iterator[Flask]:
    with running(settings) as portal:
        yield portal


@pytest.fixture
def browser(app: Flask) -> LintedClient:
    fresh = app.test_client()
    assert isinstance(fresh, LintedClient)
    return fresh


def routes(app: Flask) -> dict[str, Any]:
    """ "METHOD endpoint" to its rule, for every route of the hotline."""
    return {
        f"{method} {rule.endpoint}": rule
        for rule in app.url_map.iter_rules()
        if rule.endpoint.startswith("hotline_")
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"})
    }


def outcome(answer: TestResponse) -> str:
    assert answer.status_code < 500, "the view broke; its log line says where"
    if answer.status_code in (302, 401) and (answer.status_code == 401 or answer.location in STRANGERS):
        return "out"
    if answer.status_code == 302 and answer.location in ("/hotline/me", "/hotline/set-up"):
        return "away"
    return {403: "no", 404: "hidden"}.get(answer.status_code, "yes")


def ask(app: Flask, browser: LintedClient, name: str) -> str:
    """Make what the path needs, ask for it, and say in a word what came of it."""
    rule, method = routes(app)[name], name.split()[0]
    needs: dict[str, str] = TABLE[name].get("needs", {})
    with app.app_context(), db.writing(app.extensions["doudi_engine"]) as session:
        values = {argument: OBJECTS[maker](session, YANJI) for argument, maker in needs.items()}
    with app.test_request_context():
        path = app.url_map.bind("localhost").build(rule.endpoint, values, method=method)
    return outcome(
        browser.open(path, method=method, data=form(app, browser, name) if method == "POST" else None)
    )


def form(app: Flask, browser: LintedClient, name: str) -> dict[str, str]:
    """What the route's form sends, with a token that fits the session: the question is who may, not how."""
    raw = "0" * 40
    with browser.session_transaction() as visit:
        visit["csrf_token"] = raw
    token = URLSafeTimedSerializer(app.config["SECRET_KEY"], salt="wtf-csrf-token").dumps(raw)
    return {"csrf_token": str(token), **TABLE[name].get("data", {})}


def test_every_route_has_its_table_and_every_table_its_route(app: Flask) -> None:
    assert set(TABLE) == set(routes(app))


@pytest.mark.parametrize("name", TABLE)
def test_strangers_get_in_only_where_one_signs_in(app: Flask, browser: LintedClient, name: str) -> None:
    assert ask(app, browser, name) == ("yes" if TABLE[name].get("anybody") else "out")


@pytest.mark.parametrize("role", Role, ids=lambda role: role.value)
@pytest.mark.parametrize("name", [name for name in TABLE if not TABLE[name].get("anybody")])
def test_a_role_opens_what_the_table_says(app: Flask, name: str, role: Role) -> None:
    wanted = "away" if TABLE[name].get("setting_up") else TABLE[name][role.value]
    expected = [wanted] * 3 if isinstance(wanted, str) else wanted
    seen = []
    for counties in COUNTIES:
        browser = app.test_client()
        assert isinstance(browser, LintedClient)
        sign_in(app, browser, role, counties)
        seen.append(ask(app, browser, name))
    assert seen == expected


@pytest.mark.parametrize("name", [name for name in TABLE if not TABLE[name].get("anybody")])
def test_who_is_setting_up_gets_only_there(app: Flask, browser: LintedClient, name: str) -> None:
    sign_in(app, browser, Role.SUPERVISOR, ["*"], stage=Stage.SETTING_UP)
    assert ask(app, browser, name) == ("yes" if TABLE[name].get("setting_up") else "away")


def test_the_tables_say_what_the_views_are_marked_with(app: Flask) -> None:
    for name, rule in routes(app).items():
        marked = access.rule_of(app, rule.endpoint)
        assert marked is not None
        assert marked.anybody == bool(TABLE[name].get("anybody")), name
        assert marked.setting_up == bool(TABLE[name].get("setting_up")), name
        if not (marked.anybody or marked.setting_up):
            opened = {role for role in Role if TABLE[name][role.value] != "no"}
            assert marked.roles == opened, dataclasses.astuple(marked)
