"""Finds, in what came out undecided, the facts nobody told on which it still turns."""

from __future__ import annotations

from collections.abc import Iterator

from estimator.evaluate import HOUSEHOLD, Stage
from estimator.feel import Expression
from estimator.feel.term import Node
from estimator.feel.values import has_unknown
from estimator.model import Rulebook
from estimator.truth import UNKNOWN

Open = tuple[str, str]  # (fact id, subject): the subject is a member's id, "household", or "place"


def open_facts(
    book: Rulebook, stage: Stage, members: tuple[str, ...], expression: Expression, subject: str
) -> Iterator[Open]:
    """The facts that keep an expression undecided for a subject, each as often as it stands in it."""
    scope = stage.scope if subject == HOUSEHOLD else stage.persons[subject]
    yield from _walk(book, stage, members, expression.explain(scope), subject)


def open_in_verdict(
    book: Rulebook, stage: Stage, members: tuple[str, ...], programme: str, subject: str
) -> Iterator[Open]:
    """The facts that keep a programme undecided for a subject under one reading."""
    verdict = stage.verdicts[programme, subject]
    if verdict.truth is not UNKNOWN:
        return
    for planned in verdict.open_when:
        if planned.decision.when is not None:
            yield from open_facts(book, stage, members, planned.decision.when, subject)
    for condition, truth in verdict.truths:
        if truth is UNKNOWN:
            yield from open_facts(book, stage, members, condition.expression, subject)


def _walk(book: Rulebook, stage: Stage, members: tuple[str, ...], node: Node, subject: str) -> Iterator[Open]:
    if not has_unknown(node.value):
        return
    if node.operator == "name":
        yield from _name(book, stage, members, node.text, subject)
        return
    for operand in node.operands:
        yield from _walk(book, stage, members, operand, subject)


def _name(book: Rulebook, stage: Stage, members: tuple[str, ...], name: str, subject: str) -> Iterator[Open]:
    if name.startswith("members."):
        bare = name[8:]
        if not members:
            yield "members", HOUSEHOLD
        for member in members:
            if has_unknown(stage.persons[member].get("member." + bare, UNKNOWN)):
                yield from _name(book, stage, members, "member." + bare, member)
        return
    if name == "size":
        yield "members", HOUSEHOLD
        return
    bare = name.removeprefix("member.")
    if bare.startswith("likely."):
        yield from open_in_verdict(book, stage, members, bare[7:], subject if bare != name else HOUSEHOLD)
        return
    row = stage.world.values.get(bare)
    if row is not None and name not in book.facts:
        yield from open_facts(book, stage, members, row.expression, subject if bare != name else HOUSEHOLD)
        return
    if name == "area":
        yield name, "place"
        return
    if name.startswith("standards."):
        yield name.removesuffix("_annual"), "place"
        return
    if name in book.facts:
        yield name, subject if name.startswith("member.") else HOUSEHOLD
