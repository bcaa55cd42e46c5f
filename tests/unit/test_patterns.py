"""No regular expression of ours runs away: each searches 2,000 odd signs in no time, whatever it is for."""

from __future__ import annotations

import importlib
import pkgutil
import re
import time
from collections.abc import Iterator

import estimator
import faq
import portal

# Modules that begin something when they are imported.
_PROGRAMS = ("__main__", "portal.wsgi", "portal.migrations")
_UNITS = (
    *"aA0一年号第的某 \n\t　.-/(（<@#，。ü", "a.", "a-", "a ", "a@", "0.", "0-", "1号", "1年", "第一条", "一、",
    "2026年", "1号楼", "王某", "<p>", "## {1.", "我叫", "省市",
)  # fmt: skip
_TAILS = ("", "!", "\x00")
LONG = 2_000  # as long as a question may be


def patterns() -> Iterator[tuple[str, re.Pattern[str]]]:
    """Every compiled expression that a module of ours holds, by its place."""
    for package in (portal, estimator, faq):
        for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if any(part in found.name for part in _PROGRAMS):
                continue
            module = importlib.import_module(found.name)
            for name, value in vars(module).items():
                parts = value.values() if isinstance(value, dict) else value
                several = parts if isinstance(parts, list | tuple | type({}.values())) else [value]
                for number, one in enumerate(several):
                    if isinstance(one, re.Pattern) and isinstance(one.pattern, str):
                        yield f"{found.name}.{name}[{number}]", one


def slow(pattern: re.Pattern[str], most: float) -> str | None:
    """What keeps a pattern busy for longer than so many seconds, begun small so that a runaway ends the search."""
    for unit in _UNITS:
        for tail in _TAILS:
            for size in (50, LONG):
                text = (unit * size)[:size] + tail
                began = time.process_time()
                pattern.search(text)
                if time.process_time() - began > most:
                    return f"{pattern.pattern[:60]} on {size} × {unit!r} and {tail!r}"
    return None


def test_no_pattern_runs_away() -> None:
    known = dict(patterns())
    assert len(known) > 80, "the patterns are looked for where they are"
    found = [f"{place}: {why}" for place, pattern in known.items() if (why := slow(pattern, 1.0))]
    assert not found, "\n".join(found)


def test_a_pattern_that_runs_away_is_seen() -> None:
    assert slow(re.compile("a*a*b"), 0.3)
