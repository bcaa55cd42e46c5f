"""Published local values by place, area and day: dibao lines, minimum wages, allowances (`standards/*.toml`).

A local value comes before provincial guidance; an old local value and a guidance minimum are floors
("at least"), because lines are raised and not lowered. Names that may be asked for: `standard_names.toml`.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import lru_cache
from pathlib import Path

from estimator.places import Place, ancestors, counties_of, place
from estimator.standards_model import Area, Kind, Overdue, PublishedValue, Standard, StandardName
from estimator.standards_reader import DEFAULT_NAMES, read_names, read_values

__all__ = ["Overdue", "PublishedValue", "Standard", "StandardsTable", "load_standards"]

TYPED_DOCUMENT = "本人填写"
DEFAULT_DIRECTORY = Path(__file__).with_name("standards")
_Rows = dict[tuple[str, str, str], tuple[PublishedValue, ...]]


@dataclass(frozen=True, slots=True, eq=False)
class StandardsTable:
    """All published values, ready to be asked; made by `load_standards`."""

    names: dict[str, StandardName]
    values: tuple[PublishedValue, ...]
    rows: _Rows

    def lookup(self, name: str, region: str, area: str | None, as_of: date) -> Standard | None:
        """The value of `name` in a place for urban or rural households on a day; None where none is known.

        A local value holds until replaced. Past its review date it counts as at least itself, or as at least
        the province's guidance minimum where that is higher. Guidance stands in for an unknown local value.
        A dibao line and its like need an area; an unknown name, place or area gives None.
        """
        return _lookup(self, name, region, area, as_of)

    def history(self, name: str, region: str, area: str | None) -> tuple[PublishedValue, ...]:
        """Every usable value that ever counted in the place, oldest first, local and guidance."""
        asked = self.names.get(name)
        found = place(region)
        if asked is None or found is None:
            return ()
        both: tuple[Kind, ...] = ("local", "guidance")
        rows = (
            row
            for kind in both
            for nearer in self._by_distance(asked.of or name, asked.in_area or area, kind, found)
            for row in nearer
        )
        return tuple(sorted(rows, key=lambda row: (row.effective_from, row.kind)))

    def coverage(
        self, region: str, area: Area, as_of: date, name: str = "dibao_standard"
    ) -> tuple[tuple[Place, Standard | None], ...]:
        """Each county below a place with its value on a day, None where none is known."""
        return tuple((county, self.lookup(name, county.code, area, as_of)) for county in counties_of(region))

    def overdue(self, as_of: date) -> tuple[Overdue, ...]:
        """Latest values past their review date on a day, longest overdue first: an officer's work list."""
        latest = {
            (*key, area): row
            for key, rows in self.rows.items()
            for row in rows
            for area in row.areas
            if row.effective_from <= as_of and self.names[row.name].holds != "its_year"
        }
        late = {row for row in latest.values() if row.review_by < as_of}
        found = (Overdue(row, (as_of - row.review_by).days) for row in late)
        return tuple(sorted(found, key=lambda item: (-item.days, item.value.place_code, item.value.name)))

    def unconfirmed(self) -> tuple[PublishedValue, ...]:
        """Low-confidence values, kept out of every estimate until an officer confirms them."""
        return tuple(value for value in self.values if not value.usable)

    def typed(self, name: str, value: Decimal) -> Standard:
        """A value the citizen or operator typed from the notice board, a month; it counts as exact."""
        asked = self.names.get(name)
        unit = self._typed_unit(asked)
        return Standard(
            name=name,
            value=value,
            monthly=value,
            unit=unit,
            effective_from=None,
            document=TYPED_DOCUMENT,
            level="typed",
            confidence="high",
            fresh=True,
            at_least=False,
            place_code="",
            review_by=None,
            title=asked.title if asked else name,
        )

    def _typed_unit(self, asked: StandardName | None) -> str:
        if asked is None:
            return "CNY/person/month"
        units = self.names[asked.of].units if asked.of else asked.units
        return units[0].replace("/year", "/month")

    def _by_distance(
        self, name: str, area: str | None, kind: Kind, found: Place
    ) -> Iterator[tuple[PublishedValue, ...]]:
        """The rows that count in a place, those of the nearest publishing place first."""
        published = self.names[name]
        for above in (found, *ancestors(found.code)):
            rows = tuple(
                row
                for row in self.rows.get((above.code, name, kind), ())
                if _counts(row, found, above) and (not published.by_area or area in row.areas)
            )
            if rows:
                yield rows


def load_standards(directory: Path = DEFAULT_DIRECTORY) -> StandardsTable:
    """Reads and checks every file of a directory; `DataError` names each defect."""
    names = read_names(DEFAULT_NAMES)
    values = read_values(directory, names)
    rows: dict[tuple[str, str, str], list[PublishedValue]] = {}
    for value in sorted(values, key=lambda value: value.effective_from):
        if value.usable:
            rows.setdefault((value.place_code, value.name, value.kind), []).append(value)
    return StandardsTable(names, values, {key: tuple(found) for key, found in rows.items()})


@lru_cache(maxsize=16384)
def _lookup(table: StandardsTable, name: str, region: str, area: str | None, as_of: date) -> Standard | None:
    asked = table.names.get(name)
    found = place(region)
    if asked is None or found is None:
        return None
    area = asked.in_area or area
    if asked.year_before and as_of.year == date.min.year:
        return None
    day = date(as_of.year - 1, 12, 31) if asked.year_before else as_of
    published = table.names[asked.of or name]
    local = _latest_nearest(table._by_distance(published.id, area, "local", found), day)
    guidance = _highest_latest(table._by_distance(published.id, area, "guidance", found), day)
    if published.holds == "its_year":
        local = local if local is not None and _known_to_hold(local, day) else None
    row = _prevailing(local, guidance, day)
    if row is None:
        return None
    fresh = day <= row.review_by
    at_least = row.kind == "guidance" or (not fresh and published.holds == "rising")
    return _standard(asked, row, fresh=fresh, at_least=at_least)


def _prevailing(
    local: PublishedValue | None, guidance: PublishedValue | None, day: date
) -> PublishedValue | None:
    """The local value, unless it may be out of date and the guidance minimum is higher."""
    if local is None or guidance is None:
        return local or guidance
    outdated = day > local.review_by or guidance.effective_from > local.effective_from
    if _known_to_hold(local, day) or not outdated or guidance.monthly <= local.monthly:
        return local
    return guidance


def _known_to_hold(row: PublishedValue, day: date) -> bool:
    return row.effective_to is not None and day <= row.effective_to


def _latest_nearest(groups: Iterator[tuple[PublishedValue, ...]], day: date) -> PublishedValue | None:
    for rows in groups:
        begun = [row for row in rows if row.effective_from <= day]
        if begun:
            return begun[-1]
    return None


def _highest_latest(groups: Iterator[tuple[PublishedValue, ...]], day: date) -> PublishedValue | None:
    """The highest guidance minimum that counts: the nearest one, and those meant for all places.

    A minimum for a city's districts leaves out the districts that the document lists by themselves.
    """
    counting: list[PublishedValue] = []
    for rows in groups:
        begun = [row for row in rows if row.effective_from <= day]
        if begun and (not counting or begun[-1].covers == "all"):
            counting.append(begun[-1])
    return max(counting, key=lambda row: row.monthly, default=None)


def _counts(row: PublishedValue, found: Place, above: Place) -> bool:
    """Whether a value published for `above` counts in `found`."""
    if found.code == above.code or row.covers == "all":
        return True
    if row.covers == "districts":
        return found.is_district and found.parent == above.code
    return row.covers == "other_counties" and found.level == "county" and not found.is_district


def _standard(asked: StandardName, row: PublishedValue, *, fresh: bool, at_least: bool) -> Standard:
    return Standard(
        name=asked.id,
        value=row.value,
        monthly=row.monthly,
        unit=row.unit,
        effective_from=row.effective_from,
        document=row.document,
        level=row.kind,
        confidence=row.confidence,
        fresh=fresh,
        at_least=at_least,
        place_code=row.place_code,
        review_by=row.review_by,
        title=asked.title,
        note=row.note,
    )
