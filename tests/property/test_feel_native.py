"""The straight functions of an expression say what its closures say, told or not told, for every rule there is: its
value, and what keeps it undecided."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from estimator import default_rulebook
from estimator.feel import Expression, Value, compile_expression, interval, native, undecided
from estimator.feel.undecided import finder, look
from estimator.feel.values import has_unknown
from estimator.truth import UNKNOWN, Truth

SETTINGS = settings(
    max_examples=60, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow]
)
NUMBERS = st.sampled_from(
    [Decimal(text) for text in ("-1", "0", "1", "2", "17", "18", "60", "700.50", "1E+6140")]
)
ENDS = st.tuples(NUMBERS, NUMBERS).map(lambda pair: interval(min(pair), max(pair)))
HALF_OPEN = NUMBERS.map(lambda low: interval(low, None))
SINGLE: st.SearchStrategy[Value] = st.one_of(
    st.sampled_from(list(Truth)),
    NUMBERS,
    ENDS,
    HALF_OPEN,
    st.sampled_from(["none", "physical", "x"]),
    st.none(),
)
VALUES: st.SearchStrategy[Value] = st.one_of(
    SINGLE, st.lists(SINGLE, max_size=3), SINGLE.map(lambda one: (one,))
)


def expressions() -> list[Expression]:
    """Every expression of the rulebook, once."""
    found: dict[str, Expression] = {}
    for rule in default_rulebook().rules.values():
        for attribute in ("expression", "when", "left", "right"):
            one = getattr(rule, attribute, None)
            if one is not None:
                found[one.text] = one
    return list(found.values())


RULES = expressions()
SHAPES = [
    "a + b * 2 - c",
    "a / b",
    "a < b and b <= c or not(a = c)",
    "if a then b else c",
    "if a > b then (if b then 1 else c) else sum(l)",
    'a in [1..18) and b in ("none", "x")',
    'a in "x" or a in (1, < 5)',
    "max(a, b, c) >= min(a, 2)",
    "max(l) + min(l)",
    "any(l) and all(l) and not(any(l))",
    "[a, if b then c else null, 1]",
    "sum(for x in l return x + a)",
    "some x in l satisfies x > a",
    "count(l[item > a]) = b",
    'a != "x" and "x" = b',
    "-a * -b",
    "a.b = c.d or (a and b.c)",
    "not(a) or not(not(b))",
    "ceiling((if a then 2 else 1.3) * b / c)",
    "decimal(a / b, 2) > c or substring(b, a) = c",
    "if a < 1 then (if b then c else 1) else (for x in l return not(x))",
    "if (if a then b else c) > 1 then sum(l) + a else [b, c]",
]
COMPILED = [compile_expression(text) for text in SHAPES]


@SETTINGS
@given(st.data(), st.sampled_from(RULES))
def test_a_rule_says_the_same_both_ways(data: st.DataObject, rule: Expression) -> None:
    """Whatever the facts are, of the right kind or not."""
    scope = {name: data.draw(VALUES) for name in sorted(rule.names) if data.draw(st.integers(0, 9))}
    assert_same(rule, scope)


@settings(SETTINGS, max_examples=250)
@given(st.sampled_from(COMPILED), st.fixed_dictionaries({}, optional=dict.fromkeys("abcl", VALUES)))
def test_an_expression_says_the_same_both_ways(expression: Expression, scope: dict[str, Value]) -> None:
    assert_same(expression, scope)


@settings(SETTINGS, max_examples=150)
@given(
    st.sampled_from(COMPILED),
    st.fixed_dictionaries({**dict.fromkeys("abc", NUMBERS), "l": st.lists(NUMBERS, min_size=1, max_size=3)}),
)
def test_an_expression_of_known_numbers_says_the_same_both_ways(
    expression: Expression, scope: dict[str, Value]
) -> None:
    assert_same(expression, scope)


def assert_same(expression: Expression, scope: dict[str, Value]) -> None:
    found, meant = expression.evaluate(scope), expression.term.run(scope, ())
    assert type(found) is type(meant), expression.text
    assert repr(found) == repr(meant), expression.text
    if has_unknown(meant):
        assert finder(expression.term, expression.names)(scope) == look([], expression.term, scope), (
            expression.text
        )


def test_every_rule_says_the_same_of_a_household_of_which_nothing_is_told() -> None:
    for rule in RULES:
        assert_same(rule, {})
        assert_same(rule, dict.fromkeys(rule.names, UNKNOWN))
        assert_same(rule, dict.fromkeys(rule.names, Truth.TRUE))
        assert_same(rule, dict.fromkeys(rule.names, Decimal(1)))


def test_a_number_beyond_what_the_language_holds_is_null_both_ways() -> None:
    expression = compile_expression("if a * a > 1 then 1 else 2")
    assert_same(expression, {"a": Decimal("1E+4000")})
    assert_same(compile_expression("a * a"), {"a": Decimal("1E+4000")})
    assert compile_expression("a * a").evaluate({"a": Decimal("1E+4000")}) is None


def test_what_is_executed_holds_no_text_of_a_table() -> None:
    expression = compile_expression('a.secret = "x\\"); import os" or b')
    for source in (native.source, undecided.source):
        text, _ = source(expression.term, expression.names)
        assert "secret" not in text
        assert "import" not in text


def test_what_keeps_an_expression_open_is_named_with_the_comparison_around_it_and_how_it_is_turned() -> None:
    expression = compile_expression("not(a or b) and (if c then d > e + 1 else f)")
    told = {"b": Truth.FALSE, "e": Decimal(1)}
    assert finder(expression.term, expression.names)(told) == [
        ("a", "", False),
        ("c", "", None),
        ("d", "d > e + 1", None),
        ("f", "", None),
    ]
