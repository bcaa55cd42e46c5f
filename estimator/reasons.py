"""The reasons of an outcome: each condition in words with both its sides, its clauses and its sign."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, Final

from estimator.evaluate import Scope, Stage, Verdict
from estimator.feel import Interval, Value
from estimator.model import Condition, Programme, Rulebook
from estimator.opened import open_facts
from estimator.plan import Plan
from estimator.truth import UNKNOWN, Truth
from estimator.words import fill, shown

NO_RULE: Final = "本站的文件没有规定。请问当地民政部门。"
CONFLICT: Final = "说法不同，结果也不同。请问当地民政部门。"
MAY_BE_RAISED: Final = "标准可能已上调，请看最新公告。"


def reasons_of(
    book: Rulebook, stage: Stage, members: tuple[str, ...], verdict: Verdict, subject: str
) -> list[dict[str, Any]]:
    """One reason for each condition of a verdict, in the order of the table."""
    scope = verdict.scope
    reasons = [
        {
            "rule": planned.decision.id,
            "truth": Truth.UNKNOWN.value,
            "text": fill(planned.decision.when_text or planned.decision.text, scope),
            "left": None,
            "operator": None,
            "right": None,
            "citations": book.norms.on(planned.decision.citations, stage.day),
        }
        for planned in verdict.open_when
    ]
    for condition, truth in verdict.truths:
        reasons.append(_reason(book, stage, members, scope, condition, truth, subject))
    return reasons


def _reason(
    book: Rulebook,
    stage: Stage,
    members: tuple[str, ...],
    scope: Scope,
    condition: Condition,
    truth: Truth,
    subject: str,
) -> dict[str, Any]:
    left: Value = None
    right: Value = None
    if condition.left is not None and condition.right is not None:
        left, right = condition.left.evaluate(scope), condition.right.evaluate(scope)
    text = fill(condition.words[truth.value], _Names(scope, left, right))
    if truth is UNKNOWN and _turns_on_a_floor(book, stage, members, condition, subject):
        text += MAY_BE_RAISED
    return {
        "rule": condition.id,
        "truth": truth.value,
        "text": text,
        "left": shown(left),
        "operator": condition.operator if condition.left is not None else None,
        "right": shown(right),
        "citations": book.norms.on(condition.citations, stage.day),
    }


class _Names(dict[str, Value]):
    """The names of a scope with the two sides of a comparison among them."""

    def __init__(self, scope: Mapping[str, Value], left: Value, right: Value) -> None:
        super().__init__(scope)
        self["left"], self["right"] = left, right


def _turns_on_a_floor(
    book: Rulebook, stage: Stage, members: tuple[str, ...], condition: Condition, subject: str
) -> bool:
    """Whether a local value known only as “at least” keeps the condition open."""
    for fact, _ in open_facts(book, stage, members, condition.expression, subject):
        if fact.startswith("standards."):
            value = stage.scope.get(fact)
            if isinstance(value, Interval) and value.low is not None and value.low > 0:
                return True
    return False


def conflict_reason(book: Rulebook, day: date, one: Verdict, other: Verdict) -> dict[str, Any]:
    """Two documents say otherwise: both are named, and neither is preferred."""
    names: list[str] = []
    citations: list[str] = []
    for verdict in (one, other):
        if verdict.planned is not None:
            decision = verdict.planned.decision
            names.append(book.norms[decision.scope.norm].short)
            citations += book.norms.on(decision.citations, day)
    rule = one.planned.decision.id if one.planned is not None else "conflict"
    return {
        "rule": rule,
        "truth": UNKNOWN.value,
        "text": "和".join(f"《{name}》" for name in dict.fromkeys(names)) + CONFLICT,
        "left": None,
        "operator": None,
        "right": None,
        "citations": list(dict.fromkeys(citations)),
    }


def no_rule_reason() -> dict[str, Any]:
    """Neither layer speaks: that is no “no”."""
    return {
        "rule": "no_rule",
        "truth": UNKNOWN.value,
        "text": NO_RULE,
        "left": None,
        "operator": None,
        "right": None,
        "citations": [],
    }


def steps_of(book: Rulebook, programme: Programme, plan: Plan, scope: Scope) -> list[dict[str, Any]]:
    """What a person decides, what to bring, how long it takes; drafts are left out."""
    return [
        {
            "rule": step.id,
            "kind": step.kind,
            "text": fill(step.text, scope),
            "citations": book.norms.on(step.citations, plan.day),
        }
        for step in plan.steps[programme.id]
        if step.kind != "draft" and (step.when is None or step.when.evaluate(scope) is not Truth.FALSE)
    ]
