"""FEEL's string functions (DMN 1.5, table 74), on known strings only; positions count characters from 1."""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal

from estimator.feel.regular_expressions import Pattern, compile_pattern
from estimator.feel.values import NUMBERS, Value, to_text
from estimator.truth import Truth

_NUMBER = re.compile(r"-?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")


def to_string(value: Value) -> Value:
    """The value as text; a string stays as it is, null stays null."""
    return value if value is None or isinstance(value, str) else to_text(value)


def to_number(text: str, grouping: str | None, point: str | None) -> Value:
    """The number a text writes with these separators; null if it is none."""
    if grouping not in (None, " ", ",", ".") or point not in (None, ".", ","):
        return None
    if point is not None and point == grouping:
        return None
    if grouping:
        text = text.replace(grouping, "")
    if point:
        text = text.replace(point, ".") if point == "." or "." not in text else ""
    if not _NUMBER.fullmatch(text):
        return None
    try:
        return NUMBERS.create_decimal(text)
    except ArithmeticError:
        return None


def length(text: str) -> Value:
    """How many characters (code points) it has."""
    return Decimal(len(text))


def substring(text: str, start: Decimal, count: Decimal | None = None) -> Value:
    """The characters from a position on, negative from the end, at most `count` of them."""
    place = int(start)
    if place == 0 or abs(place) > len(text) or (count is not None and count < 1):
        return None
    index = place - 1 if place > 0 else len(text) + place
    return text[index:] if count is None else text[index : index + int(count)]


def upper(text: str) -> Value:
    """The text in upper case."""
    return text.upper()


def lower(text: str) -> Value:
    """The text in lower case."""
    return text.lower()


def before(text: str, match: str) -> Value:
    """What stands before the first match; nothing if there is none."""
    return text.partition(match)[0] if match and match in text else ""


def after(text: str, match: str) -> Value:
    """What stands after the first match; nothing if there is none."""
    return text.partition(match)[2] if match else text


def contains(text: str, match: str) -> Value:
    """Does the text hold the match?"""
    return Truth.of(match in text)


def starts_with(text: str, match: str) -> Value:
    """Does the text begin with the match?"""
    return Truth.of(text.startswith(match))


def ends_with(text: str, match: str) -> Value:
    """Does the text end with the match?"""
    return Truth.of(text.endswith(match))


def matches(text: str, pattern: str, flags: str | None = None) -> Value:
    """Does the pattern match somewhere? Null for a pattern or flags that are not XPath's."""
    compiled = compile_pattern(pattern, flags or "")
    return None if compiled is None else Truth.of(compiled.search(text) is not None)


def substitute(text: str, pattern: str, replacement: str, flags: str | None = None) -> Value:
    """Every match replaced; `$1` is the first group. Null where XPath's fn:replace is an error."""
    compiled = compile_pattern(pattern, flags or "")
    if compiled is None or compiled.search("") is not None:
        return None
    parts = _replacement(replacement, compiled)
    if parts is None:
        return None

    def fill(match: re.Match[str]) -> str:
        return "".join(part if isinstance(part, str) else match[part] or "" for part in parts)

    return compiled.sub(fill, text)


def _replacement(text: str, pattern: Pattern) -> list[str | int] | None:
    """The replacement as literal texts and group numbers; None if it is malformed."""
    parts: list[str | int] = []
    for found in re.finditer(r"\\([\\$])|\$([0-9]+)|[\\$]|[^\\$]+", text):
        escaped, group = found.groups()
        if escaped:
            parts.append(escaped)
        elif group:
            digits = group
            while len(digits) > 1 and int(digits) > pattern.groups:
                digits = digits[:-1]  # $12 with one group is $1 followed by a 2
            parts += [int(digits) if int(digits) <= pattern.groups else "", group[len(digits) :]]
        elif found[0] in ("\\", "$"):
            return None
        else:
            parts.append(found[0])
    return parts


def split(text: str, delimiter: str) -> Value:
    """The parts of the text between matches of the delimiter pattern."""
    compiled = compile_pattern(delimiter, "")
    if compiled is None or compiled.search("") is not None:
        return None
    parts: list[Value] = []
    start = 0
    for found in compiled.finditer(text):
        parts.append(text[start : found.start()])
        start = found.end()
    return (*parts, text[start:])


def join(items: Sequence[Value], delimiter: str | None = None) -> Value:
    """The strings of a list as one, nulls left out."""
    if any(item is not None and not isinstance(item, str) for item in items):
        return None
    return (delimiter or "").join(item for item in items if isinstance(item, str))
