"""The told facts of one household as JSON, and the way in and out of them by fact and person.

A fact is named by its id in the estimator's list (`member.severe_illness`), a person by her member id (`m2`);
household, place and standards facts stand for nobody. `unsure` holds what was asked and answered with “不清楚”.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy
from datetime import date
from typing import Any, NamedTuple

from flask_babel import gettext as _

from portal.guidance.words import RELATIONS
from portal.i18n import of_another

NOBODY = ""
MOST_MEMBERS = 20
MEMBER = "member."


class Asked(NamedTuple):
    """One fact about one person, or about nobody in particular."""

    fact: str
    person: str = NOBODY

    @property
    def key(self) -> str:
        return f"{self.person}:{self.fact}"


class Household:
    """A working copy of the facts and of what was answered with “不清楚”; save `facts` and `unsure` when done.

    `saved` is what it was made of, which stays as it is.
    """

    def __init__(self, answers: Mapping[str, Any]) -> None:
        self.saved = answers
        self.facts: dict[str, Any] = deepcopy(dict(answers.get("facts") or {}))
        self.unsure: set[str] = set(answers.get("unsure") or ())
        self.trail: list[str] = list(answers.get("trail") or ())
        self.helping: str | None = answers.get(
            "helping"
        )  # whom somebody else answers for: a key of i18n.HELPED

    @property
    def members(self) -> Sequence[dict[str, Any]]:
        found: list[dict[str, Any]] = self.facts.setdefault("members", [])
        return found

    def member(self, person: str) -> dict[str, Any] | None:
        return next((member for member in self.members if member["id"] == person), None)

    def is_self(self, person: str) -> bool:
        """Whether the person is the one who answers, or for whom somebody answers."""
        member = self.member(person)
        return member is not None and member.get("relation") == "self"

    def add_member(self, relation: str) -> dict[str, Any]:
        """A new person who lives with the household; ids are never used twice."""
        taken = [int(member["id"][1:]) for member in self.members] + [self.facts_counter()]
        number = max(taken) + 1
        member: dict[str, Any] = {"id": f"m{number}", "relation": relation, "co_living": True}
        self.facts["members"] = [*self.members, member]
        return member

    def facts_counter(self) -> int:
        """The highest number any unsure answer of a removed person still bears."""
        numbers = [int(key[1:].partition(":")[0]) for key in self.unsure if key.startswith("m")]
        return max(numbers, default=0)

    def remove_member(self, person: str) -> None:
        self.facts["members"] = [member for member in self.members if member["id"] != person]
        self.unsure = {key for key in self.unsure if not key.startswith(f"{person}:")}

    def told(self, asked: Asked) -> Any:
        """What was told, or None."""
        place: Any = self._place(asked)
        for part in _path(asked):
            if not isinstance(place, Mapping) or part not in place:
                return None
            place = place[part]
        return place

    def tell(self, asked: Asked, value: Any) -> None:
        """Record an answer; None takes it back. Either way it no longer counts as unsure."""
        self.unsure.discard(asked.key)
        *above, last = _path(asked)
        place = self._place(asked)
        for part in above:
            place = place.setdefault(part, {})
        if value is None:
            place.pop(last, None)
        else:
            place[last] = value

    def not_sure(self, asked: Asked) -> None:
        """Record “不清楚”: the fact stays untold and is not asked again."""
        self.tell(asked, None)
        self.unsure.add(asked.key)

    def is_settled(self, asked: Asked) -> bool:
        """Whether the citizen has dealt with it, be it by “不清楚”."""
        return asked.key in self.unsure or self.told(asked) is not None

    def _place(self, asked: Asked) -> dict[str, Any]:
        if asked.fact.startswith(MEMBER):
            return self.member(asked.person) or {}
        return self.facts

    def label(self, person: str) -> str:
        """How to speak of a person: 母亲, or 孩子（8 岁） where there are several."""
        member = self.member(person)
        if member is None:
            return person
        relation = str(member.get("relation") or "other")
        word = of_another(str(RELATIONS.get(relation, relation)))
        if sum(1 for other in self.members if other.get("relation") == relation) < 2:
            return word
        if member.get("age") is not None:
            return str(_("%(who)s（%(age)s 岁）", who=word, age=member["age"]))
        same = [other["id"] for other in self.members if other.get("relation") == relation]
        return f"{word} {same.index(person) + 1}"

    def labels(self) -> Iterator[tuple[str, str]]:
        return ((member["id"], self.label(member["id"])) for member in self.members)


def _path(asked: Asked) -> list[str]:
    parts = asked.fact.split(".")
    return parts[1:] if parts[0] == "member" else parts


def age_on(member: Mapping[str, Any], day: date) -> int | None:
    """Completed years, from the age or the birth date; None where neither was told."""
    if member.get("age") is not None:
        return int(member["age"])
    try:
        born = date.fromisoformat(str(member.get("birth_date") or ""))
    except ValueError:
        return None
    return max(0, day.year - born.year - ((day.month, day.day) < (born.month, born.day)))
