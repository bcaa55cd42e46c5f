"""Related clauses by character uni- and bigram BM25: only ever `nearest`, never the ground of an answer."""

from __future__ import annotations

import heapq
import math
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence

_NOT_WORDS = re.compile(r"[^\u4e00-\u9fffa-z0-9]+")
_K1 = 1.2
_B = 0.75
# Common grams say little and cost the most: at large sizes only the rarer ones are read.
_MOST_GRAMS = 24
_LONGEST_LIST = 1500


class Passages:
    """An inverted index over texts with ids; immutable once built."""

    def __init__(self, texts: Iterable[tuple[str, str]]) -> None:
        self._ids: list[str] = []
        postings: dict[str, list[tuple[int, float]]] = defaultdict(list)
        counts: list[Counter[str]] = []
        for identity, text in texts:
            self._ids.append(identity)
            counts.append(Counter(_grams(text)))
        sizes = [count.total() for count in counts]
        mean = sum(sizes) / len(sizes) if sizes else 1.0
        for number, count in enumerate(counts):
            norm = _K1 * (1 - _B + _B * sizes[number] / mean)
            for gram, times in count.items():
                postings[gram].append((number, times * (_K1 + 1) / (times + norm)))
        total = len(self._ids)
        self._postings = {
            gram: (math.log(1 + (total - len(found) + 0.5) / (len(found) + 0.5)), found)
            for gram, found in postings.items()
        }

    def nearest(self, text: str, limit: int = 5, allowed: Sequence[str] = ()) -> tuple[str, ...]:
        """Ids of the best texts, best first; `allowed` keeps ids that begin with one of these prefixes."""
        grams = [gram for gram in set(_grams(text)) if gram in self._postings]
        grams.sort(key=lambda gram: (len(self._postings[gram][1]), gram))
        scores: dict[int, float] = defaultdict(float)
        for gram in grams[:_MOST_GRAMS]:
            rarity, found = self._postings[gram]
            if len(found) > _LONGEST_LIST and scores:
                break
            for number, weight in found[:_LONGEST_LIST]:
                scores[number] += rarity * weight
        prefixes = tuple(allowed)
        ranked = heapq.nlargest(
            limit,
            (
                (score, -number)
                for number, score in scores.items()
                if not prefixes or self._ids[number].startswith(prefixes)
            ),
        )
        return tuple(self._ids[-number] for _, number in ranked)


def _grams(text: str) -> list[str]:
    grams: list[str] = []
    for run in _NOT_WORDS.split(text.lower()):
        grams.extend(run)
        grams.extend(run[n : n + 2] for n in range(len(run) - 1))
    return grams
