"""The curated answers: reads `entries/<programme>.toml` into entries, doors and guards.

An entry is one programme × aspect; its layers say what each jurisdiction's text holds. A door sends a
question that no norm here answers to the right office. A guard is a reaction that comes before any matching.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from faq.errors import DataError, Defect
from faq.model import Layer
from faq.variants import Variant

ENTRIES = Path(__file__).with_name("entries")
DOORS = "doors"
GUARDS = "guards"
SETTINGS = "programme"


@dataclass(frozen=True, slots=True)
class ClauseRef:
    """A clause to cite, with a chosen verbatim quote or none (then the best sentence is taken)."""

    clause: str
    quote: str = ""

    @property
    def norm(self) -> str:
        return self.clause.partition("#")[0]


@dataclass(frozen=True, slots=True)
class Ruling:
    """What one layer says: plain words (by language), governing clauses in order, what it leaves open."""

    text: str
    clauses: tuple[ClauseRef, ...]
    lacks: str | None = None
    translations: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Entry:
    """One curated answer."""

    id: str
    programme: str
    title: str
    patterns: tuple[str, ...]
    layers: Mapping[Layer, Ruling]
    examples: tuple[str, ...]
    unknown: Layer = Layer.JILIN
    law_first: bool = False
    lift: float = 0.0
    follow_ups: tuple[str, ...] = ()
    estimate: Mapping[str, str] | None = None
    hotline: str = ""
    variants: tuple[str, ...] = ()
    file: str = ""


@dataclass(frozen=True, slots=True)
class Door:
    """Where to go with a question that these norms do not answer: never an answer, always a way on."""

    id: str
    title: str
    patterns: tuple[str, ...]
    text: str
    number: str
    reason: str
    examples: tuple[str, ...]
    clauses: tuple[ClauseRef, ...] = ()
    lift: float = 0.0
    translations: Mapping[str, str] = field(default_factory=dict)
    variants: tuple[str, ...] = ()
    file: str = ""


@dataclass(frozen=True, slots=True)
class Guard:
    """Words that call for a reaction before matching: distress, forgery, injection, abuse."""

    id: str
    terms: tuple[str, ...]
    text: str
    number: str
    reason: str
    examples: tuple[str, ...]
    clauses: tuple[ClauseRef, ...] = ()
    translations: Mapping[str, str] = field(default_factory=dict)
    file: str = ""


@dataclass(frozen=True, slots=True)
class Programme:
    """A programme's name in plain words and the questions offered when only its name was said."""

    id: str
    name: str
    concepts: tuple[str, ...]
    choices: tuple[str, ...]
    # What most people mean who name the programme and tell their story.
    default: str = ""
    translations: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Knowledge:
    """Everything curated, by id."""

    entries: Mapping[str, Entry]
    doors: Mapping[str, Door]
    guards: Mapping[str, Guard]
    programmes: Mapping[str, Programme]

    @property
    def owners(self) -> Mapping[str, Entry | Door]:
        """What a question can be led to: entries and doors."""
        return {**self.entries, **self.doors}

    def asked(self) -> list[tuple[str, str]]:
        """(owner, question) of every title and example."""
        return [(one.id, text) for one in self.owners.values() for text in (one.title, *one.examples)]

    def variants(self) -> list[Variant]:
        """The whole questions that stand beside the patterns in the files."""
        return [Variant(one.id, text) for one in self.owners.values() for text in one.variants]

    def guard_terms(self) -> list[str]:
        """The words that end a turn or bring a person first; none may stand in a variant."""
        return [term for name, guard in self.guards.items() if name != "courtesy" for term in guard.terms]


_ENTRY_KEYS = {
    "title", "patterns", "examples", "unknown", "law_first", "lift", "follow_ups", "estimate", "hotline", "variants",
    *(layer.value for layer in Layer),
}  # fmt: skip
_RULING_KEYS = {"text", "clauses", "lacks", "en", "ko"}
_DOOR_KEYS = {
    "title", "patterns", "text", "number", "reason", "examples", "clauses", "lift", "variants", "en", "ko",
}  # fmt: skip
_GUARD_KEYS = {"terms", "text", "number", "reason", "examples", "clauses", "en", "ko"}


def load_entries(directory: Path = ENTRIES) -> Knowledge:
    """Read every file of the directory. Raises DataError with all structural defects."""
    entries: dict[str, Entry] = {}
    doors: dict[str, Door] = {}
    guards: dict[str, Guard] = {}
    programmes: dict[str, Programme] = {}
    defects: list[Defect] = []
    for path in sorted(directory.glob("*.toml")):
        try:
            data = tomllib.loads(path.read_text(encoding="utf-8"))
        except (OSError, tomllib.TOMLDecodeError) as error:
            defects.append(Defect(path.name, "", f"cannot be read: {error}", "valid TOML in UTF-8"))
            continue
        for name, body in data.items():
            at = _Place(path.name, name, defects)
            key = f"{path.stem}.{name}"
            if path.stem == DOORS:
                doors[key] = _door(key, body, at)
            elif path.stem == GUARDS:
                guards[name] = _guard(name, body, at)
            elif name == SETTINGS:
                programmes[path.stem] = _programme(path.stem, body, at)
            else:
                entries[key] = _entry(key, path.stem, body, at)
    if not entries and not defects:
        defects.append(Defect(directory.name, "*.toml", "no entry found", "one file a programme"))
    if defects:
        raise DataError(defects)
    return Knowledge(entries, doors, guards, programmes)


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a table stands, so that every complaint names file and key."""

    file: str
    key: str
    defects: list[Defect]

    def complain(self, key: str, problem: str, cure: str) -> None:
        self.defects.append(Defect(self.file, f"{self.key}.{key}" if key else self.key, problem, cure))

    def keys(self, body: Mapping[str, Any], known: set[str]) -> None:
        for key in body:
            if key not in known:
                self.complain(key, "unknown key", f"one of {', '.join(sorted(known))}")

    def text(self, body: Mapping[str, Any], key: str) -> str:
        value = body.get(key)
        if not isinstance(value, str) or not value.strip():
            self.complain(key, "is missing or empty", "a text")
            return ""
        return value.strip()

    def texts(self, body: Mapping[str, Any], key: str) -> tuple[str, ...]:
        value = body.get(key, [])
        if not isinstance(value, list) or not all(isinstance(item, str) and item.strip() for item in value):
            self.complain(key, "is not a list of texts", '["…", "…"]')
            return ()
        return tuple(item.strip() for item in value)

    def clauses(self, body: Mapping[str, Any]) -> tuple[ClauseRef, ...]:
        refs = []
        for item in body.get("clauses", []):
            if isinstance(item, str):
                refs.append(ClauseRef(item))
            elif isinstance(item, list) and len(item) == 2 and all(isinstance(part, str) for part in item):
                refs.append(ClauseRef(item[0], item[1]))
            else:
                self.complain("clauses", f"{item!r} is no clause", '"norm#path" or ["norm#path", "quote"]')
        return tuple(refs)


def _translations(body: Mapping[str, Any]) -> dict[str, str]:
    return {language: str(body[language]).strip() for language in ("en", "ko") if language in body}


def _entry(key: str, programme: str, body: Mapping[str, Any], at: _Place) -> Entry:
    at.keys(body, _ENTRY_KEYS)
    layers: dict[Layer, Ruling] = {}
    for layer in Layer:
        table = body.get(layer.value)
        if table is None:
            continue
        place = _Place(at.file, f"{at.key}.{layer.value}", at.defects)
        place.keys(table, _RULING_KEYS)
        layers[layer] = Ruling(
            place.text(table, "text"), place.clauses(table), table.get("lacks"), _translations(table)
        )
    if not layers:
        at.complain("", "says nothing for any place", "at least [….national]")
    unknown = body.get("unknown", Layer.JILIN.value)
    if unknown not in [layer.value for layer in Layer]:
        at.complain("unknown", f"{unknown!r} is no layer", ", ".join(layer.value for layer in Layer))
        unknown = Layer.JILIN.value
    return Entry(
        id=key,
        programme=programme,
        title=at.text(body, "title"),
        patterns=at.texts(body, "patterns"),
        layers=layers,
        examples=at.texts(body, "examples"),
        unknown=Layer(unknown),
        law_first=bool(body.get("law_first", False)),
        lift=float(body.get("lift", 0.0)),
        follow_ups=at.texts(body, "follow_ups"),
        estimate=body.get("estimate"),
        hotline=str(body.get("hotline", "")),
        variants=at.texts(body, "variants"),
        file=at.file,
    )


def _door(key: str, body: Mapping[str, Any], at: _Place) -> Door:
    at.keys(body, _DOOR_KEYS)
    return Door(
        id=key,
        title=at.text(body, "title"),
        patterns=at.texts(body, "patterns"),
        text=at.text(body, "text"),
        number=at.text(body, "number"),
        reason=at.text(body, "reason"),
        examples=at.texts(body, "examples"),
        clauses=at.clauses(body),
        lift=float(body.get("lift", 0.0)),
        translations=_translations(body),
        variants=at.texts(body, "variants"),
        file=at.file,
    )


def _guard(name: str, body: Mapping[str, Any], at: _Place) -> Guard:
    at.keys(body, _GUARD_KEYS)
    return Guard(
        id=name,
        terms=at.texts(body, "terms"),
        text=at.text(body, "text"),
        number=str(body.get("number", "12345")),
        reason=str(body.get("reason", name)),
        examples=at.texts(body, "examples"),
        clauses=at.clauses(body),
        translations=_translations(body),
        file=at.file,
    )


def _programme(stem: str, body: Mapping[str, Any], at: _Place) -> Programme:
    at.keys(body, {"name", "concepts", "choices", "default", "en", "ko"})
    return Programme(
        stem,
        at.text(body, "name"),
        at.texts(body, "concepts"),
        at.texts(body, "choices"),
        str(body.get("default", "")),
        _translations(body),
    )
