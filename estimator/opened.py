"""Finds, in what came out undecided, the facts nobody told on which it still turns."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from itertools import chain
from typing import Final, Literal, NamedTuple

from estimator.evaluate import HOUSEHOLD, How, Open, Stage, Uses
from estimator.feel import Expression
from estimator.feel.undecided import finder
from estimator.feel.values import has_unknown
from estimator.model import Rulebook
from estimator.plan import about_person
from estimator.truth import UNKNOWN

_NOBODY: Final = (("members", HOUSEHOLD),)


class _Meant(NamedTuple):
    """What a name in an expression stands for; `of` is the subject of whom it is said, None for the one at hand."""

    name: str
    kind: Literal["fact", "programme", "value", "members", "size", "nothing"]
    id: str
    of: str | None


@cache
def _meant(book: Rulebook, name: str) -> _Meant:
    if name in book.facts:
        level = book.facts[name].level
        of = None if level == "member" else HOUSEHOLD if level == "household" else "place"
        return _Meant(name, "fact", name, of)
    if name.startswith("members."):
        return _Meant(name, "members", f"member.{name[8:]}", None)
    bare = name.removeprefix("member.")
    of = None if bare != name else HOUSEHOLD
    if bare.startswith("likely."):
        return _Meant(name, "programme", bare[7:], of)
    if bare in book.values:
        return _Meant(name, "value", bare, of)
    if name.startswith("standards."):
        return _Meant(name, "fact", name.removesuffix("_annual"), "place")
    return _Meant(name, "size" if name == "size" else "nothing", name, None)


class Opener:
    """Goes from what is undecided in one stage down to the facts nobody told; each expression and each node once."""

    def __init__(self, book: Rulebook, stage: Stage) -> None:
        self.book, self.stage = book, stage
        self.signatures, self.known = stage.signatures, stage.opened

    def in_verdict(self, programme: str, subject: str) -> tuple[Uses, ...]:
        """The facts that keep a programme undecided for a subject, and how they stand there; by condition."""
        key = (self.signatures[f"likely.{programme}"], subject)
        known = self.known.get(key)
        if known is None:
            found: list[Uses] = []
            verdict = self.stage.verdicts[programme, subject]
            if verdict.truth is UNKNOWN:
                for planned in verdict.open_when:
                    if planned.decision.when is not None:
                        uses = self.in_expression(planned.decision.when, subject)
                        found += [{(atom, None): facts} for (atom, _), facts in uses.items()]
                for condition, truth in verdict.truths:
                    if truth is UNKNOWN:
                        found.append(self.in_expression(condition.expression, subject, sure=True))
            known = self.known[key] = tuple(found)
        return known

    def in_expression(self, expression: Expression, subject: str, *, sure: bool = False) -> Uses:
        """The facts that keep an expression undecided for a subject; `sure` where it is known to be undecided."""
        if subject != HOUSEHOLD and not about_person(expression.names):
            subject = HOUSEHOLD  # the same for everybody: found once
        key = (id(self.stage.world), expression.text, subject)
        known = self.known.get(key)
        if known is None:
            scope = self.stage.scope if subject == HOUSEHOLD else self.stage.persons[subject]
            parts: list[Uses] = []
            if sure or has_unknown(expression.evaluate(scope)):
                for name, atom, way in finder(expression.term, expression.names)(scope):
                    meant = _meant(self.book, name)
                    below = subject if meant.of is None else meant.of
                    if meant.kind == "fact":
                        parts.append({(atom or name, way): ((meant.id, below),)})
                    elif not atom and way is True:
                        parts += self._in_name(meant, below)
                    else:
                        parts += [_inside(uses, atom, way) for uses in self._in_name(meant, below)]
            known = self.known[key] = (parts[0] if len(parts) == 1 else _together(parts),)
        return known[0]

    def _in_name(self, meant: _Meant, subject: str) -> tuple[Uses, ...]:
        """The facts that keep open what a name stands for."""
        if meant.kind == "programme":
            return self.in_verdict(meant.id, subject)
        if meant.kind == "value":
            return self._in_value(meant.id, subject)
        if meant.kind == "fact":
            return ({(meant.name, True): ((meant.id, subject),)},)
        if meant.kind == "members" and self.stage.members:
            own = _meant(self.book, meant.id)
            persons = self.stage.persons
            among = [one for one in self.stage.members if has_unknown(persons[one].get(meant.id, UNKNOWN))]
            return tuple([uses for member in among for uses in self._in_name(own, member)])
        return () if meant.kind == "nothing" else ({(meant.name, True): _NOBODY},)

    def _in_value(self, name: str, subject: str) -> tuple[Uses, ...]:
        key = (self.signatures[name], subject)
        known = self.known.get(key)
        if known is None:
            row = self.stage.world.values.get(name)
            known = () if row is None else (self.in_expression(row.expression, subject, sure=True),)
            self.known[key] = known
        return known


def _inside(uses: Uses, atom: str, way: bool | None) -> Uses:
    """The uses inside a larger expression: a comparison around them counts whole, a `not` turns them."""
    return _together(
        [
            {(atom or own, None if way is None or turned is None else turned is way): facts}
            for (own, turned), facts in uses.items()
        ]
    )


def _together(parts: Iterable[Uses]) -> Uses:
    """One after another, what stands in the same way together."""
    found: dict[How, tuple[Open, ...]] = {}
    for uses in parts:
        for how, facts in uses.items():
            there = found.get(how)
            if there is None:
                found[how] = facts
            elif there is not facts:
                found[how] = tuple(dict.fromkeys(there + facts))
    return found


def _facts(parts: Iterable[Uses]) -> tuple[Open, ...]:
    return tuple(dict.fromkeys([fact for uses in parts for facts in uses.values() for fact in facts]))


def open_in_verdict(book: Rulebook, stage: Stage, programme: str, subject: str) -> tuple[Open, ...]:
    """The facts that keep a programme undecided for a subject under one reading, once each."""
    return _facts(Opener(book, stage).in_verdict(programme, subject))


def open_facts(book: Rulebook, stage: Stage, expression: Expression, subject: str) -> Iterable[Open]:
    """The facts that keep an expression undecided for a subject."""
    return chain.from_iterable(Opener(book, stage).in_expression(expression, subject).values())


def turned_about(book: Rulebook, stage: Stage, programme: str, subject: str) -> tuple[Open, ...]:
    """The open facts that stand in a rule in more than one way, where Kleene's logic may be too weak.

    A fact that always stands the same way (the same comparison, never turned about) leaves it exact.
    """
    ways: dict[Open, How] = {}
    twice: set[Open] = set()
    for uses in Opener(book, stage).in_verdict(programme, subject):
        for how, facts in uses.items():
            for fact in facts:
                if ways.setdefault(fact, how) != how or how[1] is None:
                    twice.add(fact)
    return tuple([fact for fact in ways if fact in twice])
