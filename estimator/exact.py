"""Where a fact stands twice in one rule, Kleene's logic is too weak: try every value of the few such facts.

Exact up to MOST_OPEN open facts and MOST_CELLS combinations of those with finitely many values (truths, choices,
grades), and as long as the work of one estimate lasts (`retries.py`); above that the line stays undetermined, which
is never wrong.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Final, Protocol

from estimator.evaluate import Case, Open, Stage
from estimator.feel import Value
from estimator.model import FactSpec, Rulebook
from estimator.opened import open_in_verdict, turned_about
from estimator.truth import UNKNOWN, Truth

MOST_CELLS: Final = 64
MOST_OPEN: Final = 6
_MOST_VALUES: Final = 8

Override = Mapping[Open, Value]


class Again(Protocol):
    """Evaluates one programme of a case again with some facts replaced."""

    def lasts(self, case: Case, programme: str, times: int) -> bool:
        """Whether so many retries are still to be had."""

    def __call__(self, case: Case, programme: str, override: Override) -> Case: ...


@dataclass(frozen=True, slots=True)
class Exact:
    """The truths that the completions allow under each reading, and the facts on which they turn."""

    truths: frozenset[Truth | None]
    opened: tuple[Open, ...]


def repeated(
    book: Rulebook, stages: Iterable[Stage], programme: str, subject: str, opened: int
) -> tuple[Open, ...]:
    """The open facts with finitely many values that stand in an undecided rule in more than one way.

    Nothing where more than MOST_OPEN facts are open: there the line stays undetermined without a search.
    """
    if opened > MOST_OPEN:
        return ()
    found: dict[Open, None] = {}
    for stage in stages:
        for fact in turned_about(book, stage, programme, subject):
            if values_of(book.facts.get(fact[0])):
                found[fact] = None
    return tuple(found)


def values_of(spec: FactSpec | None) -> tuple[Value, ...]:
    """Every value of a fact that has only a few; nothing for the others."""
    if spec is None:
        return ()
    if spec.type == "truth":
        return (Truth.TRUE, Truth.FALSE)
    if spec.type == "choice":
        return tuple(spec.options)
    if spec.type == "integer" and spec.low is not None and spec.high is not None:
        count = int(spec.high - spec.low) + 1
        return tuple(spec.low + step for step in range(count)) if count <= _MOST_VALUES else ()
    return ()


def settle(
    book: Rulebook,
    programme: str,
    subject: str,
    twice: tuple[Open, ...],
    opened: Sequence[Open],
    case: Case,
    again: Again,
) -> Exact | None:
    """What every combination of the open facts allows, or at least of those that stand twice.

    None where there are too many to try, or too much was tried for this household already.
    """
    facts = tuple(opened) if _cells(book, opened) else twice
    cells = _cells(book, facts)
    if not cells or not again.lasts(case, programme, cells):
        return None
    truths: set[Truth | None] = set()
    left_open: dict[Open, None] = {}
    by_cell: dict[tuple[Value, ...], tuple[str, frozenset[Open]]] = {}
    for cell in product(*(values_of(book.facts.get(fact)) for fact, _ in facts)):
        tried = again(case, programme, dict(zip(facts, cell, strict=True)))
        here: dict[Open, None] = {}
        for stage in tried.stages:
            if stage.verdicts[programme, subject].truth is UNKNOWN:
                here.update(dict.fromkeys(open_in_verdict(book, stage, programme, subject)))
        found = tuple(stage.verdicts[programme, subject].truth for stage in tried.stages)
        truths.update(found)
        left_open.update(here)
        by_cell[cell] = (_outcome(found), frozenset(here))
    left_open.update(dict.fromkeys(fact for index, fact in enumerate(facts) if _matters(index, by_cell)))
    return Exact(frozenset(truths), tuple(left_open))


def _cells(book: Rulebook, facts: Sequence[Open]) -> int:
    """How many combinations the facts have; 0 where one has too many values, or all together too many."""
    cells = 1
    for fact, _ in facts:
        cells *= len(values_of(book.facts.get(fact)))
    return cells if facts and cells <= MOST_CELLS else 0


def _matters(index: int, by_cell: Mapping[tuple[Value, ...], tuple[str, frozenset[Open]]]) -> bool:
    """Whether two cells that differ only in one fact come out otherwise, or turn on other facts."""
    groups: dict[tuple[Value, ...], set[tuple[str, frozenset[Open]]]] = {}
    for cell, found in by_cell.items():
        groups.setdefault((*cell[:index], *cell[index + 1 :]), set()).add(found)
    return any(len(found) > 1 for found in groups.values())


def settle_cases(
    book: Rulebook, programme: str, subject: str, cases: Sequence[Case], facts: tuple[Open, ...], again: Again
) -> tuple[Open, ...] | None:
    """The facts that matter where area or membership is open besides: those of the cases and the open ones.

    None where some open fact has too many values, or all together too many combinations.
    """
    choices = [values_of(book.facts.get(fact)) for fact, _ in facts]
    cells = len(cases)
    dearest = max(cases, key=lambda case: len(case.plan.worlds))
    for values in choices:
        cells *= len(values)
    if not 0 < cells <= MOST_CELLS or not again.lasts(dearest, programme, cells):
        return None
    found: dict[tuple[tuple[Open, Value], ...], tuple[Truth | None, ...]] = {}
    for case in cases:
        for cell in product(*choices):
            override = dict(zip(facts, cell, strict=True))
            stages = again(case, programme, override).stages
            key = tuple(sorted({**_place_of(case, cases), **override}.items(), key=lambda pair: pair[0]))
            found[key] = tuple(stage.verdicts[programme, subject].truth for stage in stages)
    dimensions = dict.fromkeys(fact for key in found for fact, _ in key)
    return tuple(fact for fact in dimensions if _turns(fact, found))


def _place_of(case: Case, cases: Sequence[Case]) -> dict[Open, Value]:
    """What makes this case: its area, and who lives with the household."""
    everybody = {person.id for one in cases for person in one.members}
    always = {
        person for person in everybody if all(person in {one.id for one in other.members} for other in cases)
    }
    inside = {person.id for person in case.members}
    place: dict[Open, Value] = {
        ("member.co_living", person): Truth.of(person in inside) for person in everybody - always
    }
    place["area", "place"] = case.area
    return place


def _turns(fact: Open, found: Mapping[tuple[tuple[Open, Value], ...], tuple[Truth | None, ...]]) -> bool:
    """Whether two completions that differ only in one fact come out otherwise."""
    groups: dict[tuple[tuple[Open, Value], ...], set[str]] = {}
    for key, truths in found.items():
        groups.setdefault(tuple(pair for pair in key if pair[0] != fact), set()).add(_outcome(truths))
    return any(len(outcomes) > 1 for outcomes in groups.values())


def _outcome(truths: tuple[Truth | None, ...]) -> str:
    """The readings drawn together: which of them says what does not matter."""
    said = {truth for truth in truths if truth is not None}
    if len(said) == 1:
        return said.pop().value
    return "conflict" if said else "no_rule"
