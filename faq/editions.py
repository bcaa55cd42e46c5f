"""Which text governs for a place and a day: the layer of an entry, its citations in order, their status.

Today: the nation's law where it decides, then the place's current document. A stated year: that year's text.
Another place: the national layer only, never a neighbour's rule.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import assert_never

from estimator.norms import NormRegistry
from faq.corpus import Clause, Corpus
from faq.entries import ClauseRef, Entry, Ruling
from faq.model import Citation, Layer

# Jilin's 2020 document applies from this day; before it the 2017 one did (catalogue T1, T5, A11).
JILIN_2020_FROM = date(2021, 1, 1)
DRAFT = "jl-2018-draft"
LAW = "law-2026"
INTERIM_MEASURES = "order-649"
_MOST = 5


class Home(StrEnum):
    """Whose documents a place's citizen can be told."""

    JILIN = "jilin"
    HUNAN = "hunan"
    YANGJIANG = "yangjiang"
    ELSEWHERE = "elsewhere"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Governing:
    """The ruling that answers, its layer, the citations in order, and whether an older edition was meant."""

    layer: Layer
    ruling: Ruling
    citations: tuple[Citation, ...]
    old: bool


def home_of(region: str | None) -> Home:
    """The home of a six-digit code."""
    if not region:
        return Home.UNKNOWN
    if region.startswith("22"):
        return Home.JILIN
    if region.startswith("43"):
        return Home.HUNAN
    if region.startswith("4417"):
        return Home.YANGJIANG
    return Home.ELSEWHERE


def norms_of(home: Home) -> tuple[str, ...]:
    """Clause-id prefixes that may be shown to a citizen of this home as related text."""
    match home:
        case Home.JILIN:
            return ("jl-2020-46#",)
        case Home.HUNAN:
            return ("hn-2017-33#",)
        case Home.YANGJIANG:
            return ("yj-2017-8#",)
        case Home.ELSEWHERE:
            return ("none#",)
        case Home.UNKNOWN:
            return ("jl-2020-46#", "hn-2017-33#", "yj-2017-8#")
        case _:
            assert_never(home)


def governing(entry: Entry, home: Home, day: date, as_of: date, sources: Sources) -> Governing | None:
    """The text that answers this entry for a home on a day; None where no layer speaks for the place.

    `day` chooses the edition (the stated year's last day, else `as_of`); `as_of` decides each status.
    """
    for layer in _order(entry, home, day):
        ruling = entry.layers.get(layer)
        if ruling is None:
            continue
        own = [ref for ref in ruling.clauses if _speaks(ref.norm, layer, day, sources.norms)]
        national = entry.layers.get(Layer.NATIONAL)
        added = [
            ref
            for ref in (national.clauses if national is not None and layer is not Layer.NATIONAL else ())
            if _in_force(ref.norm, day, sources.norms)
        ]
        refs = [*added, *own] if entry.law_first else [*own, *added]
        if any(ref.norm == LAW for ref in refs):
            refs = [ref for ref in refs if ref.norm != INTERIM_MEASURES]
        if not refs:
            continue
        citations = tuple(cite(ref, ruling.text, entry.programme, as_of, sources) for ref in _trimmed(refs))
        return Governing(layer, ruling, citations, old=layer is Layer.JILIN_2017 and as_of >= JILIN_2020_FROM)
    return None


def _order(entry: Entry, home: Home, day: date) -> tuple[Layer, ...]:
    jilin = (Layer.JILIN_2017,) if day < JILIN_2020_FROM else (Layer.JILIN,)
    match home:
        case Home.JILIN:
            return (Layer.DRAFT, *jilin, Layer.NATIONAL)
        case Home.HUNAN:
            return (Layer.HUNAN, Layer.NATIONAL)
        case Home.YANGJIANG:
            return (Layer.YANGJIANG, Layer.NATIONAL)
        case Home.ELSEWHERE:
            return (Layer.NATIONAL,)
        case Home.UNKNOWN:
            first = jilin if entry.unknown is Layer.JILIN else (entry.unknown,)
            return (*first, Layer.NATIONAL, *jilin, Layer.JILIN_2017, Layer.HUNAN, Layer.YANGJIANG)
        case _:
            assert_never(home)


def _trimmed(refs: Sequence[ClauseRef]) -> list[ClauseRef]:
    seen: dict[str, ClauseRef] = {}
    for ref in refs:
        seen.setdefault(ref.clause, ref)
    return list(seen.values())[:_MOST]


def _in_force(norm_id: str, day: date, norms: NormRegistry) -> bool:
    norm = norms.get(norm_id)
    return norm is not None and norm.status_word(day) == "in_force"


def _speaks(norm_id: str, layer: Layer, day: date, norms: NormRegistry) -> bool:
    """Whether a norm can be shown for a day: the nation's only in force, a place's own once begun."""
    if layer is Layer.NATIONAL:
        return _in_force(norm_id, day, norms)
    norm = norms.get(norm_id)
    return norm is not None and norm.in_force_from <= day


def status_on(norm_id: str, day: date, programme: str | None, norms: NormRegistry) -> str:
    """in_force, historical, draft or unverified, as the norm stands on that day for a programme."""
    word = norms[norm_id].status_word(day, programme)
    match word:
        case "in_force" | "unverified" | "draft":
            return word
        case "ended":
            return "historical"
        case _:
            assert_never(word)


def cite(ref: ClauseRef, words: str, programme: str | None, as_of: date, sources: Sources) -> Citation:
    """The citation of a clause; the five documents with a verbatim quote, the national layer without."""
    norm = sources.norms[ref.norm]
    policy = sources.corpus.norms.get(ref.norm)
    return Citation(
        norm=ref.norm,
        clause=ref.clause,
        quote=sources.quoter.quote(ref, words) if policy is not None else "",
        status=status_on(ref.norm, as_of, programme, sources.norms),
        title=policy.title if policy is not None else norm.title,
        document_number=policy.document_number if policy is not None else norm.document_number,
    )


@dataclass(frozen=True, slots=True)
class Sources:
    """What citations are made from: the texts, the registry, the chooser of quotes."""

    corpus: Corpus
    norms: NormRegistry
    quoter: Quoter


class Quoter:
    """Chooses a verbatim quote: the one the entry names, else the sentence nearest to the plain words."""

    def __init__(self, corpus: Corpus) -> None:
        self._corpus = corpus
        self._chosen: dict[tuple[str, str], str] = {}

    def quote(self, ref: ClauseRef, words: str) -> str:
        """A verbatim substring of the clause; empty for a clause that is not in the corpus."""
        if ref.quote:
            return ref.quote
        if ref.clause not in self._corpus:
            return ""
        key = (ref.clause, words)
        if key not in self._chosen:
            self._chosen[key] = _best_sentence(self._corpus.clause(ref.clause), words)
        return self._chosen[key]


def _best_sentence(clause: Clause, words: str) -> str:
    # The heading stands first in the text as a sentence of its own, which says nothing by itself.
    text = clause.text.removeprefix(f"{clause.heading}。") or clause.text
    sentences = [part.strip() for part in text.replace("。", "。\n").replace("；", "；\n").split("\n")]
    sentences = [part for part in sentences if part]
    wanted = {words[n : n + 2] for n in range(len(words) - 1)}

    def nearness(sentence: str) -> float:
        grams = {sentence[n : n + 2] for n in range(len(sentence) - 1)}
        return len(grams & wanted) / (len(grams) + 20)

    return max(sentences, key=nearness) if sentences else ""
