"""The reasons of an outcome: each condition in words with both its sides, its clauses and its sign."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import Any

from estimator.evaluate import HOUSEHOLD, Scope, Stage, Verdict
from estimator.feel import Value
from estimator.frames import Frame, copied, frame
from estimator.model import Condition, Decision, Programme, Rule, Rulebook
from estimator.opened import open_facts
from estimator.plan import Plan, PlannedDecision, about_person
from estimator.rulebook import names_of
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
            "citations": list(planned.cited[planned.decision.id]),
        }
        for planned in verdict.open_when
    ]
    planned = verdict.planned
    if planned is None:
        return reasons
    truths = verdict.truths
    if verdict.open_when:  # documents tried one after another may share a condition
        ids = [condition.id for condition, _ in truths]
        truths = tuple([pair for place, pair in enumerate(truths) if ids.index(pair[0].id) == place])
    for condition, truth in truths:
        found = planned.frames.get((condition.id, truth))
        if found is None:
            found = planned.frames[condition.id, truth] = _frame(book, stage, planned, condition, truth)
        if found.same:
            reasons.append(found.again())
        elif found.of_person:
            reasons.append(_reason(book, stage, verdict.scope, condition, truth, subject, found))
        else:
            row = stage.reasons.get(id(found))
            if row is None:
                row = _reason(book, stage, verdict.scope, condition, truth, subject, found)
                stage.reasons[id(found)] = row
            reasons.append(copied(row, found.citations))
    return reasons


def _frame(
    book: Rulebook, stage: Stage, planned: PlannedDecision, condition: Condition, truth: Truth
) -> Frame:
    """What one condition says for one truth value, whoever the household is."""
    row = {
        "rule": condition.id,
        "truth": truth.value,
        "text": condition.words[truth.value],
        "left": None,
        "operator": condition.operator if condition.left is not None else None,
        "right": None,
    }
    citations = book.norms.on(condition.citations, stage.day, planned.decision.scope.norm)
    found = frame(row, tuple(citations), left=condition.left, right=condition.right)
    if truth is UNKNOWN and local_values_below(book, condition.expression.names):
        # What is said depends on how the local value is known.
        return replace(
            found, same=False, of_person=found.of_person or about_person(condition.expression.names)
        )
    return found


def _reason(
    book: Rulebook,
    stage: Stage,
    scope: Scope,
    condition: Condition,
    truth: Truth,
    subject: str,
    found: Frame,
) -> dict[str, Any]:
    if found.left is None or found.right is None:
        sides: dict[str, Value] = {}
        row = found.said(scope)
    else:
        sides = {"left": found.left.evaluate(scope), "right": found.right.evaluate(scope)}
        row = found.said(scope, sides)
        row["left"], row["right"] = shown(sides["left"]), shown(sides["right"])
    if truth is UNKNOWN and _turns_on_a_floor(book, stage, condition, subject):
        templates = (condition.words[truth.value], SENTENCES["may_be_raised"])
        row["text"] = worded(*templates, names=scope, sides=sides)
    return row


@cache
def local_values_below(book: Rulebook, names: frozenset[str]) -> frozenset[str]:
    """The local values that stand anywhere behind these names."""
    rest, seen = list(names), set(names)
    while rest:
        name = rest.pop()
        bare = name.removeprefix("members.").removeprefix("member.")
        rows: tuple[Rule, ...] = book.values.get(bare, ())
        if bare.startswith("likely."):
            rows = book.programmes[bare[7:]].decisions
        more = {one for row in rows for one in names_of(row)} - seen
        seen |= more
        rest += more
    return frozenset(name.removesuffix("_annual") for name in seen if name.startswith("standards."))


def _turns_on_a_floor(book: Rulebook, stage: Stage, condition: Condition, subject: str) -> bool:
    """Whether a local value known only as “at least” keeps the condition open."""
    floors = stage.floors & local_values_below(book, condition.expression.names)
    return bool(floors) and any(
        fact in floors for fact, _ in open_facts(book, stage, condition.expression, subject)
    )


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


def steps_of(plan: Plan, programme: Programme, scope: Scope) -> list[dict[str, Any]]:
    """What a person decides, what to bring, how long it takes; drafts are left out of every plan."""
    return [
        {**step.row, "citations": [*step.citations]} if step.same else step.said(scope)
        for step in plan.steps[programme.id]
        if step.when is None or step.when.evaluate(scope) is not Truth.FALSE
    ]
