"""The texts people are shown before they sign: frozen files with version and digest, outside gettext.

`notices/index.toml` lists every version with its lawful basis and days; a text that does not match its
digest stops the start, so nothing a person has signed can be edited silently.
"""

from __future__ import annotations

import hashlib
import tomllib
from dataclasses import dataclass
from datetime import date
from enum import Enum
from functools import cache
from pathlib import Path
from typing import Any, Literal

FOLDER = Path(__file__).with_name("notices")
SOURCE_LOCALE = "zh_Hans"


class NoticeError(Exception):
    """A notice's file or row is wrong; one line a defect: file, key, what is wrong."""


class Act(Enum):
    """What a person does with a text; never merged into one tick."""

    NOTICE = "notice"
    AUTHORISATION = "authorisation"
    SENSITIVE = "sensitive"
    MANDATE = "mandate"
    DECLARATION = "declaration"


Asked = Literal["adult", "supporter", "applicant", "represented", "hotline"]


@dataclass(frozen=True, slots=True)
class Recipient:
    """Who receives the data, and what for (PIPL art. 23)."""

    id: str
    name: str
    purpose: str


@dataclass(frozen=True, slots=True)
class Notice:
    """One version of one text. `sha256` maps locale to the digest of the file's bytes."""

    id: str
    version: str
    valid_from: date
    act: Act
    asked_of: tuple[str, ...]
    required: bool
    purpose: str
    lawful_basis: str
    articles: tuple[str, ...]
    data: tuple[str, ...]
    sensitive_class: tuple[str, ...]
    recipients: tuple[Recipient, ...]
    retention: str
    withdrawable: bool
    sha256: dict[str, str]

    def locale(self, wanted: str) -> str:
        """The locale this text can be shown in: the wanted one, else 简体."""
        return wanted if wanted in self.sha256 else SOURCE_LOCALE

    def file(self, locale: str) -> Path:
        return FOLDER / self.id / f"{self.version}.{locale}.md"

    def processing(self) -> dict[str, Any]:
        """The processing part of a consent record (ISO/IEC TS 27560), plain data without personal content."""
        return {
            "purpose": self.purpose,
            "lawfulBasis": self.lawful_basis,
            "articles": list(self.articles),
            "dataTypes": list(self.data),
            "sensitiveClasses": list(self.sensitive_class),
            "recipients": [{"id": r.id, "name": r.name, "purpose": r.purpose} for r in self.recipients],
            "storage": "CN",
            "retention": self.retention,
            "withdrawable": self.withdrawable,
            "automatedDecision": False,
        }


@dataclass(frozen=True, slots=True)
class Text:
    """A text as shown: title, the part for one screen, the whole; each a list of (kind, words)."""

    title: str
    short: tuple[tuple[str, str], ...]
    full: tuple[tuple[str, str], ...]


def current(act: Act, asked_of: Asked, on: date) -> Notice:
    """The version of that act's text in force on that day; before the first version, the first."""
    fitting = [n for n in load() if n.act is act and asked_of in n.asked_of]
    begun = [n for n in fitting if n.valid_from <= on] or fitting[:1]
    return max(begun, key=lambda n: n.valid_from)


def find(notice_id: str, version: str) -> Notice | None:
    return next((n for n in load() if n.id == notice_id and n.version == version), None)


def text(notice: Notice, locale: str) -> Text:
    """The words of a notice; the file knows one title, paragraphs, `- ` items and one `## ` part."""
    return _read(notice.file(notice.locale(locale)))


@cache
def _read(file: Path) -> Text:
    title = ""
    parts: list[list[tuple[str, str]]] = [[]]
    for line in file.read_text(encoding="utf-8").splitlines():
        if line.startswith("# "):
            title = line[2:]
        elif line.startswith("## "):
            parts.append([])
        elif line.startswith("- "):
            parts[-1].append(("item", line[2:]))
        elif line.strip():
            parts[-1].append(("paragraph", line))
    return Text(title, tuple(parts[0]), tuple(parts[1]) if len(parts) > 1 else ())


@cache
def load(folder: Path = FOLDER) -> tuple[Notice, ...]:
    """Every notice of `index.toml`; raises NoticeError naming file and key for each defect."""
    index = folder / "index.toml"
    try:
        rows = tomllib.loads(index.read_text(encoding="utf-8"))
    except (OSError, tomllib.TOMLDecodeError) as broken:
        raise NoticeError(f"{index.name}: {broken}") from broken
    recipients = {row["id"]: Recipient(**row) for row in rows["recipient"]}
    found: list[Notice] = []
    defects: list[str] = []
    for row in rows["notice"]:
        try:
            notice = Notice(
                **{
                    **row,
                    "act": Act(row["act"]),
                    "asked_of": tuple(row["asked_of"]),
                    "articles": tuple(row["articles"]),
                    "data": tuple(row["data"]),
                    "sensitive_class": tuple(row["sensitive_class"]),
                    "recipients": tuple(recipients[name] for name in row["recipients"]),
                }
            )
        except (KeyError, TypeError, ValueError) as broken:
            defects.append(f"index.toml: notice {row.get('id', '?')}: {broken}")
            continue
        found.append(notice)
        defects += _digest_defects(notice, folder)
    listed = {f"{n.id}/{n.version}.{locale}.md" for n in found for locale in n.sha256}
    for file in sorted(folder.glob("*/*.md")):
        if (name := f"{file.parent.name}/{file.name}") not in listed:
            defects.append(f"{name}: is not listed in index.toml; add its version, day and sha256")
    if defects:
        raise NoticeError("\n".join(defects))
    return tuple(found)


def _digest_defects(notice: Notice, folder: Path) -> list[str]:
    defects = []
    if not notice.articles:
        defects.append(f"index.toml: notice {notice.id} {notice.version}: no article; name its legal basis")
    if SOURCE_LOCALE not in notice.sha256:
        defects.append(f"index.toml: notice {notice.id} {notice.version}: no {SOURCE_LOCALE} text")
    for locale, expected in notice.sha256.items():
        name = f"{notice.id}/{notice.version}.{locale}.md"
        try:
            content = (folder / name).read_bytes()
        except OSError:
            defects.append(f"{name}: is listed in index.toml but missing")
            continue
        if hashlib.sha256(content).hexdigest() != expected:
            defects.append(f"{name}: does not match its sha256; a new wording needs a new version and file")
    return defects
