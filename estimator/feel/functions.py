"""The table of built-in functions (DMN 1.5, 10.3.4), and how a call finds its signature and its arguments.

A call that fits no signature is null, as FEEL has it; so is an argument of the wrong type. What an unknown
argument does is said by each signature's `lift`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from estimator.feel import list_functions as lists
from estimator.feel import number_functions as numbers
from estimator.feel import range_functions as ranges
from estimator.feel import string_functions as strings
from estimator.feel.comparison import negation
from estimator.feel.literals import date_of
from estimator.feel.values import Value, has_unknown, kind_of
from estimator.truth import UNKNOWN

# none:  any unknown in any argument makes the result UNKNOWN.
# items: lists are handled whole, so unknown items are carried along; an unknown anywhere else is UNKNOWN.
# all:   the function is itself sound for intervals and unknown items; a wholly unknown argument is UNKNOWN.
Lift = Literal["none", "items", "all"]

Implementation = Callable[..., Value]


class _Misfit:
    """An argument that cannot take the parameter's type."""


_MISFIT: Final = _Misfit()


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter: its name, its FEEL type ("any" for every one) and whether null may be passed."""

    name: str
    type: str
    nullable: bool

    def accept(self, value: Value) -> Value | _Misfit:
        """The value as this type, after FEEL's implicit conversions (10.3.2.9.4), or a misfit."""
        if self.type == "any":
            return value
        kind = kind_of(value)
        if kind in (self.type, "unknown"):
            return value
        if kind == "null":
            return None if self.nullable else _MISFIT
        if self.type == "list":
            return (value,)
        if self.type == "point or range":
            return value if kind in ("number", "string", "date", "range") else _MISFIT
        if isinstance(value, (list, tuple)) and len(value) == 1:
            return self.accept(value[0]) if kind_of(value[0]) != "list" else _MISFIT
        return _MISFIT


@dataclass(frozen=True, slots=True)
class Signature:
    """One way to call a function; with `rest`, the last parameter takes all remaining arguments."""

    parameters: tuple[Parameter, ...]
    run: Implementation
    lift: Lift
    rest: bool

    def __call__(self, arguments: Sequence[Value]) -> Value:
        """The value of a call whose arguments are already in the order of the parameters."""
        if self.lift == "all" and self.rest:  # min, sum, …: they look at each argument themselves
            return self.run(tuple(arguments))
        accepted: list[Value] = []
        unknown = False
        for parameter, argument in zip(self._spread(len(arguments)), arguments, strict=True):
            value = parameter.accept(argument)
            if isinstance(value, _Misfit):
                return None
            if value is UNKNOWN and parameter.type not in ("any", "boolean"):
                unknown = True
            elif self.lift == "none" or (self.lift == "items" and parameter.type not in ("any", "list")):
                unknown = unknown or has_unknown(value)
            accepted.append(value)
        if unknown:
            return UNKNOWN
        if self.rest:
            fixed = len(self.parameters) - 1
            return self.run(*accepted[:fixed], tuple(accepted[fixed:]))
        return self.run(*accepted)

    def _spread(self, count: int) -> tuple[Parameter, ...]:
        if not self.rest:
            return self.parameters
        fixed = self.parameters[:-1]
        return fixed + (self.parameters[-1],) * (count - len(fixed))


def _signature(text: str, run: Implementation, lift: Lift = "none") -> Signature:
    """Reads `list: list, item: any...`; a type followed by `?` may be null, `...` takes all the rest."""
    parameters = []
    rest = text.endswith("...")
    for part in filter(None, text.removesuffix("...").split(", ")):
        name, kind = part.split(": ")
        parameters.append(Parameter(name, kind.removesuffix("?"), kind.endswith("?")))
    return Signature(tuple(parameters), run, lift, rest)


def _on_list(run: Callable[[Sequence[Value]], Value], lift: Lift = "all") -> tuple[Signature, ...]:
    """min, sum, all …: of one list, or of several values."""
    return _signature("list: list", run, lift), _signature("value: any...", run, lift)


_n = "n: number"
_scaled = "n: number, scale: number"
_match = "string: string, match: string"

FUNCTIONS: Final[Mapping[str, tuple[Signature, ...]]] = {
    "not": (_signature("negand: boolean", negation, "all"),),
    "date": (_signature("from: string", date_of),),
    # numbers
    "number": (
        _signature(
            "from: string, grouping separator: string?, decimal separator: string?", strings.to_number
        ),
    ),
    "abs": (_signature(_n, numbers.absolute, "all"),),
    "floor": (_signature(_n, numbers.floor, "all"), _signature(_scaled, numbers.floor, "all")),
    "ceiling": (_signature(_n, numbers.ceiling, "all"), _signature(_scaled, numbers.ceiling, "all")),
    "decimal": (_signature(_scaled, numbers.half_even, "all"),),
    "round up": (_signature(_scaled, numbers.away_from_zero, "all"),),
    "round down": (_signature(_scaled, numbers.towards_zero, "all"),),
    "round half up": (_signature(_scaled, numbers.half_away, "all"),),
    "round half down": (_signature(_scaled, numbers.half_towards, "all"),),
    "sqrt": (_signature("number: number", numbers.square_root, "all"),),
    "exp": (_signature("number: number", numbers.exponential, "all"),),
    "log": (_signature("number: number", numbers.logarithm, "all"),),
    "modulo": (_signature("dividend: number, divisor: number", numbers.modulo),),
    "odd": (_signature("number: number", numbers.odd),),
    "even": (_signature("number: number", numbers.even),),
    # strings
    "string": (_signature("from: any", strings.to_string),),
    "string length": (_signature("string: string", strings.length),),
    "substring": (
        _signature("string: string, start position: number", strings.substring),
        _signature("string: string, start position: number, length: number", strings.substring),
    ),
    "upper case": (_signature("string: string", strings.upper),),
    "lower case": (_signature("string: string", strings.lower),),
    "substring before": (_signature(_match, strings.before),),
    "substring after": (_signature(_match, strings.after),),
    "contains": (_signature(_match, strings.contains),),
    "starts with": (_signature(_match, strings.starts_with),),
    "ends with": (_signature(_match, strings.ends_with),),
    "matches": (
        _signature("input: string, pattern: string", strings.matches),
        _signature("input: string, pattern: string, flags: string?", strings.matches),
    ),
    "replace": (
        _signature("input: string, pattern: string, replacement: string", strings.substitute),
        _signature("input: string, pattern: string, replacement: string, flags: string?", strings.substitute),
    ),
    "split": (_signature("string: string, delimiter: string", strings.split),),
    "string join": (
        _signature("list: list", strings.join),
        _signature("list: list, delimiter: string?", strings.join),
    ),
    # lists
    "list contains": (_signature("list: list, element: any", lists.contains, "all"),),
    "count": (_signature("list: list", lists.count, "all"),),
    "min": _on_list(lists.minimum),
    "max": _on_list(lists.maximum),
    "sum": _on_list(lists.total),
    "mean": _on_list(lists.mean),
    "product": _on_list(lists.product_of),
    "median": _on_list(lists.median),
    "mode": _on_list(lists.mode, "none"),
    "stddev": _on_list(lists.standard_deviation, "none"),
    "all": _on_list(lists.every_true),
    "any": _on_list(lists.some_true),
    "sublist": (
        _signature("list: list, start position: number", lists.sublist, "items"),
        _signature("list: list, start position: number, length: number", lists.sublist, "items"),
    ),
    "append": (_signature("list: list, item: any...", lists.append, "items"),),
    "concatenate": (_signature("list: list...", lists.concatenate, "items"),),
    "insert before": (
        _signature("list: list, position: number, newItem: any", lists.insert_before, "items"),
    ),
    "remove": (_signature("list: list, position: number", lists.remove, "items"),),
    "list replace": (_signature("list: list, position: number, newItem: any", lists.replace_item, "items"),),
    "reverse": (_signature("list: list", lists.reverse, "items"),),
    "index of": (_signature("list: list, match: any", lists.index_of),),
    "union": (_signature("list: list...", lists.union),),
    "distinct values": (_signature("list: list", lists.distinct),),
    "flatten": (_signature("list: list", lists.flatten),),
    # ranges
    **{
        name: (_signature(f"{first}: point or range, {second}: point or range", run),)
        for name, first, second, run in ranges.RELATIONS
    },
    "is": (_signature("value1: any, value2: any", ranges.same),),
}


def resolve(name: str, count: int, named: Sequence[str] | None) -> tuple[Signature, tuple[int, ...]] | None:
    """The signature a call fits, and for each of its parameters the index of the argument it takes.

    `named` are the parameter names of a call by name, None for a call by position. None if no signature fits:
    FEEL makes such a call null. The name must be one of FUNCTIONS.
    """
    for signature in FUNCTIONS[name]:
        names = [parameter.name for parameter in signature.parameters]
        if named is not None:
            if sorted(named) == sorted(names):
                return signature, tuple(named.index(parameter) for parameter in names)
        elif count == len(names) or (signature.rest and count > len(names)):
            return signature, tuple(range(count))
    return None


def is_boolean(name: str) -> bool:
    """Does the function answer only true, false or null?"""
    return name in _BOOLEAN


_BOOLEAN: Final = frozenset(
    ["not", "contains", "matches", "all", "any", "odd", "even", "is"]
    + ["starts with", "ends with", "list contains"]
    + [relation[0] for relation in ranges.RELATIONS]
)
