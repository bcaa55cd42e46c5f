"""Keeps figures about few people out of tables, also those that a subtraction would find.

A table is a cube of counts with its totals. A count of one to four is not shown; where a line of the cube then
has only one cell that is not shown, the smallest other one goes too, until no line gives anything away.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from itertools import product

FEWEST = 5
TOTAL = "*"  # the coordinate of a total along an axis

Cell = tuple[str, ...]


class Why(Enum):
    """Why a cell shows no number: it is about fewer than five, or it would give such a one away."""

    FEW = "few"
    GUARD = "guard"


@dataclass(frozen=True, slots=True)
class Cube:
    """Counts over axes, totals along each included, and the cells that must not be shown."""

    axes: tuple[tuple[str, ...], ...]
    values: Mapping[Cell, int]
    hidden: Mapping[Cell, Why]

    def shown(self, *cell: str) -> int | Why:
        """The number of a cell, or why there is none."""
        return self.hidden.get(cell) or self.values.get(cell, 0)


def cube(counts: Mapping[Cell, int], axes: Sequence[Iterable[str]], withheld: Iterable[Cell] = ()) -> Cube:
    """The cube of these counts; `withheld` are cells that must not be shown for another reason."""
    names = tuple(tuple(axis) for axis in axes)
    values: dict[Cell, int] = dict.fromkeys(product(*((*axis, TOTAL) for axis in names)), 0)
    known = [set(axis) for axis in names]
    for cell, count in counts.items():
        if all(part in axis for part, axis in zip(cell, known, strict=True)):
            for total in product(*((part, TOTAL) for part in cell)):
                values[total] += count
    hidden = {cell: Why.FEW for cell, count in values.items() if 0 < count < FEWEST}
    hidden.update({cell: Why.GUARD for cell in withheld if cell in values and cell not in hidden})
    _guard(values, hidden, names)
    return Cube(names, values, hidden)


def _guard(values: Mapping[Cell, int], hidden: dict[Cell, Why], axes: tuple[tuple[str, ...], ...]) -> None:
    """Hide further cells until each line has none or at least two that are hidden."""
    lines = list(_lines(axes))
    changed = True
    while changed:
        changed = False
        for line in lines:
            if sum(cell in hidden for cell in line) != 1:
                continue
            others = [cell for cell in line if cell not in hidden and values[cell]]
            if others:
                hidden[min(others, key=lambda cell: (cell.count(TOTAL), values[cell], cell))] = Why.GUARD
                changed = True


def _lines(axes: tuple[tuple[str, ...], ...]) -> Iterator[list[Cell]]:
    """Every row of cells along an axis whose last is the sum of the others."""
    for along, axis in enumerate(axes):
        others = [(*names, TOTAL) if n != along else ("",) for n, names in enumerate(axes)]
        for fixed in product(*others):
            yield [(*fixed[:along], part, *fixed[along + 1 :]) for part in (*axis, TOTAL)]


def chain(counts: Sequence[int]) -> list[int | Why]:
    """Counts of steps one after the other: of two that are shown the difference is nobody or at least five people."""
    shown: list[int] = []
    told: list[int | Why] = []
    for count in counts:
        if 0 < count < FEWEST:
            told.append(Why.FEW)
        elif any(0 < abs(count - before) < FEWEST for before in shown):
            told.append(Why.GUARD)
        else:
            shown.append(count)
            told.append(count)
    return told
