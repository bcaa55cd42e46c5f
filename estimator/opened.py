"""Finds, in what came out undecided, the facts nobody told on which it still turns."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from estimator.evaluate import HOUSEHOLD, Open, Stage, Use
from estimator.feel import Expression
from estimator.feel.term import Node
from estimator.feel.values import has_unknown
from estimator.model import Rulebook
from estimator.truth import UNKNOWN


class Opener:
    """Walks the evaluated expressions of one stage down to the facts nobody told; each node once."""

    def __init__(self, book: Rulebook, stage: Stage) -> None:
        self.book, self.stage = book, stage

    def in_verdict(self, programme: str, subject: str) -> tuple[Use, ...]:
        """The facts that keep a programme undecided for a subject, and how they stand there."""
        key = (self.stage.world.signatures[f"likely.{programme}"], subject)
        found = self.stage.opened.get(key)
        if found is None:
            found = self.stage.opened[key] = tuple(dict.fromkeys(self._verdict(programme, subject)))
        return found

    def in_expression(self, expression: Expression, subject: str) -> Iterator[Use]:
        """The facts that keep an expression undecided for a subject."""
        scope = self.stage.scope if subject == HOUSEHOLD else self.stage.persons[subject]
        yield from self._node(expression.explain(scope), subject, "", True)

    def _verdict(self, programme: str, subject: str) -> Iterator[Use]:
        verdict = self.stage.verdicts[programme, subject]
        if verdict.truth is not UNKNOWN:
            return
        for planned in verdict.open_when:
            if planned.decision.when is not None:
                yield from turned(self.in_expression(planned.decision.when, subject), "", None)
        for condition, truth in verdict.truths:
            if truth is UNKNOWN:
                yield from self.in_expression(condition.expression, subject)

    def _value(self, name: str, subject: str) -> tuple[Use, ...]:
        key = (self.stage.world.signatures[name], subject)
        found = self.stage.opened.get(key)
        if found is None:
            row = self.stage.world.values[name]
            found = self.stage.opened[key] = tuple(dict.fromkeys(self.in_expression(row.expression, subject)))
        return found

    def _node(self, node: Node, subject: str, atom: str, way: bool | None) -> Iterator[Use]:
        if not has_unknown(node.value):
            return
        if node.operator == "name":
            yield from turned(self._name(node.text, subject), atom, way)
            return
        if node.operator in _TURNING:
            way = None if way is None else not way
        elif node.operator in _BOTH_WAYS:
            way = None
        elif node.operator not in _KEEPING and not atom:
            atom = node.text
        for operand in node.operands:
            yield from self._node(operand, subject, atom, way)

    def _name(self, name: str, subject: str) -> Iterator[Use]:
        if name.startswith("members."):
            own = "member." + name[8:]
            if not self.stage.members:
                yield ("members", HOUSEHOLD), name, True
            for member in self.stage.members:
                if has_unknown(self.stage.persons[member].get(own, UNKNOWN)):
                    yield from self._name(own, member)
            return
        bare = name.removeprefix("member.")
        below = subject if bare != name else HOUSEHOLD
        if bare.startswith("likely."):
            yield from self.in_verdict(bare[7:], below)
        elif name in self.book.facts:
            place = name == "area" or name.startswith("standards.")
            yield (name, "place" if place else below), name, True
        elif bare in self.stage.world.values:
            yield from self._value(bare, below)
        elif name == "size":
            yield ("members", HOUSEHOLD), name, True
        elif name.startswith("standards."):
            yield (name.removesuffix("_annual"), "place"), name, True


def turned(uses: Iterable[Use], atom: str, way: bool | None) -> Iterator[Use]:
    """The uses inside a larger expression: a comparison around them counts whole, a `not` turns them."""
    for fact, inner, own in uses:
        yield fact, atom or inner, None if way is None or own is None else own is way


_KEEPING = frozenset({"and", "or", "any", "all"})
_TURNING = frozenset({"not"})
_BOTH_WAYS = frozenset({"if"})


def open_in_verdict(book: Rulebook, stage: Stage, programme: str, subject: str) -> Iterator[Open]:
    """The facts that keep a programme undecided for a subject under one reading."""
    return (fact for fact, _, _ in Opener(book, stage).in_verdict(programme, subject))


def open_facts(book: Rulebook, stage: Stage, expression: Expression, subject: str) -> Iterator[Open]:
    """The facts that keep an expression undecided for a subject."""
    return (fact for fact, _, _ in Opener(book, stage).in_expression(expression, subject))


def turned_about(book: Rulebook, stage: Stage, programme: str, subject: str) -> tuple[Open, ...]:
    """The open facts that stand in a rule in more than one way, where Kleene's logic may be too weak.

    A fact that always stands the same way (the same comparison, never turned about) leaves it exact.
    """
    ways: dict[Open, set[tuple[str, bool | None]]] = {}
    for fact, atom, way in Opener(book, stage).in_verdict(programme, subject):
        ways.setdefault(fact, set()).add((atom, way))
    return tuple(
        fact for fact, found in ways.items() if len(found) > 1 or any(way is None for _, way in found)
    )
