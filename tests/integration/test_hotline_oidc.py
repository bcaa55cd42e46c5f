"""The province's sign-in against a provider on loopback: a whole proof opens the account, any flaw opens nothing."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

import pytest
from alembic import command
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from portal import clock, db
from portal.cli import migrations
from portal.config import ConfigError, Settings, load_settings
from portal.factory import create_app
from portal.hotline import accounts
from portal.hotline.access import Role
from portal.hotline.models import AuditEntry, StaffAccount
from tests.support.oidc_provider import CLIENT, SECRET, Provider, provider
from tests.support.pages import LintedClient, page_text


@pytest.fixture(scope="module")
def running() -> Iterator[Provider]:
    with provider() as told:
        yield told


@pytest.fixture
def told(running: Provider) -> Provider:
    running.fault, running.person = "", {"sub": "10001", "name": "李娜"}
    running.seen.clear()
    return running


def portal(settings: Settings, told: Provider, **more: object) -> Flask:
    changed = {"oidc_issuer": told.issuer, "oidc_client_id": CLIENT, "oidc_client_secret": SECRET, **more}
    made = create_app(dataclasses.replace(settings, **changed))  # type: ignore[arg-type]  # names of the settings
    command.upgrade(migrations(settings.database_url), "head")
    made.test_client_class = LintedClient
    return made


@pytest.fixture
def app(settings: Settings, told: Provider) -> Iterator[Flask]:
    made = portal(settings, told)
    yield made
    made.extensions["doudi_engine"].dispose()


@pytest.fixture
def mapped(settings: Settings, told: Provider) -> Iterator[Flask]:
    made = portal(settings, told, oidc_roles=("rexian=operator", "banzhang=supervisor"))
    yield made
    made.extensions["doudi_engine"].dispose()


def provision(app: Flask, login: str = "li.na", email: str | None = "li.na@jl.example") -> None:
    with db.writing(app.extensions["doudi_engine"]) as session:
        accounts.add(
            session, login=login, name="李娜", role=Role.OPERATOR, counties=["222401"], email=email, key="k",
            now=clock.now(),
        )  # fmt: skip


def through(client: LintedClient, told: Provider) -> TestResponse:
    """Press the button, agree at the provider, come back."""
    off = client.get("/hotline/oidc")
    assert off.status_code == 302
    asked = {name: values[0] for name, values in parse_qs(urlsplit(off.location or "").query).items()}
    back = urlsplit(told.approve(asked))
    return client.get(f"{back.path}?{back.query}", follow_redirects=True)


def of(app: Flask) -> list[StaffAccount]:
    with Session(bind=app.extensions["doudi_engine"]) as session:
        return list(session.scalars(select(StaffAccount).order_by(StaffAccount.login)))


def test_a_verified_address_binds_the_account_once_and_then_the_subject_counts(
    app: Flask, client: LintedClient, told: Provider
) -> None:
    provision(app)
    told.person |= {"email": "Li.Na@jl.example", "email_verified": True}
    assert through(client, told).request.path == "/hotline/"
    assert "用省里的统一登录" in page_text(client.get("/hotline/me"))
    client.submit("/hotline/me", button="退出")
    told.person = {"sub": "10001"}
    assert through(client, told).request.path == "/hotline/"
    told.person = {"sub": "10002", "email": "li.na@jl.example", "email_verified": True}
    client.submit("/hotline/me", button="退出")
    assert through(client, told).status_code == 403


def test_the_request_carries_state_nonce_and_a_challenge_and_no_secret(
    app: Flask, client: LintedClient, told: Provider
) -> None:
    through(client, told)
    asked = told.seen[0]
    assert asked["response_type"] == "code"
    assert asked["code_challenge_method"] == "S256"
    assert len(asked["state"]) >= 20
    assert len(asked["nonce"]) >= 20
    assert SECRET not in str(asked)


@pytest.mark.parametrize(
    "fault",
    [
        "nonce",
        "no nonce",
        "audience",
        "audience in our name",
        "expired",
        "issuer",
        "no subject",
        "no id token",
        "alg none",
        "signed with the client's secret",
        "another key",
        "state",
    ],
)
def test_a_flaw_in_the_proof_opens_nothing(
    app: Flask, client: LintedClient, told: Provider, fault: str
) -> None:
    provision(app)
    told.person |= {"email": "li.na@jl.example", "email_verified": True}
    told.fault = fault
    answer = through(client, told)
    assert answer.status_code == 422
    assert "统一登录没有成功" in page_text(answer)
    assert client.get("/hotline/").status_code == 302
    assert of(app)[0].oidc_subject is None


@pytest.mark.parametrize("fault", ["metadata of another issuer", "redirect"])
def test_a_provider_that_is_not_the_one_agreed_on_is_not_even_asked(
    app: Flask, client: LintedClient, told: Provider, fault: str
) -> None:
    told.fault = fault
    answer = client.get("/hotline/oidc", follow_redirects=True)
    assert "统一登录现在连不上" in page_text(answer)


def test_a_proof_brought_by_another_browser_opens_nothing(
    app: Flask, client: LintedClient, told: Provider
) -> None:
    provision(app)
    told.person |= {"email": "li.na@jl.example", "email_verified": True}
    off = client.get("/hotline/oidc")
    asked = {name: values[0] for name, values in parse_qs(urlsplit(off.location or "").query).items()}
    back = urlsplit(told.approve(asked))
    victim = app.test_client()
    assert victim.get(f"{back.path}?{back.query}").status_code == 422
    assert client.get(f"{back.path}?{back.query}").status_code == 303
    assert victim.get(f"{back.path}?{back.query}").status_code == 422


@pytest.mark.parametrize(
    "person",
    [
        {"sub": "10001"},
        {"sub": "10001", "email": "li.na@jl.example"},
        {"sub": "10001", "email": "li.na@jl.example", "email_verified": False},
        {"sub": "10001", "email": "li.na@jl.example", "email_verified": "true"},
        {"sub": "10001", "email": "wang.wu@jl.example", "email_verified": True},
        {"sub": "10001", "roles": ["rexian"], "regions": ["222401"]},
    ],
)
def test_without_an_account_nobody_comes_in_and_none_is_made(
    app: Flask, client: LintedClient, told: Provider, person: dict[str, object]
) -> None:
    provision(app)
    told.person = person
    answer = through(client, told)
    assert answer.status_code == 403
    assert "还没有您的账号" in page_text(answer)
    assert len(of(app)) == 1


def test_a_closed_account_stays_closed(app: Flask, client: LintedClient, told: Provider) -> None:
    provision(app)
    told.person |= {"email": "li.na@jl.example", "email_verified": True}
    with db.writing(app.extensions["doudi_engine"]) as session:
        accounts.disable(session, session.scalars(select(StaffAccount)).one(), now=clock.now())
    assert through(client, told).status_code == 403


def test_mapped_roles_make_the_account_and_each_sign_in_renews_its_rights(
    mapped: Flask, told: Provider
) -> None:
    client = mapped.test_client()
    assert isinstance(client, LintedClient)
    told.person = {
        "sub": "7", "preferred_username": "Zhao.Min", "name": "赵敏", "roles": ["rexian", "x"], "regions": "222401",
    }  # fmt: skip
    assert through(client, told).request.path == "/hotline/"
    made = of(mapped)[0]
    assert (made.login, made.role, made.counties, made.password_hash) == (
        "zhao.min",
        "operator",
        ["222401"],
        None,
    )
    client.submit("/hotline/me", button="退出")
    told.person |= {"roles": ["rexian", "banzhang"], "regions": ["222400"]}
    through(client, told)
    assert (of(mapped)[0].role, of(mapped)[0].counties) == ("supervisor", ["222400"])
    client.submit("/hotline/me", button="退出")
    told.person |= {"regions": ["not a place"]}
    through(client, told)
    assert of(mapped)[0].counties == []
    with Session(bind=mapped.extensions["doudi_engine"]) as session:
        told_of = [entry.action for entry in session.scalars(select(AuditEntry)) if entry.staff == "oidc"]
    assert told_of == ["staff.added", "staff.rights_changed", "staff.rights_changed"]


def test_a_person_without_a_mapped_role_is_not_made(mapped: Flask, told: Provider) -> None:
    client = mapped.test_client()
    assert isinstance(client, LintedClient)
    told.person = {"sub": "8", "preferred_username": "x.y", "roles": ["somebody"], "regions": ["222401"]}
    assert through(client, told).status_code == 403
    assert of(mapped) == []


def test_a_taken_name_is_not_taken_over(mapped: Flask, told: Provider) -> None:
    provision(mapped)
    client = mapped.test_client()
    assert isinstance(client, LintedClient)
    told.person = {"sub": "9", "preferred_username": "li.na", "roles": "rexian", "regions": "222401"}
    through(client, told)
    assert len(of(mapped)) == 2
    assert [one.oidc_subject is None for one in of(mapped)] == [True, False]


def test_without_a_provider_there_is_no_button_and_no_way(settings: Settings) -> None:
    made = create_app(settings)
    command.upgrade(migrations(settings.database_url), "head")
    client = made.test_client()
    assert "统一登录" not in client.get("/hotline/sign-in").get_data(as_text=True)
    assert client.get("/hotline/oidc").status_code == 303
    assert client.get("/hotline/oidc/return?code=x&state=y").status_code == 422
    made.extensions["doudi_engine"].dispose()


ENVIRONMENT = {"DOUDI_SECRET_KEY": "s", "DOUDI_DATA_KEYS": "k"}


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"DOUDI_OIDC_ISSUER": "https://id.jl.example"}, "go together"),
        ({"DOUDI_OIDC_CLIENT_ID": "x", "DOUDI_OIDC_CLIENT_SECRET": "y"}, "go together"),
        (
            {
                "DOUDI_OIDC_ISSUER": "http://id.jl.example",
                "DOUDI_OIDC_CLIENT_ID": "x",
                "DOUDI_OIDC_CLIENT_SECRET": "y",
            },
            "https://",
        ),
        ({"DOUDI_OIDC_ROLES": "rexian=queen"}, "DOUDI_OIDC_ROLES"),
    ],
)
def test_a_half_or_unsafe_setting_stops_the_start(wrong: dict[str, str], said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        load_settings({**ENVIRONMENT, **wrong})
