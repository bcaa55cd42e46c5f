"""Loads and checks everything the estimator knows: norms, facts, rule tables. One defect stops the start."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import date, timedelta
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Final

from estimator import rows
from estimator.errors import DataError, Defect
from estimator.facts import load_facts
from estimator.model import Condition, Decision, FactSpec, Programme, Rule, Rulebook, Value
from estimator.norms import NormRegistry, load_norms
from estimator.rows import Sheet
from estimator.standards import load_standards
from estimator.words import names_in

HERE: Final = Path(__file__).parent
PROGRAMMES: Final = (
    *("dibao", "dibao_danren", "dibao_jiantui", "dishouru", "zhichuxing", "tekun", "linshi", "yiliao"),
    *("jiaoyu", "zhufang", "jiuye", "canji_shenghuo", "canji_huli", "canji_kangfu", "ertong", "shouzai"),
    *("liulang", "qunuan", "dianjia", "binzang", "falv", "wujia", "doudi"),
)
# Names the engine itself fills: how many live together, who they are, local lines counted by the year, and the
# share of spending a place asks for, 0 where nobody knows one.
BUILT_IN: Final = frozenset(
    {
        "area",
        "size",
        "members.id",
        "standards.dibao_standard_annual",
        "standards.disposable_income_last_year_annual",
        "standards.rigid_expenditure_ratio_or_none",
    }
)


def load_rulebook(directory: Path | None = None) -> Rulebook:
    """Read norms.toml, facts.toml and rules/*.toml of a directory (default: the package's own).

    Raises DataError with every defect: unknown key, missing citation, unknown norm, overlap or gap of dates,
    an expression that names no fact, an unknown programme, a dead row, a circle.
    """
    base = directory or HERE
    norms = load_norms(base / "norms.toml")
    facts = load_facts(base / "facts.toml")
    paths = sorted((base / "rules").glob("*.toml"))
    sheets = [rows.read_sheet(path, norms) for path in paths]
    defects = [defect for sheet in sheets for defect in sheet.defects]
    defects += _twice(sheets)
    levels = {row["name"]: row["level"] for sheet in sheets for row in sheet.rows.get("value", ())}
    subjects = {
        sheet.programme["id"]: sheet.programme.get("subject") for sheet in sheets if sheet.programme.get("id")
    }
    standards = load_standards(base / "standards")
    names, member_names = _names(facts, levels, subjects, standards.names)
    values: dict[str, list[Value]] = {}
    programmes: dict[str, Programme] = {}
    for sheet in sheets:
        read = replace(sheet, names=names, member_names=member_names, defects=[])
        for value in filter(None, (rows.value(read, row) for row in read.rows.get("value", ()))):
            values.setdefault(value.name, []).append(value)
        programme = _programme(read)
        defects += read.defects
        if programme is not None:
            programmes[programme.id] = programme
    book = Rulebook(
        version=_digest(base)[:12],
        sha256=_digest(base),
        norms=norms,
        facts=facts,
        standards=standards,
        values={name: tuple(found) for name, found in values.items()},
        programmes={name: programmes[name] for name in PROGRAMMES if name in programmes},
        rules=_by_id(values, programmes),
    )
    if not defects:
        defects += _cross_checks(book)
    if defects:
        raise DataError(tuple(defects))
    return book


@cache
def default_rulebook() -> Rulebook:
    """The rulebook that comes with the package, loaded once."""
    return load_rulebook()


def _names(
    facts: Mapping[str, FactSpec],
    levels: Mapping[str, str],
    subjects: Mapping[str, object],
    standards: Iterable[str],
) -> tuple[frozenset[str], frozenset[str]]:
    """The names an expression may use at household level and at member level."""
    names = set(BUILT_IN) | {f"standards.{name}" for name in standards}
    own: set[str] = set()
    for spec in facts.values():
        if spec.type == "group":
            continue
        if spec.level == "member":
            own.add(spec.id)
        else:
            names.add(spec.id)
    for name, level in levels.items():
        if level == "member":
            own.add(f"member.{name}")
        else:
            names.add(name)
    for programme, subject in subjects.items():
        if subject == "member":
            own.add(f"member.likely.{programme}")
        else:
            names.add(f"likely.{programme}")
    names |= {"members." + name.removeprefix("member.") for name in own}
    return frozenset(names), frozenset(names | own)


def _programme(sheet: Sheet) -> Programme | None:
    head = sheet.programme
    if not head:
        for kind in ("condition", "decision", "amount", "detail", "step"):
            if sheet.rows.get(kind):
                sheet.defect(kind, "stands in a file without a [programme]", "add [programme] with its id")
        return None
    if head.get("id") not in PROGRAMMES:
        sheet.defect(
            "programme", f"{head.get('id')!r} is no programme", f"use one of {', '.join(PROGRAMMES)}"
        )
        return None
    if head.get("subject") not in ("household", "member"):
        sheet.defect("programme", f"subject {head.get('subject')!r}", "write household or member")
        return None
    of = sheet.rows.get
    conditions = {row["id"]: rows.condition(sheet, row) for row in of("condition", ())}
    usable = {name: condition for name, condition in conditions.items() if condition is not None}
    listed = {name for row in of("decision", ()) for name in row["conditions"]}
    for name in sorted(set(conditions) - listed):
        sheet.defect(f"condition {name}", "no decision lists it", "list it or take it out")
    if len(usable) < len(conditions):
        return None
    return Programme(
        id=head["id"],
        title=head["title"],
        subject=head["subject"],
        summary=bool(head.get("summary", False)),
        note=head.get("note", ""),
        decisions=tuple(filter(None, (rows.decision(sheet, row, usable) for row in of("decision", ())))),
        amounts=tuple(filter(None, (rows.amount(sheet, row) for row in of("amount", ())))),
        details=tuple(filter(None, (rows.detail(sheet, row) for row in of("detail", ())))),
        steps=tuple(filter(None, (rows.step(sheet, row) for row in of("step", ())))),
    )


def _twice(sheets: Iterable[Sheet]) -> Iterator[Defect]:
    """Ids that stand on more than one row of the whole rulebook."""
    seen: dict[str, str] = {}
    for sheet in sheets:
        for kind, found in sheet.rows.items():
            for row in found:
                if row["id"] in seen:
                    place = f"also in {seen[row['id']]}"
                    yield Defect(
                        sheet.file, f"{kind} {row['id']}", f"the id stands twice, {place}", "rename one"
                    )
                seen[row["id"]] = sheet.file


def _by_id(values: Mapping[str, list[Value]], programmes: Mapping[str, Programme]) -> dict[str, Rule]:
    rules: dict[str, Rule] = {value.id: value for found in values.values() for value in found}
    for programme in programmes.values():
        rules.update((rule.id, rule) for rule in programme_rules(programme))
    return rules


def programme_rules(programme: Programme) -> Iterator[Rule]:
    """Every row of a programme, conditions shared by several decisions once."""
    seen: set[str] = set()
    for decision in programme.decisions:
        yield decision
        for condition in decision.conditions:
            if condition.id not in seen:
                seen.add(condition.id)
                yield condition
    yield from programme.amounts
    yield from programme.details
    yield from programme.steps


def _cross_checks(book: Rulebook) -> Iterator[Defect]:
    for programme in book.programmes.values():
        ids = {decision.id for decision in programme.decisions}
        listed = [(row, name) for row in programme.amounts for name in row.decisions]
        listed_details = [(row, name) for row in programme.details for name in row.decisions]
        for rule, name in (*listed, *listed_details):
            if name not in ids:
                yield Defect(
                    rule.file, rule.id, f"decision {name!r} is not in this file", "correct 'decisions'"
                )
        for decision in programme.decisions:
            for name in decision.disputes:
                if name not in ids:
                    yield Defect(
                        decision.file, decision.id, f"disputes the unknown {name!r}", "correct 'disputes'"
                    )
            yield from _dead(decision, book.norms)
        yield from _dates(programme.decisions)
    for found in book.values.values():
        if len({value.level for value in found}) > 1:
            yield Defect(found[0].file, found[0].name, "stands at two levels", "use one level for one name")
        yield from _value_dates(found)
    yield from _unused(book)
    yield from _circles(book)


def _dead(decision: Decision, norms: NormRegistry) -> Iterator[Defect]:
    norm = norms[decision.scope.norm]
    if norm.is_draft:
        yield Defect(
            decision.file,
            decision.id,
            "stands on a draft, which decides nothing",
            "make it a step of kind draft",
        )
    for condition in decision.conditions:
        if condition.scope.end is not None and condition.scope.end < decision.scope.start:
            yield Defect(
                decision.file, decision.id, f"condition {condition.id} ends before it starts", "correct dates"
            )


def _dates(decisions: Iterable[Decision]) -> Iterator[Defect]:
    """In one place and area, decisions for everybody follow one another day by day."""
    groups: dict[tuple[str, str | None], list[Decision]] = {}
    for decision in sorted(decisions, key=lambda decision: decision.scope.start):
        if decision.when is None and not decision.disputes:
            groups.setdefault((decision.scope.jurisdiction, decision.scope.area), []).append(decision)
    for group in groups.values():
        for one, other in pairwise(group):
            if _overlap(one, other):
                yield Defect(one.file, one.id, f"overlaps {other.id} in time", "end it the day before")
            elif one.scope.end is not None and one.scope.end + timedelta(days=1) < other.scope.start:
                yield Defect(one.file, one.id, f"leaves a gap of days before {other.id}", "let them touch")


def _value_dates(found: Iterable[Value]) -> Iterator[Defect]:
    rows_ = list(found)
    for index, one in enumerate(rows_):
        for other in rows_[index + 1 :]:
            if (
                one.scope.jurisdiction == other.scope.jurisdiction
                and _areas_meet(one, other)
                and _overlap(one, other)
            ):
                yield Defect(
                    one.file, one.id, f"overlaps {other.id} in time", "end one the day before the other"
                )


def _areas_meet(one: Rule, other: Rule) -> bool:
    return one.scope.area == other.scope.area or None in (one.scope.area, other.scope.area)


def _overlap(one: Rule, other: Rule) -> bool:
    return one.scope.start <= (other.scope.end or date.max) and other.scope.start <= (
        one.scope.end or date.max
    )


def _unused(book: Rulebook) -> Iterator[Defect]:
    named: set[str] = set()
    for rule in book.rules.values():
        for name in names_of(rule):
            named.add(name)
    for name, found in book.values.items():
        spelled = {name} if found[0].level == "household" else {f"member.{name}", f"members.{name}"}
        if not spelled & named:
            yield Defect(found[0].file, found[0].id, f"no expression names {name!r}", "use it or take it out")


def names_of(rule: Rule) -> frozenset[str]:
    """Every name the expressions of a row use."""
    names: set[str] = set()
    for attribute in ("expression", "when", "left", "right"):
        expression = getattr(rule, attribute, None)
        if expression is not None:
            names |= expression.names
    if isinstance(rule, Decision):
        for condition in rule.conditions:
            names |= names_of(condition)
    return frozenset(names)


def said_in(rule: Rule) -> frozenset[str]:
    """Every name that stands in the words of a row."""
    templates = [rule.text, *(rule.words.values() if isinstance(rule, Condition) else ())]
    if isinstance(rule, Decision):
        templates.append(rule.when_text)
    return frozenset().union(*map(names_in, templates))


def dependencies(book: Rulebook) -> dict[str, frozenset[str]]:
    """What each value (by name) and each programme (as likely.<id>) builds on, of the same kinds."""
    levels = {name: found[0].level for name, found in book.values.items()}

    def node(name: str) -> str | None:
        bare = name.removeprefix("members.").removeprefix("member.")
        if bare.startswith("likely."):
            return bare
        if name == bare:
            return bare if levels.get(bare) == "household" else None
        return bare if levels.get(bare) == "member" else None

    graph: dict[str, frozenset[str]] = {}
    for name, found in book.values.items():
        graph[name] = frozenset(filter(None, (node(used) for value in found for used in names_of(value))))
    for programme in book.programmes.values():
        used = {name for decision in programme.decisions for name in names_of(decision)}
        used |= {name for rule in (*programme.amounts, *programme.details) for name in names_of(rule)}
        graph[f"likely.{programme.id}"] = frozenset(filter(None, (node(name) for name in used)))
    return graph


def evaluation_order(book: Rulebook) -> tuple[str, ...]:
    """Values and programmes, each after all it builds on. Raises ValueError naming a circle."""
    graph = dependencies(book)
    done: dict[str, None] = {}

    def visit(name: str, path: tuple[str, ...]) -> None:
        if name in path:
            raise ValueError(" -> ".join((*path, name)))
        if name in done or name not in graph:
            return
        for needed in sorted(graph[name]):
            visit(needed, (*path, name))
        done[name] = None

    for name in sorted(graph):
        visit(name, ())
    return tuple(done)


def _circles(book: Rulebook) -> Iterator[Defect]:
    try:
        evaluation_order(book)
    except ValueError as circle:
        yield Defect("rules", str(circle), "is a circle", "let one of them build on facts only")


def _digest(base: Path) -> str:
    """The digest of every data file in order of its path: two rulebooks with one digest decide alike."""
    digest = hashlib.sha256()
    for path in sorted((*base.glob("*.toml"), *base.glob("rules/*.toml"), *base.glob("standards/*.toml"))):
        digest.update(path.relative_to(base).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()
