"""The people of an application: who they are, who counts as one family, who signs for whom.

Who counts is a table (`household.toml`); the answers of a draft are turned into `Member`s and read only here.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from portal.consent import Signer, Ward

APPLICANT = "m1"
ADULT = 18
ELSEWHERE = "elsewhere"
_TABLE = Path(__file__).with_name("household.toml")
_CONDITIONS = ("living", "relation", "minor", "dependent")


class HouseholdTableError(Exception):
    """A row of household.toml is wrong; the text names file, row and key."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a person counts as family here, and why in words, with the clause."""

    counts: bool
    text: str
    citation: str


@dataclass(frozen=True, slots=True)
class Member:
    """A person of the application as far as he is described. `guardian` is a member id or `elsewhere`."""

    id: str
    name: str
    relation: str
    living: str
    id_number: str | None
    birth_date: date | None
    guardian: str | None
    situation: Mapping[str, Any] = field(default_factory=dict)
    support: Mapping[str, Any] = field(default_factory=dict)
    health_paper: bool = False
    told_elsewhere: bool = False  # his health is told in another section: the illness of an event, self-care

    def age(self, on: date) -> int | None:
        """Completed years, or None where neither number nor birth date is known."""
        born = self.birth_date
        return None if born is None else on.year - born.year - ((on.month, on.day) < (born.month, born.day))

    def minor(self, on: date) -> bool:
        age = self.age(on)
        return age is not None and age < ADULT

    def signs_himself(self, on: date) -> bool:
        """An adult who can decide for himself; whoever's age is unknown counts as an adult."""
        return not self.minor(on) and self.situation.get("decides") != "no"

    def has_health_facts(self) -> bool:
        """Whether illness, disability or reduced ability to work was told, or shown by a paper, of this person."""
        told = self.situation
        return (
            self.health_paper
            or self.told_elsewhere
            or told.get("health") in ("chronic", "severe")
            or told.get("disability", "none") not in ("none", "")
            or told.get("labour") in ("partial", "none")
            or bool(told.get("illness"))
        )

    def severe(self) -> bool:
        """Whether a person may apply for himself alone: severe illness or disability, clergy (57号 art. 8)."""
        told = self.situation
        grade, category = told.get("disability"), told.get("disability_category")
        return (
            told.get("health") == "severe"
            or grade in ("1", "2")
            or (grade == "3" and category in ("intellectual", "mental"))
            or "clergy" in told.get("special", ())
        )

    def verdict(self, on: date) -> Verdict:
        """Whether this person counts as one family with the applicant (57号 art. 7)."""
        if self.id == APPLICANT:
            return Verdict(True, "", "mca-2021-57#7")
        facts = {
            "living": self.living,
            "relation": self.relation,
            "minor": self.minor(on),
            "dependent": self.situation.get("student") == "full_time"
            or self.situation.get("decides") == "no"
            or self.situation.get("labour") == "none",
        }
        return next(verdict for conditions, verdict in _rows() if _fits(conditions, facts))


def members(answers: Mapping[str, Any]) -> list[Member]:
    """Everybody of a draft: the applicant first, then in the order they were added."""
    applicant = answers.get("applicant", {})
    found = [_member(APPLICANT, {**applicant, "relation": "self", "living": "together"}, answers)]
    ids = sorted(
        (key.removeprefix("member:") for key in answers if key.startswith("member:")),
        key=lambda name: int(name[1:]),
    )
    return found + [_member(name, answers[f"member:{name}"], answers) for name in ids]


def family(answers: Mapping[str, Any], on: date) -> list[Member]:
    """The members who count as one family."""
    return [member for member in members(answers) if member.verdict(on).counts]


def supporters(answers: Mapping[str, Any], on: date) -> list[Member]:
    """Those who live elsewhere but may have a duty to support."""
    return [m for m in members(answers) if _may_support(m) and not m.verdict(on).counts]


def possible_guardians(answers: Mapping[str, Any], on: date) -> list[Member]:
    """Family members who sign for themselves, and so may sign for others."""
    return [member for member in family(answers, on) if _decides(member, on)]


def signers(answers: Mapping[str, Any], on: date) -> list[Signer]:
    """Who must sign: each adult for himself and his wards; wards with a guardian elsewhere, on paper."""
    adults_of_family: list[Member] = []
    wards: list[Member] = []
    elsewhere: list[Member] = []
    for member in members(answers):
        if member.verdict(on).counts:
            (adults_of_family if _decides(member, on) else wards).append(member)
        elif _may_support(member):
            elsewhere.append(member)
    guardians = {member.id for member in adults_of_family}
    cared_for: dict[str, list[Ward]] = {}
    alone: list[Signer] = []
    for ward in wards:
        if ward.guardian in guardians:
            cared_for.setdefault(str(ward.guardian), []).append(
                Ward(ward.id, ward.name, ward.has_health_facts())
            )
        else:
            alone.append(Signer(ward.id, "ward", ward.name, ward.id_number, ward.has_health_facts()))
    adults = [
        Signer(
            member_id=member.id,
            role=("represented" if answers.get("proxy") else "applicant")
            if member.id == APPLICANT
            else "member",
            name=member.name,
            id_number=member.id_number,
            health=member.has_health_facts(),
            wards=tuple(cared_for.get(member.id, ())),
        )
        for member in adults_of_family
    ]
    others = [
        Signer(member.id, "supporter", member.name, member.id_number, False)
        for member in elsewhere
        if not member.minor(on)
    ]
    return [*adults, *alone, *others]


def next_member_id(answers: Mapping[str, Any]) -> str:
    """An id nobody of this draft has or had."""
    return f"m{int(answers.get('members_added', 1)) + 1}"


def _decides(member: Member, on: date) -> bool:
    return member.id == APPLICANT or member.signs_himself(on)


def _may_support(member: Member) -> bool:
    return member.living not in ("prison", "missing", "clergy")


def _member(member_id: str, told: Mapping[str, Any], answers: Mapping[str, Any]) -> Member:
    id_number = told.get("id_number") or None
    born = told.get("birth_date") or (born_on(id_number) if id_number else None)
    return Member(
        id=member_id,
        name=told.get("name", ""),
        relation=told.get("relation", "other"),
        living=told.get("living", "together"),
        id_number=id_number,
        birth_date=date.fromisoformat(born) if born else None,
        guardian=answers.get(f"guardian:{member_id}", {}).get("guardian"),
        situation=answers.get(f"situation:{member_id}", {}),
        support=answers.get(f"support:{member_id}", {}),
        health_paper=member_id in answers.get("health_papers", ()),
        told_elsewhere=(answers.get("event") or {}).get("patient") == member_id
        or (member_id == APPLICANT and bool((answers.get("tekun") or {}).get("self_care"))),
    )


def born_on(id_number: str) -> str:
    """The birth date inside an identity number (GB 11643), ISO."""
    return f"{id_number[6:10]}-{id_number[10:12]}-{id_number[12:14]}"


def _fits(conditions: Mapping[str, Any], facts: Mapping[str, Any]) -> bool:
    return all(
        facts[key] in wanted if isinstance(wanted, list) else facts[key] == wanted
        for key, wanted in conditions.items()
    )


@cache
def _rows() -> tuple[tuple[dict[str, Any], Verdict], ...]:
    rows = []
    for number, row in enumerate(tomllib.loads(_TABLE.read_text(encoding="utf-8"))["row"], start=1):
        missing = {"id", "counts", "text", "citation"} - set(row)
        unknown = set(row) - {"id", "counts", "text", "citation", *_CONDITIONS}
        if missing or unknown:
            raise HouseholdTableError(
                f"{_TABLE.name}: row {number} ({row.get('id', '?')}): "
                f"missing {sorted(missing)}, unknown {sorted(unknown)}"
            )
        conditions = {key: row[key] for key in _CONDITIONS if key in row}
        rows.append((conditions, Verdict(row["counts"], row["text"], row["citation"])))
    if not rows or rows[-1][0]:
        raise HouseholdTableError(
            f"{_TABLE.name}: the last row must have no condition, so that everybody is decided"
        )
    return tuple(rows)


def check_table() -> None:
    """Load the table now, so that a defect stops the start."""
    _rows()
