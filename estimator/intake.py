"""From the JSON facts of one question to named values: what was not told becomes UNKNOWN or an interval."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Final

from estimator.errors import FactError, FactProblem
from estimator.feel import Value, interval
from estimator.model import FactSpec
from estimator.truth import UNKNOWN, Truth

NOWHERE: Final = ""  # the region nobody told: only the national layer can speak, and never finally
# Six digits; the statistics bureau's longer codes (town, village) begin with the county's six.
_REGION: Final = re.compile(r"(\d{6})(?:\d{3}|\d{6})?")
_LONGEST_SHOWN: Final = 40
_LARGEST: Final = Decimal(10) ** 12
_NOBODY: Final = frozenset({"household", "place"})  # subjects of an estimate that are no member's id
_TOP_KEYS: Final = frozenset({"region", "area", "as_of", "standards", "household", "members"})


@dataclass(frozen=True, slots=True)
class Person:
    """One listed person: id, whether a member of the household (co-living), and the facts by name."""

    id: str
    co_living: Truth
    facts: Mapping[str, Value]


@dataclass(frozen=True, slots=True)
class Question:
    """One household's facts, read: place, area (None = not told), day, typed local values, facts, persons."""

    region: str
    area: str | None
    as_of: date
    typed: Mapping[str, Value]
    household: Mapping[str, Value]
    persons: tuple[Person, ...]
    ignored: tuple[str, ...]


def not_told(spec: FactSpec) -> Value:
    """What stands for a fact nobody told: an interval for a number, UNKNOWN for everything else."""
    if spec.not_told is not None:
        return spec.not_told
    if spec.type in ("money", "number", "integer"):
        return interval(spec.low, spec.high)
    return UNKNOWN


class Intake:
    """Reads questions against one list of facts."""

    def __init__(self, facts: Mapping[str, FactSpec]) -> None:
        self.facts = facts
        self._household = {
            spec.id: not_told(spec)
            for spec in facts.values()
            if spec.level == "household" and spec.type != "group"
        }
        self._member = {
            spec.id: not_told(spec)
            for spec in facts.values()
            if spec.level == "member" and spec.type != "group"
        }
        # The facts below each level and each group, by what is left of their names.
        levels = {
            "household",
            "member",
            "standards",
            *(one.id for one in facts.values() if one.type == "group"),
        }
        self._below = {
            level: {
                name.removeprefix(f"{level}."): spec
                for name, spec in facts.items()
                if name.startswith(f"{level}.")
            }
            for level in levels
        }

    def read(self, facts: Mapping[str, object], *, as_of: date, region: str | None = None) -> Question:
        """The question in named values; `as_of` and `region` stand in where the facts carry none.

        Raises FactError with every problem. Keys that are no facts are listed in `ignored`.
        """
        problems: list[FactProblem] = []
        ignored: list[str] = [_readable(str(key)) for key in facts if key not in _TOP_KEYS]
        day = self._day(facts.get("as_of"), as_of, problems)
        place = self._place(facts.get("region"), region, problems)
        area = self._area(facts.get("area"), problems)
        typed: dict[str, Value] = {}
        self._section("standards", facts.get("standards"), "standards", typed, problems, ignored)
        household = self._household.copy()
        self._section("household", facts.get("household"), "household", household, problems, ignored)
        persons = self._persons(facts.get("members"), day, problems, ignored)
        if problems:
            raise FactError(tuple(problems))
        return Question(place, area, day, typed, household, persons, tuple(ignored))

    def _persons(
        self, members: object, day: date, problems: list[FactProblem], ignored: list[str]
    ) -> tuple[Person, ...]:
        if members is None:
            return ()
        if not isinstance(members, (list, tuple)):
            problems.append(FactProblem("members", "is not a list", "write a list of objects"))
            return ()
        persons: list[Person] = []
        names: set[str] = set()
        for index, raw in enumerate(members, 1):
            if not isinstance(raw, Mapping):
                problems.append(FactProblem(f"members[{index}]", "is not an object", 'write {"id": …}'))
                continue
            given = raw.get("id")
            told = isinstance(given, (str, int)) and not isinstance(given, bool)
            name = _readable(str(given)) if told else f"m{index}"
            if name in _NOBODY:
                problems.append(
                    FactProblem(f"members[{index}].id", f"{name!r} stands for no person", "give another id")
                )
            if name in names:
                problems.append(
                    FactProblem(f"members[{index}].id", f"{name!r} stands twice", "give each its own")
                )
            names.add(name)
            facts = self._member.copy()
            rest = {key: value for key, value in raw.items() if key != "id"}
            self._section("member", rest, f"members.{name}", facts, problems, ignored)
            age = _age(facts, day)
            if age is not None:
                facts["member.age"] = age
            co_living = facts["member.co_living"]
            persons.append(Person(name, co_living if isinstance(co_living, Truth) else UNKNOWN, facts))
        return tuple(persons)

    def _section(
        self,
        level: str,
        raw: object,
        path: str,
        into: dict[str, Value],
        problems: list[FactProblem],
        ignored: list[str],
    ) -> None:
        """What was told below a level, put in by name; what was not told is left as it is."""
        if raw is None:
            return
        if not isinstance(raw, Mapping):
            problems.append(FactProblem(path, "is not an object", 'write {"name": value, …}'))
            return
        specs = self._below[level]
        for key, value in raw.items():
            spec = specs.get(key)
            if spec is None:
                ignored.append(_readable(f"{path}.{key}"))
            elif spec.type == "group":
                self._section(spec.id, value, f"{path}.{key}", into, problems, ignored)
            elif value is not None:
                told = _told(spec, value)
                if told is None:
                    problems.append(FactProblem(f"{path}.{key}", *_problem(spec, value)))
                else:
                    into[spec.id] = told

    def _area(self, value: object, problems: list[FactProblem]) -> str | None:
        if value is None:
            return None
        told = _told(self.facts["area"], value)
        if not isinstance(told, str):
            problems.append(FactProblem("area", *_problem(self.facts["area"], value)))
            return None
        return told

    @staticmethod
    def _day(value: object, otherwise: date, problems: list[FactProblem]) -> date:
        day = otherwise if value is None else _date(value)
        if day is None:
            problems.append(FactProblem("as_of", f"{_quoted(value)} is not a day", "write YYYY-MM-DD"))
        return day or otherwise

    @staticmethod
    def _place(value: object, otherwise: str | None, problems: list[FactProblem]) -> str:
        code = otherwise if value is None else value
        if code is None:
            return NOWHERE
        found = _REGION.fullmatch(unicodedata.normalize("NFKC", str(code)).strip())
        if found is None:
            problems.append(
                FactProblem("region", f"{_quoted(code)} is not a place", "write its six-digit code")
            )
            return NOWHERE
        return found[1]


def _told(spec: FactSpec, value: object) -> Value:
    """What was told of a fact; None where it cannot be read so."""
    if spec.type == "truth":
        if value is True:
            return Truth.TRUE
        if value is False:
            return Truth.FALSE
        return Truth.of(value == "true") if value in ("true", "false") else None
    if spec.type == "choice":
        return value if isinstance(value, str) and value in spec.options else None
    if spec.type == "date":
        return _date(value)
    if spec.type == "text":
        return str(value)
    number = _number(value)
    if number is None or (spec.type == "integer" and number != number.to_integral_value()):
        return None
    low, high = spec.told_low, spec.told_high
    return (
        None
        if (low is not None and number < low) or number > (high if high is not None else _LARGEST)
        else number
    )


def _problem(spec: FactSpec, value: object) -> tuple[str, str]:
    """What is wrong with a told value, and the cure."""
    shown = _quoted(value)
    match spec.type:
        case "truth":
            return f"{shown} is neither true nor false", "write true, false or null"
        case "choice":
            return f"{shown} is not one of the choices", f"write {', '.join(spec.options)} or null"
        case "date":
            return f"{shown} is not a day", "write YYYY-MM-DD or null"
    number = _number(value)
    if number is None:
        return f"{shown} is not a number", 'write a decimal such as "660.50", or null'
    if spec.type == "integer" and number != number.to_integral_value():
        return f"{shown} is not a whole number", "write a whole number or null"
    low, high = spec.told_low, spec.told_high
    return f"{shown} is out of bounds", f"write a number from {low} to {high or _LARGEST}"


def _readable(text: str) -> str:
    """The text with half a character, which no UTF-8 can hold, written as its escape."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def _quoted(value: object) -> str:
    """A told value as a message shows it: short, and a number as it was written."""
    text = str(value) if isinstance(value, (Decimal, float)) else repr(value)
    return text if len(text) <= _LONGEST_SHOWN else f"{text[:_LONGEST_SHOWN]}…"


def _age(facts: Mapping[str, Value], day: date) -> Decimal | None:
    """Completed years on the day; an age is reached on the birthday itself. None where nothing was told."""
    age, born = facts["member.age"], facts["member.birth_date"]
    if isinstance(age, Decimal) or not isinstance(born, date):
        return None
    years = day.year - born.year - ((day.month, day.day) < (born.month, born.day))
    return Decimal(max(years, 0))


def _number(value: object) -> Decimal | None:
    if isinstance(value, str):
        text = value.strip()
    elif isinstance(value, bool) or not isinstance(value, (int, float, Decimal)):
        return None
    else:
        text = str(value)
    try:
        number = Decimal(text)
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


def _date(value: object) -> date | None:
    if isinstance(value, date):
        return value
    try:
        return date.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None
