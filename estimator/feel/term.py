"""What an expression is compiled to: a tree of terms, each with the function that evaluates it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from estimator.feel.values import Value

Scope: TypeAlias = Mapping[str, Value]
# The variables of the iterations and filters around a term, outermost first.
Locals: TypeAlias = tuple[Value, ...]
Run: TypeAlias = Callable[[Scope, Locals], Value]


@dataclass(frozen=True, slots=True)
class Node:
    """One evaluated term: its operator, its value, its text and its evaluated operands.

    `operator` is the operator or keyword as written (`<`, `and`, `if`, `some`, …), the name of a called
    function, or one of name, literal, list, range, filter, path.
    """

    operator: str
    value: Value
    text: str
    operands: tuple[Node, ...]


@dataclass(frozen=True, slots=True, eq=False)  # compared by identity: what is known of a term is kept by it
class Term:
    """A compiled term; `trace` gives its evaluated operands where these are not simply `operands`.

    `apply` is what a call makes of the values of its operands, in the order in which they are written; None for every
    other term, and for a call that names its arguments.
    """

    operator: str
    text: str
    run: Run
    operands: tuple[Term, ...] = ()
    trace: Callable[[Scope, Locals], tuple[Node, ...]] | None = None
    apply: Callable[[Sequence[Value]], Value] | None = None

    def explain(self, scope: Scope, variables: Locals) -> Node:
        """The term and everything in it, evaluated."""
        if self.trace is not None:
            operands = self.trace(scope, variables)
        else:
            operands = tuple(operand.explain(scope, variables) for operand in self.operands)
        return Node(self.operator, self.run(scope, variables), self.text, operands)
