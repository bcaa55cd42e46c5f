"""The next question: the one that may settle most, the cheap before the dear, the sensitive late."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from estimator.evaluate import HOUSEHOLD
from estimator.intake import Question
from estimator.model import FactSpec, Rulebook


def next_question(
    book: Rulebook, lines: Sequence[Mapping[str, Any]], question: Question
) -> dict[str, Any] | None:
    """{fact, subject, settles, group, subjects}, or None where no answer can change an outcome.

    Where several facts of a group are open, `fact` is the group (`household.assets`, `member.income_monthly`): an
    object, asked on one page; where one is open, it is that fact, and `group` names its page. `subjects` lists
    every member of whom it is still open, so that one page may ask for all of them.
    """
    scores: dict[tuple[str, str], Decimal] = {}
    settles: dict[tuple[str, str], dict[str, None]] = {}
    leaves: dict[str, dict[str, None]] = {}
    for line in lines:
        if line["outcome"] != "undetermined" or "members" in line:
            continue  # a summary over the members repeats their lines
        for one in line["open"]:
            leaves.setdefault(_group(book, one["fact"]), {})[one["fact"]] = None
        groups = list(dict.fromkeys((_group(book, one["fact"]), one["subject"]) for one in line["open"]))
        for group in groups:
            # The last open question settles the line for certain; one of several only by a no.
            scores[group] = scores.get(group, Decimal(0)) + (
                1 if len(groups) == 1 else Decimal("0.5") / len(groups)
            )
            settles.setdefault(group, {})[line["id"]] = None
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
        "subject": subjects[0] if fact.startswith("member") else HOUSEHOLD,
        "subjects": subjects,
        "group": fact if fact not in leaves[fact] else None,
        "settles": [programme for programme in book.programmes if programme in ids],
    }


def _group(book: Rulebook, fact: str) -> str:
    spec = book.facts.get(fact)
    return spec.group or fact if spec is not None else fact


def _price(spec: FactSpec | None) -> Decimal:
    if spec is None:
        return Decimal(1)
    return Decimal(spec.cost + (2 if spec.sensitive else 0))
