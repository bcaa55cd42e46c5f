"""Variants as a change of the entry files, for review: a unified diff that `git apply` and `patch -p1` take."""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from faq.entries import DOORS, ENTRIES
from faq.errors import DataError, Defect
from faq.variants import Variant

_PREFIX = "faq/entries"


def patch(variants: Iterable[Variant], directory: Path = ENTRIES) -> str:
    """The diff that writes these variants into their entries; empty where all stand there already.

    Raises DataError for an entry or door that is in no file.
    """
    wanted: dict[str, dict[str, list[str]]] = {}
    for variant in variants:
        stem, _, table = variant.owner.partition(".")
        wanted.setdefault(stem, {}).setdefault(table, []).append(variant.text)
    return "".join(_file(directory / f"{stem}.toml", tables) for stem, tables in sorted(wanted.items()))


def _file(path: Path, tables: Mapping[str, Sequence[str]]) -> str:
    if not path.exists():
        raise DataError([Defect(path.name, "", "is no file of entries", f"a programme's id, or {DOORS}")])
    before = path.read_text(encoding="utf-8")
    after = before
    for table, texts in tables.items():
        after = _with(after, path.name, table, texts)
    name = f"{_PREFIX}/{path.name}"
    lines = difflib.unified_diff(
        before.splitlines(keepends=True), after.splitlines(keepends=True), f"a/{name}", f"b/{name}"
    )
    return "".join(lines)


def _with(text: str, file: str, table: str, texts: Sequence[str]) -> str:
    """The file's text with variants added to one table, everything else untouched."""
    held = tomllib.loads(text).get(table)
    header = re.search(rf"^\[{re.escape(table)}\]\n", text, re.MULTILINE)
    if not isinstance(held, dict) or header is None:
        raise DataError([Defect(file, table, "is no entry of this file", "the id of an entry")])
    every = list(dict.fromkeys([*held.get("variants", ()), *texts]))
    line = f"variants = [{', '.join(map(_quoted, every))}]\n"
    end = re.search(r"^\[", text[header.end() :], re.MULTILINE)
    stop = header.end() + end.start() if end else len(text)
    body = text[header.end() : stop]
    body = re.sub(r"^variants = \[.*?\]\n", "", body, count=1, flags=re.MULTILINE | re.DOTALL)
    return text[: header.end()] + line + body + text[stop:]


def _quoted(text: str) -> str:
    """A TOML basic string."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + re.sub(r"[\x00-\x1f\x7f]", lambda found: f"\\u{ord(found[0]):04x}", escaped) + '"'
