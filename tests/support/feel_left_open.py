"""What a told value leaves open: the measure of soundness for everything computed from it."""

from __future__ import annotations

from decimal import Decimal

from estimator.feel import Interval, Value
from estimator.truth import UNKNOWN


def stands_for(told: Value, true: Value) -> bool:
    """Is `true` one of the values that `told` leaves open?"""
    if told is UNKNOWN:
        return True
    if isinstance(told, Interval):
        return (
            isinstance(true, Decimal)
            and (told.low is None or told.low <= true)
            and (told.high is None or true <= told.high)
        )
    if isinstance(told, tuple) and isinstance(true, tuple):
        return len(told) == len(true) and all(map(stands_for, told, true))
    return type(told) is type(true) and told == true
