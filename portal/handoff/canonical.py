"""Canonical JSON (RFC 8785 for strings, whole numbers, booleans and null) and its SHA-256.

Amounts travel as strings, so the one hard part of RFC 8785, fractions, never occurs and is refused.
"""

from __future__ import annotations

import hashlib
import json


def canonical(value: object) -> bytes:
    """The one spelling of `value`; raises ValueError for a fraction, TypeError for what JSON has not."""
    _refuse_fractions(value)
    text = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return text.encode("utf-8")


def content_hash(value: object) -> str:
    """Lower-case hex SHA-256 of the canonical spelling."""
    return hashlib.sha256(canonical(value)).hexdigest()


def _refuse_fractions(value: object) -> None:
    if isinstance(value, float):
        raise ValueError("an amount must be a decimal string, not a floating-point number")
    if isinstance(value, dict):
        for entry in value.values():
            _refuse_fractions(entry)
    elif isinstance(value, list | tuple):
        for entry in value:
            _refuse_fractions(entry)
