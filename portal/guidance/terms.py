"""The official terms that pages cannot do without, in plain words: one page of all, and those of a page on it."""

from __future__ import annotations

import csv
import re
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from portal.config import ROOT
from portal.i18n import SOURCE, current_locale

_TAG = re.compile(r"<[^>]*>")
_COLUMN = {"zh_Hant": "zh_hant", "en": "en", "ko": "ko_yanbian"}


@dataclass(frozen=True, slots=True)
class Term:
    """One term, other forms of it, and what it means (a string of the catalogues)."""

    name: str
    also: tuple[str, ...]
    text: str

    def is_in(self, words: str) -> bool:
        return any(form in words for form in (self.name, *self.also))


@cache
def terms() -> tuple[Term, ...]:
    """Every explained term, in the order of terms.toml."""
    table = tomllib.loads((Path(__file__).parent / "terms.toml").read_text(encoding="utf-8"))
    return tuple(Term(one["name"], tuple(one.get("also", ())), one["text"]) for one in table["term"])


def terms_in(markup: str) -> list[Term]:
    """Those that stand in a piece of a page; none where it is in a language that writes them otherwise."""
    if current_locale() != SOURCE:
        return []
    words = _TAG.sub("", str(markup))
    return [term for term in terms() if term.is_in(words)]


def term_said(term: Term) -> str:
    """The term as the page's language has it, by the glossary; empty where that has no word for it."""
    locale = current_locale()
    return term.name if locale == SOURCE else _renderings(_COLUMN[locale]).get(term.name, "")


@cache
def _renderings(column: str) -> dict[str, str]:
    with (ROOT / "translations" / "glossary.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return {
        form: row[column] for row in rows for form in row["zh_hans"].replace("(", "/").strip(")").split("/")
    }
