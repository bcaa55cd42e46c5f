"""Takes an officer's CSV of new local values into the files of `standards/`: first a plan, then the writing.

The columns are the keys of a `[[value]]` plus `place`; a spreadsheet saved as UTF-8 or GB 18030 is read.
"""

import csv
import io
import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from estimator.errors import DataError, Defect
from estimator.places import place
from estimator.standards_model import PublishedValue, StandardName
from estimator.standards_reader import DEFAULT_NAMES, check_content, parse, read_names

_TEXTS = ("name", "area", "value", "unit", "kind", "covers", "document", "confidence", "precision", "note")
_DATES = ("from", "to", "review_by")
_COLUMNS = ("place", *_TEXTS, *_DATES)
_ORDER = (
    "name",
    "area",
    "value",
    "unit",
    "from",
    "precision",
    "to",
    "review_by",
    "kind",
    "covers",
    "document",
    "confidence",
    "note",
)
# A new line this much above the one before is more often a slip of the keys than a raise.
_SURPRISING_RAISE = Decimal("1.5")


@dataclass(frozen=True, slots=True)
class Addition:
    """One new value: the file it goes to, its text there, and the value it follows."""

    file: Path
    text: str
    value: PublishedValue
    follows: PublishedValue | None
    title: str

    @property
    def doubt(self) -> str | None:
        """Why this figure deserves a second look; None if nothing is odd."""
        if self.follows is None:
            return None
        if self.value.monthly < self.follows.monthly:
            return "比原标准低：标准只升不降，请再核对"
        if self.value.monthly > self.follows.monthly * _SURPRISING_RAISE:
            return "比原标准高出一半以上，请再核对"
        return None

    def __str__(self) -> str:
        where = place(self.value.place_code)
        name = where.full_name if where else self.value.place_code
        before = f"{self.follows.value}（{self.follows.effective_from}起）→ " if self.follows else ""
        areas = "城市" if self.value.areas == ("urban",) else "农村" if self.value.areas == ("rural",) else ""
        line = (
            f"{name} {areas}{self.title}：{before}{self.value.value} {self.value.unit}，"
            f"{self.value.effective_from}起，{self.value.document}"
        )
        return f"{line}【{self.doubt}】" if self.doubt else line


@dataclass(frozen=True, slots=True)
class Plan:
    """What an import would do: the additions in the order of the CSV, and how many rows are there already."""

    additions: tuple[Addition, ...]
    already_there: int


def plan_import(csv_file: Path, directory: Path) -> Plan:
    """Checks a CSV against the files it would change and writes nothing; `DataError` names wrong lines."""
    names = read_names(DEFAULT_NAMES)
    rows = list(_rows(csv_file))
    additions: list[Addition] = []
    defects: list[Defect] = []
    already_there = 0
    for code in dict.fromkeys(row["place"] for _, row in rows):
        if (found := place(code)) is None or found.code != code:
            lines = ", ".join(str(line) for line, row in rows if row["place"] == code)
            defects.append(
                _defect(csv_file, f"line {lines}: place", f"no known place {code!r}", "give its code")
            )
            continue
        file = directory / f"{code}.toml"
        held = parse(file).get("value", []) if file.exists() else []
        known, _ = check_content(file, {"place": code, "value": held}, names)
        fresh = [(line, _without_place(row)) for line, row in rows if row["place"] == code]
        new = [(line, row) for line, row in fresh if row not in held]
        already_there += len(fresh) - len(new)
        for line, row in new:
            added, wrong = check_content(file, {"place": code, "value": [row]}, names)
            defects += (_defect(csv_file, f"line {line}: {one.key}", one.problem, one.cure) for one in wrong)
            additions += (_addition(file, row, value, known, names) for value in added)
        if not defects:
            _, wrong = check_content(file, {"place": code, "value": [*held, *(row for _, row in new)]}, names)
            defects += wrong
    if defects:
        raise DataError(tuple(defects))
    return Plan(tuple(additions), already_there)


def write_import(plan: Plan) -> None:
    """Appends the planned values to their files, each file replaced in one step."""
    for file in dict.fromkeys(addition.file for addition in plan.additions):
        if file.exists():
            text = file.read_text(encoding="utf-8").rstrip("\n") + "\n"
        else:
            found = place(file.stem)
            text = f'# {found.full_name if found else ""}\nplace = "{file.stem}"\n'
        text += "".join(f"\n{addition.text}" for addition in plan.additions if addition.file == file)
        beside = file.with_suffix(".new")
        beside.write_text(text, encoding="utf-8")
        os.replace(beside, file)


def _addition(
    file: Path,
    row: dict[str, Any],
    value: PublishedValue,
    known: list[PublishedValue],
    names: dict[str, StandardName],
) -> Addition:
    before = [
        held
        for held in known
        if (held.name, held.kind) == (value.name, value.kind)
        and set(held.areas) & set(value.areas)
        and held.effective_from < value.effective_from
    ]
    follows = max(before, key=lambda held: held.effective_from, default=None)
    return Addition(file, _as_toml(row), value, follows, names[value.name].title)


def _as_toml(row: dict[str, Any]) -> str:
    lines = ["[[value]]"]
    for key in _ORDER:
        if key in row:
            lines.append(f"{key} = {row[key] if isinstance(row[key], date) else _quoted(row[key])}")
    return "\n".join(lines) + "\n"


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _without_place(row: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in row.items() if key != "place"}


def _rows(csv_file: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    """The filled cells of each row with its line number; dates become dates where they are dates."""
    reader = csv.DictReader(io.StringIO(_text(csv_file), newline=""))
    strange = set(reader.fieldnames or ()) - set(_COLUMNS)
    if strange or "place" not in (reader.fieldnames or ()):
        problem = f"unknown column {', '.join(sorted(strange))}" if strange else "no column place"
        raise DataError((_defect(csv_file, "line 1", problem, f"use {', '.join(_COLUMNS)}"),))
    for cells in reader:
        if None in cells:
            raise DataError((_defect(csv_file, f"line {reader.line_num}", "too many cells", "quote commas"),))
        if not all((text or "").isprintable() for text in cells.values()):
            raise DataError(
                (
                    _defect(
                        csv_file, f"line {reader.line_num}", "an unprintable character", "type the cell anew"
                    ),
                )
            )
        row: dict[str, Any] = {key: text.strip() for key, text in cells.items() if text and text.strip()}
        if row:
            row.setdefault("place", "")
            yield reader.line_num, {key: _date(text) if key in _DATES else text for key, text in row.items()}


def _date(text: str) -> date | str:
    """A day written 2026-07-01 or, as spreadsheets do, 2026/7/1; other text stays for the check to refuse."""
    try:
        year, month, day = text.replace("/", "-").split("-")
        return date(int(year), int(month), int(day))
    except ValueError:
        return text


def _text(csv_file: Path) -> str:
    content = csv_file.read_bytes()
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        pass
    try:
        return content.decode("gb18030")
    except UnicodeDecodeError as error:
        raise DataError((_defect(csv_file, "-", f"not readable: {error}", "save it as UTF-8"),)) from error


def _defect(csv_file: Path, key: str, problem: str, cure: str) -> Defect:
    return Defect(csv_file.name, key, problem, cure)
