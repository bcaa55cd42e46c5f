"""Fixtures that every test of the portal shares: settings, application, a linting client, sessions."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography.fernet import Fernet
from flask import Flask
from sqlalchemy.orm import Session

from portal import db
from portal.config import Settings
from tests.support.pages import LintedClient
from tests.support.portal import running
from tests.support.postgres import postgres_server, postgres_url

__all__ = ["postgres_server", "postgres_url"]  # fixtures that live beside their server


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--shots", default=None, help="folder that keeps a screenshot of every browser step")
    parser.addoption("--every-state", action="store_true", help="look at every page in every state and width")


@pytest.fixture(scope="session")
def every_state(request: pytest.FixtureRequest) -> bool:
    """Whether the whole matrix of pages is looked at, as `make axe` does."""
    return bool(request.config.getoption("--every-state"))


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """An installation of its own, on SQLite in the test's folder."""
    return Settings(
        secret_key="a secret for tests only, never deployed",
        data_keys=(Fernet.generate_key().decode(),),
        database_url=f"sqlite:///{tmp_path / 'doudi.sqlite'}",
        public_url="http://127.0.0.1:8000",
        case_system_url="http://127.0.0.1:9",
        instance=tmp_path / "instance",
        limits_visit=0,  # tests press faster than people
        limits_address=0,
    )


@pytest.fixture
def app(settings: Settings) -> Iterator[Flask]:
    """The whole portal with all tables made by the migrations."""
    with running(settings) as portal:
        yield portal


@pytest.fixture
def client(app: Flask) -> LintedClient:
    """A browser without scripts whose every page is linted."""
    browser = app.test_client()
    assert isinstance(browser, LintedClient)
    return browser


@pytest.fixture
def session(app: Flask) -> Iterator[Session]:
    """A write session on the portal's database, committed at the end."""
    with db.writing(app.extensions["doudi_engine"]) as opened:
        yield opened
