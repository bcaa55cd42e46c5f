"""for, some, every and filters: the terms whose inside is evaluated once for each item."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Final, TypeAlias

from estimator.feel.comparison import all_of, any_of
from estimator.feel.list_functions import item_at
from estimator.feel.term import Locals, Node, Run, Scope, Term
from estimator.feel.values import Interval, Range, Value
from estimator.truth import UNKNOWN, Truth

# Counting further than this is a slip of the pen, and would hold the machine up; it is null.
MOST_ROUNDS: Final = 100_000

# The items an iteration runs over; None where it is null, UNKNOWN where they are not told.
Domain: TypeAlias = Callable[[Scope, Locals], Sequence[Value] | Truth | None]


def over(term: Term) -> Domain:
    """The items of a list; a single value is a list of itself, a range of whole numbers is counted."""

    def items(scope: Scope, variables: Locals) -> Sequence[Value] | Truth | None:
        value = term.run(scope, variables)
        match value:
            case list() | tuple():
                return value
            case None:
                return None
            case Truth.UNKNOWN:
                return UNKNOWN
            case Range():
                closed = value.operator == ".." and value.low_closed and value.high_closed
                return _counted(value.low, value.high) if closed else None
        return (value,)

    return items


def between(low: Term, high: Term) -> Domain:
    """The whole numbers from low to high, downwards where high is below low: `for i in 0..4`."""
    return lambda scope, variables: _counted(low.run(scope, variables), high.run(scope, variables))


def _counted(low: Value, high: Value) -> Sequence[Value] | Truth | None:
    if any(value is UNKNOWN or isinstance(value, Interval) for value in (low, high)):
        return UNKNOWN
    if not (isinstance(low, Decimal) and isinstance(high, Decimal)):
        return None
    first, last = int(low), int(high)
    if first != low or last != high:
        return None
    if abs(last - first) >= MOST_ROUNDS:
        return None
    step = 1 if first <= last else -1
    return tuple(Decimal(n) for n in range(first, last + step, step))


def _rounds(domains: Sequence[Domain], scope: Scope, variables: Locals) -> list[Locals] | Truth | None:
    """The variables of each round of nested iterations, the last one turning fastest."""
    rounds = [variables]
    for domain in domains:
        longer: list[Locals] = []
        for outer in rounds:
            items = domain(scope, outer)
            if items is None or isinstance(items, Truth):
                return items
            longer += [(*outer, item) for item in items]
        rounds = longer
    return rounds


def for_return(domains: Sequence[Domain], body: Run, with_partial: bool) -> Run:
    """The body's values in order; `partial` is the list of those before."""

    def run(scope: Scope, variables: Locals) -> Value:
        rounds = _rounds(domains, scope, variables)
        if rounds is None or isinstance(rounds, Truth):
            return rounds
        if not with_partial:
            return tuple([body(scope, inner) for inner in rounds])
        results: list[Value] = []
        for inner in rounds:
            results.append(body(scope, (*inner, tuple(results))))
        return tuple(results)

    return run


def quantified(word: str, domains: Sequence[Domain], body: Run) -> Run:
    """some: one round is true; every: all are. Null and UNKNOWN rounds count as in `or` and `and`."""
    fold = any_of if word == "some" else all_of

    def run(scope: Scope, variables: Locals) -> Value:
        rounds = _rounds(domains, scope, variables)
        if rounds is None or isinstance(rounds, Truth):
            return rounds
        return fold(body(scope, inner) for inner in rounds)

    return run


def trace_rounds(
    domains: Sequence[Domain], body: Term, with_partial: bool
) -> Callable[[Scope, Locals], tuple[Node, ...]]:
    """The operands of an explained iteration: its body, once for each round."""

    def nodes(scope: Scope, variables: Locals) -> Iterator[Node]:
        rounds = _rounds(domains, scope, variables)
        results: list[Value] = []
        for inner in rounds if isinstance(rounds, list) else ():
            node = body.explain(scope, (*inner, tuple(results)) if with_partial else inner)
            results.append(node.value)
            yield node

    return lambda scope, variables: tuple(nodes(scope, variables))


def filtered(source: Run, condition: Run, is_predicate: bool) -> Run:
    """`list[condition]`: the items it holds for, or the one item at a position.

    The list is UNKNOWN as soon as one item's condition is; `is_predicate` says that the condition can be no
    position.
    """

    def run(scope: Scope, variables: Locals) -> Value:
        value = source(scope, variables)
        if value is UNKNOWN or value is None:
            return value
        items = value if isinstance(value, (list, tuple)) else (value,)
        if not items:
            return () if is_predicate else _of_nothing(condition(scope, (*variables, None)))
        kept: list[Value] = []
        unknown = False
        for place, item in enumerate(items):
            holds = condition(scope, (*variables, item))
            if place == 0 and not is_predicate and not isinstance(holds, Truth) and holds is not None:
                return _at(items, holds)
            if holds is Truth.TRUE:
                kept.append(item)
            unknown = unknown or holds is UNKNOWN
        return UNKNOWN if unknown else tuple(kept)

    return run


def _of_nothing(condition: Value) -> Value:
    """A filter of an empty list: null where the condition is a position, else empty."""
    if condition is UNKNOWN:
        return UNKNOWN
    return None if isinstance(condition, (Decimal, Interval)) else ()


def _at(items: Sequence[Value], position: Value) -> Value:
    match position:
        case Decimal():
            return item_at(items, position)
        case Interval():
            return UNKNOWN
    return ()


def property_of(value: Value, name: str) -> Value:
    """`value.name`: an entry, not told if absent; of every item of a list; a date's or a range's property."""
    match value:
        case Mapping():
            return value.get(name, UNKNOWN)
        case list() | tuple():
            return tuple(property_of(item, name) for item in value)
        case Truth.UNKNOWN:
            return UNKNOWN
        case Range() if name in ("start", "end"):
            return value.low if name == "start" else value.high
    if name in ("year", "month", "day") and not isinstance(value, (str, Decimal)):
        part = getattr(value, name, None)
        return Decimal(part) if isinstance(part, int) else None
    return None
