"""What the authorities' forms ask, held against what is asked here: nothing is forgotten, nothing asked in vain."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from flask_babel import gettext as _

from portal.apply import questions

_TABLE = Path(__file__).with_name("checklist.toml")
_NEEDED = {"block", "name"}
# Asked on pages that are no plain questions: what is applied for, signatures, papers, the commitment at the end.
ELSEWHERE = frozenset({"programmes", "signatures", "papers.mandate", "check"})


class ChecklistError(Exception):
    """A row of checklist.toml is wrong; the text names file, row and key."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """One field of the forms: the questions that ask it, or what it is called and why nobody is asked."""

    block: str
    name: str
    asked: tuple[str, ...] = ()
    title: str = ""
    text: str = ""


@cache
def rows() -> tuple[Wanted, ...]:
    """Every field of the forms; raises ChecklistError where one is neither asked nor has a reason."""
    known = {f"{section.id}.{field.id}" for section, field in _fields()} | ELSEWHERE
    found: list[Wanted] = []
    defects: list[str] = []
    for number, row in enumerate(_read()["field"], start=1):
        where = f"{_TABLE.name}: row {number} ({row.get('block', '?')}: {row.get('name', '?')})"
        if not _NEEDED <= set(row) <= _NEEDED | {"asked", "title", "text"}:
            defects.append(f"{where}: needs block, name, and either asked or title and text")
            continue
        wanted = Wanted(
            row["block"], row["name"], tuple(row.get("asked", ())), row.get("title", ""), row.get("text", "")
        )
        defects += [f"{where}: no question {one}" for one in wanted.asked if one not in known]
        if bool(wanted.asked) == bool(wanted.title and wanted.text):
            defects.append(f"{where}: is either asked, or has title and text that say why not")
        found.append(wanted)
    if defects:
        raise ChecklistError("\n".join(defects))
    return tuple(found)


@cache
def not_asked(locale: str) -> tuple[tuple[str, str], ...]:
    """What people are told they need not fill in, (title, why) in the language of the page, which is `locale`."""
    return tuple((_(wanted.title), _(wanted.text)) for wanted in rows() if not wanted.asked)


def facts_not_asked() -> dict[str, str]:
    """What the rules look at and an application does not ask, with the reason."""
    return {row["id"]: row["reason"] for row in _read()["fact"]}


def _read() -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = tomllib.loads(_TABLE.read_text(encoding="utf-8"))
    return found


def _fields() -> list[tuple[questions.Section, questions.Field]]:
    return [
        (section, field)
        for section in questions.table().values()
        for page in section.pages
        for field in page.fields
        if field.kind != "period"
    ]
