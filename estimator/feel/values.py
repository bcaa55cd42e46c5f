"""The values of the language: FEEL's own, plus UNKNOWN and Interval for what a citizen has not told."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Context, Decimal, DivisionByZero, InvalidOperation, Overflow
from typing import Final, Literal, TypeAlias, Union

from estimator.truth import UNKNOWN, Truth

# FEEL numbers are IEEE 754 decimal128 (DMN 1.5, 10.3.2.3.1); what it cannot hold is null.
NUMBERS: Final = Context(
    prec=34,
    rounding=ROUND_HALF_EVEN,
    Emin=-6143,
    Emax=6144,
    traps=[DivisionByZero, InvalidOperation, Overflow],
)
ZERO: Final = Decimal(0)
ONE: Final = Decimal(1)


@dataclass(frozen=True, slots=True)
class Interval:
    """A number known only to lie between two closed ends; None means unbounded. Make it with `interval`."""

    low: Decimal | None
    high: Decimal | None


NUMBER: Final = (Decimal, Interval)


@dataclass(frozen=True, slots=True)
class Range:
    """FEEL's range value, such as `[1..5)`, and the unary test `(< 5)`; `operator` is ".." or the test's."""

    operator: Literal["..", "<", "<=", ">", ">=", "=", "!="]
    low: Value
    high: Value
    low_closed: bool
    high_closed: bool


Value: TypeAlias = Union[
    Truth,
    Decimal,
    Interval,
    str,
    datetime.date,
    Range,
    "list[Value]",
    "tuple[Value, ...]",
    "Mapping[str, Value]",
    None,
]


def interval(low: Decimal | None, high: Decimal | None) -> Decimal | Interval:
    """The numbers from low to high; a plain Decimal where only one is left. Raises ValueError if none is."""
    if low is not None and high is not None and low >= high:
        if low == high:
            return low
        raise ValueError(f"an interval cannot reach from {low} down to {high}")
    return Interval(low, high)


def bounds(number: Decimal | Interval) -> tuple[Decimal | None, Decimal | None]:
    """The ends of a number, both the same where it is known."""
    return (number.low, number.high) if type(number) is Interval else (number, number)  # type: ignore[return-value]


_KINDS: Final[Mapping[type, str]] = {
    type(None): "null",
    Truth: "boolean",
    Decimal: "number",
    Interval: "number",
    str: "string",
    list: "list",
    tuple: "list",
    datetime.date: "date",
    Range: "range",
    dict: "context",
    Mapping: "context",
}


def kind_of(value: Value) -> str:
    """The FEEL type of a value: number, boolean, string, date, range, list, context or null; or unknown.

    Raises TypeError for anything that is no Value: a Python int, float or bool among the facts is a
    programming error that must not pass for a quiet null.
    """
    kind = _KINDS.get(type(value))
    if kind is not None:
        return "unknown" if value is UNKNOWN else kind
    for known, name in _KINDS.items():  # a subclass
        if isinstance(value, known):
            return name
    raise TypeError(f"{value!r} is no FEEL value: numbers are Decimal, booleans are Truth")


def has_unknown(value: Value) -> bool:
    """Does the value, or anything inside it, stand for more than one concrete value?"""
    kind = type(value)
    if kind is Truth:
        return value is UNKNOWN
    if kind is Interval:
        return True
    if kind is Decimal or kind is str:
        return False
    match value:
        case list() | tuple():
            return any(has_unknown(item) for item in value)
        case Range():
            return has_unknown(value.low) or has_unknown(value.high)
        case Mapping():
            return any(has_unknown(item) for item in value.values())
    return False


def hull(left: Value, right: Value) -> Value:
    """The narrowest value that stands for both: itself if they agree, an interval for numbers, or UNKNOWN."""
    if left is right:
        return left
    if isinstance(left, NUMBER) and isinstance(right, NUMBER):
        (low, high), (other_low, other_high) = bounds(left), bounds(right)
        return interval(
            None if low is None or other_low is None else min(low, other_low),
            None if high is None or other_high is None else max(high, other_high),
        )
    if isinstance(left, (list, tuple)) and isinstance(right, (list, tuple)) and len(left) == len(right):
        return tuple(hull(a, b) for a, b in zip(left, right, strict=True))
    if kind_of(left) == kind_of(right) and left == right:
        return left
    return UNKNOWN


def to_json(value: Value) -> object:
    """The value as `json.dumps` takes it: numbers as numbers, UNKNOWN as {"unknown": true}.

    An interval is {"low", "high"} with null for an open end; dates are ISO strings; a range is its FEEL text.
    """
    match value:
        case None | str():
            return value
        case Truth.UNKNOWN:
            return {"unknown": True}
        case Truth():
            return value is Truth.TRUE
        case Decimal():
            whole = value == value.to_integral_value() and abs(value.adjusted()) < 40
            return int(value) if whole else float(value)
        case Interval():
            return {
                "low": None if value.low is None else to_json(value.low),
                "high": None if value.high is None else to_json(value.high),
            }
        case list() | tuple():
            return [to_json(item) for item in value]
        case datetime.date():
            return value.isoformat()
        case Range():
            return to_text(value)
        case Mapping():
            return {key: to_json(item) for key, item in value.items()}
    raise TypeError(f"{value!r} is no FEEL value")


def to_text(value: Value) -> str:
    """The value as FEEL writes it, `string()` of DMN 1.5, 10.3.4.1; UNKNOWN is written `unknown`."""
    match value:
        case None:
            return "null"
        case Truth():
            return value.value
        case Decimal():
            return decimal_text(value)
        case Interval():
            low, high = (None if end is None else decimal_text(end) for end in (value.low, value.high))
            return f"{low or '?'}..{high or '?'}"
        case str():
            return f'"{value}"'
        case list() | tuple():
            return f"[{', '.join(to_text(item) for item in value)}]"
        case datetime.date():
            return value.isoformat()
        case Range():
            if value.operator == "..":
                opening, closing = "[" if value.low_closed else "(", "]" if value.high_closed else ")"
                return f"{opening}{to_text(value.low)}..{to_text(value.high)}{closing}"
            return f"({value.operator} {to_text(value.low if value.high is None else value.high)})"
        case Mapping():
            return f"{{{', '.join(f'{key}: {to_text(item)}' for key, item in value.items())}}}"
    raise TypeError(f"{value!r} is no FEEL value")


def decimal_text(number: Decimal) -> str:
    """A number without exponent or trailing zeros."""
    text = f"{number:f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text in ("-0", "") else text
