"""A database of its own for tests that need tables and no portal."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from cryptography.fernet import Fernet
from sqlalchemy.orm import Session

from portal import db, encryption


@contextmanager
def fresh_session() -> Iterator[Session]:
    """A write session on empty tables made straight from the models."""
    encryption.configure([Fernet.generate_key().decode()])
    engine = db.make_engine("sqlite://")
    db.Base.metadata.create_all(engine)
    try:
        with db.writing(engine) as session:
            yield session
    finally:
        engine.dispose()
