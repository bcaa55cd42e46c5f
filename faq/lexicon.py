"""The closed word list of the field: concepts with their terms, variants, homophones, foreign words.

Loaded from `lexicon.toml`; every mistake in it is a `DataError` that names the key.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from faq.errors import DataError, Defect

LEXICON_FILE = Path(__file__).with_name("lexicon.toml")


class Role(StrEnum):
    """What a concept does in a question; only an anchor (or two hardships) opens the gate to an answer."""

    ANCHOR = "anchor"
    ASPECT = "aspect"
    GROUP = "group"
    HARDSHIP = "hardship"
    CUE = "cue"
    MARK = "mark"


WEIGHTS: Mapping[Role, float] = {
    Role.ANCHOR: 3.0,
    Role.ASPECT: 2.0,
    Role.GROUP: 1.5,
    Role.HARDSHIP: 1.5,
    Role.CUE: 0.5,
    Role.MARK: 2.0,
}


@dataclass(frozen=True, slots=True)
class Concept:
    """A meaning with the words that carry it; finding it also finds what it implies."""

    name: str
    role: Role
    terms: tuple[str, ...]
    implies: tuple[str, ...] = ()
    weight: float = 0.0


@dataclass(frozen=True, slots=True)
class Lexicon:
    """All concepts by name, and the tables the normaliser needs."""

    concepts: Mapping[str, Concept]
    variants: Mapping[str, str]
    homophones: tuple[str, ...]
    lookalikes: tuple[str, ...]
    not_homophones: tuple[str, ...]
    english: Mapping[str, str]
    korean: Mapping[str, str]

    def terms(self) -> Iterable[tuple[str, str]]:
        """Pairs of (surface term, concept name)."""
        for concept in self.concepts.values():
            for term in concept.terms:
                yield term, concept.name


def load_lexicon(path: Path = LEXICON_FILE) -> Lexicon:
    """Read and check the lexicon. Raises DataError listing every defect."""
    file = path.name
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, tomllib.TOMLDecodeError) as error:
        raise DataError([Defect(file, "", f"cannot be read: {error}", "valid TOML in UTF-8")]) from error
    defects: list[Defect] = []
    concepts = _concepts(data, file, defects)
    known = {*(role.value for role in Role), "variants", "homophones", "english", "korean"}
    cure = f"one of {', '.join(sorted(known))}"
    defects += [Defect(file, key, "unknown table", cure) for key in data if key not in known]
    for table in ("variants", "english", "korean"):
        defects += [
            Defect(file, f"{table}.{word}", "is no text", "a word of the field")
            for word, meant in data.get(table, {}).items()
            if not isinstance(meant, str) or not meant
        ]
    if defects:
        raise DataError(defects)
    sounds = data.get("homophones", {})
    return Lexicon(
        concepts=concepts,
        variants=_words(data, "variants"),
        homophones=tuple(sounds.get("terms", ())),
        lookalikes=tuple(sounds.get("lookalikes", ())),
        not_homophones=tuple(sounds.get("keep", ())),
        english=_words(data, "english"),
        korean=_words(data, "korean"),
    )


def _words(data: Mapping[str, object], key: str) -> dict[str, str]:
    table = data.get(key, {})
    return {str(name): str(value) for name, value in table.items()} if isinstance(table, dict) else {}


def _concepts(data: Mapping[str, object], file: str, defects: list[Defect]) -> dict[str, Concept]:
    concepts: dict[str, Concept] = {}
    for role in Role:
        table = data.get(role.value, {})
        if not isinstance(table, dict):
            defects.append(Defect(file, role.value, "is not a table", f"[{role.value}.NAME] tables"))
            continue
        for name, body in table.items():
            key = f"{role.value}.{name}"
            terms = body.get("terms", [])
            if not terms or not all(isinstance(term, str) and term for term in terms):
                defects.append(Defect(file, key, "has no terms", 'terms = ["…"] with at least one word'))
                continue
            if len(set(terms)) != len(terms):
                twice = sorted({term for term in terms if terms.count(term) > 1})
                defects.append(Defect(file, key, f"repeats {twice}", "each term once"))
            if name in concepts:
                defects.append(Defect(file, key, "is defined under two roles", "one role for a concept"))
            odd = set(body) - {"terms", "implies", "weight"}
            if odd:
                defects.append(Defect(file, key, f"unknown keys {sorted(odd)}", "terms, implies, weight"))
            weight = float(body.get("weight", WEIGHTS[role]))
            concepts[name] = Concept(name, role, tuple(terms), tuple(body.get("implies", ())), weight)
    for concept in concepts.values():
        for implied in concept.implies:
            if implied not in concepts:
                key = f"{concept.role.value}.{concept.name}"
                defects.append(Defect(file, key, f"implies unknown {implied!r}", "the name of a concept"))
    return concepts
