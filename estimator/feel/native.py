"""Writes a compiled term once more as one straight Python function, without a call for every operator.

The closures of `compiler.py` say what an expression means; this says the same faster. Each operator becomes a line
or two of Python for what is told (known numbers, truths and texts, operators of Python's own) and hands everything
else, intervals and unknowns above all, to the functions the closures use, or to the closure itself. A term of a
kind not written here is its closure. Constants, names and functions come in by reference (`k0`, `k1` …), so the
text that is compiled holds nothing of what stands in a table. An expression takes about half the time so.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from decimal import Decimal
from typing import Any, Final

from estimator.feel import arithmetic, comparison
from estimator.feel.list_functions import every_true, some_true, total
from estimator.feel.term import Scope, Term
from estimator.feel.values import NUMBERS, Range, Value, hull
from estimator.truth import UNKNOWN, Truth

Native = Callable[[Scope], Value]

_COMPARED: Final = {"=": "==", "!=": "!=", "<": "<", "<=": "<=", ">": ">", ">=": ">="}
_CALCULATED: Final = {
    "+": (NUMBERS.add, arithmetic.add),
    "-": (NUMBERS.subtract, arithmetic.subtract),
    "*": (NUMBERS.multiply, arithmetic.multiply),
}
_OF_LISTS: Final = {"any": some_true, "all": every_true, "sum": total}
_PICKED: Final = {"min": min, "max": max}
_GLOBALS: Final = {"D": Decimal, "T": Truth.TRUE, "F": Truth.FALSE, "U": UNKNOWN}
# Deeper than this a block would be nested too far for Python; no rule comes near.
DEEPEST: Final = 40


def native(term: Term, free: Collection[str]) -> Native:
    """The function of a term: the same value as `term.run(scope, ())` for every scope; `free` are its facts."""
    told: Native = executed(*source(term, free))
    return told


def executed(text: str, pool: Mapping[str, Any]) -> Any:
    """The function `told` that a text defines; `pool` is what its names `k0`, `k1` … stand for."""
    known: dict[str, Any] = {**_GLOBALS, **pool}
    # What is executed was written by a Writer and holds no text of a table, see the head of this module.
    exec(compile(text, "<an expression>", "exec"), known)  # noqa: S102
    return known["told"]


def source(term: Term, free: Collection[str]) -> tuple[str, dict[str, Any]]:
    """The text of the function `told(s)` and what its names `k0`, `k1` … stand for."""
    writer = Writer(free)
    writer.line("try:")
    writer.depth += 1
    writer.line(f"return {writer.value(term, {})}")
    writer.depth -= 1
    writer.line("except ArithmeticError:  # beyond FEEL's numbers: the closures say null at the right place")
    writer.line(f"    return {writer.closure(term)}")
    return writer.text(), writer.pool


class Writer:
    """The lines of one function while they are written; `known` holds the variables of facts already read."""

    def __init__(self, free: Collection[str]) -> None:
        self.free = free
        self.lines: list[str] = []
        self.pool: dict[str, Any] = {}
        self.depth = 1
        self.variables = 0

    def text(self) -> str:
        return "\n".join(["def told(s):", *self.lines, ""])

    def line(self, text: str) -> None:
        self.lines.append("    " * self.depth + text)

    def refer(self, thing: object) -> str:
        """The name by which the function knows a constant, a fact's name or another function."""
        name = f"k{len(self.pool)}"
        self.pool[name] = thing
        return name

    def variable(self) -> str:
        self.variables += 1
        return f"v{self.variables}"

    def value(self, term: Term, known: dict[str, str]) -> str:
        """Writes what computes a term; the variable or constant that then holds it."""
        word, parts = term.operator, term.operands
        if word == "literal":
            return self.refer(term.run({}, ()))
        if word == "name" and term.text in self.free:
            return self.fact(term, known)
        if self.depth < DEEPEST:
            if word in ("and", "or"):
                return self.junction(term, known)
            if word == "if":
                return self.conditional(term, known)
            if word in _COMPARED:
                return self.comparison(term, known)
            if word in _CALCULATED and len(parts) == 2:
                return self.calculation(term, known)
            if word == "/":
                left, right = (self.value(part, known) for part in parts)
                return self.assign(f"{self.refer(arithmetic.divide)}({left}, {right})")
            if term.apply is not None:
                return self.call(term, known)
            if word == "in":
                return self.membership(term, known)
            if word == "list":
                items = [self.value(part, known) for part in parts]
                return self.assign(f"({''.join(item + ', ' for item in items)})")
        return self.assign(self.closure(term))

    def assign(self, text: str) -> str:
        name = self.variable()
        self.line(f"{name} = {text}")
        return name

    def closure(self, term: Term) -> str:
        return f"{self.refer(term.run)}(s, ())"

    def fact(self, term: Term, known: dict[str, str]) -> str:
        if term.text not in known:
            key = self.refer(term.text)
            known[term.text] = self.assign(f"s[{key}] if {key} in s else {self.closure(term)}")
        return known[term.text]

    def are(self, kind: str, *names: str) -> str:
        """The test whether these are known numbers or texts; constants are looked at now."""
        wanted = {"D": Decimal, "str": str}[kind]
        if any(name in self.pool and type(self.pool[name]) is not wanted for name in names):
            return "False"
        return " and ".join(f"type({name}) is {kind}" for name in names if name not in self.pool) or "True"

    def comparison(self, term: Term, known: dict[str, str]) -> str:
        left, right = (self.value(part, known) for part in term.operands)
        text = "str" if any(type(self.pool.get(name)) is str for name in (left, right)) else "D"
        test, slow = self.are(text, left, right), self.refer(comparison.TESTS[term.operator])
        python = f"(T if {left} {_COMPARED[term.operator]} {right} else F)"
        return self.assign(f"{python} if {test} else {slow}({left}, {right})")

    def calculation(self, term: Term, known: dict[str, str]) -> str:
        left, right = (self.value(part, known) for part in term.operands)
        fast, slow = (self.refer(one) for one in _CALCULATED[term.operator])
        return self.assign(
            f"{fast}({left}, {right}) if {self.are('D', left, right)} else {slow}({left}, {right})"
        )

    def call(self, term: Term, known: dict[str, str]) -> str:
        """A call: the commonest by Python's own means where these do, else by what its closure calls."""
        word, values = term.operator, [self.value(part, known) for part in term.operands]
        called = f"{self.refer(term.apply)}([{', '.join(values)}])"
        if word in _PICKED and len(values) > 1:
            python = f"{self.refer(_PICKED[word])}({', '.join(values)})"
            return self.assign(f"{python} if {self.are('D', *values)} else {called}")
        if word in _OF_LISTS and len(values) == 1:
            (items,) = values
            python = f"{self.refer(_OF_LISTS[word])}({items})"
            return self.assign(f"{python} if type({items}) is list or type({items}) is tuple else {called}")
        if word == "not":
            (value,) = values
            return self.assign(f"F if {value} is T else T if {value} is F else {called}")
        return self.assign(called)

    def membership(self, term: Term, known: dict[str, str]) -> str:
        value, *tests = term.operands
        if all(test.operator == "literal" for test in tests):
            constants = [test.run({}, ()) for test in tests]
            if all(type(one) is str for one in constants):
                name, among = self.value(value, known), self.refer(frozenset(constants))
                return self.assign(
                    f"(T if {name} in {among} else F) if type({name}) is str else {self.otherwise(name, term)}"
                )
        if len(tests) == 1 and all(part.operator == "literal" for part in tests[0].operands):
            span = tests[0].run({}, ()) if tests[0].operator == "range" else None
            if isinstance(span, Range) and type(span.low) is Decimal and type(span.high) is Decimal:
                name, low, high = self.value(value, known), self.refer(span.low), self.refer(span.high)
                above, below = ("<=" if closed else "<" for closed in (span.low_closed, span.high_closed))
                python = f"(T if {low} {above} {name} {below} {high} else F)"
                return self.assign(f"{python} if type({name}) is D else {self.otherwise(name, term)}")
        return self.assign(self.closure(term))

    def otherwise(self, name: str, term: Term) -> str:
        """What is not known is not known to be among others; for the rest the closure says."""
        return f"U if {name} is U else {self.closure(term)}"

    def junction(self, term: Term, known: dict[str, str]) -> str:
        """One operand after another, each a block deeper: the rest is left out where one decides."""
        is_and = term.operator == "and"
        goes_on, decides = ("T", "F") if is_and else ("F", "T")
        join = self.refer(comparison.conjunction if is_and else comparison.disjunction)
        result, depth = self.assign(goes_on), self.depth
        known = dict(known)
        for place, part in enumerate(term.operands):
            if place:
                self.line(f"if {result} is not {decides}:")
                self.depth += 1
            value = self.value(part, known)
            joined = f"{join}({result}, {value})"
            self.line(
                f"{result} = {decides} if {value} is {decides} else {result} if {value} is {goes_on} else {joined}"
            )
        self.depth = depth
        return result

    def conditional(self, term: Term, known: dict[str, str]) -> str:
        condition, yes, no = term.operands
        test, result, drawn = self.value(condition, known), self.variable(), self.refer(hull)
        self.line(f"if {test} is T or {test} is U:")
        self.depth += 1
        self.line(f"{result} = {self.value(yes, dict(known))}")
        self.depth -= 1
        self.line(f"if {test} is not T:")
        self.depth += 1
        other = self.value(no, dict(known))
        self.line(f"{result} = {drawn}({result}, {other}) if {test} is U else {other}")
        self.depth -= 1
        return result
