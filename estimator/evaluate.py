"""Evaluates one question: every case of what was not told about who lives together, under every reading."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import product

from estimator.feel import Value, interval
from estimator.intake import Person, Question
from estimator.model import Condition, Rulebook
from estimator.plan import Plan, PlannedDecision, World
from estimator.truth import UNKNOWN, Truth

HOUSEHOLD = "household"
Scope = dict[str, Value]
# Persons of whom nobody said whether they live with the household, all cases of whom are tried.
MOST_SPLITS = 6


@dataclass(frozen=True, slots=True)
class Verdict:
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
    persons: Mapping[str, Scope]
    verdicts: Mapping[tuple[str, str], Verdict]


@dataclass(frozen=True, slots=True)
class Case:
    """One way to complete what was not told about area and membership, walked under each reading."""

    area: str | None
    plan: Plan
    members: tuple[Person, ...]
    stages: tuple[Stage, ...]


def memberships(persons: tuple[Person, ...]) -> Iterator[tuple[Person, ...]]:
    """Each household that the told facts allow; () where too many persons are open to try them all."""
    unknown = [person for person in persons if person.co_living is UNKNOWN]
    if len(unknown) > MOST_SPLITS:
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
        self._member_names = tuple(
            spec.id for spec in book.facts.values() if spec.level == "member" and spec.type != "group"
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
        known: dict[tuple[int, str], Verdict] = {}
        values: dict[tuple[int, str], Value] = {}
        stages = tuple(
            self._stage(world, plan, order, dict(base), question, members, known, values)
            for world in plan.worlds
        )
        return Case(area, plan, members, stages)

    def _lists(self, scope: Scope, members: tuple[Person, ...]) -> None:
        if not members:
            return
        scope["members.id"] = [person.id for person in members]
        for name in self._member_names:
            scope["members." + name[7:]] = [person.facts[name] for person in members]

    def _stage(
        self,
        world: World,
        plan: Plan,
        order: tuple[str, ...],
        scope: Scope,
        question: Question,
        members: tuple[Person, ...],
        known: dict[tuple[int, str], Verdict],
        values: dict[tuple[int, str], Value],
    ) -> Stage:
        persons: dict[str, Scope] = {person.id: {**scope, **person.facts} for person in question.persons}
        everyone = [scope, *persons.values()]
        verdicts: dict[tuple[str, str], Verdict] = {}
        for node in order:
            signature = world.signatures[node]
            if node.startswith("likely."):
                programme = self.book.programmes[node[7:]]
                chain = world.chains[programme.id]
                for_each = programme.subject == "member"
                for subject, here in persons.items() if for_each else ((HOUSEHOLD, scope),):
                    key = (signature, subject)
                    verdict = known.get(key)
                    if verdict is None:
                        verdict = known[key] = judge(chain, here)
                    verdicts[programme.id, subject] = verdict
                    likely = Truth.FALSE if verdict.truth is None else verdict.truth
                    for one in (here,) if for_each else everyone:
                        one["member." + node if for_each else node] = likely
            else:
                row = world.values.get(node)
                if row is None:
                    continue
                for_each = row.level == "member"
                for subject, here in persons.items() if for_each else ((HOUSEHOLD, scope),):
                    key = (signature, subject)
                    value = values.get(key)
                    if value is None:
                        value = values[key] = row.expression.evaluate(here)
                    for one in (here,) if for_each else everyone:
                        one["member." + node if for_each else node] = value
            if for_each and members:
                gathered: Value = [persons[person.id]["member." + node] for person in members]
                for one in everyone:
                    one["members." + node] = gathered
        return Stage(plan.day, world, scope, persons, verdicts)


def judge(chain: tuple[PlannedDecision, ...], scope: Scope) -> Verdict:
    """The first decision that speaks of the household decides; where that is open, both ways must agree."""
    for index, planned in enumerate(chain):
        when = planned.decision.when
        speaks = Truth.TRUE if when is None else as_truth(when.evaluate(scope))
        if speaks is Truth.FALSE:
            continue
        truths = tuple(
            (condition, as_truth(condition.expression.evaluate(scope))) for condition in planned.conditions
        )
        truth = Truth.TRUE
        for _, found in truths:
            truth = truth & found
        if speaks is Truth.TRUE:
            return Verdict(truth, planned, truths, (), scope)
        rest = judge(chain[index + 1 :], scope)
        same = rest.truth is truth and truth is not UNKNOWN
        if same:
            return Verdict(truth, rest.planned, rest.truths, (), scope)
        return Verdict(UNKNOWN, planned, truths, (planned, *rest.open_when), scope)
    return Verdict(None, None, (), (), scope)


def as_truth(value: Value) -> Truth:
    """A condition that comes out as anything but true or false cannot be told."""
    return value if isinstance(value, Truth) else UNKNOWN
