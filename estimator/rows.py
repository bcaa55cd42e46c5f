"""From the TOML tables of one rule file to typed rows; what is wrong with a row becomes a defect."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any, Final, get_args

from estimator.errors import Defect
from estimator.feel import Expression, FeelNameError, FeelSyntaxError, compile_expression
from estimator.feel.parser import parse
from estimator.model import Amount, Condition, Decision, Detail, Level, RuleClass, Scope, Step, Value
from estimator.norms import NormRegistry

_RULE_KEYS: Final = frozenset(
    ["id", "norm", "jurisdiction", "area", "from", "to", "class", "text", "citations", "catalogue", "note"]
)
KEYS: Final[Mapping[str, frozenset[str]]] = {
    "value": _RULE_KEYS | {"name", "level", "expression"},
    "condition": _RULE_KEYS | {"expression", "shows", "true", "false", "unknown"},
    "decision": _RULE_KEYS | {"conditions", "when", "when_text", "disputes"},
    "amount": _RULE_KEYS | {"expression", "unit", "decisions"},
    "detail": _RULE_KEYS | {"key", "expression", "format", "each", "decisions"},
    "step": _RULE_KEYS | {"kind", "when"},
}
REQUIRED: Final[Mapping[str, tuple[str, ...]]] = {
    "value": ("id", "norm", "name", "level", "expression", "text", "citations"),
    "condition": ("id", "norm", "expression", "text", "citations", "true", "false", "unknown"),
    "decision": ("id", "norm", "text", "citations", "conditions"),
    "amount": ("id", "norm", "expression", "unit", "text", "citations", "decisions"),
    "detail": ("id", "norm", "key", "expression", "text", "citations", "decisions"),
    "step": ("id", "norm", "kind", "text", "citations"),
}
PROGRAMME_KEYS: Final = frozenset({"id", "title", "subject", "summary", "note"})
STEP_KINDS: Final = ("judgement", "document", "time_limit", "procedure", "parameter", "benefit", "draft")
FORMATS: Final = ("money", "number", "text", "truth", "ratio")
CATALOGUE_ID: Final = re.compile(r"(J17|J20|HN|YJ|D|T)-?\d+")
COMPARISONS: Final = frozenset({"<", "<=", ">", ">=", "=", "!="})


@dataclass(slots=True)
class Sheet:
    """One rule file while it is read: its rows by kind, and the defects found so far."""

    file: str
    norms: NormRegistry
    names: frozenset[str]
    member_names: frozenset[str]
    programme: Mapping[str, Any] = field(default_factory=dict)
    rows: dict[str, list[Mapping[str, Any]]] = field(default_factory=dict)
    defects: list[Defect] = field(default_factory=list)

    def defect(self, key: str, problem: str, cure: str) -> None:
        self.defects.append(Defect(self.file, key, problem, cure))


def read_sheet(path: Path, norms: NormRegistry) -> Sheet:
    """The raw tables of one file, unknown and missing keys already noted."""
    sheet = Sheet(path.name, norms, frozenset(), frozenset())
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"), parse_float=Decimal)
    except (OSError, tomllib.TOMLDecodeError) as error:
        sheet.defect("-", str(error), "correct the TOML")
        return sheet
    sheet.programme = document.pop("programme", {})
    for key in sorted(set(sheet.programme) - PROGRAMME_KEYS):
        sheet.defect("programme", f"unknown key {key!r}", f"use {', '.join(sorted(PROGRAMME_KEYS))}")
    for kind, rows in document.items():
        if kind not in KEYS:
            sheet.defect(kind, "is no kind of row", f"use {', '.join(KEYS)}")
            continue
        sheet.rows[kind] = [row for row in rows if _complete(sheet, kind, row)]
    return sheet


def _complete(sheet: Sheet, kind: str, row: Mapping[str, Any]) -> bool:
    key = f"{kind} {row.get('id', '?')}"
    before = len(sheet.defects)
    for unknown in sorted(set(row) - KEYS[kind]):
        sheet.defect(key, f"unknown key {unknown!r}", f"use {', '.join(sorted(KEYS[kind]))}")
    for needed in REQUIRED[kind]:
        if not row.get(needed):
            sheet.defect(key, f"{needed!r} is missing", "a row without it does not load")
    norm = sheet.norms.get(str(row.get("norm")))
    if row.get("norm") and norm is None:
        sheet.defect(key, f"norm {row['norm']!r} is unknown", "name a norm of norms.toml")
    for citation in row.get("citations", ()):
        if sheet.norms.of(str(citation)) is None or "#" not in str(citation):
            sheet.defect(
                key, f"citation {citation!r} names no known norm", "write <norm>#<clause>, e.g. law-2026#18"
            )
    for day in ("from", "to"):
        if day in row and type(row[day]) is not date:
            sheet.defect(key, f"{day!r} is not a day", "write a TOML date, e.g. 2021-01-01")
    if len(sheet.defects) == before and norm is not None:
        scope = scope_of(row, sheet.norms)
        if scope.end is not None and scope.end < scope.start:
            sheet.defect(
                key, f"ends on {scope.end} before it starts on {scope.start}", "correct 'from' or 'to'"
            )
        if not scope.jurisdiction.startswith(norm.jurisdiction[: 2 * _pairs(norm.jurisdiction)]):
            sheet.defect(
                key, f"jurisdiction {scope.jurisdiction} lies outside its norm's", f"use {norm.jurisdiction}"
            )
    return len(sheet.defects) == before


def _pairs(code: str) -> int:
    while code.endswith("00"):
        code = code[:-2]
    return len(code) // 2


def scope_of(row: Mapping[str, Any], norms: NormRegistry) -> Scope:
    norm = norms[row["norm"]]
    return Scope(
        norm=norm.id,
        jurisdiction=str(row.get("jurisdiction", norm.jurisdiction)),
        area=row.get("area", norm.area) if row.get("area") != "any" else None,
        start=row.get("from", norm.in_force_from),
        end=row.get("to", norm.in_force_to),
    )


def _level(sheet: Sheet) -> Level:
    return "member" if sheet.programme.get("subject") == "member" else "household"


def _common(sheet: Sheet, row: Mapping[str, Any]) -> dict[str, Any]:
    rule_class = row.get("class", "C")
    if rule_class not in get_args(RuleClass):
        sheet.defect(
            row["id"], f"class {rule_class!r} is unknown", f"use one of {', '.join(get_args(RuleClass))}"
        )
    own = (row["id"],) if CATALOGUE_ID.fullmatch(row["id"]) else ()
    return {
        "id": row["id"],
        "file": sheet.file,
        "programme": sheet.programme.get("id", ""),
        "scope": scope_of(row, sheet.norms),
        "rule_class": rule_class,
        "text": row["text"],
        "citations": tuple(row["citations"]),
        "catalogue": tuple(row.get("catalogue", own)),
        "note": row.get("note", ""),
    }


def expression(sheet: Sheet, key: str, text: str, *, level: str) -> Expression | None:
    """Compile an expression over the names of its level; a defect and None where it does not hold."""
    names = sheet.member_names if level == "member" else sheet.names
    try:
        compiled = compile_expression(text, names=names)
    except FeelSyntaxError as error:
        sheet.defect(key, f"the expression {text!r} is no FEEL: {error}", "see estimator/feel/README.md")
    except FeelNameError as error:
        sheet.defect(key, str(error), "use the facts of facts.toml, values, likely.<programme>")
    else:
        return compiled
    return None


def value(sheet: Sheet, row: Mapping[str, Any]) -> Value | None:
    compiled = expression(sheet, f"value {row['id']}", row["expression"], level=row["level"])
    if compiled is None:
        return None
    return Value(**_common(sheet, row), name=row["name"], level=row["level"], expression=compiled)


def condition(sheet: Sheet, row: Mapping[str, Any]) -> Condition | None:
    level = _level(sheet)
    key = f"condition {row['id']}"
    compiled = expression(sheet, key, row["expression"], level=level)
    if compiled is None:
        return None
    left = right = operator = None
    tree = parse(row["expression"])
    if tree.kind == "comparison" and tree.word in COMPARISONS:
        operator = tree.word
        spans = [row["expression"][side.start : side.end] for side in tree.operands]
        shown = row.get("shows", spans)
        left, right = (expression(sheet, key, side, level=level) for side in shown)
    return Condition(
        **_common(sheet, row),
        expression=compiled,
        level=level,
        left=left,
        operator=operator,
        right=right,
        words={"true": row["true"], "false": row["false"], "unknown": row["unknown"]},
    )


def decision(sheet: Sheet, row: Mapping[str, Any], conditions: Mapping[str, Condition]) -> Decision | None:
    key = f"decision {row['id']}"
    missing = [name for name in row["conditions"] if name not in conditions]
    for name in missing:
        sheet.defect(
            key, f"condition {name!r} is not in this file", "write its row, or take it out of the list"
        )
    level = _level(sheet)
    when = expression(sheet, key, row["when"], level=level) if "when" in row else None
    if missing or ("when" in row and when is None):
        return None
    return Decision(
        **_common(sheet, row),
        conditions=tuple(conditions[name] for name in row["conditions"]),
        when=when,
        when_text=row.get("when_text", ""),
        disputes=tuple(row.get("disputes", ())),
    )


def amount(sheet: Sheet, row: Mapping[str, Any]) -> Amount | None:
    level = _level(sheet)
    compiled = expression(sheet, f"amount {row['id']}", row["expression"], level=level)
    if compiled is None:
        return None
    return Amount(
        **_common(sheet, row), expression=compiled, unit=row["unit"], decisions=tuple(row["decisions"])
    )


def detail(sheet: Sheet, row: Mapping[str, Any]) -> Detail | None:
    each = bool(row.get("each", False))
    level: Level = "member" if each else _level(sheet)
    compiled = expression(sheet, f"detail {row['id']}", row["expression"], level=level)
    if row.get("format", "text") not in FORMATS:
        sheet.defect(
            f"detail {row['id']}", f"format {row['format']!r} is unknown", f"use {', '.join(FORMATS)}"
        )
    if compiled is None:
        return None
    return Detail(
        **_common(sheet, row),
        key=row["key"],
        expression=compiled,
        format=row.get("format", "text"),
        each=each,
        decisions=tuple(row["decisions"]),
    )


def step(sheet: Sheet, row: Mapping[str, Any]) -> Step | None:
    level = _level(sheet)
    if row["kind"] not in STEP_KINDS:
        sheet.defect(f"step {row['id']}", f"kind {row['kind']!r} is unknown", f"use {', '.join(STEP_KINDS)}")
    when = expression(sheet, f"step {row['id']}", row["when"], level=level) if "when" in row else None
    if "when" in row and when is None:
        return None
    return Step(**_common(sheet, row), kind=row["kind"], when=when)
