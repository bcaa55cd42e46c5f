"""Working days in China: weekends, published holiday tables, and what is known without a table."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from pathlib import Path

_TABLE = Path(__file__).with_name("holidays.toml")
# 全国年节及纪念日放假办法: the days off that bear the same date every year.
_FIXED = {(1, 1), (5, 1), (5, 2), (10, 1), (10, 2), (10, 3)}


class HolidayTableError(Exception):
    """The holiday table is broken; the text names the year and the key."""


@dataclass(frozen=True, slots=True)
class Deadline:
    """A last day. `exact` is False where some year on the way has no published table yet."""

    day: date
    exact: bool


@cache
def tables() -> dict[int, tuple[frozenset[date], frozenset[date]]]:
    """Days off and working weekend days by year; raises HolidayTableError."""
    try:
        found = tomllib.loads(_TABLE.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as broken:
        raise HolidayTableError(f"{_TABLE.name}: cannot be read: {broken}") from None
    result = {}
    for year, row in found.items():
        if not (year.isascii() and year.isdigit()):
            raise HolidayTableError(f"{_TABLE.name}: {year!r} is no year")
        if not isinstance(row, dict) or set(row) != {"source", "off", "working"}:
            raise HolidayTableError(f"{_TABLE.name}: {year} needs source, off and working, and nothing else")
        try:
            off = frozenset(date.fromisoformat(day) for day in row["off"])
            working = frozenset(date.fromisoformat(day) for day in row["working"])
        except (ValueError, TypeError):
            raise HolidayTableError(f"{_TABLE.name}: {year} has something that is no date") from None
        if any(str(day.year) != year for day in off | working) or off & working:
            raise HolidayTableError(f"{_TABLE.name}: {year} has a day of another year, or one twice")
        result[int(year)] = (off, working)
    return result


def is_working_day(day: date) -> bool:
    """Whether offices work on that day, as far as it is known."""
    off, working = tables().get(day.year, (frozenset(), frozenset()))
    if day in working:
        return True
    return day.weekday() < 5 and day not in off and (day.month, day.day) not in _FIXED


def deadline(start: date, working_days: int) -> Deadline:
    """The last of `working_days` working days after `start`, which does not count (民法典 art. 201)."""
    day, left = start, working_days
    while left > 0:
        day += timedelta(days=1)
        left -= is_working_day(day)
    return Deadline(day, all(year in tables() for year in range(start.year, day.year + 1)))
