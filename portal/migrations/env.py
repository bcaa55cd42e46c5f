"""Alembic's entry: runs the migrations of `versions/` on the configured database."""

from __future__ import annotations

from alembic import context

from portal import apply, consent, drafts, guidance, handoff, progress  # noqa: F401  # they declare the tables
from portal.db import Base, make_engine

config = context.config


def run() -> None:
    engine = make_engine(config.get_main_option("sqlalchemy.url") or "")
    with engine.connect() as connection:
        context.configure(
            connection=connection,
            target_metadata=Base.metadata,
            render_as_batch=connection.dialect.name == "sqlite",
            compare_type=True,
        )
        with context.begin_transaction():
            context.run_migrations()
    engine.dispose()


run()
