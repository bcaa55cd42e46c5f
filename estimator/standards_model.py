"""The shapes of local values: what may be asked for, what was published, and what counts on a day."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal

Area = Literal["urban", "rural"]
Kind = Literal["local", "guidance"]
Level = Literal["local", "guidance", "typed"]
Covers = Literal["self", "districts", "all", "other_counties"]
Holds = Literal["rising", "until_replaced", "its_year"]

UNVERIFIED = "媒体报道，未核实"  # stands where a document's name would, and is shown as it is


@dataclass(frozen=True, slots=True)
class StandardName:
    """What may be asked for (`standard_names.toml`): published itself, or a way of asking for another."""

    id: str
    title: str
    by_area: bool = False
    units: tuple[str, ...] = ()
    holds: Holds = "until_replaced"
    of: str | None = None
    in_area: Area | None = None
    year_before: bool = False


@dataclass(frozen=True, slots=True)
class PublishedValue:
    """One dated value of one place as published; `monthly` is the figure a month, exact to 28 digits.

    A ratio has `monthly` equal to `value`. `effective_to` is the last day on which it is known to have held.
    """

    place_code: str
    name: str
    areas: tuple[Area, ...]
    value: Decimal
    monthly: Decimal
    unit: str
    effective_from: date
    effective_to: date | None
    review_by: date
    kind: Kind
    covers: Covers
    document: str
    confidence: str
    precision: str | None
    note: str

    @property
    def usable(self) -> bool:
        """A low-confidence value is kept for an officer to confirm and is not used until then."""
        return self.confidence != "low"


@dataclass(frozen=True, slots=True)
class Standard:
    """The value to use on a day: as published (`value` in `unit`) and a month (`monthly`, CNY or a ratio).

    `level` says where it comes from; `fresh` is False past its review date; `at_least` means that the true
    value may be higher and is not lower. `effective_from` is None for a typed value.
    """

    name: str
    value: Decimal
    monthly: Decimal
    unit: str
    effective_from: date | None
    document: str
    level: Level
    confidence: str
    fresh: bool
    at_least: bool
    place_code: str
    review_by: date | None
    title: str = ""
    note: str = ""

    @property
    def verified(self) -> bool:
        """Whether an official document stands behind the value."""
        return self.level != "typed" and self.document != UNVERIFIED

    def to_json(self) -> dict[str, str | bool | None]:
        """One item of an estimate's `standards`."""
        return {
            "name": self.name,
            "value": str(self.value),
            "unit": self.unit,
            "effective_from": self.effective_from.isoformat() if self.effective_from else None,
            "document": self.document,
            "level": self.level,
            "fresh": self.fresh,
        }


@dataclass(frozen=True, slots=True)
class Overdue:
    """A value that is the latest of its kind in its place and is past its review date."""

    value: PublishedValue
    days: int
