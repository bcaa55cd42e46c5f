"""The smallest single change that would turn a no into a yes: information, never advice."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any, Final

from estimator.evaluate import as_truth
from estimator.exact import values_of
from estimator.feel import Value
from estimator.model import Condition, FactSpec, Rulebook
from estimator.outcomes import CaseOutcome
from estimator.truth import Truth
from estimator.words import said, shown

_ONLY_TO_KNOW: Final = "这只是说明，请照实填写。"


def smallest_change(book: Rulebook, lead: CaseOutcome, subject: str) -> dict[str, Any] | None:
    """The one told fact or sum on which alone the no rests; None where more stand in the way."""
    if lead.verdict.open_when:
        return None
    failing = [condition for condition, truth in lead.verdict.truths if truth is Truth.FALSE]
    if len(failing) != 1 or any(truth is Truth.UNKNOWN for _, truth in lead.verdict.truths):
        return None
    return next(_flips(book, lead, failing[0]), None) or _by_sum(lead, failing[0])


def _flips(book: Rulebook, lead: CaseOutcome, failing: Condition) -> Iterator[dict[str, Any]]:
    """The facts named by the condition that turn it, with no other condition turned against it."""
    scope = lead.verdict.scope
    for name in sorted(failing.expression.names):
        spec = book.facts.get(name)
        told = scope.get(name)
        for value in values_of(spec) if spec is not None and isinstance(told, (Truth, str)) else ():
            if value == told:
                continue
            changed = {**scope, name: value}
            if all(
                as_truth(condition.expression.evaluate(changed)) is Truth.TRUE
                for condition, _ in lead.verdict.truths
            ):
                yield {
                    "fact": name,
                    "from": shown(told),
                    "to": shown(value),
                    "text": _turned(spec, value) if spec is not None else "",
                }


def _turned(spec: FactSpec, value: Value) -> str:
    answer = spec.options.get(value, value) if isinstance(value, str) else said(value)
    return f"“{spec.question}”如果是“{answer}”，结果会不同。{_ONLY_TO_KNOW}"


def _by_sum(lead: CaseOutcome, failing: Condition) -> dict[str, Any] | None:
    """Where a number stands on the wrong side of a line: how far."""
    if failing.left is None or failing.right is None:
        return None
    left, right = failing.left.evaluate(lead.verdict.scope), failing.right.evaluate(lead.verdict.scope)
    if not isinstance(left, Decimal) or not isinstance(right, Decimal):
        return None
    gap = abs(left - right)
    if gap == 0:
        text = f"正好等于标准 {said(right)} 元。规定要求{_SIDES[failing.operator or '=']}标准。"
    else:
        text = f"现在是 {said(left)}，界线是 {said(right)}，相差 {said(gap)}。"
    return {
        "fact": failing.left.text,
        "from": shown(left),
        "to": f"{failing.operator} {shown(right)}",
        "text": text + _ONLY_TO_KNOW,
    }


_SIDES: Final = {"<": "低于", ">": "高于", "<=": "不超过", ">=": "不低于", "=": "等于", "!=": "不等于"}
