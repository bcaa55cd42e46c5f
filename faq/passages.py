"""Related clauses by character uni- and bigram BM25: only ever `nearest`, never the ground of an answer."""

from __future__ import annotations

import heapq
import math
import re
from array import array
from collections import Counter
from collections.abc import Iterable, Sequence

_NOT_WORDS = re.compile(r"[^\u4e00-\u9fffa-z0-9]+")
_K1 = 1.2
_B = 0.75
# Common grams say little and cost the most: at large sizes only the rarer ones are read, and the head of a list.
_MOST_GRAMS = 16
_LONGEST_LIST = 600


class Passages:
    """An inverted index over texts with ids; immutable once built."""

    def __init__(self, texts: Iterable[tuple[str, str]]) -> None:
        self._ids: list[str] = []
        # A gram's texts by number, one entry for each time it stands there.
        postings: dict[str, array[int]] = {}
        lengths: list[int] = []
        for number, (identity, text) in enumerate(texts):
            self._ids.append(identity)
            grams = _grams(text)
            lengths.append(len(grams))
            for gram in grams:
                found = postings.get(gram)
                if found is None:
                    postings[gram] = array("I", (number,))
                else:
                    found.append(number)
        mean = sum(lengths) / len(lengths) if lengths else 1.0
        self._postings = postings
        self._norms = [_K1 * (1 - _B + _B * length / mean) for length in lengths]

    def nearest(self, text: str, limit: int = 5, allowed: Sequence[str] = ()) -> tuple[str, ...]:
        """Ids of the best texts, best first; `allowed` keeps ids that begin with one of these prefixes."""
        grams = [gram for gram in set(_grams(text)) if gram in self._postings]
        grams.sort(key=lambda gram: (len(self._postings[gram]), gram))
        total = len(self._ids)
        scores: dict[int, float] = {}
        for gram in grams[:_MOST_GRAMS]:
            found = self._postings[gram]
            if len(found) > _LONGEST_LIST and scores:
                break
            times = Counter(found[:_LONGEST_LIST])
            rarity = math.log(1 + (total - len(times) + 0.5) / (len(times) + 0.5))
            for number, count in times.items():
                weight = rarity * count * (_K1 + 1) / (count + self._norms[number])
                scores[number] = scores.get(number, 0.0) + weight
        prefixes = tuple(allowed)
        ids = self._ids
        ranked = heapq.nlargest(
            limit,
            ((score, -n) for n, score in scores.items() if not prefixes or ids[n].startswith(prefixes)),
        )
        return tuple(ids[-number] for _, number in ranked)


def _grams(text: str) -> list[str]:
    grams: list[str] = []
    for run in _NOT_WORDS.split(text.lower()):
        grams.extend(run)
        grams.extend([run[n : n + 2] for n in range(len(run) - 1)])
    return grams
