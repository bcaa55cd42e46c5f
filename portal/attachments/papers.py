"""What kinds of papers can be handed in and for which programmes they are of use: rows of `papers.toml`."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

_TABLE = Path(__file__).with_name("papers.toml")
_NEEDED = {"id", "title", "health", "programmes", "citation"}


class PapersError(Exception):
    """A row of papers.toml is wrong; the text names file, row and key."""


@dataclass(frozen=True, slots=True)
class Paper:
    """One kind. `health`: it tells about somebody's health. No programmes: of use for each."""

    id: str
    title: str
    health: bool
    programmes: tuple[str, ...]
    citation: str
    proxy: bool = False


@cache
def kinds() -> dict[str, Paper]:
    """Every kind by id; raises PapersError."""
    found: dict[str, Paper] = {}
    for number, row in enumerate(tomllib.loads(_TABLE.read_text(encoding="utf-8"))["paper"], start=1):
        where = f"{_TABLE.name}: row {number} ({row.get('id', '?')})"
        missing, unknown = _NEEDED - set(row), set(row) - _NEEDED - {"proxy"}
        if missing or unknown:
            raise PapersError(f"{where}: missing {sorted(missing)}, unknown {sorted(unknown)}")
        if row["id"] in found:
            raise PapersError(f"{where}: the id is there twice")
        found[row["id"]] = Paper(**{**row, "programmes": tuple(row["programmes"])})
    return found


def of_use(programmes: Sequence[str], *, proxy: bool) -> list[Paper]:
    """The kinds that help with any of these programmes, in the order of the table."""
    return [
        paper
        for paper in kinds().values()
        if (proxy or not paper.proxy) and (not paper.programmes or set(paper.programmes) & set(programmes))
    ]
