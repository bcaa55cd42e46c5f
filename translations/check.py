"""`python -m translations.check`: every string is translated, whole and in the glossary's terms.

Exit 1 and one line a defect: a missing, fuzzy or unused string, a lost placeholder, a contradicted term.
"""

from __future__ import annotations

import csv
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import read_po

HERE = Path(__file__).resolve().parent
LOCALES = ("zh_Hant", "en", "ko")
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|%[sd]|\{\w*\}")
GLOSSARY_COLUMN = {"zh_Hant": ("zh_hant", None), "en": ("en", "en_status"), "ko": ("ko_yanbian", "ko_status")}
ATTESTED = {
    "O",
    "A",
}  # renderings found in official English and in Yanbian's own media; the rest are proposals


def template() -> Catalog:
    """The strings as they stand in the sources now."""
    with tempfile.NamedTemporaryFile(suffix=".pot") as pot:
        command = [
            str(Path(sys.executable).with_name("pybabel")),
            "-q",
            "extract",
            "-F",
            "translations/babel.cfg",
        ]
        subprocess.run(  # noqa: S603  # our own command
            [*command, "-k", "_l", "-k", "lazy_gettext", "-o", pot.name, "."],
            cwd=HERE.parent,
            env={"PYTHONPATH": str(HERE.parent)},
            check=True,
        )
        return read_po(pot)


def catalogue(locale: str) -> Catalog:
    with (HERE / locale / "LC_MESSAGES" / "messages.po").open("rb") as file:
        return read_po(file, locale=locale)


def defects(locale: str, sources: Catalog) -> Iterator[str]:
    """What is wrong with one catalogue, one line each."""
    if not (HERE / locale / "LC_MESSAGES" / "messages.po").exists():
        yield f"{locale}: there is no catalogue"
        return
    translated = catalogue(locale)
    terms = list(glossary(locale))
    for message in sources:
        if not message.id:
            continue
        found = translated.get(message.id, message.context)
        if found is None or not found.string:
            yield f"{locale}: missing: {message.id!r}"
        elif found.fuzzy:
            yield f"{locale}: fuzzy: {message.id!r}"
        else:
            yield from _broken(locale, found, terms)
    for message in translated:
        if message.id and sources.get(message.id, message.context) is None:
            yield f"{locale}: unused: {message.id!r}"


def glossary(locale: str) -> Iterator[tuple[str, tuple[str, ...]]]:
    """(Chinese term, accepted renderings as `plain` makes them), longest term first."""
    column, status = GLOSSARY_COLUMN[locale]
    with (HERE / "glossary.csv").open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if status is None or row[status] in ATTESTED]
    for row in sorted(rows, key=lambda row: -len(row["zh_hans"])):
        renderings = re.sub(r"[(（][^)）]*[)）]", "", row[column]).split("/")
        if locale == "en":  # the short form in brackets, such as dibao or hukou, stands for the term
            renderings += re.findall(r"\(([^)]*)\)$", row[column])
        yield re.sub(r"\(.*\)", "", row["zh_hans"]), tuple(plain(one, locale) for one in renderings)


def plain(text: str, locale: str) -> str:
    """A text as terms are compared: small letters; Korean without blanks, English in the singular."""
    words = text.lower().split()
    match locale:
        case "ko":
            return "".join(words)
        case "en":
            return re.sub(r"(?<=[a-rt-z])s\b", "", re.sub(r"(?<=[a-z]{3})ies\b", "y", " ".join(words)))
        case _:
            return " ".join(words)


def _broken(locale: str, message: Message, terms: list[tuple[str, tuple[str, ...]]]) -> Iterator[str]:
    source, target = str(message.id), str(message.string)
    if sorted(PLACEHOLDER.findall(source)) != sorted(PLACEHOLDER.findall(target)):
        yield f"{locale}: placeholders differ: {source!r} -> {target!r}"
    rest, said = source, plain(target, locale)
    for term, renderings in terms:
        if term not in rest:
            continue
        rest = rest.replace(term, "")
        if not any(one in said for one in renderings):
            yield f"{locale}: {term} is {' / '.join(renderings)} in the glossary: {source!r} -> {target!r}"


def main() -> int:
    sources, count = template(), 0
    for locale in LOCALES:
        for defect in defects(locale, sources):
            count += 1
            print(defect)
    print(f"{len(sources)} strings, {len(LOCALES)} catalogues, {count} defects")
    return 1 if count else 0


if __name__ == "__main__":
    sys.exit(main())
