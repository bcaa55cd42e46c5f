"""Alembic's entry: runs the migrations of `versions/` on the configured database."""

from __future__ import annotations

from typing import Any, Literal

from alembic import context
from sqlalchemy.types import TypeDecorator

from portal import apply, chores, consent, drafts, guidance, handoff, hotline, progress  # noqa: F401  # they declare the tables
from portal.db import Base, make_engine

config = context.config


def plain_types(kind: str, thing: Any, _context: Any) -> str | Literal[False]:
    """Migrations name what the database stores, not our types, which may change after them."""
    if kind == "type" and isinstance(thing, TypeDecorator):
        return f"sa.{thing.impl_instance!r}"
    return False


def run() -> None:
    engine = make_engine(config.get_main_option("sqlalchemy.url") or "")
    with engine.connect() as connection:
        if connection.dialect.name == "postgresql":
            # A migration that waits for a lock holds back everybody behind it: rather give up and be tried again.
            connection.exec_driver_sql("SET lock_timeout = '2s'")
            connection.commit()
        context.configure(
            connection=connection,
            target_metadata=Base.metadata,
            render_item=plain_types,
            compare_type=True,
        )
        with context.begin_transaction():
            context.run_migrations()
    engine.dispose()


run()
