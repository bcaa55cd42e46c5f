"""From the text of an expression to its syntax tree, by lark's LALR parser over grammar.lark."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files
from typing import Final

from lark import Lark, Token, Transformer, UnexpectedCharacters, UnexpectedToken

from estimator.feel.errors import FeelSyntaxError


@dataclass(frozen=True, slots=True)
class Syntax:
    """One node: its `kind` (a rule of the grammar), the `word` that names it, its operands and its span."""

    kind: str
    word: str
    operands: tuple[Syntax, ...]
    start: int
    end: int


def parse(text: str) -> Syntax:
    """The syntax tree of one expression; raises FeelSyntaxError."""
    try:
        tree: Syntax = _parser().parse(text)  # type: ignore[assignment]  # the transformer returns Syntax
    except UnexpectedCharacters as error:
        raise FeelSyntaxError(
            f"unexpected character {text[error.pos_in_stream or 0]!r}", error.line, error.column
        ) from None
    except UnexpectedToken as error:
        raise _unexpected(text, error) from None
    return tree


def _unexpected(text: str, error: UnexpectedToken) -> FeelSyntaxError:
    token: Token = error.token
    if token.type == "$END":
        before = text.rstrip()
        line = before.count("\n") + 1
        return FeelSyntaxError("the expression ends too early", line, len(before) - before.rfind("\n"))
    expected = error.expected
    hint = ""
    if token.type == "NAME" and "NAME" not in expected and "OR" in expected:
        hint = " (an operator is missing before it)"
    elif len(expected) <= 3:
        hint = f" (expected {' or '.join(sorted(_spelling(name) for name in expected))})"
    elif "NUMBER" in expected:
        hint = " (expected a value)"
    return FeelSyntaxError(f"unexpected {str(token)!r}{hint}", token.line or 1, token.column or 1)


def _spelling(terminal: str) -> str:
    spelled = {"RPAR": "')'", "RSQB": "']'", "LPAR": "'('", "COMMA": "','", "DOTS": "'..'", "OPEN_END": "'['"}
    return spelled.get(terminal, terminal.lower())


_ENDS_OPERAND: Final = frozenset(
    {"NUMBER", "STRING", "NAME", "TRUE", "FALSE", "NULL", "RSQB", "RPAR", "OPEN_END", "INSTANCE_OF"}
)
_STARTS_OPERAND: Final = frozenset(
    {"NUMBER", "STRING", "NAME", "SPACED_FUNCTION", "TRUE", "FALSE", "NULL", "IF", "FOR", "SOME", "EVERY"}
)


class _Brackets:
    """Renames the brackets of ]1..5[ that look away from their range, so that the grammar stays LALR(1)."""

    always_accept = ()

    def process(self, stream: Iterator[Token]) -> Iterator[Token]:
        dots_seen: list[bool] = []  # one entry for each open bracket: has its .. been read?
        before = ""
        token = next(stream, None)
        while token is not None:
            after = next(stream, None)
            kind = self._kind(token.type, before, after.type if after else "", bool(dots_seen and dots_seen[-1]))
            if kind != token.type:
                token = Token.new_borrow_pos(kind, token.value, token)
            if kind in ("LSQB", "LPAR", "OPEN_START"):
                dots_seen.append(False)
            elif kind in ("RSQB", "RPAR", "OPEN_END") and dots_seen:
                dots_seen.pop()
            elif kind == "DOTS" and dots_seen:
                dots_seen[-1] = True
            yield token
            before, token = kind, after

    @staticmethod
    def _kind(kind: str, before: str, after: str, in_range: bool) -> str:
        after_starts = after in _STARTS_OPERAND
        if kind == "LSQB" and in_range and before in _ENDS_OPERAND:
            starts = after_starts or after in ("LSQB", "LPAR", "MINUS", "AT")
            return kind if starts else "OPEN_END"
        if kind == "RSQB" and before not in _ENDS_OPERAND and (before != "LSQB" or after_starts):
            return "OPEN_START"
        return kind


_SPACES: Final = re.compile(r"\s+")  # names may be written with any white space between their words


def _plain(token: Token) -> str:
    return _SPACES.sub(" ", token.value.strip())


class _Builder(Transformer[Token, Syntax]):
    """Turns each finished rule into a Syntax node while lark parses, so that no parse tree is built."""

    def start(self, children: list[Syntax]) -> Syntax:
        return children[0]

    def parenthesis(self, children: list[Token | Syntax]) -> Syntax:
        inner = children[1]
        assert isinstance(inner, Syntax)
        return replace(inner, start=_start(children[0]), end=_end(children[-1]))

    def path(self, children: list[Token | Syntax]) -> Syntax:
        return _node("path", str(children[2]), children)

    def call(self, children: list[Token | Syntax]) -> Syntax:
        assert isinstance(children[0], Token)
        return _node("call", _plain(children[0]), children)

    def argument(self, children: list[Token | Syntax]) -> Syntax:
        assert isinstance(children[0], Token)
        return _node("argument", _plain(children[0]), children)

    def range(self, children: list[Token | Syntax]) -> Syntax:
        low = "[" if str(children[0]) == "[" else "("
        return _node("range", low + ("]" if str(children[-1]) == "]" else ")"), children)

    def iteration(self, children: list[Token | Syntax]) -> Syntax:
        name = children[0]
        assert isinstance(name, Token)
        if "." in name:
            raise FeelSyntaxError(f"{str(name)!r} cannot name a variable", name.line or 1, name.column or 1)
        return _node("iteration", str(name), children)

    def at_literal(self, children: list[Token | Syntax]) -> Syntax:
        return _node("at_literal", str(children[1]), children)

    def instance_of(self, children: list[Token | Syntax]) -> Syntax:
        assert isinstance(children[1], Token)
        return _node("instance_of", _plain(children[1]).removeprefix("instance of "), children)


def _start(child: Token | Syntax) -> int:
    return child.start if isinstance(child, Syntax) else child.start_pos or 0


def _end(child: Token | Syntax) -> int:
    return child.end if isinstance(child, Syntax) else child.end_pos or 0


def _node(kind: str, word: str, children: list[Token | Syntax]) -> Syntax:
    operands = tuple(child for child in children if isinstance(child, Syntax))
    return Syntax(kind, word, operands, _start(children[0]), _end(children[-1]))


def _plain_rule(kind: str) -> Callable[[_Builder, list[Token | Syntax]], Syntax]:
    """A rule whose word is its first token: an operator, a literal or a name."""

    def build(_: _Builder, children: list[Token | Syntax]) -> Syntax:
        word = next((child for child in children if isinstance(child, Token)), "")
        return _node(kind, str(word), children)

    return build


for _kind in (
    "disjunction conjunction comparison between membership unary_test test_list arithmetic negation filter "
    "number string true false null name list conditional for_return quantified bounds"
).split():
    setattr(_Builder, _kind, _plain_rule(_kind))


@cache
def _parser() -> Lark:
    grammar = files("estimator.feel").joinpath("grammar.lark").read_text(encoding="utf-8")
    return Lark(
        grammar,
        parser="lalr",
        lexer="basic",
        postlex=_Brackets(),
        transformer=_Builder(),
        keep_all_tokens=True,
        maybe_placeholders=False,
    )
