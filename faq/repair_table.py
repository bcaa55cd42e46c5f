"""The hand-written part of a repair: `policies/repairs/<norm>.toml`, header facts and restorations."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from faq.corpus import POLICIES
from faq.errors import DataError, Defect
from faq.repair_page import Furniture
from faq.repair_script import ScriptRules
from faq.repair_text import Edit, Kind, Repair, Traced

REPAIRS = POLICIES / "repairs"
SHARED_TABLES = ("page.toml", "script.toml")
_HEADER_KEYS = frozenset(
    ("title", "document_number", "issuer", "date", "date_note", "abridged", "jurisdiction", "status")
)
_TABLE_KEYS = frozenset(("norm", "source_sha256", "header", "replace", "kept"))


@dataclass(frozen=True, slots=True)
class Row:
    """Replace `before` by `after`, exactly `count` times in the document, because of `why`."""

    before: str
    after: str
    count: int
    why: str


@dataclass(frozen=True, slots=True)
class Kept:
    """A place that looks wrong and stays as printed, because what stood there is not certain."""

    text: str
    why: str


@dataclass(frozen=True, slots=True)
class Table:
    """What is known about one document beforehand. `header` holds the policy file's header facts."""

    norm: str
    source_sha256: str
    header: Mapping[str, object]
    rows: tuple[Row, ...]
    kept: tuple[Kept, ...]


def load_tables(directory: Path = REPAIRS) -> tuple[Table, ...]:
    """All tables of known documents. Raises DataError."""
    return tuple(_table(path) for path in sorted(directory.glob("*.toml")) if path.name not in SHARED_TABLES)


def load_furniture(directory: Path = REPAIRS) -> tuple[Furniture, ...]:
    """The lines that belong to web pages. Raises DataError."""
    path = directory / "page.toml"
    furniture: list[Furniture] = []
    for item in _items(path, "line", ("kind", "pattern")):
        try:
            furniture.append(Furniture(str(item["kind"]), re.compile(str(item["pattern"]))))
        except re.error as error:
            defect = Defect(path.name, str(item["pattern"]), f"not a pattern ({error})", "correct it")
            raise DataError([defect]) from error
    return tuple(furniture)


def load_script_rules(directory: Path = REPAIRS) -> ScriptRules:
    """Words that the conversion to Simplified treats in their own way. Raises DataError."""
    path = directory / "script.toml"
    keep = tuple(str(item["word"]) for item in _items(path, "keep", ("word", "why")))
    replace = {
        str(item["word"]): str(item["right"]) for item in _items(path, "replace", ("word", "right", "why"))
    }
    return ScriptRules(keep, replace)


def apply_table(lines: Sequence[Traced], table: Table) -> tuple[list[Traced], list[Repair]]:
    """Applies every row. Raises DataError where a row does not match as often as it says."""
    file = f"repairs/{table.norm}.toml"
    current = list(lines)
    repairs: list[Repair] = []
    defects: list[Defect] = []
    for row in table.rows:
        found = 0
        for at, line in enumerate(current):
            edits = [
                Edit(match.start(), match.end(), row.after)
                for match in re.finditer(re.escape(row.before), line.text)
            ]
            found += len(edits)
            repairs.extend(
                Repair(Kind.ROW, line.place(edit.start), line.stood(edit.start, edit.end), row.after, row.why)
                for edit in edits
            )
            current[at] = line.edited(edits)
        if found != row.count:
            cure = "correct `before` or `count`, or delete the row"
            defects.append(Defect(file, row.before, f"found {found} times, expected {row.count}", cure))
    for kept in table.kept:
        places = [line.place(line.text.index(kept.text)) for line in current if kept.text in line.text]
        if not places:
            defects.append(Defect(file, kept.text, "not found in the document", "correct or delete it"))
        repairs.extend(Repair(Kind.KEPT, place, kept.text, kept.text, kept.why) for place in places)
    if defects:
        raise DataError(defects)
    return current, repairs


def _table(path: Path) -> Table:
    data = _load(path)
    defects = [
        Defect(path.name, key, "unknown key", f"use one of {', '.join(sorted(_TABLE_KEYS))}")
        for key in data
        if key not in _TABLE_KEYS
    ]
    header = data.get("header")
    if data.get("norm") != path.stem:
        defects.append(Defect(path.name, "norm", f"is {data.get('norm')!r}", "must be the file's name"))
    if not isinstance(header, dict) or not set(header) <= _HEADER_KEYS:
        cure = f"give only {', '.join(sorted(_HEADER_KEYS))}"
        defects.append(Defect(path.name, "header", "missing or with an unknown key", cure))
    if defects or not isinstance(header, dict):
        raise DataError(defects)
    rows = tuple(
        Row(str(item["before"]), str(item["after"]), int(str(item["count"])), str(item["why"]))
        for item in _items(path, "replace", ("before", "after", "count", "why"))
    )
    kept = tuple(Kept(str(item["text"]), str(item["why"])) for item in _items(path, "kept", ("text", "why")))
    return Table(path.stem, str(data.get("source_sha256", "")), header, rows, kept)


def _items(path: Path, key: str, fields: tuple[str, ...]) -> list[dict[str, object]]:
    items = _load(path).get(key, [])
    if not isinstance(items, list):
        raise DataError([Defect(path.name, key, "not a list of tables", f"write [[{key}]]")])
    defects = [
        Defect(
            path.name, f"{key}[{at}]", f"has the keys {', '.join(item)}", f"give exactly {', '.join(fields)}"
        )
        for at, item in enumerate(items)
        if set(item) != set(fields)
    ]
    if defects:
        raise DataError(defects)
    return items


def _load(path: Path) -> dict[str, object]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise DataError([Defect(path.name, "file", f"not TOML ({error})", "correct that line")]) from error
    except FileNotFoundError as error:
        raise DataError([Defect(path.name, "file", "missing", f"put it into {path.parent.name}/")]) from error
