"""Finds, in what came out undecided, the facts nobody told on which it still turns."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from itertools import chain
from typing import Final, NamedTuple

from estimator.evaluate import HOUSEHOLD, Open, Scope, Stage, Use
from estimator.feel import Expression
from estimator.feel.comparison import TRUE
from estimator.feel.term import Node, Term
from estimator.feel.values import has_unknown
from estimator.model import Rulebook
from estimator.plan import about_person
from estimator.truth import UNKNOWN

_KEEPING: Final = frozenset({"and", "or", "any", "all"})
_NOBODY: Final = (("members", HOUSEHOLD),)
# What was found so far, by how it stands; the facts in order and once each.
_Found = dict[tuple[str, bool | None], tuple[Open, ...]]


class _Part(NamedTuple):
    """A term as it is looked through for what is open: its parts, and how a fact in it stands.

    `atom` is the comparison around it, `way` whether it is turned about; both are the same for every household.
    """

    term: Term
    atom: str
    way: bool | None
    parts: tuple[_Part, ...]


@cache
def _part(term: Term, atom: str = "", way: bool | None = True) -> _Part:
    if term.operator != "name":
        atom, way = _inside(term.operator, term.text, atom, way)
    operands = [operand for operand in term.operands if operand.operator != "literal"]
    return _Part(term, atom, way, tuple([_part(operand, atom, way) for operand in operands]))


def _inside(operator: str, text: str, atom: str, way: bool | None) -> tuple[str, bool | None]:
    """How the parts of a term stand: the comparison around them, and whether they are turned about."""
    if operator == "not":
        return atom, None if way is None else not way
    if operator == "if":
        return atom, None
    return atom if operator in _KEEPING else atom or text, way


class Opener:
    """Walks the expressions of one stage down to the facts nobody told; each expression and each node once."""

    def __init__(self, book: Rulebook, stage: Stage) -> None:
        self.facts, self.stage, self.values = book.facts, stage, stage.world.values
        self.signatures, self.known = stage.world.signatures, stage.opened

    def in_verdict(self, programme: str, subject: str) -> tuple[Use, ...]:
        """The facts that keep a programme undecided for a subject, and how they stand there."""
        key = (self.signatures[f"likely.{programme}"], subject)
        uses = self.known.get(key)
        if uses is None:
            found: list[Use] = []
            verdict = self.stage.verdicts[programme, subject]
            if verdict.truth is UNKNOWN:
                for planned in verdict.open_when:
                    if planned.decision.when is not None:
                        inner = self.in_expression(planned.decision.when, subject)
                        found += [((atom, None), facts) for (atom, _), facts in inner]
                for condition, truth in verdict.truths:
                    if truth is UNKNOWN:
                        found += self.in_expression(condition.expression, subject, sure=True)
            uses = self.known[key] = tuple(found)
        return uses

    def in_expression(self, expression: Expression, subject: str, *, sure: bool = False) -> tuple[Use, ...]:
        """The facts that keep an expression undecided for a subject; `sure` where it is known to be undecided."""
        if subject != HOUSEHOLD and not about_person(expression.names):
            subject = HOUSEHOLD  # the same for everybody: found once
        key = (id(self.stage.world), expression.text, subject)
        uses = self.known.get(key)
        if uses is None:
            scope = self.stage.scope if subject == HOUSEHOLD else self.stage.persons[subject]
            found: _Found = {}
            if sure or has_unknown(expression.evaluate(scope)):
                self._look(found, _part(expression.term), scope, subject)
            uses = self.known[key] = tuple(found.items())
        return uses

    def _in_value(self, name: str, subject: str) -> tuple[Use, ...]:
        key = (self.signatures[name], subject)
        uses = self.known.get(key)
        if uses is None:
            uses = self.in_expression(self.values[name].expression, subject, sure=True)
            self.known[key] = uses
        return uses

    def _look(self, found: _Found, part: _Part, scope: Scope, subject: str) -> None:
        """What is open below a term that is not decided itself."""
        term, atom, way, parts = part
        if term.operator == "name":
            self._name(found, term.text, subject, atom, way)
        elif term.operator == "if":
            self._choice(found, part, scope, subject)
        elif term.trace is not None:  # it has variables
            for node in term.trace(scope, ()):
                self._node(found, node, subject, atom, way)
        else:
            for inner in parts:
                value = inner.term.run(scope, ())
                if value is UNKNOWN or has_unknown(value):
                    if inner.term.operator == "name":
                        self._name(found, inner.term.text, subject, atom, way)
                    else:
                        self._look(found, inner, scope, subject)

    def _choice(self, found: _Found, part: _Part, scope: Scope, subject: str) -> None:
        """An `if`: the branch that is taken, or both where its condition is open."""
        condition, yes, no = part.term.operands
        test = condition.run(scope, ())
        taken = (condition, yes, no) if test is UNKNOWN else (yes,) if test is TRUE else (no,)
        for term in taken:
            if has_unknown(term.run(scope, ())):
                self._look(found, _part(term, part.atom, part.way), scope, subject)

    def _node(self, found: _Found, node: Node, subject: str, atom: str, way: bool | None) -> None:
        if not has_unknown(node.value):
            return
        if node.operator == "name":
            self._name(found, node.text, subject, atom, way)
            return
        atom, way = _inside(node.operator, node.text, atom, way)
        for operand in node.operands:
            self._node(found, operand, subject, atom, way)

    def _name(self, found: _Found, name: str, subject: str, atom: str, way: bool | None) -> None:
        if name in self.facts:
            level = self.facts[name].level
            below = subject if level == "member" else "household" if level == "household" else "place"
            _fact(found, (name, below), atom or name, way)
            return
        if name.startswith("members."):
            own = "member." + name[8:]
            if not self.stage.members:
                _add(found, (((name, True), _NOBODY),), atom, way)
            for member in self.stage.members:
                if has_unknown(self.stage.persons[member].get(own, UNKNOWN)):
                    self._name(found, own, member, atom, way)
            return
        bare = name.removeprefix("member.")
        below = subject if bare != name else HOUSEHOLD
        if bare.startswith("likely."):
            _add(found, self.in_verdict(bare[7:], below), atom, way)
        elif bare in self.values:
            _add(found, self._in_value(bare, below), atom, way)
        elif name == "size":
            _add(found, (((name, True), _NOBODY),), atom, way)
        elif name.startswith("standards."):
            _fact(found, (name.removesuffix("_annual"), "place"), atom or name, way)


def _fact(found: _Found, fact: Open, atom: str, way: bool | None) -> None:
    there = found.get((atom, way))
    if there is None:
        found[atom, way] = (fact,)
    elif fact not in there:
        found[atom, way] = (*there, fact)


def _add(found: _Found, uses: tuple[Use, ...], atom: str, way: bool | None) -> None:
    """The uses inside a larger expression: a comparison around them counts whole, a `not` turns them."""
    as_it_is = not atom and way is True
    for how, facts in uses:
        if not as_it_is:
            inner, own = how
            how = (atom or inner, None if way is None or own is None else own is way)
        there = found.setdefault(how, facts)
        if there is not facts:
            found[how] = tuple(dict.fromkeys(there + facts))


def open_in_verdict(book: Rulebook, stage: Stage, programme: str, subject: str) -> tuple[Open, ...]:
    """The facts that keep a programme undecided for a subject under one reading, once each."""
    key = ("facts", stage.world.signatures[f"likely.{programme}"], subject)
    known = stage.opened.get(key)
    if known is None:
        uses = Opener(book, stage).in_verdict(programme, subject)
        all_facts = tuple(dict.fromkeys(chain.from_iterable([facts for _, facts in uses])))
        known = stage.opened[key] = ((("", True), all_facts),)
    return known[0][1]


def open_facts(book: Rulebook, stage: Stage, expression: Expression, subject: str) -> Iterable[Open]:
    """The facts that keep an expression undecided for a subject."""
    return (fact for _, facts in Opener(book, stage).in_expression(expression, subject) for fact in facts)


def turned_about(book: Rulebook, stage: Stage, programme: str, subject: str) -> tuple[Open, ...]:
    """The open facts that stand in a rule in more than one way, where Kleene's logic may be too weak.

    A fact that always stands the same way (the same comparison, never turned about) leaves it exact.
    """
    ways: dict[Open, tuple[str, bool | None]] = {}
    twice: set[Open] = set()
    for how, facts in Opener(book, stage).in_verdict(programme, subject):
        for fact in facts:
            if how[1] is None or ways.setdefault(fact, how) != how:
                twice.add(fact)
                ways.setdefault(fact, how)
    return tuple([fact for fact in ways if fact in twice])
