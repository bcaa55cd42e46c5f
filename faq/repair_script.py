"""Traditional to Simplified by OpenCC, with protected names, and only where a text is Traditional."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache

from opencc import OpenCC

from faq.repair_text import Edit, Kind, Repair, Traced

_TRADITIONAL_FROM = 0.05


@dataclass(frozen=True, slots=True)
class ScriptRules:
    """Words that conversion must leave alone, and words it leaves wrong with what they are."""

    keep: tuple[str, ...]
    replace: Mapping[str, str]


def is_traditional(text: str) -> bool:
    """Whether so many characters change that the text was given in Traditional."""
    han = "".join(character for character in text if "\u4e00" <= character <= "\u9fff")
    changed = sum(old != new for old, new in zip(han, to_simplified(han), strict=True))
    return bool(han) and changed / len(han) >= _TRADITIONAL_FROM


def to_simplified(text: str) -> str:
    """OpenCC `t2s`; one character for one, or the text unchanged where a phrase changes length."""
    converted = str(_converter().convert(text))
    if len(converted) == len(text):
        return converted
    return "".join(str(_converter().convert(character))[:1] for character in text)


@lru_cache(maxsize=1)
def _converter() -> OpenCC:
    return OpenCC("t2s")


def simplify(text: Traced, rules: ScriptRules) -> tuple[Traced, list[Repair]]:
    """The text in Simplified, character for character; a text that is Simplified already is not touched."""
    if not is_traditional(text.text):
        return text, []
    target = list(to_simplified(text.text))
    for word in rules.keep:
        for start in _places(text.text, word):
            target[start : start + len(word)] = word
    reasons: dict[int, str] = {}
    for word, right in rules.replace.items():
        for start in _places("".join(target), word):
            target[start : start + len(word)] = right
            reasons.update(dict.fromkeys(range(start, start + len(word)), f"{word} is {right} in Simplified"))
    edits: list[Edit] = []
    repairs: list[Repair] = []
    for index, (old, new) in enumerate(zip(text.text, target, strict=True)):
        if old == new:
            continue
        edits.append(Edit(index, index + 1, new))
        if text.stood(index, index + 1) == old:
            # A character that an earlier repair put there is listed with that repair.
            repairs.append(
                Repair(
                    Kind.SCRIPT, text.place(index), old, new, reasons.get(index, "Traditional to Simplified")
                )
            )
    return text.edited(edits), repairs


def in_simplified(repair: Repair) -> Repair:
    """A repair made before the conversion, showing the text as it stands after it."""
    return replace(repair, after=to_simplified(repair.after)) if repair.kind is Kind.LOST_BYTE else repair


def _places(text: str, word: str) -> Iterable[int]:
    start = text.find(word)
    while start >= 0:
        yield start
        start = text.find(word, start + len(word))
