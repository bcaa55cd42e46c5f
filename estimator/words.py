"""Says values and rows in plain words: the numbers a citizen reads, the templates of the tables filled in."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_CEILING, ROUND_HALF_UP, Decimal
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

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
    return str(ceil_fen(number))


def said(value: Value) -> str:
    """A value as it is read out: 1,200 · 至少 770 · 不清楚."""
    match value:
        case Truth():
            return _TRUTHS[value]
        case Decimal():
            rounded = value.quantize(FEN, ROUND_HALF_UP)
            return f"{rounded:,.0f}" if rounded == rounded.to_integral_value() else f"{rounded:,.2f}"
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
        case Truth():
            return None if value is UNKNOWN else value.value
        case Decimal():
            return _plain(value)
        case Interval(low, high):
            if low is None and high is None:
                return None
            return f"{'' if low is None else _plain(low)}..{'' if high is None else _plain(high)}"
        case None:
            return None
        case _:
            return str(value)


def _plain(number: Decimal) -> str:
    text = f"{number.quantize(FEN, ROUND_HALF_UP):f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


@dataclass(frozen=True, slots=True)
class Sentence:
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
    if len(templates) == 1 and len(_pieces(templates[0])) == 1:
        return _unfilled(templates[0])
    own = sides or {}
    pieces, sentences = [], []
    for template in templates:
        values: dict[str, Any] = {}
        for literal, piece in _pieces(template):
            if literal:
                pieces.append(piece)
            else:
                value = own[piece] if piece in own else names.get(piece, UNKNOWN)
                pieces.append(said(value))
                values[piece] = _told(value)
        sentences.append(Sentence(template, values))
    whole = "".join(pieces)
    text = Text(_UNIT_OF_NOTHING.sub("不清楚", whole) if "不清楚 " in whole else whole)
    text.sentences = tuple(sentences)
    return text


@lru_cache(maxsize=8192)
def _unfilled(template: str) -> Text:
    text = Text(template)
    text.sentences = (Sentence(template, {}),)
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
def _pieces(template: str) -> tuple[tuple[bool, str], ...]:
    """The template cut into (literal?, text or name), the literals at the even places."""
    cut = _PLACEHOLDER.split(template)
    return tuple((place % 2 == 0, piece) for place, piece in enumerate(cut))
