"""Variants: whole questions that people asked in vain and that a person gave to an entry, found again by likeness.

What is rare in all that people ask decides how alike two questions are; the patterns know nothing of variants.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum

from faq.personal import MASK, scrubbed

# So alike that nothing else may answer, and alike enough where no pattern answers. Measured, see the unit tests.
SAME = 0.92
LIKE = 0.58
_NOT_WORDS = re.compile(r"[^\w]+|_+")
_FILLING = re.compile(
    r"请问一下|请问|麻烦问下|我想问一下|我想问|想问一下|想问|问一下|咨询一下|咨询|想知道|您好|你好|谢谢|"
    r"能不能|可不可以|可以不可以|有没有|是不是|怎么办|怎么|吗|呢|啊|呀|吧|么|的|了|我们|我|你们|您"
)
# Of its own owner's questions only what says the same once more is a duplicate.
REPEATED = 0.97
# What is left after folding, in signs; and how long a question may be that stands for others.
SHORTEST = 5
LONGEST = 60
# A clause of a long letter is compared by itself if it asks at least so much.
_SHORTEST_CLAUSE = 6


@dataclass(frozen=True, slots=True)
class Variant:
    """A question as somebody put it, and the entry or door that answers it."""

    owner: str
    text: str


@dataclass(frozen=True, slots=True)
class _Filed:
    variant: Variant
    folded: str
    length: float


class Rarity:
    """How much a sign or pair of signs tells: the rarer in what people usually ask, the more."""

    def __init__(self, background: Iterable[str]) -> None:
        """`background`: normalised questions."""
        seen: Counter[str] = Counter()
        total = 1
        for text in background:
            seen.update(_grams(fold(text)))
            total += 1
        self._weights = {gram: math.log(1 + total / (1 + count)) ** 2 for gram, count in seen.items()}
        self._unseen = math.log(1 + total) ** 2

    def weight(self, gram: str) -> float:
        return self._weights.get(gram, self._unseen)

    def length(self, grams: Iterable[str]) -> float:
        return math.sqrt(sum(self.weight(gram) for gram in grams)) or 1.0

    def likeness(self, one: str, other: str) -> float:
        """How alike two normalised questions are, from 0 to 1."""
        first, second = fold(one), fold(other)
        if first == second:
            return 1.0
        mine, yours = _grams(first), _grams(second)
        common = sum(self.weight(gram) for gram in mine & yours)
        return min(common / (self.length(mine) * self.length(yours)), 1.0)


class Variants:
    """An index over variants; immutable once built."""

    def __init__(self, variants: Iterable[Variant], rarity: Rarity, normalise: Callable[[str], str]) -> None:
        self._rarity = rarity
        self._filed: list[_Filed] = []
        self._by_gram: dict[str, list[int]] = {}
        for variant in variants:
            folded = fold(normalise(variant.text))
            grams = _grams(folded)
            if not grams:
                continue
            for gram in grams:
                self._by_gram.setdefault(gram, []).append(len(self._filed))
            self._filed.append(_Filed(variant, folded, rarity.length(grams)))
        self._exact = {filed.folded: filed.variant for filed in self._filed}

    def __len__(self) -> int:
        return len(self._filed)

    def find(self, text: str) -> tuple[Variant, float] | None:
        """The variant most like a normalised question or one of its clauses, and how alike (0 to 1)."""
        best: tuple[Variant, float] | None = None
        for asked in _parts(text):
            folded = fold(asked)
            exact = self._exact.get(folded)
            if exact is not None:
                return exact, 1.0
            found = self._nearest(folded)
            if found is not None and (best is None or found[1] > best[1]):
                best = found
        return best

    def _nearest(self, folded: str) -> tuple[Variant, float] | None:
        grams = _grams(folded)
        shared: dict[int, float] = {}
        for gram in grams:
            for number in self._by_gram.get(gram, ()):
                shared[number] = shared.get(number, 0.0) + self._rarity.weight(gram)
        if not shared:
            return None
        length = self._rarity.length(grams)
        number, score = max(
            ((n, common / (length * self._filed[n].length)) for n, common in shared.items()),
            key=lambda one: (one[1], -one[0]),
        )
        return self._filed[number].variant, min(score, 1.0)


def fold(normalised: str) -> str:
    """A normalised question without signs and without the words that every question has."""
    return _telling(normalised) or _NOT_WORDS.sub("", normalised)


def _telling(normalised: str) -> str:
    return _FILLING.sub("", _NOT_WORDS.sub("", normalised))


def _parts(text: str) -> list[str]:
    """The question, and each clause of it that is long enough to be one by itself."""
    clauses = [part for part in re.split(r"[。！？!?；;，,\n…]+", text) if len(part) >= _SHORTEST_CLAUSE]
    return [text, *clauses] if len(clauses) > 1 else [text]


def _grams(folded: str) -> frozenset[str]:
    return frozenset([*folded, *(folded[n : n + 2] for n in range(len(folded) - 1))])


class Objection(StrEnum):
    """Why a question cannot become a variant."""

    UNKNOWN_OWNER = "unknown_owner"
    TOO_SHORT = "too_short"
    TOO_LONG = "too_long"
    PERSONAL = "personal"
    GUARDED = "guarded"
    DUPLICATE = "duplicate"
    STEALS = "steals"


@dataclass(frozen=True, slots=True)
class Refusal:
    """An objection to one variant; `other` is the entry whose question it is, where there is one."""

    variant: Variant
    why: Objection
    other: str = ""


def refusals(
    variants: Iterable[Variant],
    asked: Iterable[tuple[str, str]],
    guard_terms: Iterable[str],
    rarity: Rarity,
    normalise: Callable[[str], str],
) -> list[Refusal]:
    """Why variants may not be taken, in their order; of two alike the later one is refused.

    `asked` are (owner, question) of every curated title and example: a variant may neither repeat its own
    owner's nor take another's. Its owner must occur among them.
    """
    terms = tuple(guard_terms)
    known = [(owner, normalise(question)) for owner, question in asked]
    owners = {owner for owner, _ in known}
    found: list[Refusal] = []
    for variant in variants:
        text = normalise(variant.text)
        why, other = _objection(variant, text, owners, terms, known, rarity)
        if why is not None:
            found.append(Refusal(variant, why, other))
        else:
            known.append((variant.owner, text))
    return found


def _objection(
    variant: Variant,
    text: str,
    owners: set[str],
    terms: tuple[str, ...],
    known: list[tuple[str, str]],
    rarity: Rarity,
) -> tuple[Objection | None, str]:
    if variant.owner not in owners:
        return Objection.UNKNOWN_OWNER, ""
    if len(_telling(text)) < SHORTEST:
        return Objection.TOO_SHORT, ""
    if len(variant.text) > LONGEST:
        return Objection.TOO_LONG, ""
    if MASK in variant.text or MASK in scrubbed(variant.text):
        return Objection.PERSONAL, ""
    if any(term in text or term in variant.text.lower() for term in terms):
        return Objection.GUARDED, ""
    for owner, question in known:
        if rarity.likeness(text, question) >= (SAME if owner != variant.owner else REPEATED):
            return (Objection.DUPLICATE, owner) if owner == variant.owner else (Objection.STEALS, owner)
    return None, ""
