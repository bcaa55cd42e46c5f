"""Addition to exponentiation over numbers and intervals, and FEEL's null where the types do not fit.

Decimal rounding is monotone, so an operation on the ends of an interval, rounded like any other, still
bounds the rounded operation on every number between them.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal, Inexact
from itertools import product

from estimator.feel.values import NUMBERS, ONE, ZERO, Interval, Value, bounds, interval, kind_of
from estimator.truth import UNKNOWN

Operation = Callable[[Value, Value], Value]
Number = Decimal | Interval

_INFINITY = Decimal("Infinity")


def add(left: Value, right: Value) -> Value:
    """The sum of two numbers, or two strings joined; UNKNOWN where either is, null for other types."""
    if type(left) is Decimal and type(right) is Decimal:
        try:
            return NUMBERS.add(left, right)
        except ArithmeticError:  # beyond decimal128: FEEL says null
            return None
    if type(left) is str and type(right) is str:
        return left + right
    pair = _numbers(left, right)
    if pair is None:
        return _ill_typed(left, right, also="string")
    (low, high), (other_low, other_high) = bounds(pair[0]), bounds(pair[1])
    try:
        return interval(
            None if low is None or other_low is None else NUMBERS.add(low, other_low),
            None if high is None or other_high is None else NUMBERS.add(high, other_high),
        )
    except ArithmeticError:  # some of the sums are null
        return UNKNOWN


def negate(operand: Value) -> Value:
    """The number with its sign turned; null for other types."""
    if type(operand) is Decimal:
        return NUMBERS.minus(operand)
    if type(operand) is Interval:
        return Interval(
            None if operand.high is None else operand.high.copy_negate(),
            None if operand.low is None else operand.low.copy_negate(),
        )
    return UNKNOWN if kind_of(operand) == "unknown" else None


def subtract(left: Value, right: Value) -> Value:
    """The difference of two numbers."""
    if type(left) is Decimal and type(right) is Decimal:
        try:
            return NUMBERS.subtract(left, right)
        except ArithmeticError:  # beyond decimal128: FEEL says null
            return None
    pair = _numbers(left, right)
    return _ill_typed(left, right) if pair is None else add(pair[0], negate(pair[1]))


def multiply(left: Value, right: Value) -> Value:
    """The product of two numbers."""
    if type(left) is Decimal and type(right) is Decimal:
        try:
            return NUMBERS.multiply(left, right)
        except ArithmeticError:  # beyond decimal128: FEEL says null
            return None
    pair = _numbers(left, right)
    if pair is None:
        return _ill_typed(left, right)
    if type(left) is Interval and type(right) is Decimal:
        left, right = right, left
    if type(left) is Decimal and left > 0 and type(right) is Interval:  # a known factor, the common case
        known, (low, high) = left, bounds(right)
        return _guarded(
            lambda: interval(
                None if low is None else _times(known, low), None if high is None else _times(known, high)
            )
        )
    (low, high), (other_low, other_high) = _extended(pair[0]), _extended(pair[1])
    return _guarded(lambda: _around([_times(a, b) for a, b in product((low, high), (other_low, other_high))]))


def divide(left: Value, right: Value) -> Value:
    """The quotient of two numbers; division by zero is null, so by an interval around zero it is UNKNOWN."""
    if type(left) is Decimal and type(right) is Decimal:
        return None if right == 0 else _plain(NUMBERS.divide, left, right)
    pair = _numbers(left, right)
    if pair is None:
        return _ill_typed(left, right)
    if pair[1] == ZERO:
        return None
    if type(left) is Interval and type(right) is Decimal and right > 0:  # a known divisor, the common case
        known, (low, high) = right, bounds(left)
        return _guarded(
            lambda: interval(
                None if low is None else NUMBERS.divide(low, known),
                None if high is None else NUMBERS.divide(high, known),
            )
        )
    (low, high), (other_low, other_high) = _extended(pair[0]), _extended(pair[1])
    if other_low <= 0 <= other_high:
        return UNKNOWN
    return _guarded(lambda: _around([_over(a, b) for a, b in product((low, high), (other_low, other_high))]))


def power(left: Value, right: Value) -> Value:
    """One number to the power of another; null where no real number answers."""
    if type(left) is Decimal and type(right) is Decimal:
        if left == 0 and right <= 0:  # decimal has Infinity for a negative exponent
            return ONE if right == 0 else None
        return _plain(NUMBERS.power, left, right)
    pair = _numbers(left, right)
    if pair is None:
        return _ill_typed(left, right)
    base, exponent = pair
    # Only whole positive exponents occur in law; the rest stays UNKNOWN, which is always true of it.
    if type(exponent) is not Decimal or exponent != exponent.to_integral_value() or exponent <= 0:
        return UNKNOWN
    return _guarded(lambda: _whole_power(base, exponent))


def _whole_power(base: Number, exponent: Decimal) -> Value:
    """A number to a positive whole power: rising where the exponent is odd, a bowl around zero where even."""
    low, high = bounds(base)
    ends = [_power_bounds(end, exponent) for end in (low, high) if end is not None]
    if NUMBERS.remainder(exponent, Decimal(2)) == 0:
        lowest = ZERO if _contains_zero(base) else min(below for below, _ in ends)
        return interval(lowest, max(above for _, above in ends) if len(ends) == 2 else None)
    return interval(
        None if low is None else min(below for below, _ in ends),
        None if high is None else max(above for _, above in ends),
    )


def _plain(operation: Callable[[Decimal, Decimal], Decimal], left: Decimal, right: Decimal) -> Value:
    try:
        return operation(left, right)
    except ArithmeticError:  # beyond decimal128, or no real result: FEEL says null
        return None


def _guarded(compute: Callable[[], Value]) -> Value:
    """An interval whose end overflows holds numbers and nulls alike, so it says nothing."""
    try:
        return compute()
    except ArithmeticError:
        return UNKNOWN


def _numbers(left: Value, right: Value) -> tuple[Number, Number] | None:
    if isinstance(left, Number) and isinstance(right, Number):
        return left, right
    return None


def _ill_typed(left: Value, right: Value, also: str = "") -> Value:
    """Null, unless what is not told could still be a number (or of the `also` type) that fits."""
    kinds = kind_of(left), kind_of(right)
    fits = "unknown" in kinds and all(kind in ("unknown", "number", also) for kind in kinds)
    return UNKNOWN if fits else None


def _extended(number: Number) -> tuple[Decimal, Decimal]:
    low, high = bounds(number)
    return (-_INFINITY if low is None else low), (_INFINITY if high is None else high)


def _times(left: Decimal, right: Decimal) -> Decimal:
    return ZERO if left == 0 or right == 0 else NUMBERS.multiply(left, right)


def _over(left: Decimal, right: Decimal) -> Decimal:
    if right.is_infinite():
        return ZERO
    return NUMBERS.divide(left, right)


def _around(ends: list[Decimal]) -> Value:
    low, high = min(ends), max(ends)
    return interval(None if low.is_infinite() else low, None if high.is_infinite() else high)


def _contains_zero(number: Number) -> bool:
    low, high = _extended(number)
    return low <= 0 <= high


def _power_bounds(base: Decimal, exponent: Decimal) -> tuple[Decimal, Decimal]:
    """Decimal's power may be off by one unit in the last place unless exact: its neighbours bound it."""
    context = NUMBERS.copy()
    context.clear_flags()
    result = context.power(base, exponent)
    if not context.flags[Inexact]:
        return result, result
    return context.next_minus(result), context.next_plus(result)
