"""The pages of the interview: which facts are asked together on one page, of whom, and in which order.

A page is one question to the citizen: one fact, one fact of every person, or one purse (assets, spending,
one person's income) with its few amounts.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from estimator.model import FactSpec
from portal.guidance.advice import Advice
from portal.guidance.household import MEMBER, NOBODY, Asked, Household, age_on

# What is not asked of everybody counts as none on that page: children do not earn, poverty projects ended in 2020.
CHILDREN_HAVE = frozenset(
    {"member.income_monthly.property", "member.income_monthly.transfer", "member.income_monthly.support"}
)
NO_LONGER = frozenset({"member.income_monthly.poverty_project"})
WORKING_AGE = 16
# Who is asked for the second thing first would wonder; the first is asked before it wherever it is open.
BEFORE = {"household.residence_permit": "household.hukou_local"}
NOTICE_BOARD = "standards.dibao_standard"


@dataclass(frozen=True, slots=True)
class Page:
    """One page of the interview; `persons` is (NOBODY,) where it asks about no person.

    `shown` are the facts with a field of their own; on a purse the rest counts as none when it is filled in.
    """

    id: str
    facts: tuple[FactSpec, ...]
    shown: tuple[FactSpec, ...]
    persons: tuple[str, ...]

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
    return Page(id, facts, facts, persons) if persons else None


def _worth_asking(facts: tuple[FactSpec, ...], member: Mapping[str, Any], day: date) -> tuple[FactSpec, ...]:
    age = age_on(member, day)
    asked = [spec for spec in facts if spec.id not in NO_LONGER]
    if age is not None and age < WORKING_AGE:
        asked = [spec for spec in asked if spec.id in CHILDREN_HAVE]
    return tuple(asked)


def open_facts(
    estimate: Mapping[str, Any], household: Household, specs: Mapping[str, FactSpec]
) -> list[Asked]:
    """Every fact that can still change an outcome and that the citizen has not dealt with."""
    found: dict[Asked, None] = {}
    for line in estimate["programmes"]:
        found.update(dict.fromkeys(_open_in(line, estimate, household, specs)))
    return list(found)


def _open_in(
    line: Mapping[str, Any], estimate: Mapping[str, Any], household: Household, specs: Mapping[str, FactSpec]
) -> Iterator[Asked]:
    for one in line["open"]:
        asked = _asked(one, household, specs)
        if asked is not None and not household.is_settled(asked) and _is_askable(asked, estimate):
            yield asked


def _asked(one: Mapping[str, str], household: Household, specs: Mapping[str, FactSpec]) -> Asked | None:
    """The question for a fact of a subject; none for what other pages settle, such as who the members are."""
    spec = specs.get(one["fact"])
    if spec is None:
        return None
    if spec.level != "member":
        return Asked(spec.id)
    return Asked(spec.id, one["subject"]) if household.member(one["subject"]) else None


def _is_askable(asked: Asked, estimate: Mapping[str, Any]) -> bool:
    """Local values are the office's business; only the line on the notice board is asked, and only if unknown."""
    if not asked.fact.startswith("standards."):
        return True
    return asked.fact == NOTICE_BOARD and not any(
        row["name"] == "dibao_standard" for row in estimate["standards"]
    )


def next_page(estimate: Mapping[str, Any], household: Household, advice: Advice, *, day: date) -> str | None:
    """The page to ask now: what the estimator would ask of what is not dealt with; None when nothing can change."""
    specs = advice.rulebook.facts
    lines = [
        {
            **line,
            "open": [
                {"fact": asked.fact, "subject": asked.person or "household"}
                for asked in _open_in(line, estimate, household, specs)
            ],
        }
        for line in estimate["programmes"]
    ]
    chosen = advice.next_question(lines, household.facts, as_of=day)
    if chosen is None:
        return None
    still = list(dict.fromkeys(asked for line in lines for asked in _asked_of(line)))
    fact = BEFORE.get(str(chosen["fact"]), str(chosen["fact"]))
    if fact != chosen["fact"] and Asked(fact) not in still:
        fact = str(chosen["fact"])
    begun = _begun_purse(household, still, specs)
    if begun is not None:
        return begun
    if specs[fact].type == "group" and fact.startswith(MEMBER):
        people = [asked.person for asked in still if specs[asked.fact].group == fact]
        return f"{fact}@{next(member['id'] for member in household.members if member['id'] in people)}"
    return fact


def _asked_of(line: Mapping[str, Any]) -> Iterator[Asked]:
    for one in line["open"]:
        yield Asked(one["fact"], one["subject"] if one["fact"].startswith(MEMBER) else NOBODY)


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
