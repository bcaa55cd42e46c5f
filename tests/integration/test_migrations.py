"""The migrations make exactly the tables that the models declare."""

from __future__ import annotations

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from flask import Flask
from sqlalchemy import Engine

from portal.db import Base


def test_the_migrated_tables_are_the_declared_tables(app: Flask) -> None:
    engine: Engine = app.extensions["doudi_engine"]
    with engine.connect() as connection:
        differences = compare_metadata(MigrationContext.configure(connection), Base.metadata)
    assert differences == []
