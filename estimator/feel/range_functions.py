"""FEEL's relations between points and ranges (DMN 1.5, table 78), on known values only."""

from __future__ import annotations

from collections.abc import Callable

from estimator.feel.comparison import all_of, any_of, equal, less, within
from estimator.feel.values import Range, Value, kind_of
from estimator.truth import Truth

Relation = Callable[[Value, Value], Value]


def _as_range(value: Value) -> Range:
    """A point is the range that holds only itself; a unary test is open on its other side."""
    if not isinstance(value, Range):
        return Range("..", value, value, True, True)
    return value


def _touch(left: Value, right: Value, closed: bool) -> Value:
    """left < right, or both equal and `closed`."""
    return any_of([less(left, right), all_of([Truth.of(closed), equal(left, right)])])


def before(left: Value, right: Value) -> Value:
    a, b = _as_range(left), _as_range(right)
    return any_of(
        [less(a.high, b.low), all_of([Truth.of(not (a.high_closed and b.low_closed)), equal(a.high, b.low)])]
    )


def after(left: Value, right: Value) -> Value:
    return before(right, left)


def meets(left: Value, right: Value) -> Value:
    if not (isinstance(left, Range) and isinstance(right, Range)):
        return None
    return all_of([Truth.of(left.high_closed and right.low_closed), equal(left.high, right.low)])


def met_by(left: Value, right: Value) -> Value:
    return meets(right, left)


def overlaps(left: Value, right: Value) -> Value:
    if not (isinstance(left, Range) and isinstance(right, Range)):
        return None
    return all_of(
        [
            _touch(right.low, left.high, left.high_closed and right.low_closed),
            _touch(left.low, right.high, left.low_closed and right.high_closed),
        ]
    )


def overlaps_before(left: Value, right: Value) -> Value:
    if not (isinstance(left, Range) and isinstance(right, Range)):
        return None
    return all_of(
        [
            _touch(left.low, right.low, left.low_closed and not right.low_closed),
            _touch(right.low, left.high, left.high_closed and right.low_closed),
            _touch(left.high, right.high, not left.high_closed or right.high_closed),
        ]
    )


def overlaps_after(left: Value, right: Value) -> Value:
    if not (isinstance(left, Range) and isinstance(right, Range)):
        return None
    return all_of(
        [
            _touch(right.low, left.low, right.low_closed and not left.low_closed),
            _touch(left.low, right.high, left.low_closed and right.high_closed),
            _touch(right.high, left.high, not right.high_closed or left.high_closed),
        ]
    )


def finishes(left: Value, right: Value) -> Value:
    if not isinstance(right, Range):
        return None
    if not isinstance(left, Range):
        return all_of([Truth.of(right.high_closed), equal(left, right.high)])
    return all_of(
        [
            Truth.of(left.high_closed == right.high_closed),
            equal(left.high, right.high),
            _touch(right.low, left.low, not left.low_closed or right.low_closed),
        ]
    )


def finished_by(left: Value, right: Value) -> Value:
    return finishes(right, left)


def includes(left: Value, right: Value) -> Value:
    if not isinstance(left, Range):
        return None
    if not isinstance(right, Range):
        return within(right, left)
    return all_of(
        [
            _touch(left.low, right.low, left.low_closed or not right.low_closed),
            _touch(right.high, left.high, left.high_closed or not right.high_closed),
        ]
    )


def during(left: Value, right: Value) -> Value:
    return includes(right, left)


def starts(left: Value, right: Value) -> Value:
    if not isinstance(right, Range):
        return None
    if not isinstance(left, Range):
        return all_of([Truth.of(right.low_closed), equal(left, right.low)])
    return all_of(
        [
            Truth.of(left.low_closed == right.low_closed),
            equal(left.low, right.low),
            _touch(left.high, right.high, not left.high_closed or right.high_closed),
        ]
    )


def started_by(left: Value, right: Value) -> Value:
    return starts(right, left)


def coincides(left: Value, right: Value) -> Value:
    if isinstance(left, Range) != isinstance(right, Range):
        return None
    return equal(left, right)


def same(left: Value, right: Value) -> Value:
    """FEEL's is: the same value of the same type."""
    return Truth.of(kind_of(left) == kind_of(right) and equal(left, right) is Truth.TRUE)


# name, its first parameter, its second parameter, what it does
RELATIONS: tuple[tuple[str, str, str, Relation], ...] = (
    ("before", "point1", "point2", before),
    ("after", "point1", "point2", after),
    ("meets", "range1", "range2", meets),
    ("met by", "range1", "range2", met_by),
    ("overlaps", "range1", "range2", overlaps),
    ("overlaps before", "range1", "range2", overlaps_before),
    ("overlaps after", "range1", "range2", overlaps_after),
    ("finishes", "point", "range", finishes),
    ("finished by", "range", "point", finished_by),
    ("includes", "range", "point", includes),
    ("during", "point", "range", during),
    ("starts", "point", "range", starts),
    ("started by", "range", "point", started_by),
    ("coincides", "point1", "point2", coincides),
)
