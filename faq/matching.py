"""Finds which entry a question means: concepts by longest match, then the patterns whose parts are all there.

A pattern is a few words; each is the name of a concept or a literal. The index files each pattern under its
rarest part, so a question's time does not grow with the entries it has nothing to do with.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from faq.lexicon import Concept, Lexicon, Role
from faq.longest import Sizes, sizes_by_start

_CLAUSE_ENDS = re.compile(r"[。！？!?；;，,\n…]+")
_ASKS = re.compile(
    r"[?？]|吗|么|怎|咋|啥|什么|多少|几|哪|谁|如何|能不能|能否|是否|可否|可不可以|要不要|算不算|请问|咨询|想问|求|希望|呢|(?:能|行|中|可以|给|算|有).{0,8}不$"
)
_PLAINLY_ASKS = re.compile(r"请问|想问|咨询|问一下|问下|想知道|想了解|我问")
_LITERAL_WEIGHT = 2.0
# What standing together is worth, by the number of clauses between the parts.
_NEARNESS = ((0, 1.0), (1, 0.4), (3, -0.5), (100_000, -2.0))
_LONG_LETTER = 6
# From this weight on an anchor is a programme of its own, not a word said of another: 医疗救助, 公租房 against 低保.
_WEIGHTY = 3.2
_PASSED_OVER = 1.6
# In a follow-up, what speaks to the new words comes before what only repeats the old answer.
_SAID_NOW = 2.0


@dataclass(frozen=True, slots=True)
class Hit:
    """A concept's term in the text: where, and in which segment."""

    concept: str
    start: int
    end: int
    segment: int


@dataclass(frozen=True, slots=True)
class Reading:
    """A question taken apart: segments (start, end, is it a question), hits, the set of concepts."""

    text: str
    segments: tuple[tuple[int, int, bool], ...]
    hits: tuple[Hit, ...]
    concepts: Mapping[str, tuple[int, ...]]
    # In a follow-up: what this turn itself said, apart from what is carried over.
    said: frozenset[str] = frozenset()

    def only(self, segments: Iterable[int]) -> Reading:
        """The same reading with only the hits of these segments."""
        kept = set(segments)
        hits = tuple(hit for hit in self.hits if hit.segment in kept)
        return Reading(self.text, self.segments, hits, _where(hits), self.said)

    def with_concepts(self, names: Iterable[str]) -> Reading:
        """The same reading with concepts carried over from the turn before."""
        last = len(self.segments) - 1
        extra = tuple(Hit(name, 0, 0, max(last, 0)) for name in names if name not in self.concepts)
        hits = self.hits + extra
        return Reading(self.text, self.segments, hits, _where(hits), frozenset(self.concepts))


@dataclass(frozen=True, slots=True)
class Match:
    """A pattern found: whose it is, how strongly, and the segments it spans."""

    owner: str
    pattern: str
    score: float
    parts: tuple[str, ...]
    segments: tuple[int, ...]
    weight: float = 0.0


@dataclass(frozen=True, slots=True)
class _Pattern:
    owner: str
    text: str
    parts: tuple[str, ...]
    weight: float


@dataclass(slots=True)
class Matcher:
    """The compiled vocabulary and pattern index."""

    concepts: dict[str, Concept]
    _terms: dict[str, tuple[str, ...]] = field(default_factory=dict)
    _sizes: Sizes = field(default_factory=dict)
    _filed: dict[str, list[_Pattern]] = field(default_factory=dict)
    _closures: dict[str, tuple[str, ...]] = field(init=False)
    # The anchors that are programmes of their own.
    _subjects: frozenset[str] = field(init=False)

    def __post_init__(self) -> None:
        self._closures = {name: tuple(_closure(name, self.concepts)) for name in self.concepts}
        self._subjects = frozenset(
            name for name, one in self.concepts.items() if one.role is Role.ANCHOR and one.weight >= _WEIGHTY
        )

    def weight(self, part: str) -> float:
        concept = self.concepts.get(part)
        return concept.weight if concept is not None else _LITERAL_WEIGHT

    def role(self, part: str) -> Role | None:
        concept = self.concepts.get(part)
        return concept.role if concept is not None else None

    def carried(self, part: str) -> tuple[str, ...]:
        """The concepts a part brings along: what it implies, or what a literal's own words mean."""
        own = self._closures.get(part)
        return self._terms.get(part, ()) if own is None else own

    def read(self, text: str) -> Reading:
        """Take a normalised text apart. A term inside a longer term does not count."""
        segments: list[tuple[int, int, bool]] = []
        at = 0
        for end in [*_CLAUSE_ENDS.finditer(text), None]:
            stop = end.start() if end is not None else len(text)
            mark = end.group() if end is not None else ""
            if stop > at or not segments:
                asks = bool(_ASKS.search(text[at:stop])) or "?" in mark or "？" in mark
                segments.append((at, stop, asks))
            at = end.end() if end is not None else stop
        spans: list[tuple[int, int, tuple[str, ...]]] = []
        covered = 0
        sizes = self._sizes
        for start in range(len(text)):
            for size in sizes.get(text[start : start + 2]) or sizes.get(text[start], ()):
                word = text[start : start + size]
                names = self._terms.get(word) if len(word) == size else None
                if names is not None:
                    # Only the longest term from here counts, and only if it reaches past the last one.
                    if start + size > covered:
                        spans.append((start, start + size, names))
                        covered = start + size
                    break
        hits: list[Hit] = []
        number = 0
        for start, stop, names in spans:
            while number + 1 < len(segments) and start >= segments[number + 1][0]:
                number += 1
            hits += [Hit(name, start, stop, number) for name in names]
        return Reading(text, tuple(segments), tuple(hits), _where(hits))

    def find(self, reading: Reading) -> list[Match]:
        """Every pattern wholly present, best first; one match for an owner."""
        best: dict[str, Match] = {}
        present = reading.concepts.__contains__
        for name in reading.concepts:
            for pattern in self._filed.get(name, ()):
                if not all(map(present, pattern.parts)):
                    continue
                match = self._score(pattern, reading)
                held = best.get(match.owner)
                if held is None or match.score > held.score:
                    best[match.owner] = match
        return sorted(best.values(), key=lambda match: (-match.score, -match.weight, match.owner))

    def _ignored(self, pattern: _Pattern, reading: Reading) -> bool:
        """Whether a question names a programme of its own weight that the pattern passes over."""
        subjects = reading.concepts.keys() & self._subjects
        if not subjects:
            return False
        known = {name for part in pattern.parts for name in (part, *self.carried(part))}
        return any(
            known.isdisjoint(self.carried(name))
            and any(reading.segments[n][2] for n in reading.concepts[name])
            for name in subjects
        )

    def _score(self, pattern: _Pattern, reading: Reading) -> Match:
        """Weight of the parts, more where they stand together and in a question, less where far apart."""
        anchor = reading.concepts[pattern.parts[0]]
        chosen: list[int] = []
        spread = 10_000
        for first in anchor:
            spots = [first]
            for part in pattern.parts[1:]:
                where = reading.concepts[part]
                spots.append(where[0] if len(where) == 1 else min(where, key=lambda n: abs(n - first)))
            reach = max(spots) - min(spots)
            if reach < spread or (reach == spread and any(reading.segments[n][2] for n in spots)):
                spread, chosen = reach, spots
        score = pattern.weight + next(bonus for reach, bonus in _NEARNESS if spread <= reach)
        asking = [n for n in chosen if reading.segments[n][2]]
        if asking:
            score += 0.5
            if any(_PLAINLY_ASKS.search(reading.text, *reading.segments[n][:2]) for n in asking):
                score += 0.4
            # A long letter tells first and asks last.
            if len(reading.segments) >= _LONG_LETTER and max(asking) >= len(reading.segments) - 3:
                score += 0.7
        if self._ignored(pattern, reading):
            score -= _PASSED_OVER
        if reading.said.intersection(pattern.parts):
            score += _SAID_NOW
        segments = tuple(sorted(set(chosen)))
        return Match(pattern.owner, pattern.text, score, pattern.parts, segments, pattern.weight)


def build_matcher(lexicon: Lexicon, owners: Iterable[tuple[str, Sequence[str], float]]) -> Matcher:
    """Index patterns. `owners` are (id, patterns, lift): the lift is added to each pattern's weight."""
    matcher = Matcher(dict(lexicon.concepts))
    terms: dict[str, list[str]] = {}
    for term, name in lexicon.terms():
        terms.setdefault(term, []).extend(_closure(name, lexicon.concepts))
    patterns: list[_Pattern] = []
    for owner, texts, lift in owners:
        for text in texts:
            parts = tuple(dict.fromkeys(text.split()))
            for part in parts:
                if part not in lexicon.concepts and part not in terms.setdefault(part, []):
                    terms[part].append(part)
            weight = sum(matcher.weight(part) for part in parts) + lift
            patterns.append(_Pattern(owner, text, parts, weight))
    _uncover(terms, lexicon)
    matcher._terms = {term: tuple(dict.fromkeys(names)) for term, names in terms.items()}
    matcher._sizes = sizes_by_start(terms)
    frequency = Counter(part for pattern in patterns for part in pattern.parts)
    for pattern in patterns:
        rarest = min(pattern.parts, key=lambda part: frequency[part])
        matcher._filed.setdefault(rarest, []).append(pattern)
    return matcher


def _uncover(terms: dict[str, list[str]], lexicon: Lexicon) -> None:
    """Let a longer term show the anchor inside it, unless it is itself an anchor's or another office's word.

    低保房 is no 低保; but 不给低保 is a refusal *of* 低保.
    """
    hiding = (Role.ANCHOR, Role.MARK)
    anchors = {
        term: _closure(concept.name, lexicon.concepts)
        for concept in lexicon.concepts.values()
        if concept.role is Role.ANCHOR
        for term in concept.terms
    }
    for term, names in terms.items():
        if any(name in lexicon.concepts and lexicon.concepts[name].role in hiding for name in names):
            continue
        for size in range(len(term) - 1, 1, -1):
            for start in range(len(term) - size + 1):
                names += [name for name in anchors.get(term[start : start + size], ()) if name not in names]


def _closure(name: str, concepts: Mapping[str, Concept]) -> list[str]:
    found = [name]
    for implied in concepts[name].implies:
        found += [other for other in _closure(implied, concepts) if other not in found]
    return found


def _where(hits: Iterable[Hit]) -> dict[str, tuple[int, ...]]:
    where: dict[str, list[int]] = {}
    for hit in hits:
        segments = where.setdefault(hit.concept, [])
        if hit.segment not in segments:
            segments.append(hit.segment)
    return {name: tuple(segments) for name, segments in where.items()}


def gate_open(parts: Sequence[str], matcher: Matcher) -> bool:
    """Whether a pattern names what it is about: an anchor, or two kinds of hardship."""
    hardships = 0
    for part in parts:
        names = {part, *matcher.carried(part)}
        roles = {matcher.role(name) for name in names}
        if Role.ANCHOR in roles:
            return True
        hardships += Role.HARDSHIP in roles
    return hardships >= 2
