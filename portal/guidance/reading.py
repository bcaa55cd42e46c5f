"""What the reading pages show of documents, clauses and rule tables."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date

from estimator.model import Programme, Rule
from estimator.norms import Norm
from portal.guidance.advice import Advice, Source

_AROUND = 36


@dataclass(frozen=True, slots=True)
class Document:
    """A document of the register and how it stands today. `full_text` says whether we hold its words."""

    norm: Norm
    status: str
    successor: Norm | None
    full_text: bool


@dataclass(frozen=True, slots=True)
class Found:
    """A clause that holds the searched words, with the words before and after them."""

    source: Source
    before: str
    words: str
    after: str


@dataclass(frozen=True, slots=True)
class CitedClause:
    """An article whose text we do not hold: its path, its label and what our tables take from it."""

    path: str
    label: str
    says: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RuleRow:
    """One row of a rule table in words."""

    rule: Rule
    kind: str
    sources: tuple[Source, ...]
    current: bool


def documents(advice: Advice, *, day: date) -> tuple[Document, ...]:
    """All documents: those in force first, the higher before the lower."""
    known = [_document(advice, norm, day) for norm in advice.norms().values()]
    standing = {"in_force": 0, "unverified": 1, "not_yet": 2, "ended": 3, "draft": 4}
    levels = {"law": 0, "state_council": 1, "ministry": 2, "province": 3, "city": 4}
    return tuple(sorted(known, key=lambda found: (standing[found.status], levels[found.norm.level])))


def document(advice: Advice, norm_id: str, *, day: date) -> Document | None:
    norm = advice.norms().get(norm_id)
    return None if norm is None else _document(advice, norm, day)


def _document(advice: Advice, norm: Norm, day: date) -> Document:
    return Document(
        norm=norm,
        status=norm_status(norm, day),
        successor=advice.norms().get(norm.superseded_by) if norm.superseded_by else None,
        full_text=advice.policy(norm.id) is not None,
    )


def norm_status(norm: Norm, day: date) -> str:
    """`status_word`, with a word of its own for what has not begun."""
    if day < norm.in_force_from and not norm.is_draft:
        return "not_yet"
    # A document that another has replaced reads as history as a whole, though the rest of it may be unverified.
    return "ended" if norm.superseded_by and not norm.is_draft else norm.status_word(day)


def find(advice: Advice, wanted: str, *, day: date, norm: str | None = None) -> tuple[Found, ...]:
    """Clauses that hold the words, exactly as written; at most 30."""
    hits = []
    for clause in advice.corpus:
        if norm is not None and clause.id.partition("#")[0] != norm:
            continue
        at = clause.text.find(wanted)
        if at >= 0:
            end = at + len(wanted)
            before, after = clause.text[max(0, at - _AROUND) : at], clause.text[end : end + _AROUND]
            hits.append(Found(advice.source(clause.id, day=day), before, wanted, after))
    return tuple(hits[:30])


def cited_clauses(advice: Advice, norm_id: str) -> tuple[CitedClause, ...]:
    """The articles of a document that rules and answers rest on, with what they are used for."""
    if advice.policy(norm_id) is not None:
        return ()
    says: dict[str, list[str]] = {}
    for citation, words in uses(advice):
        norm, _, path = citation.partition("#")
        if norm == norm_id and path:
            taken = says.setdefault(path, [])
            if words and words not in taken:
                taken.append(words)
    return tuple(
        CitedClause(path, advice.rulebook.norms.label(f"{norm_id}#{path}"), tuple(taken))
        for path, taken in sorted(
            says.items(), key=lambda item: [int(n) if n.isdigit() else 0 for n in item[0].split(".")]
        )
    )


def uses(advice: Advice) -> Iterator[tuple[str, str]]:
    """(citation, what it is used for) of every rule and every curated answer."""
    for rule in advice.rulebook.rules.values():
        for citation in rule.citations:
            yield citation, rule.text
    for citation in advice.bot_citations():
        yield citation, ""


def rule_rows(advice: Advice, table: Programme, *, day: date) -> tuple[RuleRow, ...]:
    """Every row of a programme's table, in its order: decisions with their conditions, amounts, details, steps."""

    def rows() -> Iterator[tuple[str, Rule]]:
        for decision in table.decisions:
            yield "decision", decision
            for condition in decision.conditions:
                yield "condition", condition
        yield from (("amount", row) for row in table.amounts)
        yield from (("detail", row) for row in table.details)
        yield from (("step", row) for row in table.steps)

    return tuple(_row(advice, kind, rule, day) for kind, rule in _once(rows()))


def _once(rows: Iterable[tuple[str, Rule]]) -> Iterator[tuple[str, Rule]]:
    seen: set[str] = set()
    for kind, rule in rows:
        if rule.id not in seen:
            seen.add(rule.id)
            yield kind, rule


def _row(advice: Advice, kind: str, rule: Rule, day: date) -> RuleRow:
    scope = rule.scope
    return RuleRow(
        rule=rule,
        kind=kind,
        sources=tuple(advice.source(citation, day=day) for citation in rule.citations),
        current=scope.start <= day and (scope.end is None or day <= scope.end),
    )
