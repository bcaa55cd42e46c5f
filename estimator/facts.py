"""The list of facts (facts.toml): what may be asked, in which words, and within which bounds."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any, Final, get_args

from estimator.errors import DataError, Defect
from estimator.model import FactSpec, FactType

FACTS_FILE: Final = Path(__file__).with_name("facts.toml")
_KEYS: Final = frozenset(
    [
        "id",
        "type",
        "unit",
        "low",
        "high",
        "told_low",
        "told_high",
        "not_told",
        "options",
        "question",
        "help",
        "sensitive",
        "cost",
    ]
)
_TYPES: Final[tuple[str, ...]] = get_args(FactType)
_NUMBERS: Final = frozenset({"money", "number", "integer"})


def load_facts(path: Path = FACTS_FILE) -> dict[str, FactSpec]:
    """Every fact by id, in the order of the file; raises DataError with every defect."""
    try:
        rows = tomllib.loads(path.read_text(encoding="utf-8"), parse_float=Decimal).get("fact", [])
    except (OSError, tomllib.TOMLDecodeError) as error:
        raise DataError(
            (Defect(path.name, "-", str(error), "write a TOML file with [[fact]] rows"),)
        ) from None
    facts: dict[str, FactSpec] = {}
    defects: list[Defect] = []
    for row in rows:
        key = str(row.get("id", "?"))
        problems = _problems(row)
        if key in facts:
            problems.append(("the id stands twice", "give each fact its own id"))
        defects += [Defect(path.name, key, problem, cure) for problem, cure in problems]
        if not problems:
            facts[key] = _fact(row)
    if defects:
        raise DataError(tuple(defects))
    groups = {spec.id for spec in facts.values() if spec.type == "group"}
    for spec in list(facts.values()):
        above = spec.id.rpartition(".")[0]
        if above in groups:
            facts[spec.id] = replace(spec, group=above)
    return facts


def _problems(row: Mapping[str, Any]) -> list[tuple[str, str]]:
    problems = [
        (f"unknown key {key!r}", f"use {', '.join(sorted(_KEYS))}") for key in sorted(set(row) - _KEYS)
    ]
    for key in ("id", "type", "question", "help"):
        if not isinstance(row.get(key), str) or not row[key]:
            problems.append((f"{key!r} is missing", "write it as text"))
    if row.get("type") not in _TYPES:
        problems.append((f"type {row.get('type')!r} is not known", f"use one of {', '.join(_TYPES)}"))
    if row.get("type") == "choice" and not isinstance(row.get("options"), dict):
        problems.append(("a choice without options", 'write options = { value = "words" }'))
    for key in ("low", "high", "told_low", "told_high", "not_told"):
        if key in row and _number(row[key]) is None:
            problems.append((f"{key} {row[key]!r} is not a number", 'write it as text, e.g. "0"'))
    if row.get("type") in _NUMBERS and "low" not in row:
        problems.append(("a number without a lower bound", 'write low = "0" where it cannot be less'))
    if not isinstance(row.get("cost"), int) or not 1 <= row["cost"] <= 5:
        problems.append(
            (f"cost {row.get('cost')!r} is not 1 to 5", "1 is known at once, 5 has to be looked up")
        )
    if str(row.get("id", "")).partition(".")[0] not in ("area", "household", "member", "standards"):
        problems.append(("the id has no level", "begin it with household., member. or standards."))
    return problems


def _number(text: object) -> Decimal | None:
    try:
        return Decimal(text) if isinstance(text, str) else None
    except InvalidOperation:
        return None


def _fact(row: Mapping[str, Any]) -> FactSpec:
    level = row["id"].partition(".")[0]
    low = _number(row.get("low"))
    return FactSpec(
        id=row["id"],
        level="place" if level == "area" else level,
        type=row["type"],
        unit=row.get("unit", ""),
        low=low,
        high=_number(row.get("high")),
        told_low=_number(row["told_low"]) if "told_low" in row else low,
        told_high=_number(row["told_high"]) if "told_high" in row else _number(row.get("high")),
        not_told=_number(row.get("not_told")),
        options=dict(row.get("options", {})),
        question=row["question"],
        help=row["help"],
        sensitive=bool(row.get("sensitive", False)),
        cost=row["cost"],
        group=None,
    )
