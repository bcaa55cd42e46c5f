"""Which rows speak for a place on a day, under each reading of the norms that are unverified or in dispute.

A plan is fixed by (region, area, day) and kept; every estimate for that place and day walks the same plan.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import cache
from itertools import product
from typing import TypeVar

from estimator.feel.native import Native
from estimator.frames import Frame, frame
from estimator.model import Amount, Condition, Decision, Detail, Rulebook, Value
from estimator.rulebook import dependencies, evaluation_order
from estimator.truth import Truth

_Row = TypeVar("_Row", Value, Decision)


@dataclass(frozen=True, slots=True)
class PlannedDecision:
    """One decision with what belongs to it on the day."""

    decision: Decision
    checked: tuple[tuple[Condition, Native, bool], ...]
    """Its conditions, their functions, and whether each is about one person or the same for the whole household."""
    amounts: tuple[Amount, ...]
    details: tuple[Detail, ...]
    unverified: bool
    cited: Mapping[str, tuple[str, ...]]
    """The clauses that count on the day, of the decision and of what it pays and says, by row."""
    frames: dict[tuple[str, Truth], Frame]
    """Its reasons, each made when it is first said (`reasons.py`)."""


@dataclass(frozen=True, slots=True)
class World:
    """One reading: which unverified norms are left out, and whether the local side of a dispute prevails."""

    without: frozenset[str]
    local_prevails: bool
    values: Mapping[str, Value]
    chains: Mapping[str, tuple[PlannedDecision, ...]]
    signatures: Mapping[str, int]
    """Equal numbers mean: the same rows all the way down, so the same result."""
    own: frozenset[str]
    """The nodes whose own rows are others than in the main reading."""
    differs: tuple[str, ...]
    """Those and all that builds on them, in the order of evaluation."""


@dataclass(frozen=True, slots=True)
class Plan:
    """The readings of one place and day, the main one first; the order of evaluation; the steps."""

    day: date
    worlds: tuple[World, ...]
    unverified: bool
    """Whether some reading leaves out a norm that nobody could verify."""
    order: tuple[str, ...]
    needs: Mapping[str, frozenset[str]]
    """What each node of the order builds on."""
    steps: Mapping[str, tuple[Frame, ...]]
    """By programme; drafts are left out."""


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
    worlds = [_beside(world, worlds[0], order) for world in worlds]
    steps = {
        programme.id: tuple(
            frame(
                {"rule": step.id, "kind": step.kind, "text": step.text},
                tuple(book.norms.on(step.citations, day)),
                when=step.when,
            )
            for step in programme.steps
            if step.kind != "draft" and step.scope.covers(region, area, day)
        )
        for programme in book.programmes.values()
    }
    return Plan(day, tuple(worlds), bool(unverified), order, graph, steps)


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
        below = [signatures[needed] for needed in sorted(graph[node]) if needed in signatures]
        signatures[node] = known.setdefault((node, *_rows(node, chosen, chains), *below), len(known))
    return World(without, local, chosen, chains, signatures, frozenset(), ())


def _rows(
    node: str, values: Mapping[str, Value], chains: Mapping[str, tuple[PlannedDecision, ...]]
) -> tuple[str, ...]:
    """The ids of the rows that a node stands on itself."""
    if node.startswith("likely."):
        return tuple(planned.decision.id for planned in chains.get(node[7:], ()))
    return (values[node].id,) if node in values else ()


def _beside(world: World, main: World, order: tuple[str, ...]) -> World:
    """A reading with what sets it apart from the main one."""
    own = [
        node
        for node in order
        if _rows(node, world.values, world.chains) != _rows(node, main.values, main.chains)
    ]
    differs = tuple(node for node in order if world.signatures[node] != main.signatures[node])
    return replace(world, own=frozenset(own), differs=differs)


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
        amounts = tuple([one for one in programme.amounts if row.id in one.decisions and _on(one, day)])
        details = tuple([one for one in programme.details if row.id in one.decisions and _on(one, day)])
        yield PlannedDecision(
            row,
            tuple(
                [
                    (one, one.expression.evaluate, about_person(one.expression.names))
                    for one in row.conditions
                    if _on(one, day)
                ]
            ),
            amounts,
            details,
            book.norms[row.scope.norm].status(day, name) is Truth.UNKNOWN,
            {one.id: tuple(book.norms.on(one.citations, day)) for one in (row, *amounts, *details)},
            {},
        )
        if row.when is None:
            return


@cache
def about_person(names: frozenset[str]) -> bool:
    """Whether an expression of these names is about one person, and not the same for the whole household."""
    return any(name.startswith("member.") for name in names)


def _on(row: Condition | Amount | Detail, day: date) -> bool:
    return row.scope.start <= day and (row.scope.end is None or day <= row.scope.end)
