"""Columns encrypted at rest: names, numbers, health and money never stand in clear in the database.

Keys come from the settings (Fernet, newest first); `configure` is called once by the factory.
A new key is put before the old ones, `rotate` brings every value over to it, then the old ones can go.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from sqlalchemy import Column, Connection, Dialect, Engine, LargeBinary, Table, select, tuple_, type_coerce
from sqlalchemy.types import TypeDecorator

from portal import db

_keyring: MultiFernet | None = None
_newest: Fernet | None = None
_BATCH = 200


def configure(keys: Sequence[str]) -> None:
    """Use these Fernet keys in this process: the first encrypts, all decrypt."""
    global _keyring, _newest
    _keyring = MultiFernet([Fernet(key) for key in keys])
    _newest = Fernet(keys[0])


def encrypt(plain: bytes) -> bytes:
    return _ring().encrypt(plain)


def decrypt(token: bytes) -> bytes:
    return _ring().decrypt(token)


def renewed(token: bytes) -> bytes | None:
    """The same value under the newest key, or None where it is already; raises InvalidToken."""
    if _newest is None:
        raise RuntimeError("encryption.configure(keys) has not been called")
    try:
        _newest.decrypt(token)
    except InvalidToken:
        return _ring().rotate(token)
    return None


def _ring() -> MultiFernet:
    if _keyring is None:
        raise RuntimeError("encryption.configure(keys) has not been called")
    return _keyring


class EncryptedJson(TypeDecorator[Any]):
    """A JSON document, encrypted as one value; assign a new object to change it."""

    impl = LargeBinary
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> bytes | None:
        if value is None:
            return None
        return encrypt(json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode())

    def process_result_value(self, value: bytes | None, dialect: Dialect) -> Any:
        return None if value is None else json.loads(decrypt(value))


class EncryptedText(TypeDecorator[str]):
    """A string, encrypted."""

    impl = LargeBinary
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> bytes | None:
        return None if value is None else encrypt(value.encode())

    def process_result_value(self, value: bytes | None, dialect: Dialect) -> str | None:
        return None if value is None else decrypt(value).decode()


@dataclass
class Rotation:
    """What was done in one table: values looked at, brought to the newest key, readable with no key at all."""

    table: str
    seen: int = 0
    renewed: int = 0
    unreadable: int = 0


def rotate(engine: Engine, batch: int = _BATCH) -> Iterator[Rotation]:
    """Bring every encrypted value to the newest key, table by table; safe to stop and to start again.

    Each batch is a transaction of its own. A value that somebody changed meanwhile is left to him: whoever
    writes now writes with the newest key.
    """
    for table in db.Base.metadata.sorted_tables:
        columns = [c for c in table.columns if isinstance(c.type, EncryptedJson | EncryptedText)]
        if not columns:
            continue
        done, after = Rotation(table.name), None
        while True:
            with db.writing(engine) as session:
                after = _rotate_batch(session.connection(), table, columns, after, batch, done)
            if after is None:
                break
        yield done


def _rotate_batch(
    connection: Connection, table: Table, columns: list[Column[Any]], after: Any, batch: int, done: Rotation
) -> Any:
    """Rows behind the key `after`; returns the last key, or None where there are no more rows."""
    key = list(table.primary_key.columns)
    tokens = [type_coerce(column, LargeBinary).label(column.name) for column in columns]
    wanted = select(*key, *tokens).order_by(*key).limit(batch)
    if after is not None:
        wanted = wanted.where(tuple_(*key) > tuple_(*after))
    rows = connection.execute(wanted).all()
    for row in rows:
        mine = [column == value for column, value in zip(key, row, strict=False)]
        for column, token in zip(columns, row[len(key) :], strict=True):
            if token is None:
                continue
            done.seen += 1
            try:
                fresh = renewed(token)
            except InvalidToken:
                done.unreadable += 1
                continue
            if fresh is None:
                continue
            raw = type_coerce(column, LargeBinary)
            changed = connection.execute(
                table.update().where(*mine, raw == token).values({column: type_coerce(fresh, LargeBinary)})
            )
            done.renewed += changed.rowcount
    return tuple(rows[-1][: len(key)]) if len(rows) == batch else None
