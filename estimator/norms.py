"""The registry of norms: title, number, level, jurisdiction, dates and how each stands on a day.

Shared by the estimator and the FAQ. A citation is a string `<norm>#<path>`, e.g. `jl-2020-46#2.1.2`.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, Final, Literal, TypeVar

from estimator.errors import DataError, Defect
from estimator.truth import Truth

Level = Literal["law", "state_council", "ministry", "province", "city"]
Status = Literal["in_force", "ended", "unverified", "draft"]
Numbering = Literal["outline", "items", "counted", "article", "running"]

NORMS_FILE: Final = Path(__file__).with_name("norms.toml")
LEVELS: Final[tuple[Level, ...]] = ("law", "state_council", "ministry", "province", "city")
_Word = TypeVar("_Word", bound=str)  # the words of one closed list
_STATUSES: Final[tuple[Status, ...]] = ("in_force", "ended", "unverified", "draft")
_NUMBERINGS: Final[tuple[Numbering, ...]] = ("outline", "items", "counted", "article", "running")
_KEYS: Final = frozenset(
    [
        "id",
        "title",
        "document_number",
        "short",
        "issuer",
        "level",
        "jurisdiction",
        "area",
        "issued",
        "in_force_from",
        "in_force_to",
        "numbering",
        "supersedes",
        "superseded_by",
        "note",
        "period",
    ]
)
_PERIOD_KEYS: Final = frozenset({"from", "to", "status", "programmes"})


@dataclass(frozen=True, slots=True)
class Period:
    """How a norm stands between two days (both included), for the programmes named, or for all."""

    status: Status
    start: date | None
    end: date | None
    programmes: frozenset[str]

    def covers(self, day: date, programme: str | None) -> bool:
        if self.programmes and programme not in self.programmes:
            return False
        return (self.start is None or self.start <= day) and (self.end is None or day <= self.end)


@dataclass(frozen=True, slots=True)
class Norm:
    """One document of law. `jurisdiction` is a GB/T 2260 code, 000000 for the whole country."""

    id: str
    title: str
    document_number: str
    short: str
    issuer: str
    level: Level
    jurisdiction: str
    area: Literal["urban", "rural"] | None
    issued: date | None
    in_force_from: date
    in_force_to: date | None
    numbering: Numbering
    supersedes: tuple[str, ...]
    superseded_by: str | None
    note: str
    periods: tuple[Period, ...]

    def status_word(self, day: date, programme: str | None = None) -> Status:
        """The word for how the norm stands on a day; before its first day it has `ended` not yet begun."""
        if day < self.in_force_from and not self.is_draft:
            return "ended"
        for period in self.periods:
            if period.covers(day, programme):
                return period.status
        if self.in_force_to is not None and day > self.in_force_to:
            return "ended"
        return "in_force"

    def status(self, day: date, programme: str | None = None) -> Truth:
        """Whether the norm applies on a day (to a programme); UNKNOWN where nobody could verify it."""
        word = self.status_word(day, programme)
        if word == "in_force":
            return Truth.TRUE
        return Truth.UNKNOWN if word == "unverified" else Truth.FALSE

    @property
    def is_draft(self) -> bool:
        """Whether the document never had force; it may be shown, marked as a draft, and decides nothing."""
        return any(period.status == "draft" for period in self.periods)

    def applies_in(self, region: str) -> bool:
        """Whether a six-digit place lies in the norm's jurisdiction."""
        return region.startswith(place_prefix(self.jurisdiction))


@dataclass(frozen=True, slots=True, eq=False)  # compared by identity: one registry answers for one rulebook
class NormRegistry:
    """All norms by id."""

    norms: Mapping[str, Norm]

    def __getitem__(self, norm_id: str) -> Norm:
        return self.norms[norm_id]

    def get(self, norm_id: str) -> Norm | None:
        return self.norms.get(norm_id)

    def of(self, citation: str) -> Norm | None:
        """The norm that a citation (`<norm>#<path>`) points into, or None."""
        return self.norms.get(citation.partition("#")[0])

    def on(self, citations: tuple[str, ...], day: date, speaks: str | None = None) -> list[str]:
        """Those citations whose norm has begun and not ended on a day; all of them where none is left.

        Where the norm `speaks` decides, another that nobody could verify is left out too: it adds nothing.
        """
        return list(_current(self, citations, day, speaks))

    def label(self, citation: str) -> str:
        """A citation in words: 吉办发〔2020〕46号 二（一）2. An unknown norm is returned as it stands."""
        norm = self.of(citation)
        path = citation.partition("#")[2]
        if norm is None:
            return citation
        return f"{norm.short} {_path_label(norm.numbering, path)}".rstrip()


@lru_cache(maxsize=65536)
def _current(
    registry: NormRegistry, citations: tuple[str, ...], day: date, speaks: str | None
) -> tuple[str, ...]:
    norms = {one: one.partition("#")[0] for one in citations}
    current = tuple(one for one, norm in norms.items() if registry[norm].status(day) is not Truth.FALSE)
    firm = tuple(
        one for one in current if norms[one] == speaks or registry[norms[one]].status(day) is Truth.TRUE
    )
    return (firm if speaks is not None else ()) or current or citations


def load_norms(path: Path = NORMS_FILE) -> NormRegistry:
    """Read and check the registry; raises DataError with every defect."""
    defects: list[Defect] = []
    norms: dict[str, Norm] = {}
    try:
        rows = tomllib.loads(path.read_text(encoding="utf-8")).get("norm", [])
    except (OSError, tomllib.TOMLDecodeError) as error:
        raise DataError(
            (Defect(path.name, "-", str(error), "write a TOML file with [[norm]] rows"),)
        ) from None
    for row in rows:
        key = str(row.get("id", "?"))
        try:
            norm = _norm(row)
        except (KeyError, ValueError) as error:
            problem = f"{error.args[0]!r} is missing" if isinstance(error, KeyError) else str(error)
            defects.append(Defect(path.name, key, problem, "see the other rows of the registry"))
            continue
        if norm.id in norms:
            defects.append(Defect(path.name, key, "the id stands twice", "give each norm its own id"))
        norms[norm.id] = norm
    for norm in norms.values():
        for other in (*norm.supersedes, *([norm.superseded_by] if norm.superseded_by else [])):
            if other not in norms:
                defects.append(
                    Defect(
                        path.name, norm.id, f"names the unknown norm {other!r}", "name a norm of this file"
                    )
                )
    if defects:
        raise DataError(tuple(defects))
    return NormRegistry(norms)


@cache
def default_norms() -> NormRegistry:
    """The registry that comes with the package."""
    return load_norms()


@lru_cache(maxsize=2048)  # a page of a result names some hundred citations, most of them the same ones
def citation_label(citation: str) -> str:
    """A citation of the package's own registry in words, e.g. 社会救助法 第十八条."""
    return default_norms().label(citation)


def _norm(row: Mapping[str, Any]) -> Norm:
    unknown = sorted(set(row) - _KEYS)
    if unknown:
        raise ValueError(f"unknown key {unknown[0]!r}")
    jurisdiction = str(row["jurisdiction"])
    if len(jurisdiction) != 6 or not jurisdiction.isdigit():
        raise ValueError(f"jurisdiction {jurisdiction!r} is not a six-digit code")
    return Norm(
        id=str(row["id"]),
        title=str(row["title"]),
        document_number=str(row["document_number"]),
        short=str(row["short"]),
        issuer=str(row["issuer"]),
        level=_one_of("level", row["level"], LEVELS),
        jurisdiction=jurisdiction,
        area=row.get("area"),
        issued=row.get("issued"),
        in_force_from=row["in_force_from"],
        in_force_to=row.get("in_force_to"),
        numbering=_one_of("numbering", row.get("numbering", "outline"), _NUMBERINGS),
        supersedes=tuple(row.get("supersedes", ())),
        superseded_by=row.get("superseded_by"),
        note=str(row.get("note", "")),
        periods=tuple(_period(period) for period in row.get("period", ())),
    )


def _period(row: Mapping[str, Any]) -> Period:
    unknown = sorted(set(row) - _PERIOD_KEYS)
    if unknown:
        raise ValueError(f"unknown key {unknown[0]!r} in a period")
    status = _one_of("status", row["status"], _STATUSES)
    return Period(status, row.get("from"), row.get("to"), frozenset(row.get("programmes", ())))


def _one_of(key: str, value: object, options: tuple[_Word, ...]) -> _Word:
    for option in options:
        if value == option:
            return option
    raise ValueError(f"{key} {value!r} is not one of {', '.join(options)}")


def _path_label(numbering: Numbering, path: str) -> str:
    parts = path.split(".")
    if not path:
        return ""
    if numbering == "article":
        return f"第{chinese_number(int(parts[0]))}条" + "".join(
            f"（{chinese_number(int(part))}）" for part in parts[1:]
        )
    if numbering == "running":
        return f"第{path}项"
    if numbering == "items" and len(parts) == 2:
        return f"{chinese_number(int(parts[0]))}、{parts[1]}"  # items run on through the chapters: 三、23
    styles = ("{0}", "（{0}）", "{1}") if numbering != "counted" else ("{0}", "（{0}）", "{0}是")
    return "".join(
        style.format(chinese_number(int(part)), part) for style, part in zip(styles, parts, strict=False)
    )


def place_prefix(jurisdiction: str) -> str:
    """What every code inside a jurisdiction begins with: 220000 -> 22, 441700 -> 4417, 000000 -> nothing."""
    while jurisdiction.endswith("00"):
        jurisdiction = jurisdiction[:-2]
    return jurisdiction


def chinese_number(number: int) -> str:
    """1..999 in Chinese numerals, as articles are numbered."""
    digits = "零一二三四五六七八九"
    if number < 10:
        return digits[number]
    if number < 20:
        return "十" + (digits[number % 10] if number % 10 else "")
    if number < 100:
        return digits[number // 10] + "十" + (digits[number % 10] if number % 10 else "")
    rest = number % 100
    if rest == 0:
        return digits[number // 100] + "百"
    between = "零" if rest < 10 else ("一" if rest < 20 else "")
    return digits[number // 100] + "百" + between + chinese_number(rest)
