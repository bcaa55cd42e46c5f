"""The county selects of a page that works without scripts: one province's counties at a time."""

from __future__ import annotations

from flask_babel import gettext

from portal import regions

DEFAULT_PROVINCE = "220000"
_NATION = "000000"


def provinces() -> list[tuple[str, str]]:
    """(code, name) of every province."""
    return [(place.code, gettext(place.name)) for place in regions.children(_NATION)]


def province_of(code: str | None) -> str:
    """The province to start with: of the place already chosen, else Jilin."""
    if code and (chosen := regions.place(code)):
        for place in (chosen, *regions.ancestors(chosen.code)):
            if place.level == "province":
                return place.code
    return DEFAULT_PROVINCE


def counties(province: str) -> list[tuple[str, str]]:
    """(code, `长春市 南关区`) of every county of a province; a city without counties is its own."""
    found = []
    for below in regions.children(province):
        counties = regions.children(below.code)
        if not counties:
            found.append((below.code, gettext(below.name)))
        found += [(county.code, f"{gettext(below.name)} {gettext(county.name)}") for county in counties]
    return found
