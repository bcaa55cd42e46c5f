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
_MOST_MASKS = 50


class Passages:
    """An inverted index over texts with ids; what it answers never changes once it is built."""

    def __init__(self, texts: Iterable[tuple[str, str]]) -> None:
        self._ids: list[str] = []
        # A gram's texts by number, one entry for each time it stands there.
        standing: dict[str, array[int]] = {}
        lengths: list[int] = []
        for number, (identity, text) in enumerate(texts):
            self._ids.append(identity)
            grams = _grams(text)
            lengths.append(len(grams))
            for gram in grams:
                found = standing.get(gram)
                if found is None:
                    standing[gram] = array("I", (number,))
                else:
                    found.append(number)
        mean = sum(lengths) / len(lengths) if lengths else 1.0
        norms = [_K1 * (1 - _B + _B * length / mean) for length in lengths]
        self._masks: dict[tuple[str, ...], bytes] = {}
        self._postings = {gram: _posting(found, norms) for gram, found in standing.items()}

    def nearest(self, text: str, limit: int = 5, allowed: Sequence[str] = ()) -> tuple[str, ...]:
        """Ids of the best texts, best first; `allowed` keeps ids that begin with one of these prefixes."""
        postings = self._postings
        found = sorted((postings[gram][0], gram) for gram in set(_grams(text)) if gram in postings)
        shown = self._shown(tuple(allowed))
        scores: dict[int, float] = {}
        for place, (times, gram) in enumerate(found[:_MOST_GRAMS]):
            if times > _LONGEST_LIST and place:
                break
            _, numbers, weights = postings[gram]
            for number, weight in zip(numbers, weights, strict=True):
                if shown[number]:
                    scores[number] = scores.get(number, 0.0) + weight
        ranked = heapq.nlargest(limit, [(score, -number) for number, score in scores.items()])
        return tuple(self._ids[-number] for _, number in ranked)

    def _shown(self, allowed: tuple[str, ...]) -> bytes:
        """For each text, whether its id begins with one of the prefixes; all do where there are none."""
        found = self._masks.get(allowed)
        if found is None:
            if len(self._masks) >= _MOST_MASKS:
                self._masks.clear()
            found = bytes(not allowed or identity.startswith(allowed) for identity in self._ids)
            self._masks[allowed] = found
        return found


def _posting(found: array[int], norms: Sequence[float]) -> tuple[int, array[int], array[float]]:
    """How often a gram stands anywhere; of the head of its list each text's number and what the gram adds to it."""
    times = Counter(found[:_LONGEST_LIST])
    rarity = math.log(1 + (len(norms) - len(times) + 0.5) / (len(times) + 0.5))
    weights = (rarity * count * (_K1 + 1) / (count + norms[number]) for number, count in times.items())
    return len(found), array("I", times), array("d", weights)


def _grams(text: str) -> list[str]:
    grams: list[str] = []
    for run in _NOT_WORDS.split(text.lower()):
        grams.extend(run)
        grams.extend([run[n : n + 2] for n in range(len(run) - 1)])
    return grams
