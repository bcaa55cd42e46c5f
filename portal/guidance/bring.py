"""What to bring, where to go and how long it takes, by programme; read from `bring.toml` once."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from estimator import DataError, Defect

FILE = Path(__file__).with_name("bring.toml")
GENERAL = "general"
_KEYS = ("bring", "not_needed", "where", "how_long")


@dataclass(frozen=True, slots=True)
class Line:
    """One line of advice and the clauses it stands on."""

    text: str
    citations: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Bring:
    """All there is to say about going to apply for one programme."""

    bring: tuple[Line, ...]
    not_needed: tuple[Line, ...]
    where: Line
    how_long: Line

    def lines(self) -> Iterator[Line]:
        yield from (*self.bring, *self.not_needed, self.where, self.how_long)


def load(path: Path = FILE) -> Mapping[str, Bring]:
    """The table by programme id, `general` among them. Raises DataError naming file and key."""
    try:
        rows = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, tomllib.TOMLDecodeError) as error:
        raise DataError((Defect(path.name, "-", str(error), "correct the TOML"),)) from None
    defects = [
        Defect(path.name, f"{id}.{key}", "unknown key", f"use {', '.join(_KEYS)}")
        for id, row in rows.items()
        for key in row
        if key not in _KEYS
    ]
    defects += [
        Defect(path.name, f"{GENERAL}.{key}", "is missing", "add it")
        for key in _KEYS
        if key not in rows.get(GENERAL, {})
    ]
    if not defects:
        try:
            return {id: _bring({**rows[GENERAL], **row}) for id, row in rows.items()}
        except (KeyError, TypeError):
            cure = "write { text = …, citations = […] }"
            defects.append(Defect(path.name, "-", "a line has no text or no citations", cure))
    raise DataError(tuple(defects))


@cache
def table() -> Mapping[str, Bring]:
    """The table that comes with the portal."""
    return load()


def of(programme: str) -> Bring:
    """What holds for a programme, the general advice where it has none of its own."""
    return table().get(programme) or table()[GENERAL]


def _bring(row: Mapping[str, Any]) -> Bring:
    return Bring(
        bring=tuple(_line(line) for line in row["bring"]),
        not_needed=tuple(_line(line) for line in row["not_needed"]),
        where=_line(row["where"]),
        how_long=_line(row["how_long"]),
    )


def _line(row: Mapping[str, Any]) -> Line:
    return Line(str(row["text"]), tuple(row["citations"]))
