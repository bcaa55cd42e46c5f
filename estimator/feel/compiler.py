"""From the syntax tree to closures: every name is resolved and every choice of operator made once, here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Final

from estimator.feel import arithmetic, comparison, iteration
from estimator.feel.closures import all_true, any_true, compared, constant, fact, follow, local, of_item
from estimator.feel.comparison import FALSE, TRUE
from estimator.feel.errors import FeelSyntaxError
from estimator.feel.functions import FUNCTIONS, is_boolean, resolve
from estimator.feel.literals import date_of, unescape
from estimator.feel.parser import Syntax
from estimator.feel.term import Locals, Node, Scope, Term
from estimator.feel.types import type_test
from estimator.feel.values import NUMBERS, Range, Value, hull
from estimator.truth import UNKNOWN

_ARITHMETIC: Final[Mapping[str, arithmetic.Operation]] = {
    "+": arithmetic.add,
    "-": arithmetic.subtract,
    "*": arithmetic.multiply,
    "/": arithmetic.divide,
    "**": arithmetic.power,
}
_PREDICATES: Final = frozenset(
    {"comparison", "between", "membership", "instance_of", "conjunction", "disjunction", "quantified", "true"}
)


@dataclass(frozen=True, slots=True)
class _Names:
    """The variables in reach: each one's place among the locals, and the places of the filters' items."""

    slots: Mapping[str, int] = field(default_factory=dict)
    items: tuple[int, ...] = ()
    depth: int = 0

    def bind(self, name: str, *, item: bool = False) -> _Names:
        items = (self.depth, *self.items) if item else self.items
        return _Names({**self.slots, name: self.depth}, items, self.depth + 1)


def compile_syntax(text: str, syntax: Syntax) -> tuple[Term, frozenset[str]]:
    """The compiled term of an expression and the free names in it; raises FeelSyntaxError."""
    compiler = _Compiler(text)
    try:
        term = compiler.term(syntax, _Names())
    except RecursionError:
        raise FeelSyntaxError("the expression is nested too deeply", 1, 1) from None
    return term, frozenset(compiler.free)


class _Compiler:
    def __init__(self, text: str) -> None:
        self.text = text
        self.free: set[str] = set()

    def term(self, syntax: Syntax, names: _Names) -> Term:
        method: Callable[[Syntax, _Names], Term] = getattr(self, f"_{syntax.kind}")
        return method(syntax, names)

    def _source(self, syntax: Syntax) -> str:
        return self.text[syntax.start : syntax.end]

    def _error(self, syntax: Syntax, message: str) -> FeelSyntaxError:
        before = self.text[: syntax.start]
        return FeelSyntaxError(message, before.count("\n") + 1, len(before) - before.rfind("\n"))

    def _terms(self, syntax: Syntax, names: _Names) -> tuple[Term, ...]:
        return tuple(self.term(operand, names) for operand in syntax.operands)

    # literals and names

    def _literal(self, syntax: Syntax, value: Value) -> Term:
        return Term("literal", self._source(syntax), constant(value))

    def _number(self, syntax: Syntax, _: _Names) -> Term:
        try:
            return self._literal(syntax, NUMBERS.create_decimal(syntax.word))
        except ArithmeticError:
            raise self._error(syntax, f"the number {syntax.word} is too large") from None

    def _string(self, syntax: Syntax, _: _Names) -> Term:
        return self._literal(syntax, unescape(syntax.word))

    def _true(self, syntax: Syntax, _: _Names) -> Term:
        return self._literal(syntax, TRUE)

    def _false(self, syntax: Syntax, _: _Names) -> Term:
        return self._literal(syntax, FALSE)

    def _null(self, syntax: Syntax, _: _Names) -> Term:
        return self._literal(syntax, None)

    def _at_literal(self, syntax: Syntax, _: _Names) -> Term:
        date = date_of(unescape(syntax.word))
        if date is None:
            raise self._error(syntax, f'{syntax.word} is no date like @"2021-07-01"')
        return self._literal(syntax, date)

    def _name(self, syntax: Syntax, names: _Names) -> Term:
        word = syntax.word
        head, *path = word.split(".")
        if head in names.slots:
            run = local(names.slots[head], path)
        else:
            self.free.add(word)
            run = of_item(word, names.items) if names.items else fact(word)
        return Term("name", self._source(syntax), run)

    def _path(self, syntax: Syntax, names: _Names) -> Term:
        operands = self._terms(syntax, names)
        source, path = operands[0].run, syntax.word.split(".")
        return Term(
            "path",
            self._source(syntax),
            lambda scope, variables: follow(source(scope, variables), path),
            operands,
        )

    # logic

    def _junction(self, syntax: Syntax, names: _Names, word: str) -> Term:
        operands: list[Term] = []
        for term in self._terms(syntax, names):
            operands += term.operands if term.operator == word else (term,)
        runs = tuple(operand.run for operand in operands)
        run = all_true(runs) if word == "and" else any_true(runs)
        return Term(word, self._source(syntax), run, tuple(operands))

    def _conjunction(self, syntax: Syntax, names: _Names) -> Term:
        return self._junction(syntax, names, "and")

    def _disjunction(self, syntax: Syntax, names: _Names) -> Term:
        return self._junction(syntax, names, "or")

    def _comparison(self, syntax: Syntax, names: _Names) -> Term:
        left, right = operands = self._terms(syntax, names)
        run = compared(syntax.word, left.run, right.run)
        return Term(syntax.word, self._source(syntax), run, operands)

    def _between(self, syntax: Syntax, names: _Names) -> Term:
        value, low, high = operands = self._terms(syntax, names)
        above = compared(">=", value.run, low.run)
        below = compared("<=", value.run, high.run)
        return Term("between", self._source(syntax), all_true((above, below)), operands)

    def _membership(self, syntax: Syntax, names: _Names) -> Term:
        left, test = syntax.operands
        several = test.kind == "test_list"
        value = self.term(left, names)
        tests = self._terms(test, names) if several else (self.term(test, names),)
        source, runs = value.run, tuple(term.run for term in tests)

        def run(scope: Scope, variables: Locals) -> Value:
            return comparison.any_member(source(scope, variables), [run(scope, variables) for run in runs])

        def run_one(scope: Scope, variables: Locals) -> Value:
            return comparison.member(source(scope, variables), runs[0](scope, variables))

        return Term("in", self._source(syntax), run if several else run_one, (value, *tests))

    def _unary_test(self, syntax: Syntax, names: _Names) -> Term:
        operands = self._terms(syntax, names)
        bound, word = operands[0].run, syntax.word
        upper = word in ("<", "<=")
        closed = word not in ("<", ">")

        def run(scope: Scope, variables: Locals) -> Value:
            end = bound(scope, variables)
            low, high = (None, end) if upper else (end, None)
            return Range(word, low, high, closed and not upper, closed and upper)  # type: ignore[arg-type]

        return Term("range", self._source(syntax), run, operands)

    def _instance_of(self, syntax: Syntax, names: _Names) -> Term:
        operands = self._terms(syntax, names)
        source, test = operands[0].run, type_test(syntax.word)
        run = constant(None) if test is None else lambda scope, variables: test(source(scope, variables))
        return Term("instance of", self._source(syntax), run, operands)

    # numbers, lists, ranges, calls

    def _arithmetic(self, syntax: Syntax, names: _Names) -> Term:
        left, right = operands = self._terms(syntax, names)
        apply, first, second = _ARITHMETIC[syntax.word], left.run, right.run
        return Term(
            syntax.word,
            self._source(syntax),
            lambda scope, variables: apply(first(scope, variables), second(scope, variables)),
            operands,
        )

    def _negation(self, syntax: Syntax, names: _Names) -> Term:
        operands = self._terms(syntax, names)
        source = operands[0].run
        return Term(
            "-",
            self._source(syntax),
            lambda scope, variables: arithmetic.negate(source(scope, variables)),
            operands,
        )

    def _list(self, syntax: Syntax, names: _Names) -> Term:
        operands = self._terms(syntax, names)
        runs = tuple(operand.run for operand in operands)
        return Term(
            "list",
            self._source(syntax),
            lambda scope, variables: tuple([run(scope, variables) for run in runs]),
            operands,
        )

    def _range(self, syntax: Syntax, names: _Names) -> Term:
        low, high = operands = self._terms(syntax, names)
        first, second = low.run, high.run
        low_closed, high_closed = syntax.word[0] == "[", syntax.word[1] == "]"
        return Term(
            "range",
            self._source(syntax),
            lambda scope, variables: Range(
                "..", first(scope, variables), second(scope, variables), low_closed, high_closed
            ),
            operands,
        )

    def _call(self, syntax: Syntax, names: _Names) -> Term:
        if syntax.word not in FUNCTIONS:
            near = get_close_matches(syntax.word, FUNCTIONS, n=3)
            hint = f" (near: {', '.join(near)})" if near else ""
            raise self._error(syntax, f"there is no function {syntax.word!r}{hint}")
        by_name = [argument.word for argument in syntax.operands if argument.kind == "argument"]
        if by_name and len(by_name) != len(syntax.operands):
            raise self._error(syntax, f"{syntax.word}(): name all arguments or none")
        operands = tuple(
            self.term(argument.operands[0] if by_name else argument, names) for argument in syntax.operands
        )
        resolved = resolve(syntax.word, len(operands), by_name or None)
        if resolved is None:
            return Term(syntax.word, self._source(syntax), constant(None), operands)
        signature, order = resolved
        runs = tuple(operands[place].run for place in order)
        return Term(
            syntax.word,
            self._source(syntax),
            lambda scope, variables: signature([run(scope, variables) for run in runs]),
            operands,
            apply=None if by_name else signature,
        )

    # conditions and iterations

    def _conditional(self, syntax: Syntax, names: _Names) -> Term:
        condition, yes, no = operands = self._terms(syntax, names)
        test, first, second = condition.run, yes.run, no.run

        def run(scope: Scope, variables: Locals) -> Value:
            chosen = test(scope, variables)
            if chosen is UNKNOWN:
                return hull(first(scope, variables), second(scope, variables))
            return first(scope, variables) if chosen is TRUE else second(scope, variables)

        def trace(scope: Scope, variables: Locals) -> tuple[Node, ...]:
            node = condition.explain(scope, variables)
            taken = (yes, no) if node.value is UNKNOWN else (yes,) if node.value is TRUE else (no,)
            return (node, *(branch.explain(scope, variables) for branch in taken))

        return Term("if", self._source(syntax), run, operands, trace)

    def _domains(self, syntax: Syntax, names: _Names) -> tuple[list[iteration.Domain], _Names]:
        domains: list[iteration.Domain] = []
        for step in syntax.operands[:-1]:
            if "." in step.word:
                raise self._error(step, f"{step.word!r} cannot name a variable: it has a dot")
            (source,) = step.operands
            if source.kind == "bounds":
                domains.append(iteration.between(*self._terms(source, names)))
            else:
                domains.append(iteration.over(self.term(source, names)))
            names = names.bind(step.word)
        return domains, names

    def _for_return(self, syntax: Syntax, names: _Names) -> Term:
        domains, inner = self._domains(syntax, names)
        with_partial = "partial" in self._source(syntax)
        body = self.term(syntax.operands[-1], inner.bind("partial") if with_partial else inner)
        return Term(
            "for",
            self._source(syntax),
            iteration.for_return(domains, body.run, with_partial),
            (body,),
            iteration.trace_rounds(domains, body, with_partial),
        )

    def _quantified(self, syntax: Syntax, names: _Names) -> Term:
        domains, inner = self._domains(syntax, names)
        body = self.term(syntax.operands[-1], inner)
        return Term(
            syntax.word,
            self._source(syntax),
            iteration.quantified(syntax.word, domains, body.run),
            (body,),
            iteration.trace_rounds(domains, body, with_partial=False),
        )

    def _filter(self, syntax: Syntax, names: _Names) -> Term:
        source = self.term(syntax.operands[0], names)
        condition = syntax.operands[1]
        inner = self.term(condition, names.bind("item", item=True))
        predicate = condition.kind in _PREDICATES or (condition.kind == "call" and is_boolean(condition.word))
        run = iteration.filtered(source.run, inner.run, predicate)
        items = iteration.over(source)
        trace = iteration.trace_rounds([items], inner, with_partial=False)
        return Term(
            "filter",
            self._source(syntax),
            run,
            (source, inner),
            lambda scope, variables: (source.explain(scope, variables), *trace(scope, variables)),
        )
