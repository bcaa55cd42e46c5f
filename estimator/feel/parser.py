"""From the text of an expression to its syntax tree, by lark's LALR parser over grammar.lark."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files
from typing import Final

from lark import Lark, Token, Transformer, Tree, UnexpectedCharacters, UnexpectedToken

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
        found = text[error.pos_in_stream or 0]
        message = "the string has no end" if found == '"' else f"unexpected character {found!r}"
        raise FeelSyntaxError(message, error.line, error.column) from None
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
    if token.type in _STARTS_OPERAND and "NAME" not in expected and "OR" in expected:
        hint = " (an operator is missing before it)"
    elif len(expected) <= 3:
        hint = f" (expected {' or '.join(sorted(_spelling(name) for name in expected))})"
    elif "NUMBER" in expected:
        hint = " (expected a value)"
    return FeelSyntaxError(f"unexpected {str(token)!r}{hint}", token.line or 1, token.column or 1)


def _spelling(terminal: str) -> str:
    spelled = {"RPAR": "')'", "RSQB": "']'", "LPAR": "'('", "COMMA": "','", "DOTS": "'..'", "NAME": "a name"}
    return spelled.get(terminal, f"'{terminal.lower()}'")


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
            in_range = bool(dots_seen) and dots_seen[-1]
            kind = self._kind(token.type, before, after.type if after else "", in_range)
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


class _Builder(Transformer[Token, Syntax]):
    """Turns each finished rule into a Syntax node while lark parses, so that no parse tree is built."""

    def __default__(
        self, data: str, children: list[Token | Syntax], meta: object
    ) -> Syntax | Tree[Token | Syntax]:
        """A rule whose word is its first token: an operator, a literal or a name."""
        if data.startswith("_"):  # lark puts the children of such a rule into its parent's
            return Tree(data, [*children])
        return _node(str(data), _words(children)[:1], children)

    def start(self, children: list[Syntax]) -> Syntax:
        return children[0]

    def parenthesis(self, children: list[Token | Syntax]) -> Syntax:
        (inner,) = _operands(children)
        return replace(inner, start=_start(children[0]), end=_end(children[-1]))

    def path(self, children: list[Token | Syntax]) -> Syntax:
        return _node("path", _words(children)[1:], children)

    def range(self, children: list[Token | Syntax]) -> Syntax:
        opening, _, closing = _words(children)
        word = ("[" if opening == "[" else "(") + ("]" if closing == "]" else ")")
        return _node("range", [word], children)

    def at_literal(self, children: list[Token | Syntax]) -> Syntax:
        return _node("at_literal", _words(children)[1:], children)

    def instance_of(self, children: list[Token | Syntax]) -> Syntax:
        return _node("instance_of", [_words(children)[0].removeprefix("instance of ")], children)


def _operands(children: list[Token | Syntax]) -> tuple[Syntax, ...]:
    return tuple([child for child in children if isinstance(child, Syntax)])


def _words(children: list[Token | Syntax]) -> list[str]:
    """The tokens of a rule; names of several words may be written with any white space between them."""
    return [
        str(child) if child.type == "STRING" else " ".join(child.split())
        for child in children
        if isinstance(child, Token)
    ]


def _start(child: Token | Syntax) -> int:
    return child.start if isinstance(child, Syntax) else child.start_pos or 0


def _end(child: Token | Syntax) -> int:
    return child.end if isinstance(child, Syntax) else child.end_pos or 0


def _node(kind: str, words: list[str], children: list[Token | Syntax]) -> Syntax:
    word = words[0] if words else ""
    return Syntax(kind, word, _operands(children), _start(children[0]), _end(children[-1]))


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
