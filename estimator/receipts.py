"""An estimate as an audit receipt: the facts it read, the rulebook by its digest, and what came out.

From the receipt alone the estimate can be made again; where the rulebook is another one, that is said.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final

from estimator.difference import Change, changes
from estimator.engine import engine_for, estimate
from estimator.errors import FactError, FactProblem
from estimator.model import FactSpec, Rulebook
from estimator.rulebook import default_rulebook

KIND: Final = "doudi-estimate-1"


@dataclass(frozen=True, slots=True)
class Replay:
    """What came out when a receipt was made again."""

    made_with: Mapping[str, str]
    made_again_with: Mapping[str, str]
    equal: bool
    changes: tuple[Change, ...]

    @property
    def same_rulebook(self) -> bool:
        return self.made_with.get("sha256") == self.made_again_with.get("sha256")


def receipt(
    facts: Mapping[str, object],
    *,
    rulebook: Rulebook | None = None,
    as_of: date,
    region: str | None = None,
) -> dict[str, Any]:
    """The estimate with all it was made from, ready for JSON: `receipt`, `facts`, `rulebook`, `estimate`.

    Takes what `estimate` takes and raises what it raises. `facts` holds only what the rules read, with the
    day and the place that counted; anything else the caller gave (names, remarks) is left out.
    """
    book = rulebook or default_rulebook()
    found = estimate(facts, rulebook=book, as_of=as_of, region=region)
    kept = _kept(book, facts)
    kept["as_of"], kept["region"] = found["as_of"], found["region"]
    return {
        "receipt": KIND,
        "facts": kept,
        "rulebook": dict(found["rulebook"]),
        "estimate": {**found, "ignored": []},
    }


def replay(made: Mapping[str, Any], rulebook: Rulebook | None = None) -> Replay:
    """Make a receipt's estimate again with a rulebook (default: the package's own).

    Raises FactError where it is no receipt, or its facts cannot be read.
    """
    facts, before, made_with = made.get("facts"), made.get("estimate"), made.get("rulebook")
    if made.get("receipt") != KIND:
        raise FactError((FactProblem("receipt", "is no receipt of an estimate", f"write {KIND!r}"),))
    if (
        not isinstance(facts, Mapping)
        or not isinstance(before, Mapping)
        or not isinstance(made_with, Mapping)
    ):
        raise FactError(
            (FactProblem("receipt", "lacks its facts, rulebook or estimate", "give it as it was made"),)
        )
    day = facts.get("as_of")
    if not isinstance(day, str):
        raise FactError((FactProblem("facts.as_of", "is missing", "give the receipt as it was made"),))
    after = estimate(facts, rulebook=rulebook or default_rulebook(), as_of=date.min)
    without = {"rulebook": None, "ignored": None}
    try:
        differing = tuple(changes(before, after))
    except (AttributeError, KeyError, TypeError):
        problem = FactProblem("estimate", "is no estimate as it was made", "give the receipt as it was made")
        raise FactError((problem,)) from None
    return Replay(
        made_with=dict(made_with),
        made_again_with=dict(after["rulebook"]),
        equal={**before, **without} == {**after, **without},
        changes=differing,
    )


def _kept(book: Rulebook, facts: Mapping[str, object]) -> dict[str, Any]:
    """The facts that the rules read, as JSON values; members keep their id."""
    kept: dict[str, Any] = {key: facts[key] for key in ("area",) if facts.get(key) is not None}
    for level in ("standards", "household"):
        section = facts.get(level)
        if isinstance(section, Mapping):
            kept[level] = _section(book.facts, level, section)
    members = facts.get("members")
    if isinstance(members, (list, tuple)):
        question = engine_for(book).intake.read(facts, as_of=date.min)
        kept["members"] = [
            {"id": person.id, **_section(book.facts, "member", raw)}
            for person, raw in zip(question.persons, members, strict=True)
        ]
    return kept


def _section(known: Mapping[str, FactSpec], prefix: str, raw: Mapping[str, object]) -> dict[str, Any]:
    kept: dict[str, Any] = {}
    for key, value in raw.items():
        name = f"{prefix}.{key}"
        if isinstance(value, Mapping):
            inner = _section(known, name, value)
            if inner:
                kept[key] = inner
        elif name in known and value is not None:
            kept[key] = str(value) if isinstance(value, (Decimal, date, float)) else value
    return kept
