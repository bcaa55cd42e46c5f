"""FEEL's number functions (DMN 1.5, table 76): each rounding is monotone, so it maps intervals end by end."""

from __future__ import annotations

from collections.abc import Callable
from decimal import (
    ROUND_CEILING,
    ROUND_DOWN,
    ROUND_FLOOR,
    ROUND_HALF_DOWN,
    ROUND_HALF_EVEN,
    ROUND_HALF_UP,
    ROUND_UP,
    Context,
    Decimal,
)

from estimator.feel.values import NUMBERS, ONE, ZERO, Interval, Value, bounds, interval
from estimator.truth import UNKNOWN, Truth

Number = Decimal | Interval
Rounding = Callable[..., Value]

# Wide enough for every decimal128 at every allowed scale.
_EXACT = Context(prec=13000, Emin=-999999, Emax=999999)


def absolute(number: Number) -> Value:
    """The number without its sign."""
    if type(number) is Decimal:
        return number.copy_abs()
    low, high = bounds(number)
    if low is not None and low >= 0:
        return number
    if high is not None and high <= 0:
        return interval(high.copy_negate(), None if low is None else low.copy_negate())
    return interval(ZERO, None if low is None or high is None else max(low.copy_negate(), high))


def _rising(number: Number, function: Callable[[Decimal], Value]) -> Value:
    """A function that never falls, applied to a number or to both ends of an interval."""
    if type(number) is Decimal:
        return function(number)
    ends = [None if end is None else function(end) for end in bounds(number)]
    for end, image in zip(bounds(number), ends, strict=True):
        if end is not None and image is None:
            return UNKNOWN  # outside the function's domain some of the numbers are null
    low, high = ends
    return interval(low, high)  # type: ignore[arg-type]  # functions passed here give Decimal or None


def _rounding(mode: str) -> Rounding:
    def run(number: Number, scale: Number = ZERO) -> Value:
        if type(scale) is not Decimal:
            return UNKNOWN
        places = int(scale)
        if not -6111 <= places <= 6176:
            return None
        step = Decimal((0, (1,), -places))
        return _rising(number, lambda exact: _quantised(exact, step, mode))

    return run


def _quantised(number: Decimal, step: Decimal, mode: str) -> Value:
    if number.as_tuple().exponent >= step.as_tuple().exponent:  # type: ignore[operator]  # both are finite
        return number
    rounded = number.quantize(step, rounding=mode, context=_EXACT)
    return rounded if rounded else ZERO


floor = _rounding(ROUND_FLOOR)
ceiling = _rounding(ROUND_CEILING)
half_even = _rounding(ROUND_HALF_EVEN)
away_from_zero = _rounding(ROUND_UP)
towards_zero = _rounding(ROUND_DOWN)
half_away = _rounding(ROUND_HALF_UP)
half_towards = _rounding(ROUND_HALF_DOWN)


def _real(function: Callable[[Decimal], Decimal]) -> Callable[[Decimal], Value]:
    """Null where no real number, or none of decimal128, answers."""

    def run(number: Decimal) -> Value:
        try:
            result = function(number)
        except ArithmeticError:
            return None
        return result if result.is_finite() else None

    return run


def square_root(number: Number) -> Value:
    """The square root; null for a negative number."""
    if isinstance(number, Interval) and number.low is None:
        return UNKNOWN
    return _rising(number, _real(NUMBERS.sqrt))


def exponential(number: Number) -> Value:
    """e to the power of the number."""
    return _rising(number, _real(NUMBERS.exp))


def logarithm(number: Number) -> Value:
    """The natural logarithm; null for zero and below."""
    if isinstance(number, Interval) and number.low is None:
        return UNKNOWN
    return _rising(number, _real(NUMBERS.ln))


def modulo(dividend: Decimal, divisor: Decimal) -> Value:
    """The remainder with the sign of the divisor: dividend - divisor * floor(dividend / divisor)."""
    if divisor == 0:
        return None
    try:
        remainder = NUMBERS.remainder(dividend, divisor)
        across_zero = remainder != 0 and (remainder < 0) != (divisor < 0)
        return NUMBERS.add(remainder, divisor) if across_zero else remainder
    except ArithmeticError:
        return None


def odd(number: Decimal) -> Value:
    """Is it an odd whole number?"""
    return Truth.of(_EXACT.remainder(number.copy_abs(), Decimal(2)) == ONE)


def even(number: Decimal) -> Value:
    """Is it an even whole number?"""
    return Truth.of(_EXACT.remainder(number, Decimal(2)) == ZERO)
