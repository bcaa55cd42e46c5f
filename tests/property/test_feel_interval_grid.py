"""Every operation on every small interval against the numbers inside: the ends are where bounds go wrong."""

from __future__ import annotations

from decimal import Decimal
from itertools import product

import pytest

from estimator.feel import Interval, Value, compile_expression, interval
from estimator.truth import UNKNOWN, Truth
from tests.support.feel_left_open import stands_for

ENDS = [Decimal(end) for end in (-2, -1, 0, 1, 2)]
INSIDE = sorted({*ENDS, *map(Decimal, ("-3", "-1.5", "-0.5", "0.5", "1.5", "3"))})
INTERVALS: list[Value] = [
    interval(low, high)
    for low, high in product([None, *ENDS], [*ENDS, None])
    if low is None or high is None or low <= high
]
BINARY = ["a + b", "a - b", "a * b", "a / b", "a < b", "a <= b", "a > b", "a >= b", "a = b", "a != b"]
BINARY += [
    "min(a, b)",
    "max(a, b)",
    "mean(a, b)",
    "a in [b..1]",
    "a in (-1..b)",
    "1 between a and b",
    "modulo(a, b)",
]
BINARY += [
    "median(a, b, 0)",
    "median(a, b)",
    "product(a, b)",
    "if a < b then a else 1 - b",
    "list contains([a, 0], b)",
]
UNARY = ["-a", "abs(a)", "a ** 2", "a ** 3", "a * a", "sqrt(a)", "floor(a)", "ceiling(a)", "exp(a)", "log(a)"]
UNARY += [
    "decimal(a, 0)",
    "round up(a, 0)",
    "round half down(a, 0)",
    "1 / a",
    "a ** -1",
    "[1, 2][a]",
    "[a] = [1]",
]
UNARY += [
    "a = null",
    "[1, 2][item > a]",
    "for i in 0..a return i",
    "count([1, 2][a > 0])",
    "a instance of number",
]


def numbers_in(told: Value) -> list[Decimal]:
    """The sample numbers that an interval, or a known number, leaves open."""
    if not isinstance(told, Interval):
        return [told] if isinstance(told, Decimal) else []
    return [
        number
        for number in INSIDE
        if (told.low is None or told.low <= number) and (told.high is None or number <= told.high)
    ]


@pytest.mark.parametrize("text", UNARY)
def test_an_operation_on_an_interval_stands_for_it_on_every_number_inside(text: str) -> None:
    expression = compile_expression(text)
    for told in INTERVALS:
        result = expression.evaluate({"a": told})
        for number in numbers_in(told):
            true = expression.evaluate({"a": number})
            assert stands_for(result, true), f"{text} of {told} is {result}, but of {number} it is {true}"


@pytest.mark.parametrize("text", BINARY)
def test_an_operation_on_two_intervals_stands_for_it_on_every_pair_of_numbers_inside(text: str) -> None:
    expression = compile_expression(text)
    known = {(a, b): expression.evaluate({"a": a, "b": b}) for a, b in product(INSIDE, INSIDE)}
    for first, second in product(INTERVALS, INTERVALS):
        result = expression.evaluate({"a": first, "b": second})
        for pair in product(numbers_in(first), numbers_in(second)):
            assert stands_for(result, known[pair]), (
                f"{text} of {first} and {second} is {result}, but of {pair} it is {known[pair]}"
            )


@pytest.mark.parametrize(
    ("text", "a", "b", "told"),
    [
        ("a < b", interval(None, Decimal(1)), Decimal(2), Truth.TRUE),
        ("a < b", interval(Decimal(2), None), Decimal(2), Truth.FALSE),
        ("a <= b", interval(None, Decimal(2)), Decimal(2), Truth.TRUE),
        ("a >= b", interval(Decimal(2), None), Decimal(2), Truth.TRUE),
        ("a = b", interval(Decimal(3), None), Decimal(2), Truth.FALSE),
        ("a - b", interval(Decimal(0), Decimal(1)), interval(Decimal(0), None), Interval(None, Decimal(1))),
        ("max(a - b, 0)", Decimal(730), interval(Decimal(0), None), Interval(Decimal(0), Decimal(730))),
        ("a * b", interval(Decimal(0), None), Decimal(0), Decimal(0)),
        ("a / b", Decimal(6), interval(Decimal(1), Decimal(3)), Interval(Decimal(2), Decimal(6))),
        ("a / b", Decimal(6), interval(Decimal(0), Decimal(3)), UNKNOWN),
        ("if a > 0 then 24 else 18", interval(Decimal(0), None), UNKNOWN, Interval(Decimal(18), Decimal(24))),
        ("if a > 0 then 18 else 18", UNKNOWN, UNKNOWN, Decimal(18)),
        ("median(a, b, 5)", interval(Decimal(1), Decimal(2)), Decimal(9), Decimal(5)),
        ("sqrt(a)", interval(Decimal(4), Decimal(9)), UNKNOWN, Interval(Decimal(2), Decimal(3))),
        ("[a, b] = [1, 2]", interval(Decimal(4), None), UNKNOWN, Truth.FALSE),
        ("a ** 2", interval(None, None), UNKNOWN, Interval(Decimal(0), None)),
    ],
)
def test_what_is_decided_is_not_left_open(text: str, a: Value, b: Value, told: Value) -> None:
    assert compile_expression(text).evaluate({"a": a, "b": b}) == told
