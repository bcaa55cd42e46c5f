"""What happens after sending and by when: rows of `timeline.toml`, each with the clause it stands on."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cache
from pathlib import Path

from portal import handoff

_TABLE = Path(__file__).with_name("timeline.toml")


class TimelineError(Exception):
    """A row of timeline.toml is wrong; the text names file, row and key."""


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that happens next, for these programmes; `days` are working days, `latest` the last of them."""

    id: str
    programmes: tuple[str, ...]
    text: str
    citation: str
    days: int | None = None
    latest: date | None = None


def steps(applied_for: Sequence[str], accepted_on: date) -> list[Step]:
    """The steps that concern any of these programmes, in order, with the last day if accepted that day."""
    return [
        replace(step, latest=handoff.working_days.deadline(accepted_on, step.days).day) if step.days else step
        for step in _rows()
        if set(step.programmes) & set(applied_for)
    ]


@cache
def _rows() -> tuple[Step, ...]:
    rows = []
    for number, row in enumerate(tomllib.loads(_TABLE.read_text(encoding="utf-8"))["step"], start=1):
        if set(row) - {"days"} != {"id", "programmes", "text", "citation"}:
            raise TimelineError(
                f"{_TABLE.name}: row {number} ({row.get('id', '?')}): "
                "needs id, programmes, text, citation; may have days"
            )
        rows.append(Step(row["id"], tuple(row["programmes"]), row["text"], row["citation"], row.get("days")))
    return tuple(rows)


def check_table() -> None:
    """Load the table now, so that a defect stops the start."""
    _rows()
