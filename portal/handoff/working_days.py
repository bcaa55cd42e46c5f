"""Working days in China: weekends, published holiday tables, and what is known without a table."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from pathlib import Path

_TABLE = Path(__file__).with_name("holidays.toml")
_EVERY_YEAR = "every_year"
_LEAP_YEAR = "2000-"  # any year that has every day


class HolidayTableError(Exception):
    """The holiday table is broken; the text names the year and the key."""


@dataclass(frozen=True, slots=True)
class Deadline:
    """A last day. `exact` is False where some year on the way has no published table yet."""

    day: date
    exact: bool


@dataclass(frozen=True, slots=True)
class Table:
    """Days off and working weekend days by year; days off of every year as month and day ("05-01")."""

    years: dict[int, tuple[frozenset[date], frozenset[date]]]
    every_year: frozenset[str]


@cache
def table() -> Table:
    """The published days; raises HolidayTableError."""
    try:
        found = tomllib.loads(_TABLE.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as broken:
        raise HolidayTableError(f"{_TABLE.name}: cannot be read: {broken}") from None
    fixed = _days(_EVERY_YEAR, found.pop(_EVERY_YEAR, None), {"off"}, _LEAP_YEAR)["off"]
    years = {}
    for year, row in found.items():
        if not (year.isascii() and year.isdigit()):
            raise HolidayTableError(f"{_TABLE.name}: {year!r} is no year")
        days = _days(year, row, {"off", "working"})
        off, working = days["off"], days["working"]
        if any(str(day.year) != year for day in off | working) or off & working:
            raise HolidayTableError(f"{_TABLE.name}: {year} has a day of another year, or one twice")
        years[int(year)] = (off, working)
    return Table(years, frozenset(f"{day:%m-%d}" for day in fixed))


def _days(name: str, row: object, keys: set[str], before: str = "") -> dict[str, frozenset[date]]:
    if not isinstance(row, dict) or set(row) != {"source", *keys}:
        wanted = ", ".join(sorted(keys))
        raise HolidayTableError(f"{_TABLE.name}: {name} needs source and {wanted}, and nothing else")
    try:
        return {key: frozenset(date.fromisoformat(before + day) for day in row[key]) for key in keys}
    except (ValueError, TypeError):
        raise HolidayTableError(f"{_TABLE.name}: {name} has something that is no date") from None


def is_working_day(day: date) -> bool:
    """Whether offices work on that day, as far as it is known."""
    known = table()
    off, working = known.years.get(day.year, (frozenset(), frozenset()))
    if day in working:
        return True
    return day.weekday() < 5 and day not in off and f"{day:%m-%d}" not in known.every_year


def deadline(start: date, working_days: int) -> Deadline:
    """The last of `working_days` working days after `start`, which does not count (民法典 art. 201)."""
    day, left = start, working_days
    while left > 0:
        day += timedelta(days=1)
        left -= is_working_day(day)
    return Deadline(day, all(year in table().years for year in range(start.year, day.year + 1)))
