"""Reads and checks the files of published local values: one TOML file a place, one row a dated value.

Every defect of every file is reported at once, with its file, its key, what is wrong and what would be right.
"""

import re
import tomllib
from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from decimal import Decimal, localcontext
from pathlib import Path
from typing import Any, get_args

from estimator.errors import DataError, Defect
from estimator.places import place
from estimator.standards_model import UNVERIFIED, Covers, Holds, Kind, PublishedValue, StandardName

DEFAULT_NAMES = Path(__file__).with_name("standard_names.toml")
_DIGITS = 28
_REQUIRED = ("name", "value", "unit", "from", "kind", "document", "confidence")
_ALLOWED: dict[str, tuple[str, ...]] = {
    "area": ("urban", "rural", "both"),
    "kind": get_args(Kind),
    "covers": get_args(Covers),
    "confidence": ("high", "medium", "low"),
    "precision": ("year", "month", "last_day", "derived"),
}
_DATES = ("from", "to", "review_by")
_KEYS = {*_REQUIRED, *_ALLOWED, *_DATES, "note"}
_YEARS = range(1990, 2100)
_NUMBER = re.compile(r"\d+(\.\d+)?")


def read_names(file: Path) -> dict[str, StandardName]:
    """The names that may be asked for; `DataError` if the file is not as `standard_names.toml` describes."""
    names = {}
    for id_, row in parse(file).items():
        unknown = row.keys() - {"title", "area", "units", "holds", "of", "in_area", "year_before"}
        known = row.get("holds", "its_year") in get_args(Holds) and ("of" in row) != ("units" in row)
        if unknown or "title" not in row or not known:
            raise DataError((_defect(file, id_, "this is no name table", "see the head of the file"),))
        names[id_] = StandardName(
            id=id_,
            title=row["title"],
            by_area=row.get("area", False),
            units=tuple(row.get("units", ())),
            holds=row.get("holds", "until_replaced"),
            of=row.get("of"),
            in_area=row.get("in_area"),
            year_before=row.get("year_before", False),
        )
    lost = [name for name in names.values() if name.of is not None and name.of not in names]
    if lost:
        raise DataError(
            tuple(_defect(file, name.id, f"of = {name.of} names nothing", "name a table") for name in lost)
        )
    return names


def read_values(directory: Path, names: dict[str, StandardName]) -> tuple[PublishedValue, ...]:
    """All values of a directory of `<6-digit>.toml` files; `DataError` with every defect of every file."""
    values: list[PublishedValue] = []
    defects: list[Defect] = []
    for file in sorted(directory.glob("*.toml")):
        try:
            content = parse(file)
        except DataError as error:
            defects += error.defects
            continue
        found, wrong = check_content(file, content, names)
        values += found
        defects += wrong
    if not values and not defects:
        defects.append(_defect(directory, "*", "no value found", "put a file <6-digit>.toml there"))
    if defects:
        raise DataError(tuple(defects))
    return tuple(values)


def check_content(
    file: Path, content: dict[str, Any], names: dict[str, StandardName]
) -> tuple[list[PublishedValue], list[Defect]]:
    """The values of one parsed file and all that is wrong in it."""
    code = content.get("place")
    found = place(code)
    if found is None or found.code != code:
        return [], [_defect(file, "place", f"{code!r} is no known place", "give its code of today")]
    if file.stem != code:
        return [], [_defect(file, "place", f"{code} is not the file's name", f"call the file {code}.toml")]
    unknown = sorted(content.keys() - {"place", "value"})
    defects = [_defect(file, key, "unknown key", "only place and [[value]]") for key in unknown]
    rows = content.get("value", [])
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        return [], [*defects, _defect(file, "value", "is no table", "head each value with [[value]]")]
    values = []
    for number, row in enumerate(rows, start=1):
        wrong = list(_row_defects(file, f"value {number}", row, names))
        defects += wrong
        if not wrong:
            values.append(_value(code, row, names))
    return values, [*defects, *_overlaps(file, values)]


def _row_defects(
    file: Path, at: str, row: dict[str, Any], names: dict[str, StandardName]
) -> Iterator[Defect]:
    at = f"{at} ({row.get('name', '?')} {row.get('from', '?')})"
    for key in sorted(row.keys() - _KEYS):
        yield _defect(file, f"{at}.{key}", "unknown key", f"one of {', '.join(sorted(_KEYS))}")
    for key in _REQUIRED:
        if row.get(key) in (None, ""):
            cure = f'a value without one says "{UNVERIFIED}"' if key == "document" else "give it"
            yield _defect(file, f"{at}.{key}", "missing", cure)
    for key, allowed in _ALLOWED.items():
        if key in row and row[key] not in allowed:
            yield _defect(file, f"{at}.{key}", f"{row[key]!r} is not allowed", f"one of {', '.join(allowed)}")
    for key in ("name", "document", "note"):
        if not isinstance(row.get(key, ""), str):
            yield _defect(file, f"{at}.{key}", f"{row[key]!r} is no text", "put it in quotes")
    dates = {key: row[key] for key in _DATES if key in row}
    for key, value in dates.items():
        if type(value) is not date:
            yield _defect(file, f"{at}.{key}", f"{value!r} is no date", "write it as 2024-01-01, unquoted")
        elif value.year not in _YEARS:
            yield _defect(file, f"{at}.{key}", f"{value} is no likely date", "look at the year")
    number = row.get("value")
    if number is not None and not (isinstance(number, str) and _NUMBER.fullmatch(number)):
        yield _defect(file, f"{at}.value", f"{number!r} is no number", 'write it as "560" or "3804.50"')
    if all(type(value) is date for value in dates.values()) and "from" in dates:
        for key in ("to", "review_by"):
            if key in dates and dates[key] < dates["from"]:
                yield _defect(file, f"{at}.{key}", f"{dates[key]} is before from", "put the dates in order")
    if not row.get("name") or not isinstance(row["name"], str):
        return
    name = names.get(row["name"])
    if name is None or name.of is not None:
        yield _defect(file, f"{at}.name", "no such standard", "take a name of standard_names.toml")
        return
    if row.get("unit") not in (None, *name.units):
        yield _defect(
            file, f"{at}.unit", f"{row['unit']!r} is not its unit", f"take {' or '.join(name.units)}"
        )
    if name.by_area != ("area" in row):
        cure = "say urban, rural or both" if name.by_area else "take it away"
        yield _defect(file, f"{at}.area", "missing" if name.by_area else "has no area", cure)
    if name.holds == "its_year" and "to" not in row:
        yield _defect(file, f"{at}.to", "missing", "a figure of one period needs its last day")


def _value(code: str, row: dict[str, Any], names: dict[str, StandardName]) -> PublishedValue:
    value = Decimal(row["value"])
    starts: date = row["from"]
    area = row.get("area", "both")
    return PublishedValue(
        place_code=code,
        name=row["name"],
        areas=("urban", "rural") if area == "both" else (area,),
        value=value,
        monthly=a_month(value, row["unit"]),
        unit=row["unit"],
        effective_from=starts,
        effective_to=row.get("to"),
        review_by=row.get("review_by") or row.get("to") or _a_year_after(starts),
        kind=row["kind"],
        covers=row.get("covers", "self"),
        document=row["document"],
        confidence=row["confidence"],
        precision=row.get("precision"),
        note=row.get("note", ""),
    )


def a_month(value: Decimal, unit: str) -> Decimal:
    """The figure a month of a published figure; a yearly one is divided by 12, to 28 digits."""
    if not unit.endswith("/year"):
        return value
    with localcontext() as context:
        context.prec = _DIGITS
        return value / 12


def _a_year_after(day: date) -> date:
    if (day.month, day.day) == (2, 29):
        return date(day.year + 1, 3, 1) - timedelta(days=1)
    return day.replace(year=day.year + 1)


def _overlaps(file: Path, values: Iterable[PublishedValue]) -> Iterator[Defect]:
    """Two values of one name, area and kind that both claim a day."""
    latest: dict[tuple[str, str, str], PublishedValue] = {}
    for value in sorted(values, key=lambda value: value.effective_from):
        for area in value.areas:
            key = (value.name, area, value.kind)
            before = latest.get(key)
            if before is not None and value.effective_from <= (before.effective_to or before.effective_from):
                yield _defect(
                    file,
                    f"{value.name} {area} {value.kind} from {value.effective_from}",
                    f"overlaps the one from {before.effective_from}",
                    "end the earlier one before the later one starts",
                )
            latest[key] = value


def parse(file: Path) -> dict[str, Any]:
    """The content of a TOML file; `DataError` if it is none."""
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise DataError((_defect(file, "-", f"no readable TOML: {error}", "mend the line"),)) from error


def _defect(file: Path, key: str, problem: str, cure: str) -> Defect:
    return Defect(f"{file.parent.name}/{file.name}", key, problem, cure)
