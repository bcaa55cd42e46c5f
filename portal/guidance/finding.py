"""What staff look up beside the bot's answer: entries by likeness, clauses of every document, local values.

The bot's own index, spelling and pinyin are used throughout; nothing here decides what is asked.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache

import estimator
from estimator.standards_model import Standard
from faq.passages import Passages
from portal import regions
from portal.guidance import advice as advices
from portal.guidance.advice import Advice
from portal.guidance.reading import uses
from portal.guidance.words import PROGRAMMES

_NUMERALS = {sign: number for number, sign in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2}
_NUMERAL_RUN = re.compile("[零〇一二三四五六七八九十百]+")
_KEY_PARTS = re.compile(r"\d+|[\u4e00-\u9fffa-z]+")
_NOT_KEY = re.compile("[第条款项号目]")
_CLAUSE_WANTED = re.compile(r"[第条款号#法]")
_YEAR = re.compile(r"(20\d\d)(?:[年./-](\d{1,2}))?(?:[月./-](\d{1,2}))?")
_PLAIN = frozenset({"标准", "人员", "困难", "比例", "多少", "个人", "基本", "对象"})
_MOST_COUNTIES = 12
AREAS = ("urban", "rural")


@dataclass(frozen=True, slots=True)
class ClauseFound:
    """A clause: its citation, its label, and the words we hold of it or take from it."""

    citation: str
    label: str
    words: str
    verbatim: bool


@dataclass(frozen=True, slots=True)
class LocalValueFound:
    """A local value in a place, for urban or rural households or both (None), as it counts on the day."""

    place: str
    area: str | None
    standard: Standard


@dataclass(frozen=True, slots=True)
class Index:
    """Entries, clauses and titles, ready to be searched; made once a process."""

    entries: Passages
    clauses: Passages
    words: Mapping[str, str]
    verbatim: frozenset[str]
    keys: tuple[tuple[str, str], ...]


@cache
def index() -> Index:
    """Everything there is to find: the full texts, and of the law the articles that rules and answers rest on."""
    loaded = advices.load()
    words = {clause.id: clause.text for clause in loaded.corpus}
    verbatim = frozenset(words)
    taken: dict[str, dict[str, None]] = {}
    for citation, says in uses(loaded):
        if citation not in verbatim and "#" in citation:
            taken.setdefault(citation, {}).update({says: None} if says else {})
    for entry in loaded.bot.knowledge.entries.values():
        for ruling in entry.layers.values():
            for ref in ruling.clauses:
                if ref.clause in taken:
                    taken[ref.clause][ruling.text] = None
    words |= {citation: "".join(said) for citation, said in taken.items()}
    labels = {citation: estimator.citation_label(citation) for citation in words}
    return Index(
        entries=Passages(
            (entry.id, loaded.bot.normalise(" ".join((entry.title, *entry.examples, *entry.patterns))))
            for entry in loaded.bot.knowledge.entries.values()
        ),
        clauses=Passages((citation, labels[citation] + text) for citation, text in words.items()),
        words=words,
        verbatim=verbatim,
        keys=tuple((key_of(label), citation) for citation, label in labels.items()),
    )


def key_of(label: str) -> str:
    """A clause's label or what somebody typed for it, without signs and with figures: 社会救助法.48."""
    plain = _NUMERAL_RUN.sub(lambda run: f" {_number(run[0])} ", label.lower())
    return ".".join(_KEY_PARTS.findall(_NOT_KEY.sub(" ", plain)))


def _number(numeral: str) -> int:
    """四十八 is 48; a run without tens is read figure by figure."""
    if not {"十", "百"} & set(numeral):
        return int("".join(str(_NUMERALS[sign]) for sign in numeral))
    total = unit = 0
    for sign in numeral:
        if sign == "百":
            total, unit = total + (unit or 1) * 100, 0
        elif sign == "十":
            total, unit = total + (unit or 1) * 10, 0
        else:
            unit = _NUMERALS[sign]
    return total + unit


def entries(advice: Advice, text: str, limit: int = 8) -> tuple[str, ...]:
    """Ids of the entries whose questions are nearest to the text, best first."""
    return index().entries.nearest(advice.bot.normalise(text), limit)


def clauses(advice: Advice, text: str, *, region: str | None, limit: int = 6) -> tuple[ClauseFound, ...]:
    """Clauses named by their number, then those nearest in words; of other provinces only if named."""
    found: dict[str, None] = dict.fromkeys(named_clauses(text))
    allowed = tuple(
        f"{norm.id}#" for norm in advice.norms().values() if region is None or norm.applies_in(region)
    )
    near = index().clauses.nearest(advice.bot.normalise(text), limit, allowed)
    found.update(dict.fromkeys(near))
    return tuple(clause(citation) for citation in list(found)[:limit])


def clause(citation: str) -> ClauseFound:
    """One clause as it can be shown; an unknown one has no words."""
    return ClauseFound(
        citation,
        estimator.citation_label(citation),
        index().words.get(citation, ""),
        citation in index().verbatim,
    )


def named_clauses(text: str) -> list[str]:
    """Clauses whose number was typed (社会救助法48条, 46号 二（二）5); empty for anything else."""
    wanted = key_of(text)
    if not _CLAUSE_WANTED.search(text) or not wanted[-1:].isdigit():
        return []
    hits = [
        (len(key), citation)
        for key, citation in index().keys
        if key == wanted or key.endswith(f".{wanted}") or (not wanted[0].isdigit() and key.endswith(wanted))
    ]
    return [citation for _length, citation in sorted(hits)[:3]]


def programmes(advice: Advice, text: str, named: str | None, limit: int = 4) -> tuple[str, ...]:
    """Programmes that the bot heard or whose name shares words with the text."""
    wanted = _pairs(advice.bot.normalise(text))
    scored = [
        (len(wanted & _pairs(f"{title}{advice.rulebook.programmes[id].title}")), id)
        for id, title in _titles(advice).items()
    ]
    best = sorted((one for one in scored if one[0]), key=lambda one: -one[0])
    first = [named] if named in advice.rulebook.programmes else []
    return tuple(dict.fromkeys([*(id for id in first if id), *(id for _score, id in best)]))[:limit]


def _titles(advice: Advice) -> dict[str, str]:
    known = PROGRAMMES.keys() & advice.rulebook.programmes.keys()
    short = advice.bot.knowledge.programmes
    return {id: short[id].name if id in short else "" for id in advice.rulebook.programmes if id in known}


def _pairs(text: str) -> frozenset[str]:
    pairs = {text[at : at + 2] for at in range(len(text) - 1)}
    return frozenset(pair for pair in pairs - _PLAIN if pair[0] >= "\u4e00" and pair[1] >= "\u4e00")


def day_named(text: str, today: date) -> date | None:
    """The day a text names, its month's or year's last where it names no more; never after today."""
    found = _YEAR.search(text)
    if found is None:
        return None
    year, month, day = (int(part) if part else 0 for part in found.groups())
    try:
        named = date(year, month or 12, day or (28 if month else 31))
    except ValueError:
        return None
    return min(named, today)


def local_values(
    advice: Advice, text: str, *, region: str | None, day: date, limit: int = 8
) -> tuple[LocalValueFound, ...]:
    """The local values whose names share words with the text, in the place, as they count on the day.

    For a city or province the dibao line of its counties follows, for whoever rings from one of them.
    """
    if region is None or regions.place(region) is None:
        return ()
    table = advice.rulebook.standards
    wanted = _pairs(advice.bot.normalise(text))
    scored = [
        (len(wanted & _pairs(name.title)), name)
        for name in table.names.values()
        if name.of is None and "ratio" not in name.units
    ]
    names = [name for score, name in sorted(scored, key=lambda one: -one[0]) if score]
    found = [one for name in names for one in _in_place(advice, name.id, name.by_area, region, day)]
    if names and names[0].id == "dibao_standard":
        found[2:2] = _of_counties(advice, names[0].id, region, day)
    return tuple(found[:limit])


def _in_place(advice: Advice, name: str, by_area: bool, region: str, day: date) -> list[LocalValueFound]:
    table = advice.rulebook.standards
    if not by_area:
        value = table.lookup(name, region, None, day)
        return [LocalValueFound(region, None, value)] if value else []
    return [
        LocalValueFound(region, area, value)
        for area in AREAS
        if (value := table.lookup(name, region, area, day)) is not None
    ]


def _of_counties(advice: Advice, name: str, region: str, day: date) -> list[LocalValueFound]:
    found = regions.place(region)
    if found is None or found.level != "prefecture":
        return []
    below = [county for county in regions.counties_of(region) if county.code != region][:_MOST_COUNTIES]
    values = [one for county in below for one in _in_place(advice, name, True, county.code, day)]
    above = {one.area: one.standard.value for one in _in_place(advice, name, True, region, day)}
    return [one for one in values if above.get(one.area) != one.standard.value]
