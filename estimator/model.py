"""The shapes of the rule tables: values, conditions, decisions, amounts, details, steps; all dated."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final, Literal

from estimator.feel import Expression
from estimator.norms import NormRegistry, place_prefix
from estimator.standards import StandardsTable

Level = Literal["household", "member"]
Area = Literal["urban", "rural"]
FactType = Literal["truth", "money", "number", "integer", "choice", "date", "text", "group"]
Outcome = Literal["likely", "unlikely", "undetermined", "no_rule"]
Status = Literal["firm", "norm_unverified", "norms_conflict"]
RuleClass = Literal["C", "E", "P", "D", "S", "DR"]

NATION: Final = "000000"


@dataclass(frozen=True, slots=True)
class FactSpec:
    """One fact a rule may ask for: `id` is its place in the input (`member.` stands for each member)."""

    id: str
    level: Literal["place", "household", "member", "standards"]
    type: FactType
    unit: str
    low: Decimal | None
    high: Decimal | None
    told_low: Decimal | None
    told_high: Decimal | None
    not_told: Decimal | None
    options: Mapping[str, str]
    question: str
    help: str
    sensitive: bool
    cost: int
    group: str | None
    """The group it is asked with, as one page; a fact of type `group` stands for all its facts together."""


@dataclass(frozen=True, slots=True)
class Scope:
    """Where and when a row counts: norm, jurisdiction (the norm's or narrower), area, first and last day."""

    norm: str
    jurisdiction: str
    area: Area | None
    start: date
    end: date | None

    def covers(self, region: str, area: str | None, day: date) -> bool:
        """Whether the row speaks for this place on this day; `area` None stands for either."""
        if day < self.start or (self.end is not None and day > self.end):
            return False
        if self.area is not None and area is not None and self.area != area:
            return False
        return region.startswith(place_prefix(self.jurisdiction))

    @property
    def depth(self) -> int:
        """How narrow the place and area are: the narrower row speaks before the wider one."""
        return 2 * len(place_prefix(self.jurisdiction)) + (self.area is not None)


@dataclass(frozen=True, slots=True)
class Rule:
    """What every row has: its id, where it stands, its words and its sources."""

    id: str
    file: str
    programme: str
    scope: Scope
    rule_class: RuleClass
    text: str
    citations: tuple[str, ...]
    catalogue: tuple[str, ...]
    note: str


@dataclass(frozen=True, slots=True)
class Value(Rule):
    """A named value others build on, such as the income that counts; the narrower row of a name speaks."""

    name: str
    level: Level
    expression: Expression


@dataclass(frozen=True, slots=True)
class Condition(Rule):
    """One condition of a decision; where it compares two sides, both are kept to be shown."""

    expression: Expression
    level: Level
    left: Expression | None
    operator: str | None
    right: Expression | None
    words: Mapping[str, str]
    """How to say it when `true`, `false` and `unknown`; {left} and {right} stand for the two sides."""


@dataclass(frozen=True, slots=True)
class Amount(Rule):
    """What is paid, and in which words its arithmetic is shown."""

    expression: Expression
    unit: str
    decisions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Detail(Rule):
    """One programme-specific figure; `each` makes it a figure by member id."""

    key: str
    expression: Expression
    format: Literal["money", "number", "text", "truth", "ratio"]
    each: bool
    decisions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Step(Rule):
    """What a person decides, a paper, a time limit or a local figure: said, never computed into a yes."""

    kind: Literal["judgement", "document", "time_limit", "procedure", "parameter", "benefit", "draft"]
    when: Expression | None


@dataclass(frozen=True, slots=True)
class Decision(Rule):
    """What one document says about one programme: all its conditions together.

    `when` narrows it to the people the document speaks of; `disputes` names the decisions of other norms that
    say otherwise, so that the estimate is made under each.
    """

    conditions: tuple[Condition, ...]
    when: Expression | None
    when_text: str
    disputes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Programme:
    """One kind of help, with every row about it."""

    id: str
    title: str
    subject: Level
    summary: bool
    """Member programmes only: whether one line for the household comes before the members' lines."""
    note: str
    decisions: tuple[Decision, ...]
    amounts: tuple[Amount, ...]
    details: tuple[Detail, ...]
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True, eq=False)  # compared by identity: plans are kept by rulebook
class Rulebook:
    """Everything the estimator knows, checked: norms, facts, values, programmes in the contract's order."""

    version: str
    sha256: str
    norms: NormRegistry
    facts: Mapping[str, FactSpec]
    standards: StandardsTable
    values: Mapping[str, tuple[Value, ...]]
    programmes: Mapping[str, Programme]
    rules: Mapping[str, Rule]
