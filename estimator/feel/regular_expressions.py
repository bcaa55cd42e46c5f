"""XPath regular expressions, which FEEL's matches, replace and split use, as Python patterns.

Covers what XPath and Python share plus `.`, `$`, `\\s`, `\\i`, `\\c`, `\\p{…}` and class subtraction; what
only Python knows (look-around, possessive quantifiers, `\\b`) is refused, as XPath refuses it.
"""

from __future__ import annotations

import re
import sys
import unicodedata
from functools import lru_cache
from typing import Final, TypeAlias

Pattern: TypeAlias = re.Pattern[str]

_FLAGS: Final = {"s": re.DOTALL, "m": re.MULTILINE, "i": re.IGNORECASE, "x": re.NOFLAG}
_INSIDE_CLASS: Final = {
    "s": r" \t\n\r",
    "d": r"\d",
    "w": r"\w",
    "i": r"_:A-Za-z\u00C0-\u00D6\u00D8-\u00F6\u00F8-\u02FF\u0370-\u1FFF\u3001-\uD7FF",
    "c": r"\-.\d_:A-Za-z\u00B7\u00C0-\u00D6\u00D8-\u00F6\u00F8-\u037D\u037F-\u1FFF\u3001-\uD7FF",
}
_LITERAL: Final = frozenset("nrt\\|.?*+(){}[]-^$")


class _Malformed(Exception):
    """The pattern is not one of XPath's."""


@lru_cache(maxsize=256)
def compile_pattern(pattern: str, flags: str) -> Pattern | None:
    """The Python pattern that matches what the XPath pattern matches; None for a malformed one."""
    if not set(flags) <= set(_FLAGS):
        return None
    try:
        translated = _Translation(pattern, "x" in flags, "s" in flags, "m" in flags).run()
        return re.compile(translated, sum({_FLAGS[flag] for flag in flags}))
    except (_Malformed, re.error, OverflowError, RecursionError):
        return None


class _Translation:
    """One pass over the pattern."""

    def __init__(self, pattern: str, spaced: bool, dot_all: bool, lines: bool) -> None:
        self.pattern = pattern
        self.at = 0
        self.spaced = spaced
        self.dot = "." if dot_all else r"[^\n\r]"
        self.end = r"$" if lines else r"\Z"

    def run(self) -> str:
        parts: list[str] = []
        while self.at < len(self.pattern):
            parts.append(self._next())
        return "".join(parts)

    def _take(self) -> str:
        if self.at >= len(self.pattern):
            raise _Malformed
        self.at += 1
        return self.pattern[self.at - 1]

    def _next(self) -> str:
        char = self._take()
        if self.spaced and char in " \t\n\r":
            return ""
        match char:
            case "\\":
                return self._escape()
            case ".":
                return self.dot
            case "$":
                return self.end
            case "[":
                return self._class()
            case "(" if self.pattern[self.at : self.at + 1] == "?":
                if self.pattern[self.at : self.at + 2] != "?:":
                    raise _Malformed
                self.at += 2
                return "(?:"
            case "?" | "*" | "+" | "}" if self.pattern[self.at : self.at + 1] == "+":
                raise _Malformed
            case "{" if not re.match(r"[0-9]+(?:,[0-9]*)?\}", self.pattern[self.at :]):
                raise _Malformed
            case "]":
                raise _Malformed
        return char if char in "?*+{}()|^" or char.isalnum() else re.escape(char)

    def _escape(self) -> str:
        char = self._take()
        if char in _LITERAL:
            return "\\" + char
        if char in _INSIDE_CLASS:
            return f"[{_INSIDE_CLASS[char]}]"
        if char.lower() in _INSIDE_CLASS:
            return f"[^{_INSIDE_CLASS[char.lower()]}]"
        if char in "pP":
            return f"[{'^' if char == 'P' else ''}{self._category()}]"
        if char in "123456789":
            return "\\" + char
        raise _Malformed

    def _category(self) -> str:
        found = re.match(r"\{([A-Z][a-z]?)\}", self.pattern[self.at :])
        if not found:
            raise _Malformed
        self.at += found.end()
        return _characters(found[1])

    def _class(self) -> str:
        """The class after its opening bracket, subtraction by look-ahead."""
        negated = self.pattern[self.at : self.at + 1] == "^"
        self.at += negated
        parts: list[str] = []
        excluded = ""
        while (char := self._take()) != "]":
            if char == "[":
                raise _Malformed
            if char == "-" and self.pattern[self.at : self.at + 1] == "[":
                self.at += 1
                excluded = f"(?!{self._class()})"
                if self._take() != "]":
                    raise _Malformed
                break
            parts.append(self._class_escape() if char == "\\" else char if char in "-^" else re.escape(char))
        if not parts:
            raise _Malformed
        return f"{excluded}[{'^' if negated else ''}{''.join(parts)}]"

    def _class_escape(self) -> str:
        char = self._take()
        if char in _LITERAL:
            return "\\" + char
        if char in _INSIDE_CLASS:
            return _INSIDE_CLASS[char]
        if char in "DW":
            return "\\" + char
        if char == "S":
            return r"\S"
        if char == "p":
            return self._category()
        raise _Malformed


@lru_cache(maxsize=64)
def _characters(category: str) -> str:
    """The characters of a Unicode category as the inside of a Python class."""
    if category in ("Nd", "N"):
        return r"\d"
    spans: list[str] = []
    start = -1
    for code in range(sys.maxunicode + 2):
        inside = code <= sys.maxunicode and unicodedata.category(chr(code)).startswith(category)
        if inside and start < 0:
            start = code
        elif not inside and start >= 0:
            spans.append(f"\\U{start:08x}-\\U{code - 1:08x}")
            start = -1
    if not spans:
        raise _Malformed
    return "".join(spans)
