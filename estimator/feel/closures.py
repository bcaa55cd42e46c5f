"""The closures of names, comparisons and connectives, each with a fast path for what is known."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Final

from estimator.feel import comparison
from estimator.feel.comparison import FALSE, TRUE
from estimator.feel.iteration import property_of
from estimator.feel.term import Locals, Run, Scope
from estimator.feel.values import Value
from estimator.truth import UNKNOWN

_FAST: Final[Mapping[str, Callable[[Decimal, Decimal], bool]]] = {
    "=": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


def constant(value: Value) -> Run:
    """Always the same value."""
    return lambda scope, variables: value


def fact(name: str) -> Run:
    """A free name; one the scope lacks has not been told. A dotted name may be a fact or a path into one."""
    if "." not in name:
        return lambda scope, variables: scope.get(name, UNKNOWN)
    head, *path = name.split(".")

    def run(scope: Scope, variables: Locals) -> Value:
        if name in scope or head not in scope:
            return scope.get(name, UNKNOWN)
        return follow(scope[head], path)

    return run


def local(slot: int, path: list[str]) -> Run:
    """A variable of an iteration, or something in it."""
    if not path:
        return lambda scope, variables: variables[slot]
    return lambda scope, variables: follow(variables[slot], path)


def of_item(word: str, slots: tuple[int, ...]) -> Run:
    """Inside a filter a name means the item's entry where it has one, else the fact."""
    head, *path = word.split(".")
    outside = fact(word)

    def run(scope: Scope, variables: Locals) -> Value:
        for slot in slots:
            item = variables[slot]
            if isinstance(item, Mapping) and head in item:
                return follow(item[head], path)
        return outside(scope, variables)

    return run


def follow(value: Value, path: list[str]) -> Value:
    """The property at the end of a path."""
    for name in path:
        value = property_of(value, name)
    return value


def compared(word: str, left: Run, right: Run) -> Run:
    """left `word` right, by Python's own operator where both are known numbers."""
    fast, slow = _FAST[word], comparison.TESTS[word]

    def run(scope: Scope, variables: Locals) -> Value:
        first = left(scope, variables)
        second = right(scope, variables)
        if type(first) is Decimal and type(second) is Decimal:
            return TRUE if fast(first, second) else FALSE
        return slow(first, second)

    return run


def all_true(runs: tuple[Run, ...]) -> Run:
    """Their conjunction, left at the first false."""

    def run(scope: Scope, variables: Locals) -> Value:
        result: Value = TRUE
        for operand in runs:
            value = operand(scope, variables)
            if value is FALSE:
                return FALSE
            if value is not TRUE:
                result = comparison.conjunction(result, value)
        return result

    return run


def any_true(runs: tuple[Run, ...]) -> Run:
    """Their disjunction, left at the first true."""

    def run(scope: Scope, variables: Locals) -> Value:
        result: Value = FALSE
        for operand in runs:
            value = operand(scope, variables)
            if value is TRUE:
                return TRUE
            if value is not FALSE:
                result = comparison.disjunction(result, value)
        return result

    return run
