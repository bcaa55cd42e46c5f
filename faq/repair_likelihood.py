"""How likely a reading of a damaged place is, by the runs of three characters in texts of the same kind."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from math import log

from faq.repair_script import to_simplified

Likelihood = Callable[[str, str, str], float]
"""(text before, reading, text after) -> natural logarithm of its likelihood, to be compared only."""

_OPENING = frozenset("“‘《〈（(【〔")
_START = "\n"
# How much a run weighs that was never seen: a character of its own right, a pair, three in a row.
_UNSEEN_CHARACTER = 0.2
_CHARACTERS = 10_000
_UNSEEN_PAIR = 2.0
_UNSEEN_TRIPLE = 1.0


def likelihood(*references: str) -> Likelihood:
    """A measure learnt from the references (either script; compared in Simplified).

    Three characters back off to two and two to one. An opening mark may follow anything and says nothing.
    """
    singles: Counter[str] = Counter()
    pairs: Counter[str] = Counter()
    triples: Counter[str] = Counter()
    for reference in references:
        for line in to_simplified(reference).split("\n"):
            text = _START + line
            singles.update(text)
            pairs.update(text[at : at + 2] for at in range(len(text) - 1))
            triples.update(text[at : at + 3] for at in range(len(text) - 2))
    total = singles.total() + _UNSEEN_CHARACTER * _CHARACTERS

    def of_triple(three: str) -> float:
        single = (singles[three[2]] + _UNSEEN_CHARACTER) / total
        pair = (pairs[three[1:]] + _UNSEEN_PAIR * single) / (singles[three[1]] + _UNSEEN_PAIR)
        return (triples[three] + _UNSEEN_TRIPLE * pair) / (pairs[three[:2]] + _UNSEEN_TRIPLE)

    def score(before: str, reading: str, after: str) -> float:
        window = _START * 2 + to_simplified(before + reading + after)
        first = len(before) + 2
        return sum(
            log(of_triple(window[at - 2 : at + 1]))
            for at in range(first, len(window))
            if window[at] not in _OPENING
        )

    return score
