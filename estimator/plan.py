"""Which rows speak for a place on a day, under each reading of the norms that are unverified or in dispute.

A plan is fixed by (region, area, day) and kept; every estimate for that place and day walks the same plan.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from itertools import product
from typing import TypeVar

from estimator.model import Amount, Condition, Decision, Detail, Rulebook, Step, Value
from estimator.rulebook import dependencies, evaluation_order
from estimator.truth import Truth

_Row = TypeVar("_Row", Value, Decision)


@dataclass(frozen=True, slots=True)
class PlannedDecision:
    """One decision with what belongs to it on the day."""

    decision: Decision
    conditions: tuple[Condition, ...]
    amounts: tuple[Amount, ...]
    details: tuple[Detail, ...]
    unverified: bool


@dataclass(frozen=True, slots=True)
class World:
    """One reading: which unverified norms are left out, and whether the local side of a dispute prevails."""

    without: frozenset[str]
    local_prevails: bool
    values: Mapping[str, Value]
    chains: Mapping[str, tuple[PlannedDecision, ...]]
    signatures: Mapping[str, int]
    """Equal numbers mean: the same rows all the way down, so the same result."""
    differs: frozenset[str]
    """The nodes that stand on other rows than in the main reading."""


@dataclass(frozen=True, slots=True)
class Plan:
    """The readings of one place and day, the main one first; the order of evaluation; the steps."""

    day: date
    worlds: tuple[World, ...]
    order: tuple[str, ...]
    steps: Mapping[str, tuple[tuple[Step, tuple[str, ...]], ...]]
    """By programme, with the citations of the day."""


def make_plan(book: Rulebook, region: str, area: str | None, day: date) -> Plan:
    """The plan for a place, an area (None where no row may depend on it) and a day."""
    values = {name: _covering(found, region, area, day) for name, found in book.values.items()}
    decisions = {
        programme.id: _covering(programme.decisions, region, area, day)
        for programme in book.programmes.values()
    }
    unverified = sorted(
        {
            row.scope.norm
            for found in values.values()
            for row in found
            if status_of(book, row, day) is Truth.UNKNOWN
        }
        | {
            row.scope.norm
            for found in decisions.values()
            for row in found
            if status_of(book, row, day) is Truth.UNKNOWN
        }
    )
    values = {
        name: [row for row in found if status_of(book, row, day) is not Truth.FALSE]
        for name, found in values.items()
    }
    decisions = {
        name: [row for row in found if status_of(book, row, day) is not Truth.FALSE]
        for name, found in decisions.items()
    }
    disputed = any(
        row.disputes and any(other.id in row.disputes for other in found)
        for found in decisions.values()
        for row in found
    )
    order = evaluation_order(book)
    graph = dependencies(book)
    known: dict[tuple[object, ...], int] = {}
    worlds = [
        _world(book, values, decisions, frozenset(without), local, day, order, graph, known)
        for local in ((True, False) if disputed else (True,))
        for without in _subsets(unverified)
    ]
    main = worlds[0].signatures
    worlds = [
        replace(world, differs=frozenset(node for node in order if world.signatures[node] != main[node]))
        for world in worlds
    ]
    steps = {
        programme.id: tuple(
            (step, tuple(book.norms.on(step.citations, day)))
            for step in programme.steps
            if step.kind != "draft" and step.scope.covers(region, area, day)
        )
        for programme in book.programmes.values()
    }
    return Plan(day, tuple(worlds), order, steps)


def _covering(found: Iterable[_Row], region: str, area: str | None, day: date) -> list[_Row]:
    """The rows that speak for the place on the day, the narrowest first."""
    return sorted(
        (row for row in found if row.scope.covers(region, area, day)),
        key=lambda row: row.scope.depth,
        reverse=True,
    )


def status_of(book: Rulebook, row: Value | Decision, day: date) -> Truth:
    """Whether a row's norm applies on a day to the row's programme; UNKNOWN where nobody could verify it."""
    norm = book.norms[row.scope.norm]
    if row.scope.start <= day < norm.in_force_from:
        return Truth.TRUE  # the text of the document reaches back to the row's own first day
    return norm.status(day, row.programme or None)


def _subsets(names: list[str]) -> Iterable[list[str]]:
    """Which unverified norms to leave out: none first, which is the main reading."""
    for taken in product((False, True), repeat=len(names)):
        yield [name for name, out in zip(names, taken, strict=True) if out]


def _world(
    book: Rulebook,
    values: Mapping[str, list[Value]],
    decisions: Mapping[str, list[Decision]],
    without: frozenset[str],
    local: bool,
    day: date,
    order: tuple[str, ...],
    graph: Mapping[str, frozenset[str]],
    known: dict[tuple[object, ...], int],
) -> World:
    chosen: dict[str, Value] = {}
    chains: dict[str, tuple[PlannedDecision, ...]] = {}
    signatures: dict[str, int] = {}
    for name, found in values.items():
        row = next((row for row in found if row.scope.norm not in without), None)
        if row is not None:
            chosen[name] = row
    for name, rows in decisions.items():
        chains[name] = tuple(_chain(book, name, rows, without, local, day))
    for node in order:
        name = node.removeprefix("likely.")
        rows_here: tuple[object, ...]
        if node in chosen:
            rows_here = (chosen[node].id,)
        elif name in chains and node != name:
            rows_here = tuple(planned.decision.id for planned in chains[name])
        else:
            rows_here = ()
        key = (
            node,
            *rows_here,
            *(signatures[needed] for needed in sorted(graph[node]) if needed in signatures),
        )
        signatures[node] = known.setdefault(key, len(known))
    return World(without, local, chosen, chains, signatures, frozenset())


def _chain(
    book: Rulebook, name: str, rows: list[Decision], without: frozenset[str], local: bool, day: date
) -> Iterable[PlannedDecision]:
    """The decisions to try in turn, down to the first that speaks of everybody."""
    ids = {row.id for row in rows}
    disputed = {other for row in rows for other in row.disputes if other in ids}
    programme = book.programmes[name]
    for row in rows:
        if row.scope.norm in without:
            continue
        if (local and set(row.disputes) & ids) or (not local and row.id in disputed):
            continue
        yield PlannedDecision(
            row,
            tuple(condition for condition in row.conditions if _on(condition, day)),
            tuple(amount for amount in programme.amounts if row.id in amount.decisions and _on(amount, day)),
            tuple(detail for detail in programme.details if row.id in detail.decisions and _on(detail, day)),
            book.norms[row.scope.norm].status(day, name) is Truth.UNKNOWN,
        )
        if row.when is None:
            return


def _on(row: Condition | Amount | Detail, day: date) -> bool:
    return row.scope.start <= day and (row.scope.end is None or day <= row.scope.end)
