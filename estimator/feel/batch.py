"""Many expressions in one call, for `python -m estimator feel --batch`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from estimator.feel.errors import FeelSyntaxError
from estimator.feel.expression import compile_expression
from estimator.feel.values import to_json


def run_batch(cases: Sequence[Mapping[str, object]]) -> list[dict[str, object]]:
    """For each `{id, expr}` its `{id, value}`, its value as `to_json` gives it, or `{"error": …}`."""
    return [{"id": case.get("id"), "value": value_of(case.get("expr"))} for case in cases]


def value_of(text: object) -> object:
    """The JSON value of one expression without facts, or `{"error": …}` with line and column."""
    if not isinstance(text, str):
        return {"error": "expr is not a string"}
    try:
        return to_json(compile_expression(text).evaluate({}))
    except FeelSyntaxError as error:
        return {"error": str(error)}
