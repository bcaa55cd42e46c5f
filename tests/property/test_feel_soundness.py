"""What is computed from the little that was told holds for everything that could still be told."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from estimator.feel import FeelSyntaxError, Value, compile_expression, interval
from estimator.truth import UNKNOWN, Truth
from tests.support.feel_left_open import stands_for

NUMBERS = ("a", "b", "c")
TRUTHS = ("p", "q")

numbers = st.integers(-8, 8).map(Decimal) | st.sampled_from(["0.5", "-2.5", "3.33", "1000"]).map(Decimal)
truths = st.sampled_from([Truth.TRUE, Truth.FALSE])
anything = st.one_of(numbers, truths, st.none(), st.sampled_from(["", "x"]))


@st.composite
def told_and_true(draw: st.DrawFn, true: st.SearchStrategy[Value]) -> tuple[Value, Value]:
    """What is told of a fact, and a value it may have in truth."""
    match draw(st.integers(0, 3)):
        case 0:
            return UNKNOWN, draw(anything)
        case 1:
            value = draw(true)
            return value, value
    value = draw(true)
    if not isinstance(value, Decimal):
        return UNKNOWN, value
    low = draw(st.none() | st.integers(0, 4).map(lambda below: value - below))
    high = draw(st.none() | st.integers(0, 4).map(lambda above: value + above))
    return interval(low, high), value


@st.composite
def households(draw: st.DrawFn) -> tuple[dict[str, Value], dict[str, Value]]:
    """The same facts as told and in truth."""
    told: dict[str, Value] = {}
    true: dict[str, Value] = {}
    for name in NUMBERS:
        told[name], true[name] = draw(told_and_true(numbers))
    for name in TRUTHS:
        told[name], true[name] = draw(told_and_true(truths))
    pairs = draw(st.lists(told_and_true(numbers), max_size=3))
    told["l"], true["l"] = tuple(pair[0] for pair in pairs), tuple(pair[1] for pair in pairs)
    members = draw(st.lists(st.tuples(told_and_true(numbers), told_and_true(truths)), max_size=3))
    told["m"] = tuple({"age": age[0], "ill": ill[0]} for age, ill in members)
    true["m"] = tuple({"age": age[1], "ill": ill[1]} for age, ill in members)
    return told, true


def _number(inner: st.SearchStrategy[str], truth: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    several = st.lists(inner, min_size=1, max_size=3).map(", ".join)
    return st.one_of(
        st.builds("({} {} {})".format, inner, st.sampled_from(["+", "-", "*", "/"]), inner),
        st.builds("({} ** {})".format, inner, st.sampled_from(["2", "3", "1", "a"])),
        st.builds("-({})".format, inner),
        st.builds(
            "{}({})".format,
            st.sampled_from(["min", "max", "sum", "mean", "median", "product", "abs", "floor", "sqrt"]),
            several,
        ),
        st.builds("{}({}, 1)".format, st.sampled_from(["decimal", "round up", "round half down"]), inner),
        st.builds("modulo({}, {})".format, inner, inner),
        st.builds("(if {} then {} else {})".format, truth, inner, inner),
        st.builds("[{}][{}]".format, several, inner),
        st.builds("sum(for x in l return if x > {} then x else {})".format, inner, inner),
        st.builds("count(l[item > {}])".format, inner),
        st.builds("count(m[ill and age > {}])".format, inner),
        st.builds("{}(for x in m return x.age + {})".format, st.sampled_from(["min", "max", "sum"]), inner),
        st.builds("(for x in l return {} + sum(partial))[-1]".format, inner),
    )


def _truth(inner: st.SearchStrategy[str], number: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    several = st.lists(inner, min_size=1, max_size=3).map(", ".join)
    word = st.sampled_from(["some", "every"])
    return st.one_of(
        st.builds("({} {} {})".format, inner, st.sampled_from(["and", "or", "=", "!="]), inner),
        st.builds("not({})".format, inner),
        st.builds("{}({})".format, st.sampled_from(["all", "any"]), several),
        st.builds("({} {} {})".format, number, st.sampled_from(["<", "<=", "=", "!=", ">", ">="]), number),
        st.builds("({} between {} and {})".format, number, number, number),
        st.builds("({} in [{}..{}))".format, number, number, number),
        st.builds("({} in ({}, < {}))".format, number, number, number),
        st.builds("({} in [{}, 1, null])".format, number, number),
        st.builds("(l = [{}, 2])".format, number),
        st.builds("list contains(l, {})".format, number),
        st.builds("({} = null)".format, number | inner),
        st.builds("({} instance of number)".format, number),
        st.builds("({} x in l satisfies x <= {})".format, word, number),
        st.builds("({} x in m satisfies x.ill and x.age < {})".format, word, number),
        st.builds("(if {} then {} else {})".format, inner, inner, inner),
    )


number_texts = st.sampled_from([*NUMBERS, "2", "-1", "0", "null"])
truth_texts = st.sampled_from([*TRUTHS, "true", "null"])
for _ in range(2):
    number_texts, truth_texts = (
        number_texts | _number(number_texts, truth_texts),
        truth_texts | _truth(truth_texts, number_texts),
    )
list_texts = st.one_of(
    st.builds("[{}, {}]".format, number_texts, truth_texts),
    st.builds("l[item > {}]".format, number_texts),
    st.builds("append(l, {})".format, number_texts),
    st.builds("(for x in l return {} * x)".format, number_texts),
    st.builds("reverse(l)[{}]".format, truth_texts),
    st.builds("m[{}].age".format, truth_texts),
    st.builds("insert before(l, {}, 9)".format, number_texts),
    st.builds("distinct values(l)".format),
)
texts = number_texts | truth_texts | list_texts


@settings(max_examples=400, deadline=None)
@given(texts, st.lists(households(), min_size=1, max_size=4))
def test_every_completion_of_the_facts_gives_a_result_that_was_left_open(
    text: str, cases: list[tuple[dict[str, Value], dict[str, Value]]]
) -> None:
    expression = compile_expression(text)
    for told, true in cases:
        before, after = expression.evaluate(told), expression.evaluate(true)
        assert stands_for(before, after), f"{text}: {before} does not stand for {after}"


@settings(max_examples=150, deadline=None)
@given(texts, households())
def test_the_explained_tree_ends_in_the_evaluated_value(
    text: str, case: tuple[dict[str, Value], dict[str, Value]]
) -> None:
    expression = compile_expression(text)
    node = expression.explain(case[0])
    assert node.value == expression.evaluate(case[0])
    assert node.text.strip("()") in text


WORDS = """
    a 1 .5 ( ) [ ] .. , + - * / ** < = != and or not in between if then else for return some satisfies
    null true "x" min count instance of list<number> @ . : n: // \\ 低保
"""
words = st.sampled_from(WORDS.split())


@settings(max_examples=800, deadline=None)
@given(st.lists(words, max_size=9).map(" ".join) | st.text(max_size=12))
def test_any_text_either_compiles_and_evaluates_or_says_where_it_is_wrong(text: str) -> None:
    try:
        expression = compile_expression(text)
    except FeelSyntaxError as error:
        place = (error.line, error.column)
    else:
        place = (1, 1)
        expression.evaluate({})
        expression.explain({"a": interval(Decimal(1), Decimal(2))})
    assert min(place) >= 1
