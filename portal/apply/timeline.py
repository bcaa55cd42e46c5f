"""What happens after sending and by when: rows of `timeline.toml`, each with the clause it stands on."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

_TABLE = Path(__file__).with_name("timeline.toml")


class TimelineError(Exception):
    """A row of timeline.toml is wrong; the text names file, row and key."""


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that happens next. `programmes` are those it concerns."""

    id: str
    programmes: tuple[str, ...]
    text: str
    citation: str


def steps(applied_for: Sequence[str]) -> list[Step]:
    """The steps that concern any of these programmes, in order."""
    return [step for step in _rows() if set(step.programmes) & set(applied_for)]


@cache
def _rows() -> tuple[Step, ...]:
    rows = []
    for number, row in enumerate(tomllib.loads(_TABLE.read_text(encoding="utf-8"))["step"], start=1):
        if set(row) != {"id", "programmes", "text", "citation"}:
            raise TimelineError(
                f"{_TABLE.name}: row {number} ({row.get('id', '?')}): needs id, programmes, text, citation"
            )
        rows.append(Step(row["id"], tuple(row["programmes"]), row["text"], row["citation"]))
    return tuple(rows)


def check_table() -> None:
    """Load the table now, so that a defect stops the start."""
    _rows()
