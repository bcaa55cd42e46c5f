"""Columns encrypted at rest: names, numbers, health and money never stand in clear in the database.

Keys come from the settings (Fernet, newest first); `configure` is called once by the factory.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from cryptography.fernet import Fernet, MultiFernet
from sqlalchemy import Dialect, LargeBinary
from sqlalchemy.types import TypeDecorator

_keyring: MultiFernet | None = None


def configure(keys: Sequence[str]) -> None:
    """Use these Fernet keys in this process: the first encrypts, all decrypt."""
    global _keyring
    _keyring = MultiFernet([Fernet(key) for key in keys])


def encrypt(plain: bytes) -> bytes:
    return _ring().encrypt(plain)


def decrypt(token: bytes) -> bytes:
    return _ring().decrypt(token)


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
