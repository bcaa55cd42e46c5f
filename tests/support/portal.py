"""A whole portal for tests: its tables made by the migrations, every page it answers linted."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from alembic import command
from flask import Flask

from portal.config import Settings
from portal.db import migrations
from portal.factory import create_app
from tests.support.pages import LintedClient


def made(settings: Settings) -> Flask:
    """The portal with all its tables; whoever makes it disposes of its engine."""
    portal = create_app(settings)
    command.upgrade(migrations(settings.database_url), "head")
    portal.test_client_class = LintedClient
    return portal


@contextmanager
def running(settings: Settings) -> Iterator[Flask]:
    """The same for as long as it is used."""
    portal = made(settings)
    yield portal
    portal.extensions["doudi_engine"].dispose()
