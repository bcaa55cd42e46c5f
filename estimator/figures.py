"""What is paid and the figures beside it, from the verdict's rows; rounded once, here, at the end."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from estimator.evaluate import Stage, Verdict
from estimator.feel import Interval, Value, interval
from estimator.model import Detail
from estimator.truth import UNKNOWN, Truth
from estimator.words import ceil_fen, money, worded


def amount_value(verdict: Verdict) -> Value:
    """What the decision pays: a number or an interval in fen, None where it names none."""
    if verdict.planned is None or not verdict.planned.amounts:
        return None
    value = verdict.planned.amounts[0].expression.evaluate(verdict.scope)
    if isinstance(value, Interval):
        low = max(value.low or Decimal(0), Decimal(0))
        return interval(
            ceil_fen(low), None if value.high is None else max(ceil_fen(value.high), ceil_fen(low))
        )
    return max(ceil_fen(value), Decimal(0)) if isinstance(value, Decimal) else None


def is_said(verdict: Verdict, amount: Value) -> bool:
    """Whether there is an amount to say: one that is known, or known to be at least something."""
    if verdict.planned is None or not verdict.planned.amounts:
        return False
    return isinstance(amount, Decimal) or (isinstance(amount, Interval) and amount.low is not None)


def amount_json(verdict: Verdict, amount: Value) -> dict[str, Any] | None:
    """The amount in the shape of the contract; null where none can be said."""
    low, high = (amount.low, amount.high) if isinstance(amount, Interval) else (amount, amount)
    if verdict.planned is None or not is_said(verdict, amount) or not isinstance(low, Decimal):
        return None
    row = verdict.planned.amounts[0]
    return {
        "low": money(low),
        "high": money(high) if isinstance(high, Decimal) else None,
        "unit": row.unit,
        "at_least": high is None,
        "text": worded(row.text, names=verdict.scope, sides={"amount": amount}),
    }


def details_of(verdict: Verdict, stage: Stage) -> dict[str, Any]:
    """The programme-specific figures of a decision."""
    if verdict.planned is None:
        return {}
    details: dict[str, Any] = {}
    for row in verdict.planned.details:
        if row.each:
            each = {
                member: _figure(row, row.expression.evaluate(stage.persons[member]))
                for member in stage.members
            }
            details[row.key] = {member: value for member, value in each.items() if value not in (None, [])}
            continue
        value = _figure(row, row.expression.evaluate(verdict.scope))
        if value is not None:
            details[row.key] = value
    return details


def _figure(row: Detail, value: Value) -> Any:
    match value:
        case Interval():
            # Money or a ratio known as a floor is said by its lower end; other open numbers cannot be said.
            return _figure(row, value.low) if row.format in ("money", "ratio") and value.low else None
        case Truth():
            return None if value is UNKNOWN else value is Truth.TRUE
        case Decimal():
            if row.format == "money":
                return money(value)
            return int(value) if row.format == "number" and value == value.to_integral_value() else str(value)
        case list() | tuple():
            return [figure for figure in (_figure(row, item) for item in value) if figure is not None]
        case _:
            return value
