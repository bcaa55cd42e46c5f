"""Hash chains: each link's hash covers what it says and the hash before it, and a seal remembers the end.

Hashes are SHA-256 of canonical JSON. Whoever changes, removes or cuts off a link is found out by `problems`.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from portal.db import Base

START = "0" * 64


@dataclass(frozen=True, slots=True)
class Link:
    """One link as it is stored, and the hash it should have (None where that cannot be told)."""

    sequence: int
    previous: str
    stored: str
    computed: str | None


def digest(body: object) -> str:
    """Hex SHA-256 of the one spelling of `body`."""
    canonical = json.dumps(body, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()


def values(row: Base, leave: tuple[str, ...] = ()) -> dict[str, Any]:
    """What a row says, column by column, moments in UTC."""
    found = {column.key: getattr(row, column.key) for column in row.__table__.columns}
    return {
        key: value.astimezone(UTC).isoformat() if isinstance(value, datetime) else value
        for key, value in found.items()
        if key not in leave
    }


def seal(sequence: int, head: str) -> dict[str, Any]:
    """What is remembered of the end of a chain."""
    return {"length": sequence, "head": head}


def problems(links: Iterable[Link], end: Mapping[str, Any] | None) -> Iterator[tuple[int, str]]:
    """(sequence, words) for everything that does not fit, the end last."""
    previous, length = START, 0
    for length, link in enumerate(links, start=1):
        if link.sequence != length or link.previous != previous:
            yield link.sequence, "the event before it is missing or was replaced"
        if link.computed is not None and link.stored != link.computed:
            yield link.sequence, "the event or its record was changed"
        previous = link.stored
    if end is None and length:
        yield length, "the seal of the chain is missing"
    elif end is not None and (end["length"], end["head"]) != (length, previous):
        yield length, "the end of the chain does not match its seal"
