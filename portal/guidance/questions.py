"""The pages of the interview: which facts are asked together on one page, of whom, and in which order.

A page is one question to the citizen: one fact, one fact of every person, or one purse (assets, spending,
one person's income) with its few amounts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import chain
from typing import Any

from estimator.evaluate import HOUSEHOLD
from estimator.model import FactSpec
from portal.guidance.advice import Advice
from portal.guidance.household import MEMBER, NOBODY, Asked, Household, age_on

# What is not asked of everybody counts as none on that page: children do not earn, poverty projects ended in 2020.
CHILDREN_HAVE = frozenset(
    {"member.income_monthly.property", "member.income_monthly.transfer", "member.income_monthly.support"}
)
NO_LONGER = frozenset({"member.income_monthly.poverty_project"})
NOT_FOR_CHILDREN = frozenset({"member.employed", "member.registered_unemployed"})
WORKING_AGE = 16
# Asked only of whom the answer before says that it can matter; otherwise it would puzzle.
ONLY_IF: Mapping[str, tuple[str, Callable[[Any], bool]]] = {
    "member.disability_category": ("member.disability_grade", lambda told: told is not None and told > 0),
    "member.registered_unemployed": ("member.employed", lambda told: told is False),
    "household.months_in_phase_out": ("household.currently_on_dibao", lambda told: told is True),
    "household.residence_permit": ("household.hukou_local", lambda told: told is False),
}
NOTICE_BOARD = "standards.dibao_standard"


@dataclass(frozen=True, slots=True)
class Page:
    """One page of the interview; `persons` is (NOBODY,) where it asks about no person.

    `shown` are the facts with a field of their own; on a purse the rest counts as none when it is filled in.
    `children` are not asked about work: whatever is answered, they have none.
    """

    id: str
    facts: tuple[FactSpec, ...]
    shown: tuple[FactSpec, ...]
    persons: tuple[str, ...]
    children: tuple[str, ...] = ()

    @property
    def is_purse(self) -> bool:
        return self.facts[0].group is not None

    @property
    def asks(self) -> tuple[Asked, ...]:
        return tuple(Asked(spec.id, person) for person in self.persons for spec in self.facts)


def page_id(asked: Asked, specs: Mapping[str, FactSpec]) -> str:
    """The page that asks for a fact. A person's income has a page of its own: `member.income_monthly@m2`."""
    purse = specs[asked.fact].group
    if purse is None:
        return asked.fact
    return f"{purse}@{asked.person}" if purse.startswith(MEMBER) else purse


def page(
    id: str,
    household: Household,
    specs: Mapping[str, FactSpec],
    open_facts: Iterable[Asked],
    day: date,
) -> Page | None:
    """The page of that id with the persons it concerns or once concerned; None where there is no such page."""
    name, _, person = id.partition("@")
    purse = tuple(spec for spec in specs.values() if spec.group == name)
    facts = purse or tuple(spec for spec in (specs.get(name),) if spec is not None and spec.group is None)
    if not facts:
        return None
    if not name.startswith(MEMBER):
        return Page(id, facts, facts, (NOBODY,))
    if purse:
        member = household.member(person)
        return Page(id, facts, _worth_asking(facts, member, day), (person,)) if member else None
    wanted = set(open_facts)
    persons = tuple(
        member["id"]
        for member in household.members
        if Asked(name, member["id"]) in wanted or household.is_settled(Asked(name, member["id"]))
    )
    children: tuple[str, ...] = ()
    if name in NOT_FOR_CHILDREN:
        children = tuple(person for person in persons if _is_child(household.member(person) or {}, day))
    asked = tuple(person for person in persons if person not in children) or persons
    return Page(id, facts, facts, asked, children) if asked else None


def _is_child(member: Mapping[str, Any], day: date) -> bool:
    age = age_on(member, day)
    return age is not None and age < WORKING_AGE


def _worth_asking(facts: tuple[FactSpec, ...], member: Mapping[str, Any], day: date) -> tuple[FactSpec, ...]:
    asked = [spec for spec in facts if spec.id not in NO_LONGER]
    if _is_child(member, day):
        asked = [spec for spec in asked if spec.id in CHILDREN_HAVE]
    return tuple(asked)


class Open:
    """What an estimate leaves to ask: the facts that can still change an outcome and were not dealt with."""

    def __init__(
        self, estimate: Mapping[str, Any], household: Household, specs: Mapping[str, FactSpec]
    ) -> None:
        self._estimate, self._household, self._specs = estimate, household, specs
        # Lines ask much the same: what was found out about a fact of a subject holds for all of them.
        self._known: dict[tuple[str, str], Asked | None] = {}
        self.lines = [(line, self._of(line)) for line in estimate["programmes"]]
        """Each line of the estimate with what it waits for."""
        self.facts = list(dict.fromkeys(chain.from_iterable(waits for _line, waits in self.lines)))
        """What any line waits for, each once."""

    def _of(self, line: Mapping[str, Any]) -> list[Asked]:
        known, found = self._known, []
        for one in line["open"]:
            key = one["fact"], one["subject"]
            try:
                asked = known[key]
            except KeyError:
                asked = known[key] = self._left(one)
            if asked is not None:
                found.append(asked)
        return found

    def _left(self, one: Mapping[str, str]) -> Asked | None:
        asked = _asked(one, self._household, self._specs)
        if asked is None or self._household.is_settled(asked):
            return None
        return asked if _is_askable(asked, self._estimate, self._household) else None


def _asked(one: Mapping[str, str], household: Household, specs: Mapping[str, FactSpec]) -> Asked | None:
    """The question for a fact of a subject; none for what other pages settle, such as who the members are."""
    spec = specs.get(one["fact"])
    if spec is None:
        return None
    if spec.level != "member":
        return Asked(spec.id)
    return Asked(spec.id, one["subject"]) if household.member(one["subject"]) else None


def _is_askable(asked: Asked, estimate: Mapping[str, Any], household: Household) -> bool:
    """Local values are the office's business; only the line on the notice board is asked, and only if unknown."""
    if asked.fact in ONLY_IF:
        needed, matters = ONLY_IF[asked.fact]
        before = Asked(needed, asked.person if needed.startswith(MEMBER) else NOBODY)
        return household.is_settled(before) and matters(household.told(before))
    if not asked.fact.startswith("standards."):
        return True
    return asked.fact == NOTICE_BOARD and not any(
        row["name"] == "dibao_standard" for row in estimate["standards"]
    )


def next_page(still: Open, household: Household, advice: Advice) -> str | None:
    """The page to ask now: what the estimator would ask of what is not dealt with; None when nothing can change."""
    specs = advice.rulebook.facts
    rows = {asked: {"fact": asked.fact, "subject": asked.person or HOUSEHOLD} for asked in still.facts}
    lines = [{**line, "open": [rows[asked] for asked in waits]} for line, waits in still.lines]
    chosen = advice.next_question(lines)
    if chosen is None:
        return None
    begun = _begun_purse(household, still.facts, specs)
    if begun is not None:
        return begun
    fact = str(chosen["group"] or chosen["fact"])
    if specs[fact].type == "group" and fact.startswith(MEMBER):
        people = [asked.person for asked in still.facts if specs[asked.fact].group == fact]
        return f"{fact}@{next(member['id'] for member in household.members if member['id'] in people)}"
    return fact


def _begun_purse(household: Household, still: Sequence[Asked], specs: Mapping[str, FactSpec]) -> str | None:
    """The next person's page of a purse that was already asked of somebody: incomes are asked one after another."""
    for step in household.trail:
        purse, _, person = step.partition("@")
        if not person:
            continue
        people = {asked.person for asked in still if specs[asked.fact].group == purse}
        for member in household.members:
            if member["id"] in people:
                return f"{purse}@{member['id']}"
    return None


def pages_left(still: Sequence[Asked], specs: Mapping[str, FactSpec]) -> int:
    """How many pages there can be at most."""
    return len({page_id(asked, specs) for asked in still})
