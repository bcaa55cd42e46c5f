"""The pages of the interview: which facts are asked together on one page, of whom, and in which order.

A page is one question to the citizen: one fact, one fact of every person, or one purse (assets, spending,
one person's income) with its few amounts.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from estimator.model import FactSpec
from portal.guidance.household import MEMBER, NOBODY, Asked, Household, age_on

PURSES = ("household.assets", "household.spending_monthly", "member.income_monthly")
# What is not asked of everybody counts as none on that page: children do not earn, poverty projects ended in 2020.
CHILDREN_HAVE = frozenset(
    {"member.income_monthly.property", "member.income_monthly.transfer", "member.income_monthly.support"}
)
NO_LONGER = frozenset({"member.income_monthly.poverty_project"})
WORKING_AGE = 16
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
        return self.id.partition("@")[0] in PURSES

    @property
    def asks(self) -> tuple[Asked, ...]:
        return tuple(Asked(spec.id, person) for person in self.persons for spec in self.facts)


def page_id(asked: Asked) -> str:
    """The page that asks for a fact. A person's income has a page of its own: `member.income_monthly@m2`."""
    purse = next((purse for purse in PURSES if asked.fact.startswith(purse + ".")), None)
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
    facts = tuple(
        spec
        for spec in specs.values()
        if spec.id == name or (name in PURSES and spec.id.startswith(name + "."))
    )
    if not facts:
        return None
    if not name.startswith(MEMBER):
        return Page(id, facts, facts, (NOBODY,))
    if name in PURSES:
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
    """Every fact that can still change an outcome and that the citizen has not dealt with, in the table's order."""
    found: dict[Asked, None] = {}
    for programme in estimate["programmes"]:
        for one in programme["open"]:
            for asked in _of(one["fact"], one["subject"], household, specs):
                if not household.is_settled(asked) and _is_askable(asked, estimate):
                    found[asked] = None
    return list(found)


def _of(fact: str, subject: str, household: Household, specs: Mapping[str, FactSpec]) -> Iterable[Asked]:
    """The question for a fact of a subject; none for what is settled on other pages, such as who the members are."""
    spec = specs.get(fact)
    if spec is None:
        return []
    if spec.level != "member":
        return [Asked(fact)]
    return [Asked(fact, subject)] if household.member(subject) else []


def _is_askable(asked: Asked, estimate: Mapping[str, Any]) -> bool:
    """Local values are the office's business; only the line on the notice board is asked, and only if unknown."""
    if not asked.fact.startswith("standards."):
        return True
    return asked.fact == NOTICE_BOARD and not any(
        row["name"] == "dibao_standard" for row in estimate["standards"]
    )


def next_page(estimate: Mapping[str, Any], household: Household, specs: Mapping[str, FactSpec]) -> str | None:
    """The page to ask now: the estimator's own choice unless already dealt with; None when nothing can change."""
    still = open_facts(estimate, household, specs)
    chosen = estimate.get("next_question")
    if chosen:
        for asked in _of(chosen["fact"], chosen.get("subject") or "household", household, specs):
            if asked in still:
                return page_id(asked)
    if not still:
        return None
    order = {name: at for at, name in enumerate(specs)}
    return page_id(min(still, key=lambda asked: (specs[asked.fact].cost, order[asked.fact], asked.person)))


def pages_left(still: Sequence[Asked]) -> int:
    """How many pages there can be at most."""
    return len({page_id(asked) for asked in still})
