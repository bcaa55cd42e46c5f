"""Evaluates one question: every case of what was not told about who lives together, under every reading."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from itertools import product
from typing import Any, NamedTuple

from estimator.feel import Interval, Value, interval
from estimator.intake import Person, Question
from estimator.model import Condition, Rulebook
from estimator.plan import Plan, PlannedDecision, World
from estimator.rulebook import names_of, said_in
from estimator.truth import UNKNOWN, Truth

HOUSEHOLD = "household"
Scope = dict[str, Value]
Open = tuple[str, str]  # (fact id, subject): the subject is a member's id, "household", or "place"
# Where nobody said of some persons whether they live with the household, every case is tried, of either area where
# that is open too: as long as there are not more cases than this, counted once for each person listed.
MOST_WALKS = 160


# Open facts by how they stand in a rule: the comparison around them (or their name), and whether they are turned
# about by a `not` (False) or an `if` (None). In the order in which they were found, each once.
How = tuple[str, bool | None]
Uses = Mapping[How, tuple[Open, ...]]


class Verdict(NamedTuple):
    """What one decision says of one subject under one reading; `truth` None means that no rule speaks."""

    truth: Truth | None
    planned: PlannedDecision | None
    truths: tuple[tuple[Condition, Truth], ...]
    open_when: tuple[PlannedDecision, ...]
    """Decisions of which it is not known whether they speak of this household."""
    scope: Scope


@dataclass(frozen=True, slots=True)
class Stage:
    """One world walked to its end: the household's names, each person's names, every verdict."""

    day: date
    world: World
    scope: Scope
    persons: dict[str, Scope]
    verdicts: dict[tuple[str, str], Verdict]
    signatures: Mapping[str, int]
    """Of the nodes: equal numbers mean the same result, and open on the same grounds."""
    members: tuple[str, ...]
    floors: frozenset[str]
    """The local values known only as “at least”."""
    opened: dict[tuple[int | str, ...], tuple[Uses, ...]]
    """What was found open below a node (by signature) or in an expression for a subject; for all stages."""
    reasons: dict[int, dict[str, Any]]
    """The reasons said so far that are the same for everybody, by their frame."""


@dataclass(frozen=True, slots=True)
class Case:
    """One way to complete what was not told about area and membership, walked under each reading."""

    area: str | None
    plan: Plan
    members: tuple[Person, ...]
    stages: tuple[Stage, ...]


def memberships(persons: tuple[Person, ...], areas: int) -> Iterator[tuple[Person, ...]]:
    """Each household that the told facts allow; () where there are too many to try them all."""
    unknown = [person for person in persons if person.co_living is UNKNOWN]
    if unknown and areas * 2 ** len(unknown) * len(persons) > MOST_WALKS:
        yield ()
        return
    for choice in product((True, False), repeat=len(unknown)):
        out = {person.id for person, stays in zip(unknown, choice, strict=True) if not stays}
        household = tuple(
            person for person in persons if person.co_living is not Truth.FALSE and person.id not in out
        )
        if household:
            yield household


class Evaluator:
    """Walks a plan for one rulebook."""

    def __init__(self, book: Rulebook) -> None:
        self.book = book
        subjects = {f"likely.{programme.id}": programme.subject for programme in book.programmes.values()}
        levels = {**subjects, **{name: found[0].level for name, found in book.values.items()}}
        said = {name for rule in book.rules.values() for name in (*names_of(rule), *said_in(rule))}
        # For each node: its programme, whether it is one for each person, its own name, the name of the list
        # (None where no row asks for it).
        self._nodes = {
            node: (
                node[7:] if node in subjects else None,
                level == "member",
                f"member.{node}" if level == "member" else node,
                f"members.{node}" if f"members.{node}" in said else None,
            )
            for node, level in levels.items()
        }
        self._member_names = tuple(
            (spec.id, f"members.{spec.id[7:]}")
            for spec in book.facts.values()
            if spec.level == "member" and spec.type != "group" and f"members.{spec.id[7:]}" in said
        )

    def case(
        self,
        question: Question,
        area: str | None,
        plan: Plan,
        local: Scope,
        members: tuple[Person, ...],
        needed: frozenset[str] | None = None,
    ) -> Case:
        """Every verdict for one household: `local` holds the standards of the place.

        `needed` limits the walk to some nodes of the plan's order; the other verdicts are left out.
        """
        order = plan.order if needed is None else tuple(node for node in plan.order if node in needed)
        base: Scope = {**question.household, **local}
        base["area"] = area if area is not None else UNKNOWN
        base["size"] = interval(Decimal(1), None) if not members else Decimal(len(members))
        self._lists(base, members)
        persons = {person.id: {**base, **person.facts} for person in question.persons}
        ids = tuple(person.id for person in members)
        world = plan.worlds[0]
        floors = frozenset([name for name, value in local.items() if _is_floor(value)])
        main = Stage(plan.day, world, base, persons, {}, world.signatures, ids, floors, {}, {})
        self._walk(main, order, members)
        others = [self._other(main, plan, world, members, needed) for world in plan.worlds[1:]]
        return Case(area, plan, members, (main, *others))

    def _other(
        self,
        main: Stage,
        plan: Plan,
        world: World,
        members: tuple[Person, ...],
        needed: frozenset[str] | None,
    ) -> Stage:
        """Another reading starts from the main one, and works out anew only what stands on other rows or on what came
        out otherwise."""
        signatures = dict(main.signatures)
        other = replace(
            main,
            world=world,
            scope=dict(main.scope),
            persons={subject: dict(scope) for subject, scope in main.persons.items()},
            verdicts=dict(main.verdicts),
            signatures=signatures,
            reasons={},
        )
        otherwise: set[str] = set()
        for node in world.differs:
            if needed is not None and node not in needed:
                continue
            below = not otherwise.isdisjoint(plan.needs[node])
            if below or node in world.own:
                self._walk(other, (node,), members)
                if not self._came_out_alike(node, main, other, below):
                    otherwise.add(node)
                    signatures[node] = world.signatures[node]
        return other

    def _came_out_alike(self, node: str, main: Stage, other: Stage, below: bool) -> bool:
        """Whether what builds on a node cannot tell two readings of it apart: the same known values, or verdicts that
        are open for the same expressions, none of which came out otherwise `below`."""
        programme, for_each, own, _ = self._nodes[node]
        if programme is not None:
            keys = [(programme, subject) for subject in (main.persons if for_each else (HOUSEHOLD,))]
            pairs = [(main.verdicts[key], other.verdicts[key]) for key in keys]
            return all(
                one.truth is two.truth
                and (one.truth is not UNKNOWN or (not below and _turns_on(one) == _turns_on(two)))
                for one, two in pairs
            )
        if for_each:
            return all(_same(scope[own], other.persons[id][own]) for id, scope in main.persons.items())
        return _same(main.scope[own], other.scope[own])

    def work(self, nodes: Collection[str], persons: int) -> int:
        """How many values and verdicts a walk of these nodes works out under one reading."""
        return sum([persons if self._nodes[node][1] else 1 for node in nodes])

    def _lists(self, scope: Scope, members: tuple[Person, ...]) -> None:
        if not members:
            return
        scope["members.id"] = [person.id for person in members]
        everybody = [person.facts for person in members]
        for name, gathered in self._member_names:
            scope[gathered] = [facts[name] for facts in everybody]

    def _walk(self, stage: Stage, order: tuple[str, ...], members: tuple[Person, ...]) -> None:
        """Fill the stage's scopes and verdicts, node by node in the order of evaluation."""
        scope, persons, world = stage.scope, stage.persons, stage.world
        everyone = [scope, *persons.values()]
        inside = [persons[person.id] for person in members]
        for node in order:
            programme, for_each, own, gathered = self._nodes[node]
            if programme is not None:
                chain = world.chains[programme]
                shared: dict[str, Truth] | None = {} if for_each else None
                for subject, here in persons.items() if for_each else ((HOUSEHOLD, scope),):
                    verdict = stage.verdicts[programme, subject] = judge(chain, here, shared)
                    here[own] = Truth.FALSE if verdict.truth is None else verdict.truth
            else:
                row = world.values.get(node)
                for here in persons.values() if for_each else (scope,):
                    here[own] = UNKNOWN if row is None else row.expression.evaluate(here)
            if not for_each:
                found = scope[own]
                for here in persons.values():
                    here[own] = found
            elif members and gathered is not None:
                found = [here[own] for here in inside]
                for here in everyone:
                    here[gathered] = found


def _turns_on(verdict: Verdict) -> tuple[list[str], list[str]]:
    """The expressions that keep a verdict open."""
    whens = [planned.decision.when.text for planned in verdict.open_when if planned.decision.when is not None]
    return whens, [condition.expression.text for condition, truth in verdict.truths if truth is UNKNOWN]


def _same(one: Value, other: Value) -> bool:
    """Whether two values are the same known truth, number (written alike) or text."""
    known = type(one) in (Truth, Decimal, str) and one is not UNKNOWN
    return known and type(one) is type(other) and str(one) == str(other)


def _is_floor(value: Value) -> bool:
    return type(value) is Interval and value.low is not None and value.low > 0


def judge(
    chain: tuple[PlannedDecision, ...], scope: Scope, shared: dict[str, Truth] | None = None
) -> Verdict:
    """The first decision that speaks of the household decides; where that is open, both ways must agree.

    `shared` keeps, from one person to the next, the truths that are the same for everybody.
    """
    for index, planned in enumerate(chain):
        when = planned.decision.when
        speaks = Truth.TRUE if when is None else as_truth(when.evaluate(scope))
        if speaks is Truth.FALSE:
            continue
        found: list[tuple[Condition, Truth]] = []
        truth = Truth.TRUE
        for condition, evaluate, of_person in planned.checked:
            if of_person or shared is None:
                value = evaluate(scope)
            elif (value := shared.get(condition.id)) is None:
                value = shared[condition.id] = as_truth(evaluate(scope))
            one = value if type(value) is Truth else UNKNOWN
            found.append((condition, one))
            if one is not Truth.TRUE and truth is not Truth.FALSE:
                truth = one
        truths = tuple(found)
        if speaks is Truth.TRUE:
            return Verdict(truth, planned, truths, (), scope)
        rest = judge(chain[index + 1 :], scope, shared)
        same = rest.truth is truth and truth is not UNKNOWN
        if same:
            return Verdict(truth, rest.planned, rest.truths, (), scope)
        return Verdict(UNKNOWN, planned, (*truths, *rest.truths), (planned, *rest.open_when), scope)
    return Verdict(None, None, (), (), scope)


def as_truth(value: Value) -> Truth:
    """A condition that comes out as anything but true or false cannot be told."""
    return value if type(value) is Truth else UNKNOWN
