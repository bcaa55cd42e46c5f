"""Equality, order, membership and the three-valued connectives, sound for UNKNOWN and Interval.

FEEL's null keeps its own meaning (DMN 1.5, 10.3.2.4 and tables 42 to 55): operands whose types do not fit
compare to null. UNKNOWN stands for any value, so a comparison with it is UNKNOWN unless every value it could
have would give the same result.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal

from estimator.feel.values import NUMBER, Interval, Range, Value, bounds, has_unknown, kind_of
from estimator.truth import UNKNOWN, Truth

TRUE = Truth.TRUE
FALSE = Truth.FALSE

Test = Callable[[Value, Value], Value]

_ORDERED = frozenset({"number", "string", "date", "unknown"})


def conjunction(left: Value, right: Value) -> Value:
    """FEEL's and: anything that is no boolean counts as null, and false and null is false."""
    if left is FALSE or right is FALSE:
        return FALSE
    if left is TRUE and right is TRUE:
        return TRUE
    return UNKNOWN if left is UNKNOWN or right is UNKNOWN else None


def disjunction(left: Value, right: Value) -> Value:
    """FEEL's or: anything that is no boolean counts as null, and true or null is true."""
    if left is TRUE or right is TRUE:
        return TRUE
    if left is FALSE and right is FALSE:
        return FALSE
    return UNKNOWN if left is UNKNOWN or right is UNKNOWN else None


def negation(value: Value) -> Value:
    """FEEL's not: null for anything that is no boolean."""
    return ~value if isinstance(value, Truth) else None


def all_of(values: Iterable[Value]) -> Value:
    """Their conjunction; true for none."""
    unknown = others = False
    for value in values:
        if value is FALSE:
            return FALSE
        unknown = unknown or value is UNKNOWN
        others = others or value is not TRUE
    return UNKNOWN if unknown else None if others else TRUE


def any_of(values: Iterable[Value]) -> Value:
    """Their disjunction; false for none."""
    unknown = others = False
    for value in values:
        if value is TRUE:
            return TRUE
        unknown = unknown or value is UNKNOWN
        others = others or value is not FALSE
    return UNKNOWN if unknown else None if others else FALSE


def equal(left: Value, right: Value) -> Value:
    """FEEL's =: a Truth, or null where two values of different types meet; null equals only null."""
    if left is UNKNOWN or right is UNKNOWN:
        return UNKNOWN
    kind, other = kind_of(left), kind_of(right)
    if kind == "unknown" or other == "unknown":
        return UNKNOWN
    if kind == "null" or other == "null":
        return Truth.of(kind == other)
    if kind != other:
        return None
    match left, right:
        case ((Decimal() | Interval()), (Decimal() | Interval())):
            return _equal_numbers(left, right)
        case ((list() | tuple()), (list() | tuple())):
            if len(left) != len(right):
                return FALSE
            return all_of(_as_false(equal(a, b)) for a, b in zip(left, right, strict=True))
        case Mapping(), Mapping():
            if left.keys() != right.keys():
                return FALSE
            return all_of(_as_false(equal(left[key], right[key])) for key in left)
    if has_unknown(left) or has_unknown(right):
        return UNKNOWN
    return Truth.of(left == right)


def _as_false(result: Value) -> Value:
    """Inside lists an ill-typed comparison is no match, as the conformance kit has it."""
    return FALSE if result is None else result


def _equal_numbers(left: Decimal | Interval, right: Decimal | Interval) -> Value:
    if type(left) is Decimal and type(right) is Decimal:
        return Truth.of(left == right)
    (low, high), (other_low, other_high) = bounds(left), bounds(right)
    apart = (high is not None and other_low is not None and high < other_low) or (
        low is not None and other_high is not None and other_high < low
    )
    return FALSE if apart else UNKNOWN


def unequal(left: Value, right: Value) -> Value:
    """FEEL's !=."""
    return negation(equal(left, right))


def less(left: Value, right: Value) -> Value:
    """FEEL's <: for numbers, strings and dates; null for anything else and for null."""
    if isinstance(left, NUMBER) and isinstance(right, NUMBER):
        (low, high), (other_low, other_high) = bounds(left), bounds(right)
        if high is not None and other_low is not None and high < other_low:
            return TRUE
        return FALSE if low is not None and other_high is not None and low >= other_high else UNKNOWN
    kind, other = kind_of(left), kind_of(right)
    if kind not in _ORDERED or other not in _ORDERED:
        return None
    if kind == "unknown" or other == "unknown":
        return UNKNOWN
    match left, right:
        case str(), str():
            return Truth.of(left < right)
        case datetime.date(), datetime.date():
            return Truth.of(left < right)
    return None


def greater(left: Value, right: Value) -> Value:
    """FEEL's >."""
    return less(right, left)


def at_most(left: Value, right: Value) -> Value:
    """FEEL's <=: the order is total within a type, so it is the negation of >."""
    return negation(less(right, left))


def at_least(left: Value, right: Value) -> Value:
    """FEEL's >=."""
    return negation(less(left, right))


TESTS: Mapping[str, Test] = {
    "=": equal,
    "!=": unequal,
    "<": less,
    "<=": at_most,
    ">": greater,
    ">=": at_least,
}


def within(value: Value, span: Range) -> Value:
    """Does the value lie in the range, or pass the unary test?"""
    if span.operator == "..":
        above = at_least(value, span.low) if span.low_closed else greater(value, span.low)
        below = at_most(value, span.high) if span.high_closed else less(value, span.high)
        return conjunction(above, below)
    return TESTS[span.operator](value, span.low if span.high is None else span.high)


def member(value: Value, test: Value) -> Value:
    """FEEL's in, for one test: a range, a list of values and ranges, or a value to be equal to."""
    match test:
        case Range() if not isinstance(value, Range):
            return within(value, test)
        case list() | tuple():
            candidates = [equal(value, test)] if isinstance(value, (list, tuple)) or value is UNKNOWN else []
            candidates += [_matches(value, item) for item in test]
            return any_of(_as_false(result) for result in candidates)
        case Truth.UNKNOWN:
            return UNKNOWN
    return equal(value, test)


def _matches(value: Value, item: Value) -> Value:
    if isinstance(item, Range) and not isinstance(value, Range):
        return within(value, item)
    return equal(value, item)


def any_member(value: Value, tests: Iterable[Value]) -> Value:
    """FEEL's in, for several tests: `x in (1, < 5)`."""
    return any_of(_as_false(member(value, test)) for test in tests)
