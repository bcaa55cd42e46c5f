"""A database of its own, in memory, for tests that need tables and no portal."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

from cryptography.fernet import Fernet
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from portal import db, encryption

DATA_KEY = Fernet.generate_key().decode()


@contextmanager
def fresh_session() -> Iterator[Session]:
    """A write session on empty tables."""
    engine = fresh_engine()
    try:
        with db.writing(engine) as session:
            yield session
    finally:
        engine.dispose()


def fresh_engine() -> Engine:
    """Empty tables made straight from the models, and columns encrypted with a key of this run."""
    encryption.configure([DATA_KEY])
    engine = db.make_engine("sqlite://")
    connection = engine.raw_connection()
    driver = connection.driver_connection
    assert isinstance(driver, sqlite3.Connection)
    driver.deserialize(_empty_tables())
    connection.close()
    return engine


@cache
def _empty_tables() -> bytes:
    engine = db.make_engine("sqlite://")
    db.Base.metadata.create_all(engine)
    connection = engine.raw_connection()
    driver = connection.driver_connection
    assert isinstance(driver, sqlite3.Connection)
    image = driver.serialize()
    connection.close()
    engine.dispose()
    return image
