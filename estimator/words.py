"""Says values and rows in plain words: the numbers a citizen reads, the templates of the tables filled in."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from datetime import date
from decimal import ROUND_CEILING, ROUND_HALF_UP, Decimal
from functools import lru_cache
from pathlib import Path
from typing import Any, Final, NamedTuple

from estimator.feel import Interval, Value
from estimator.truth import UNKNOWN, Truth

FEN: Final = Decimal("0.01")
_PLACEHOLDER: Final = re.compile(r"\{([A-Za-z_][\w.]*)\}")
_UNIT_OF_NOTHING: Final = re.compile("不清楚 (?:元|个月|岁)")
# Far below a fen: takes off the last digit of a division (a yearly line by 12) before rounding up.
_DUST: Final = Decimal("1e-9")
_SENTENCES_FILE: Final = Path(__file__).with_name("sentences.toml")
SENTENCES: Final[Mapping[str, str]] = {
    name: row["text"] for name, row in tomllib.loads(_SENTENCES_FILE.read_text(encoding="utf-8")).items()
}
_TRUTHS: Final = {Truth.TRUE: SENTENCES["yes"], Truth.FALSE: SENTENCES["no"], UNKNOWN: "不清楚"}


def ceil_fen(number: Decimal) -> Decimal:
    """Rounded up to the fen, once, at the very end (rule catalogue A42)."""
    return number.quantize(_DUST).quantize(FEN, ROUND_CEILING)


def money(number: Decimal) -> str:
    """Two decimals, as the contract writes money: 660.00."""
    text = str(number)
    return f"{text}.00" if text.isdigit() else str(ceil_fen(number))


def said(value: Value) -> str:
    """A value as it is read out: 1,200 · 至少 770 · 不清楚."""
    match value:
        case Truth():
            return _TRUTHS[value]
        case Decimal():
            return _figure(value)[0]
        case Interval(low, None) if low is not None and low > 0:
            return f"至少 {said(low)}"
        case Interval(low, high) if low is not None and high is not None:
            return f"{said(low)} 到 {said(high)}"
        case Interval(None, high) if high is not None:
            return f"至多 {said(high)}"
        case Interval():
            return "不清楚"
        case list() | tuple():
            return "、".join(said(item) for item in value)
        case date():
            return value.isoformat()
        case None:
            return SENTENCES["nothing"]
        case _:
            return str(value)


def shown(value: Value) -> str | None:
    """A side of a comparison for machines: a plain decimal, low..high with an open end left out, or null."""
    match value:
        case Decimal():
            return _figure(value)[1]
        case Truth():
            return None if value is UNKNOWN else value.value
        case Interval(low, high):
            if low is None and high is None:
                return None
            ends = ["" if end is None else _figure(end)[1] for end in (low, high)]
            return "..".join(ends)
        case None:
            return None
        case _:
            return str(value)


def _figure(number: Decimal) -> tuple[str, str]:
    """A number rounded to the fen, as it is read out (1,200 · 0.50) and for machines (1200 · 0.5)."""
    text = str(number)
    if text.isdigit():
        return (text if len(text) <= 3 else f"{number:,}"), text
    rounded = number.quantize(FEN, ROUND_HALF_UP)
    text = str(rounded)
    if text.endswith(".00"):
        return f"{rounded:,.0f}", text[:-3]
    return f"{rounded:,.2f}", text.rstrip("0")


class Sentence(NamedTuple):
    """A template of the tables and what fills it: by name a number or an interval as `shown` writes it, None where
    it is not known, a list of such, or a word of the tables."""

    template: str
    values: Mapping[str, Any]


class Text(str):
    """A text that remembers the sentences it was made of, for who says it in another language."""

    __slots__ = ("sentences",)
    sentences: tuple[Sentence, ...]


def worded(*templates: str, names: Mapping[str, Value], sides: Mapping[str, Value] | None = None) -> Text:
    """The templates one after another, each {name} said in words, `sides` before `names`; a missing one is 不清楚."""
    same = unfilled(*templates)
    if same is not None:
        return same
    own = sides or {}
    pieces, sentences = [], []
    for template in templates:
        values: dict[str, Any] = {}
        head, rest = _cut(template)
        pieces.append(head)
        for name, after in rest:
            value = own[name] if name in own else names.get(name, UNKNOWN)
            if type(value) is Decimal:
                word, values[name] = _figure(value)
            else:
                word, values[name] = said(value), _told(value)
            pieces += (word, after)
        sentences.append(Sentence(template, values))
    whole = "".join(pieces)
    text = Text(_UNIT_OF_NOTHING.sub("不清楚", whole) if "不清楚 " in whole else whole)
    text.sentences = tuple(sentences)
    return text


def names_in(template: str) -> frozenset[str]:
    """The names a template has to be filled in with."""
    return frozenset(name for name, _ in _cut(template)[1])


@lru_cache(maxsize=8192)
def unfilled(*templates: str) -> Text | None:
    """The text of templates in which there is nothing to fill in; None for the others."""
    if any(_cut(template)[1] for template in templates):
        return None
    text = Text("".join(templates))
    text.sentences = tuple(Sentence(template, {}) for template in templates)
    return text


def _told(value: Value) -> Any:
    match value:
        case Truth():
            return None if value is UNKNOWN else _TRUTHS[value]
        case Interval(low, None) if low is None or low <= 0:
            return None
        case list() | tuple():
            return [_told(item) for item in value]
        case None:
            return SENTENCES["nothing"]
        case _:
            return shown(value)


@lru_cache(maxsize=8192)
def _cut(template: str) -> tuple[str, tuple[tuple[str, str], ...]]:
    """What stands before the first name, and each name with what stands behind it."""
    head, *rest = _PLACEHOLDER.split(template)
    return head, tuple(zip(rest[::2], rest[1::2], strict=True))
