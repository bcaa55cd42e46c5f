"""The three truth values of the estimator: a fact that was not told is neither true nor false."""

from __future__ import annotations

from enum import Enum
from typing import Final


class Truth(Enum):
    """A truth value of Kleene's strong logic, and the one spelling of a FEEL boolean.

    `&`, `|` and `~` are the three-valued and, or and not. A Truth is never usable as a Python
    condition: `UNKNOWN` has no side to fall on, so asking for one raises TypeError.
    """

    FALSE = "false"
    TRUE = "true"
    UNKNOWN = "unknown"

    # Members are compared by identity; the Enum's own hash is a Python function, called for every key.
    __hash__ = object.__hash__

    @staticmethod
    def of(condition: bool) -> Truth:
        """The truth value of a plain Python condition."""
        return Truth.TRUE if condition else Truth.FALSE

    def __and__(self, other: Truth) -> Truth:
        if self is Truth.FALSE or other is Truth.FALSE:
            return Truth.FALSE
        if self is Truth.TRUE and other is Truth.TRUE:
            return Truth.TRUE
        return Truth.UNKNOWN

    def __or__(self, other: Truth) -> Truth:
        if self is Truth.TRUE or other is Truth.TRUE:
            return Truth.TRUE
        if self is Truth.FALSE and other is Truth.FALSE:
            return Truth.FALSE
        return Truth.UNKNOWN

    def __invert__(self) -> Truth:
        if self is Truth.TRUE:
            return Truth.FALSE
        if self is Truth.FALSE:
            return Truth.TRUE
        return Truth.UNKNOWN

    def __bool__(self) -> bool:
        raise TypeError(
            f"Truth {self.value} is not a condition: "
            "compare it with `is Truth.TRUE`, `is Truth.FALSE` or `is Truth.UNKNOWN`"
        )


UNKNOWN: Final = Truth.UNKNOWN
