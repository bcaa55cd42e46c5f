"""The database: one engine per application, sessions whose owner is the route or the relay.

A read uses `session()`; every write happens inside `with transaction() as session:`, which on
SQLite takes the write lock at once so that two writers wait for each other instead of failing.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from flask import Flask, current_app, g
from sqlalchemy import Connection, DateTime, Dialect, Engine, MetaData, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import DeclarativeBase, Session
from sqlalchemy.types import TypeDecorator

if TYPE_CHECKING:
    from alembic.config import Config

_WRITES = "doudi_writes"


class ReadOnly(Exception):
    """Somebody wants to write while the installation is set to read only."""


class Base(DeclarativeBase):
    """All tables of the portal; constraint names are fixed so that migrations can name them."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


Row = TypeVar("Row", bound=Base)


class UtcDateTime(TypeDecorator[datetime]):
    """An aware moment, kept in UTC; a naive value is a programming error."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment without a time zone cannot be stored")
        moment = value.astimezone(UTC)
        return moment.replace(tzinfo=None) if dialect.name == "sqlite" else moment

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def make_engine(url: str) -> Engine:
    """An engine for `url`; on SQLite with WAL, foreign keys, full durability and patient locks."""
    if make_url(url).get_backend_name() != "sqlite":
        return create_engine(url, pool_pre_ping=True)
    engine = create_engine(url, connect_args={"timeout": 30})

    @event.listens_for(engine, "connect")
    def prepare(connection: Any, _record: object) -> None:
        connection.isolation_level = None  # we say BEGIN ourselves, below
        cursor = connection.cursor()
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=30000"):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        writes = connection.get_execution_options().get(_WRITES, False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine


def migrations(url: str) -> Config:
    """Alembic's configuration for this database; there is no ini file."""
    from alembic.config import Config  # only commands migrate; no worker need carry it

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.set_main_option("sqlalchemy.url", url.replace("%", "%%"))
    return config


@contextmanager
def writing(engine: Engine) -> Iterator[Session]:
    """A write transaction on `engine`: committed at the end, rolled back on any error."""
    with (
        engine.connect().execution_options(**{_WRITES: True}) as connection,
        Session(bind=connection, expire_on_commit=False) as session,
        session.begin(),
    ):
        yield session


def init_app(app: Flask, url: str, *, read_only: bool = False) -> None:
    """Give the application its engine and close what a request opened."""
    app.extensions["doudi_engine"] = make_engine(url)
    app.extensions["doudi_read_only"] = read_only
    app.teardown_appcontext(_close)


def engine() -> Engine:
    """The current application's engine."""
    bound: Engine = current_app.extensions["doudi_engine"]
    return bound


def session() -> Session:
    """The request's session for reading; nothing written through it is ever committed."""
    if "doudi_session" not in g:
        g.doudi_session = Session(bind=engine(), autoflush=False)
    found: Session = g.doudi_session
    return found


@contextmanager
def transaction() -> Iterator[Session]:
    """The request's write transaction; the route owns it, services only use it. Raises ReadOnly while set so."""
    if current_app.extensions["doudi_read_only"]:
        raise ReadOnly
    opened: Session | None = g.pop("doudi_session", None)
    if opened is not None:
        opened.close()  # a read left open would hold its snapshot and block our lock
    with writing(engine()) as session:
        yield session


def locked_row(session: Session, row: Row, key: object) -> Row:
    """The stored row with this primary key, locked for writing; `row` is stored where there is none."""
    found = session.get(type(row), key, with_for_update=True)
    if found is not None:
        return found
    try:
        with session.begin_nested():
            session.add(row)
        return row
    except IntegrityError:  # two at the same moment: the other one made the row
        return session.get_one(type(row), key, with_for_update=True)


def _close(_error: BaseException | None) -> None:
    opened: Session | None = g.pop("doudi_session", None)
    if opened is not None:
        opened.close()
