"""FEEL's type names, as `instance of` tests them (DMN 1.5, 10.3.2.9 and table 53)."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from typing import Final

from estimator.feel.comparison import all_of
from estimator.feel.values import Range, Value, kind_of
from estimator.truth import UNKNOWN, Truth

TypeTest = Callable[[Value], Value]

_SIMPLE: Final = frozenset({"number", "string", "boolean", "date", "list", "range", "context"})
# Types of the standard whose values do not exist in the subset: nothing is an instance of them.
_EMPTY: Final = frozenset(
    {"time", "date and time", "days and time duration", "years and months duration", "function"}
)


@lru_cache(maxsize=256)
def type_test(name: str) -> TypeTest | None:
    """The test whether a value is of the named type; None if there is no such type."""
    found = re.fullmatch(r"(list|range)\s*<\s*(.+?)\s*>", name)
    if found:
        inner = type_test(found[2])
        return None if inner is None else _collection(found[1], inner)
    if re.fullmatch(r"(?:context|function)\s*<.*", name) or name in _EMPTY:
        return lambda value: UNKNOWN if value is UNKNOWN else Truth.FALSE
    if name in _SIMPLE:
        return lambda value: UNKNOWN if value is UNKNOWN else Truth.of(kind_of(value) == name)
    if name in ("Any", "Null"):
        return lambda value: UNKNOWN if value is UNKNOWN else Truth.of((value is None) == (name == "Null"))
    return None


def _collection(kind: str, inner: TypeTest) -> TypeTest:
    def test(value: Value) -> Value:
        match value:
            case list() | tuple() if kind == "list":
                return all_of(Truth.TRUE if item is None else inner(item) for item in value)
            case Range() if kind == "range":
                ends = [end for end in (value.low, value.high) if end is not None]
                return all_of(inner(end) for end in ends)
            case Truth.UNKNOWN:
                return UNKNOWN
        return Truth.FALSE

    return test
