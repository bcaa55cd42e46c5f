"""Lists the names that keep an undecided expression undecided, and how each of them stands in it.

`look` says, with the closures, what that means; `finder` writes the same for one expression as a straight Python
function, as `native.py` does for its value: each part is worked out once, and only what is open is gone into.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from functools import cache
from typing import Any, Final, NamedTuple

from estimator.feel.comparison import TRUE
from estimator.feel.native import DEEPEST, Writer, executed
from estimator.feel.term import Node, Scope, Term
from estimator.feel.values import has_unknown
from estimator.truth import UNKNOWN, Truth

_KEEPING: Final = frozenset({"and", "or", "any", "all"})
_PLAIN: Final = frozenset({Truth, Decimal, str, date, type(None)})


class Left(NamedTuple):
    """A name left open: the comparison around it ("" for none), and whether it counts as it is there (True), turned
    about by a `not` (False), or both ways by an `if` (None)."""

    name: str
    atom: str
    way: bool | None


Finder = Callable[[Scope], list[Left]]


def _names(term: Term) -> bool:
    """Whether there is any name in a term that could be open."""
    return term.operator == "name" or any(_names(part) for part in term.operands)


def look(found: list[Left], term: Term, scope: Scope, atom: str = "", way: bool | None = True) -> list[Left]:
    """Adds to `found` the names open below a term that is not decided itself, in the order in which they stand."""
    if term.operator == "name":
        found.append(Left(term.text, atom, way))
        return found
    atom, way = _inside(term.operator, term.text, atom, way)
    if term.operator == "if":
        condition, yes, no = term.operands
        test = condition.run(scope, ())
        parts = term.operands if test is UNKNOWN else (yes,) if test is TRUE else (no,)
    elif term.trace is not None:  # it has variables
        for node in term.trace(scope, ()):
            _in_node(found, node, atom, way)
        return found
    else:
        parts = term.operands
    for part in parts:
        if has_unknown(part.run(scope, ())):
            look(found, part, scope, atom, way)
    return found


def _inside(operator: str, text: str, atom: str, way: bool | None) -> tuple[str, bool | None]:
    """How the parts of a term stand: the comparison around them, and whether they are turned about."""
    if operator == "not":
        return atom, None if way is None else not way
    if operator == "if":
        return atom, None
    return atom if operator in _KEEPING else atom or text, way


def _in_node(found: list[Left], node: Node, atom: str, way: bool | None) -> None:
    """The same for a part that was evaluated for one item."""
    if not has_unknown(node.value):
        return
    if node.operator == "name":
        found.append(Left(node.text, atom, way))
        return
    atom, way = _inside(node.operator, node.text, atom, way)
    for operand in node.operands:
        _in_node(found, operand, atom, way)


@cache
def finder(term: Term, free: frozenset[str]) -> Finder:
    """The function that lists what `look` lists, for every scope in which the term, whose facts are `free`, is not
    decided."""
    found: Finder = executed(*source(term, free))
    return found


def source(term: Term, free: frozenset[str]) -> tuple[str, dict[str, Any]]:
    """The text of the function and what its names stand for."""
    writer = _Writer(free)
    writer.line("found = []")
    writer.line("try:")
    writer.depth += 1
    writer.look(term, "", True, {})
    writer.line("return found")
    writer.depth -= 1
    writer.line("except ArithmeticError:  # as for its value")
    writer.line(f"    return {writer.refer(look)}([], {writer.refer(term)}, s)")
    return writer.text(), writer.pool


class _Writer(Writer):
    """Writes the looking beside the values; what is worked out in a block once is not worked out again."""

    def value(self, term: Term, known: dict[str, str]) -> str:
        if term.text not in known:
            known[term.text] = super().value(term, known)
        return known[term.text]

    def look(self, term: Term, atom: str, way: bool | None, known: dict[str, str]) -> None:
        """Writes what adds the names open below a term that is not decided itself."""
        if term.operator == "name":
            self.line(f"found.append({self.refer(Left(term.text, atom, way))})")
            return
        if self.depth >= DEEPEST or (term.trace is not None and term.operator != "if"):
            self.line(f"{self.refer(look)}(found, {self.refer(term)}, s, {self.refer(atom)}, {way})")
            return
        atom, way = _inside(term.operator, term.text, atom, way)
        if term.operator != "if":
            for part in filter(_names, term.operands):
                self.part(part, atom, way, known)
            return
        condition, yes, no = term.operands
        test = self.value(condition, known)
        for when, part in (
            (f"{test} is U", condition),
            (f"{test} is T or {test} is U", yes),
            (f"{test} is not T", no),
        ):
            if _names(part):
                self.line(f"if {when}:")
                self.depth += 1
                self.part(part, atom, way, dict(known))
                self.depth -= 1

    def part(self, term: Term, atom: str, way: bool | None, known: dict[str, str]) -> None:
        """Writes the look at a part, for where it is open."""
        value = self.value(term, known)
        unknown = f"type({value}) not in {self.refer(_PLAIN)} and {self.refer(has_unknown)}({value})"
        self.line(f"if {value} is U or {unknown}:")
        self.depth += 1
        self.look(term, atom, way, dict(known))
        self.depth -= 1
