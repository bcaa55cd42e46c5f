"""The legal time limits for deciding an application, counted from the day its acceptance was reported."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from pathlib import Path

from portal import clock
from portal.handoff import Step, working_days

_TABLE = Path(__file__).with_name("time_limits.toml")
_KEYS = {"id", "programmes", "only_when_told", "steps", "ground"}


class TimeLimitsError(Exception):
    """The table of time limits is broken; the text names the row and the key."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One row of the table. `steps` are (days, are they working days) in their order."""

    id: str
    programmes: frozenset[str]
    told: int | None
    steps: tuple[tuple[int, bool], ...]
    ground: str


@dataclass(frozen=True, slots=True)
class TimeLimit:
    """Last day, whether it is certain, whether it has passed, and the ground."""

    id: str
    day: date
    exact: bool
    passed: bool
    ground: str


@cache
def rules() -> tuple[Rule, ...]:
    """The table; raises TimeLimitsError."""
    with _TABLE.open("rb") as file:
        rows = tomllib.load(file).get("limit", [])
    found = []
    for row in rows:
        name = row.get("id", "a row without id")
        if set(row) - _KEYS or not {"id", "programmes", "steps", "ground"} <= set(row):
            raise TimeLimitsError(f"{_TABLE.name}: {name} needs id, programmes, steps, ground")
        steps = tuple(
            (step.get("working") or step.get("calendar"), "working" in step) for step in row["steps"]
        )
        if not all(isinstance(days, int) and days > 0 for days, _working in steps):
            raise TimeLimitsError(
                f"{_TABLE.name}: {name}: a step is {{working = days}} or {{calendar = days}}"
            )
        found.append(
            Rule(name, frozenset(row["programmes"]), row.get("only_when_told"), steps, row["ground"])
        )
    return tuple(found)


def time_limits(programmes: Iterable[str], timeline: Sequence[Step], today: date) -> list[TimeLimit]:
    """One limit for each kind of programme applied for; empty while nothing was accepted or none is known."""
    accepted = next((step for step in timeline if step.state == "accepted"), None)
    if accepted is None:
        return []
    told = next(
        (d for step in reversed(timeline) if (d := step.details.get("workingDays")) is not None), None
    )
    wanted = frozenset(programmes)
    chosen: dict[frozenset[str], Rule] = {}
    for rule in rules():
        if rule.programmes & wanted and (rule.told is None or rule.told == told):
            chosen[rule.programmes] = rule
    start = clock.local(accepted.at).date()
    return [_limit(rule, start, today) for rule in chosen.values()]


def _limit(rule: Rule, start: date, today: date) -> TimeLimit:
    day, exact = start, True
    for days, working in rule.steps:
        if working:
            found = working_days.deadline(day, days)
            day, exact = found.day, exact and found.exact
        else:
            day += timedelta(days=days)
    return TimeLimit(rule.id, day, exact, today > day, rule.ground)
