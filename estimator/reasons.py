"""The reasons of an outcome: each condition in words with both its sides, its clauses and its sign."""

from __future__ import annotations

from typing import Any

from estimator.evaluate import HOUSEHOLD, Scope, Stage, Verdict
from estimator.feel import Interval, Value
from estimator.model import Condition, Decision, Programme, Rulebook
from estimator.opened import open_facts
from estimator.plan import Plan
from estimator.truth import UNKNOWN, Truth
from estimator.words import SENTENCES, shown, worded


def reasons_of(book: Rulebook, stage: Stage, verdict: Verdict, subject: str) -> list[dict[str, Any]]:
    """One reason for each condition of a verdict, in the order of the table."""
    reasons = [
        {
            "rule": planned.decision.id,
            "truth": Truth.UNKNOWN.value,
            "text": worded(planned.decision.when_text or planned.decision.text, names=verdict.scope),
            "left": None,
            "operator": None,
            "right": None,
            "citations": book.norms.on(planned.decision.citations, stage.day),
        }
        for planned in verdict.open_when
    ]
    seen: set[str] = set()
    speaks = verdict.planned.decision.scope.norm if verdict.planned is not None else None
    for condition, truth in verdict.truths:
        if condition.id not in seen:
            seen.add(condition.id)
            reasons.append(_reason(book, stage, verdict.scope, condition, truth, subject, speaks))
    return reasons


def _reason(
    book: Rulebook,
    stage: Stage,
    scope: Scope,
    condition: Condition,
    truth: Truth,
    subject: str,
    speaks: str | None,
) -> dict[str, Any]:
    sides: dict[str, Value] = {}
    if condition.left is not None and condition.right is not None:
        sides = {"left": condition.left.evaluate(scope), "right": condition.right.evaluate(scope)}
    templates = [condition.words[truth.value]]
    if truth is UNKNOWN and _turns_on_a_floor(book, stage, condition, subject):
        templates.append(SENTENCES["may_be_raised"])
    return {
        "rule": condition.id,
        "truth": truth.value,
        "text": worded(*templates, names=scope, sides=sides),
        "left": shown(sides["left"]) if sides else None,
        "operator": condition.operator if sides else None,
        "right": shown(sides["right"]) if sides else None,
        "citations": book.norms.on(condition.citations, stage.day, speaks),
    }


def _turns_on_a_floor(book: Rulebook, stage: Stage, condition: Condition, subject: str) -> bool:
    """Whether a local value known only as “at least” keeps the condition open."""
    for fact, _ in open_facts(book, stage, condition.expression, subject):
        if fact.startswith("standards."):
            value = stage.scope.get(fact)
            if isinstance(value, Interval) and value.low is not None and value.low > 0:
                return True
    return False


def conflict_reason(
    book: Rulebook, one: tuple[Verdict, Stage], other: tuple[Verdict, Stage], subject: str
) -> dict[str, Any]:
    """Two documents say otherwise: both are named, and neither is preferred."""
    decisions = _deciding(book, one, other, subject)
    names = [book.norms[decision.scope.norm].short for decision in decisions]
    documents: Value = [f"《{name}》" for name in dict.fromkeys(names)]
    cited = [clause for decision in decisions for clause in book.norms.on(decision.citations, one[1].day)]
    return {
        "rule": decisions[0].id,
        "truth": UNKNOWN.value,
        "text": worded(SENTENCES["conflict"], names={"documents": documents}),
        "left": None,
        "operator": None,
        "right": None,
        "citations": list(dict.fromkeys(cited)),
    }


def _deciding(
    book: Rulebook, one: tuple[Verdict, Stage], other: tuple[Verdict, Stage], subject: str
) -> list[Decision]:
    """The decisions of the two readings; where one document made both, those of the programmes it builds on."""
    pairs = [(one[0], other[0])]
    for programme in book.programmes.values():
        key = (programme.id, subject if programme.subject == "member" else HOUSEHOLD)
        if key in one[1].verdicts and key in other[1].verdicts:
            pairs.append((one[1].verdicts[key], other[1].verdicts[key]))
    for mine, theirs in pairs:
        found = [verdict.planned.decision for verdict in (mine, theirs) if verdict.planned is not None]
        if len({decision.scope.norm for decision in found}) == 2 and mine.truth is not theirs.truth:
            return found
    return [verdict.planned.decision for verdict in pairs[0] if verdict.planned is not None]


def no_rule_reason() -> dict[str, Any]:
    """Neither layer speaks: that is no “no”."""
    return {
        "rule": "no_rule",
        "truth": UNKNOWN.value,
        "text": worded(SENTENCES["no_rule"], names={}),
        "left": None,
        "operator": None,
        "right": None,
        "citations": [],
    }


def steps_of(book: Rulebook, programme: Programme, plan: Plan, scope: Scope) -> list[dict[str, Any]]:
    """What a person decides, what to bring, how long it takes; drafts are left out of every plan."""
    return [
        {
            "rule": step.id,
            "kind": step.kind,
            "text": worded(step.text, names=scope),
            "citations": list(citations),
        }
        for step, citations in plan.steps[programme.id]
        if step.when is None or step.when.evaluate(scope) is not Truth.FALSE
    ]
