"""The smallest single change that would turn a no into a yes: information, never advice."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from functools import cache
from typing import Any, Final

from estimator.evaluate import as_truth
from estimator.exact import values_of
from estimator.feel import Value
from estimator.model import Condition, FactSpec, Rulebook
from estimator.outcomes import CaseOutcome
from estimator.truth import Truth
from estimator.words import SENTENCES, said, shown, worded

# What a number that is exactly the line would have to be.
_EQUAL: Final = {"<": "equal_must_be_below", ">": "equal_must_be_above"}


def smallest_change(book: Rulebook, lead: CaseOutcome, subject: str) -> dict[str, Any] | None:
    """The one told fact or sum on which alone the no rests; None where more stand in the way."""
    if lead.verdict.open_when:
        return None
    against = [pair for pair in lead.verdict.truths if pair[1] is not Truth.TRUE]
    if len(against) != 1 or against[0][1] is not Truth.FALSE:
        return None
    failing = against[0][0]
    return next(_flips(book, lead, failing), None) or _by_sum(lead, failing)


def _flips(book: Rulebook, lead: CaseOutcome, failing: Condition) -> Iterator[dict[str, Any]]:
    """The facts named by the condition that turn it, with no other condition turned against it."""
    choices = _choices(book, failing.expression.names)
    if not choices:
        return
    scope = lead.verdict.scope
    own = {name: scope[name] for name in failing.expression.names if name in scope}
    for name, spec, values in choices:
        told = scope.get(name)
        for value in values if isinstance(told, (Truth, str)) else ():
            if value == told or failing.expression.evaluate({**own, name: value}) is not Truth.TRUE:
                continue
            changed = {**scope, name: value}
            if all(
                as_truth(condition.expression.evaluate(changed)) is Truth.TRUE
                for condition, _ in lead.verdict.truths
            ):
                yield {
                    "fact": name,
                    "from": shown(told),
                    "to": shown(value),
                    "text": _turned(spec, value),
                }


@cache
def _choices(book: Rulebook, names: frozenset[str]) -> tuple[tuple[str, FactSpec, tuple[Value, ...]], ...]:
    """The facts among these names that have few values, with those."""
    specs = [book.facts[name] for name in sorted(names) if name in book.facts]
    return tuple([(spec.id, spec, values) for spec in specs if (values := values_of(spec))])


def _turned(spec: FactSpec, value: Value) -> str:
    answer = spec.options.get(value, value) if isinstance(value, str) else said(value)
    return _another_answer(spec.question, answer)


@cache
def _another_answer(question: str, answer: str) -> str:
    told: dict[str, Value] = {"question": question, "answer": answer}
    return worded(SENTENCES["another_answer"], SENTENCES["only_to_know"], names=told)


def _by_sum(lead: CaseOutcome, failing: Condition) -> dict[str, Any] | None:
    """Where a number stands on the wrong side of a line: how far."""
    if failing.left is None or failing.right is None:
        return None
    left, right = failing.left.evaluate(lead.verdict.scope), failing.right.evaluate(lead.verdict.scope)
    if not isinstance(left, Decimal) or not isinstance(right, Decimal):
        return None
    gap = abs(left - right)
    sentence = "gap" if gap else _EQUAL.get(failing.operator or "", "equal_must_differ")
    return {
        "fact": failing.left.text,
        "from": shown(left),
        "to": f"{failing.operator} {shown(right)}",
        "text": worded(
            SENTENCES[sentence],
            SENTENCES["only_to_know"],
            names={"left": left, "right": right, "gap": gap},
        ),
    }
