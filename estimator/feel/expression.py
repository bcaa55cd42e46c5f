"""A compiled expression: parsed and resolved once, then evaluated as often as there are households."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from difflib import get_close_matches

from estimator.feel.compiler import compile_syntax
from estimator.feel.errors import FeelNameError
from estimator.feel.native import Native, native
from estimator.feel.parser import parse
from estimator.feel.term import Node, Scope, Term


@dataclass(frozen=True, slots=True)
class Expression:
    """An expression, its free names (a dotted path is one name) and its compiled term."""

    text: str
    names: frozenset[str]
    term: Term
    evaluate: Native = field(repr=False, compare=False)
    """Its value where the names mean what the scope says; a name the scope lacks is UNKNOWN. Never raises for any
    Value in the scope."""

    def explain(self, scope: Scope) -> Node:
        """The evaluated tree: every operand with its value and its text."""
        return self.term.explain(scope, ())


def compile_expression(text: str, *, names: Collection[str] | None = None) -> Expression:
    """Compiles an expression once.

    Raises FeelSyntaxError where the text is no expression of the subset, and FeelNameError where it uses a
    name that is not among `names` (None: any name is allowed).
    """
    term, free = compile_syntax(text, parse(text))
    if names is not None and not free <= set(names):
        raise FeelNameError(
            {name: tuple(get_close_matches(name, names, n=3)) for name in sorted(free - set(names))}
        )
    return Expression(text, free, term, native(term, free))
