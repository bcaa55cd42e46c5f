"""The next question: the one that may settle most, the cheap before the dear, the sensitive late."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from decimal import Decimal
from functools import cache
from typing import Any, Final

from estimator.evaluate import HOUSEHOLD
from estimator.model import FactSpec, Rulebook

_NOTHING: Final = Decimal(0)


def next_question(book: Rulebook, lines: Sequence[Mapping[str, Any]]) -> dict[str, Any] | None:
    """{fact, subject, settles, group, subjects}, or None where no answer can change an outcome.

    Where several facts of a group are open, `fact` is the group (`household.assets`, `member.income_monthly`): an
    object, asked on one page; where one is open, it is that fact, and `group` names its page. `subjects` lists
    every member of whom it is still open, so that one page may ask for all of them; `subject` is the one of whom the
    answer settles most, for who asks one at a time.
    """
    grouped = _groups(book)
    scores: dict[tuple[str, str], Decimal] = {}
    settles: dict[tuple[str, str], dict[str, None]] = {}
    leaves: defaultdict[str, dict[str, None]] = defaultdict(dict)
    for line in lines:
        if line["outcome"] != "undetermined" or "members" in line:
            continue  # a summary over the members repeats their lines
        groups: dict[tuple[str, str], None] = {}
        for one in line["open"]:
            fact = one["fact"]
            group = grouped.get(fact, fact)
            leaves[group][fact] = None
            groups[group, one["subject"]] = None
        share = _share(len(groups))
        for asked in groups:
            scores[asked] = scores.get(asked, _NOTHING) + share
            settles.setdefault(asked, {})[line["id"]] = None
    if not scores:
        return None
    together: dict[str, Decimal] = {}
    for (fact, _), score in scores.items():
        together[fact] = together.get(fact, Decimal(0)) + score
    fact = max(together, key=lambda one: (together[one] / _price(book.facts.get(one)), one))
    subjects = [subject for one, subject in scores if one == fact]
    ids = [programme for one, found in settles.items() if one[0] == fact for programme in found]
    return {
        "fact": next(iter(leaves[fact])) if len(leaves[fact]) == 1 else fact,
        "subject": max(subjects, key=lambda one: scores[fact, one])
        if fact.startswith("member")
        else HOUSEHOLD,
        "subjects": subjects,
        "group": fact if fact not in leaves[fact] else None,
        "settles": [programme for programme in book.programmes if programme in ids],
    }


@cache
def _share(groups: int) -> Decimal:
    """What a question is worth to a line: the last one settles it for certain, one of several only by a no."""
    return Decimal(1) if groups == 1 else Decimal("0.5") / max(groups, 1)


@cache
def _groups(book: Rulebook) -> Mapping[str, str]:
    """The group of every fact that has one."""
    return {name: spec.group for name, spec in book.facts.items() if spec.group is not None}


def _price(spec: FactSpec | None) -> Decimal:
    if spec is None:
        return Decimal(1)
    return Decimal(spec.cost + (2 if spec.sensitive else 0))
