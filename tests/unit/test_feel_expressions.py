"""Compiling, names, error messages, explanations and the JSON of values."""

from __future__ import annotations

import datetime
from decimal import Decimal

import pytest

from estimator.feel import (
    FeelNameError,
    FeelSyntaxError,
    Interval,
    Node,
    Value,
    compile_expression,
    interval,
    to_json,
    to_text,
)
from estimator.feel.batch import run_batch
from estimator.truth import UNKNOWN, Truth


@pytest.mark.parametrize(
    ("text", "line", "column", "message"),
    [
        ("pc < ", 1, 5, "ends too early"),
        ("pc < < std", 1, 6, "unexpected '<' (expected a value)"),
        ("pc std", 1, 4, "an operator is missing"),
        ("pc <\n 2 x", 2, 4, "unexpected 'x'"),
        ("(pc", 1, 4, "ends too early"),
        ('name = "abc', 1, 8, "the string has no end"),
        ("pc § 2", 1, 4, "unexpected character '§'"),
        ("if a then b", 1, 12, "ends too early"),
        ("1 + coutn([1])", 1, 5, "there is no function 'coutn' (near: count"),
        ("abs(n: 1, 2)", 1, 1, "name all arguments or none"),
        ("for a.b in [1] return 1", 1, 5, "cannot name a variable"),
        ("pc < 1e9999", 1, 6, "too large"),
        ('@"2021-13-01"', 1, 1, "is no date"),
        ("", 1, 1, "ends too early"),
        ("{a: 1}", 1, 1, "unexpected character '{'"),
        ("__import__(1)", 1, 1, "there is no function"),
    ],
)
def test_a_wrong_text_is_refused_with_its_line_and_column(
    text: str, line: int, column: int, message: str
) -> None:
    with pytest.raises(FeelSyntaxError) as caught:
        compile_expression(text)
    assert (caught.value.line, caught.value.column) == (line, column)
    assert message in caught.value.message
    assert str(caught.value).startswith(f"line {line}, column {column}: ")


def test_an_expression_nested_beyond_reason_is_refused() -> None:
    with pytest.raises(FeelSyntaxError, match="nested too deeply"):
        compile_expression("-" * 20_000 + "1")


def test_free_names_are_listed_and_a_dotted_path_is_one_name() -> None:
    text = "household.hukou_local and some m in members satisfies m.age > limit and partial(1)"
    with pytest.raises(FeelSyntaxError, match="no function 'partial'"):
        compile_expression(text)
    expression = compile_expression(text.removesuffix(" and partial(1)"))
    assert expression.names == {"household.hukou_local", "members", "limit"}
    assert compile_expression("members[age > limit and item.ill]").names == {"members", "age", "limit"}


def test_a_name_that_is_no_known_fact_is_refused_with_its_near_matches() -> None:
    known = ["dibao_standard", "household.hukou_local", "n"]
    assert compile_expression("n * dibao_standard", names=known).names <= set(known)
    with pytest.raises(FeelNameError, match="'dibao_standart' names no known fact") as caught:
        compile_expression("n * dibao_standart", names=known)
    assert caught.value.near == {"dibao_standart": ("dibao_standard",)}


SCOPE: dict[str, Value] = {
    "pc": Decimal("612.5"),
    "std": Decimal(730),
    "cash": interval(Decimal(0), None),
    "members": [{"age": Decimal(71), "ill": Truth.TRUE}, {"age": UNKNOWN}],
    "as_of": datetime.date(2026, 7, 1),
    "household.registered": Truth.TRUE,
}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("std - pc", Decimal("117.5")),
        ("nowhere < 1", UNKNOWN),
        ("pc < std or nowhere", Truth.TRUE),
        ("household.registered", Truth.TRUE),
        ("members[1].age", Decimal(71)),
        ("members[2].ill", UNKNOWN),
        ("members.age", (Decimal(71), UNKNOWN)),
        ("some m in members satisfies m.age >= 70", Truth.TRUE),
        ("every m in members satisfies m.age >= 70", UNKNOWN),
        ("members[age >= 70]", UNKNOWN),
        ("count(members)", Decimal(2)),
        ("sum(for m in members return if m.age >= 70 then 1 else 0) >= 1", Truth.TRUE),
        ("sum(for m in members return if m.age >= 70 then 1 else 0)", Interval(Decimal(1), Decimal(2))),
        ('as_of >= @"2021-07-01"', Truth.TRUE),
        ("cash + 1 >= 1", Truth.TRUE),
        ("min(cash, std)", Interval(Decimal(0), Decimal(730))),
        ("members[1][age > std]", ()),
        ("[cash] instance of list<number>", Truth.TRUE),
        ("cash in [-5..-1]", Truth.FALSE),
        ("nowhere = null", UNKNOWN),
        ("cash = null", Truth.FALSE),
        ("nowhere + null", None),
        ("upper case(nowhere)", UNKNOWN),
        ("append([nowhere], 1)", (UNKNOWN, Decimal(1))),
    ],
)
def test_facts_are_looked_up_and_what_is_not_told_is_carried_along(text: str, value: Value) -> None:
    assert compile_expression(text).evaluate(SCOPE) == value


@pytest.mark.parametrize("raw", [1, 1.5, True])
def test_a_python_number_or_bool_among_the_facts_is_a_programming_error(raw: object) -> None:
    scope: dict[str, object] = {"x": raw}
    with pytest.raises(TypeError, match="no FEEL value"):
        compile_expression("x = 1").evaluate(scope)  # type: ignore[arg-type]


def outline(node: Node) -> object:
    """Operator, value and operands, as nested tuples."""
    return (node.operator, to_json(node.value), *map(outline, node.operands))


def test_an_explained_comparison_carries_both_evaluated_sides() -> None:
    node = compile_expression("pc < 2 * std and not(nowhere)").explain(SCOPE)
    assert outline(node) == (
        "and",
        {"unknown": True},
        ("<", True, ("name", 612.5), ("*", 1460, ("literal", 2), ("name", 730))),
        ("not", {"unknown": True}, ("name", {"unknown": True})),
    )
    assert [operand.text for operand in node.operands] == ["pc < 2 * std", "not(nowhere)"]


def test_a_chain_of_and_or_or_is_explained_side_by_side() -> None:
    node = compile_expression("(a and b) and c and (d or e or f)").explain({})
    assert [operand.text for operand in node.operands] == ["a", "b", "c", "(d or e or f)"]
    assert len(node.operands[3].operands) == 3


def test_only_the_branch_that_counts_is_explained() -> None:
    node = compile_expression("if pc < std then 24 else 18").explain(SCOPE)
    assert [operand.text for operand in node.operands] == ["pc < std", "24"]
    open_node = compile_expression("if nowhere then 24 else 18").explain(SCOPE)
    assert [operand.text for operand in open_node.operands] == ["nowhere", "24", "18"]
    assert open_node.value == Interval(Decimal(18), Decimal(24))


def test_an_explained_iteration_has_one_operand_for_each_round() -> None:
    node = compile_expression("some m in members satisfies m.age >= 70").explain(SCOPE)
    assert [to_json(operand.value) for operand in node.operands] == [True, {"unknown": True}]
    filtered = compile_expression("members[age >= 70]").explain(SCOPE)
    assert [operand.text for operand in filtered.operands] == ["members", "age >= 70", "age >= 70"]


@pytest.mark.parametrize(
    ("value", "json"),
    [
        (Decimal("660.00"), 660),
        (Decimal("0.005"), 0.005),
        (Decimal("-0"), 0),
        (Truth.TRUE, True),
        (UNKNOWN, {"unknown": True}),
        (None, None),
        ("低保", "低保"),
        ((Decimal(1), None, UNKNOWN), [1, None, {"unknown": True}]),
        (Interval(Decimal(1), None), {"low": 1, "high": None}),
        (datetime.date(2026, 7, 1), "2026-07-01"),
        ({"a": Decimal(1)}, {"a": 1}),
    ],
)
def test_values_become_json(value: Value, json: object) -> None:
    result = to_json(value)
    assert result == json
    assert type(result) is type(json)


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("[1..5)", "[1..5)"),
        ("(>= 3)", "(>= 3)"),
        ('["a", null, true, 1.50]', '["a", null, true, 1.5]'),
        ("cash", "0..?"),
        ("members[1]", "{age: 71, ill: true}"),
        ("as_of", "2026-07-01"),
    ],
)
def test_values_are_written_as_feel(text: str, written: str) -> None:
    assert to_text(compile_expression(text).evaluate(SCOPE)) == written


def test_an_interval_with_one_number_left_is_that_number_and_an_empty_one_is_refused() -> None:
    assert interval(Decimal("1.0"), Decimal(1)) == Decimal(1)
    assert interval(None, Decimal(1)) == Interval(None, Decimal(1))
    with pytest.raises(ValueError, match="cannot reach"):
        interval(Decimal(2), Decimal(1))


def test_a_batch_keeps_ids_and_order_and_a_syntax_error_is_the_value_of_its_case_only() -> None:
    cases = [{"id": "a", "expr": "1 + 1"}, {"id": "b", "expr": "1 +"}, {"id": 3}, {"id": "d", "expr": "null"}]
    assert run_batch(cases) == [
        {"id": "a", "value": 2},
        {"id": "b", "value": {"error": "line 1, column 4: the expression ends too early"}},
        {"id": 3, "value": {"error": "expr is not a string"}},
        {"id": "d", "value": None},
    ]
