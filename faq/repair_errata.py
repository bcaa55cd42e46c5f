"""Writes `ERRATA.md`: for each document every place that was repaired, with the bytes that stood there."""

from __future__ import annotations

import hashlib
import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate

from faq.repair_text import Kind, Repair, Traced
from faq.segment import Segments

_OPENING = """# Errata of the policy texts

Written by `python -m faq import RAW`; do not edit by hand. Each section is one document. *Byte* is the
offset in the raw file (named by its SHA-256), *line* its line there, *bytes before* are UTF-8 in hex.
Lines of the web page that were taken off are listed too; an injected line is named by length and digest
only. Not listed: indentation, blank lines, and lines that only repeat title or number of the header.
"""
_TITLES = {
    Kind.LOST_BYTE: "Lost bytes put back",
    Kind.LOST_DATE: "Lost date characters put back",
    Kind.ROW: "Single restorations (table in `repairs/`)",
    Kind.UNREADABLE: "Not decidable: marked, never quoted",
    Kind.KEPT: "Looks wrong, stays as printed",
    Kind.INJECTED: "Injected lines removed",
    Kind.PAGE: "Lines of the web page removed",
    Kind.LAYOUT: "Spaces of the layout removed",
    Kind.GLOSS: "Pinyin glosses removed",
    Kind.SCRIPT: "Traditional characters written in Simplified",
}
_GROUPED = (Kind.GLOSS, Kind.SCRIPT)


@dataclass(frozen=True, slots=True)
class Places:
    """Turns an offset in the raw text into byte, line and clause."""

    raw: str
    byte_at: tuple[int, ...]
    clause_starts: tuple[tuple[int, int, str], ...]

    def byte(self, at: int) -> int:
        return self.byte_at[at]

    def line(self, at: int) -> int:
        return self.raw.count("\n", 0, at) + 1

    def clause(self, at: int) -> str:
        return next((path for start, end, path in self.clause_starts if start <= at <= end), "")


def places(raw: str, paragraphs: Sequence[Traced], segments: Segments) -> Places:
    """Finds each clause's paragraphs again in the traced text."""
    found: list[tuple[int, int, str]] = []
    at = cursor = 0
    for clause in segments.clauses():
        for piece in clause.paragraphs:
            while (start := paragraphs[at].text.find(piece, cursor)) < 0:
                at, cursor = at + 1, 0
            cursor = start + len(piece)
            found.append((paragraphs[at].place(start), paragraphs[at].place(cursor - 1), clause.path))
    return Places(
        raw, tuple(accumulate((len(character.encode()) for character in raw), initial=0)), tuple(found)
    )


def render_section(norm: str, title: str, sha256: str, repairs: Iterable[Repair], where: Places) -> str:
    """One document's section of the errata."""
    by_kind: dict[Kind, list[Repair]] = defaultdict(list)
    for repair in repairs:
        by_kind[repair.kind].append(repair)
    parts = [f"## {norm}\n\n{title}  \nraw file: sha256 `{sha256}`, {where.byte(len(where.raw))} bytes"]
    for kind, heading in _TITLES.items():
        found = sorted(by_kind[kind], key=lambda repair: repair.at)
        if found:
            table = _grouped(found, where) if kind in _GROUPED else _listed(found, where)
            parts.append(f"### {heading}: {len(found)}\n\n{table}")
    if len(parts) == 1:
        parts.append("Nothing had to be repaired.")
    return "\n\n".join(parts) + "\n"


def merge_section(errata: str, norm: str, section: str) -> str:
    """The errata with this document's section in place of its old one, sections in order of norm id."""
    sections = {match[1]: match[0] for match in re.finditer(r"(?ms)^## (\S+)\n.*?(?=^## |\Z)", errata)}
    sections[norm] = section
    return "\n".join([_OPENING, *(sections[key].rstrip("\n") + "\n" for key in sorted(sections))])


def _listed(repairs: Sequence[Repair], where: Places) -> str:
    rows = ["| byte | line | clause | bytes before | before | after | why |", "|---|---|---|---|---|---|---|"]
    for repair in repairs:
        before, code = repair.before, repair.before.encode()
        if repair.kind is Kind.INJECTED:
            shown, bytes_before = "not shown", f"{len(code)} bytes, sha256 {hashlib.sha256(code).hexdigest()}"
        elif repair.kind in (Kind.PAGE, Kind.KEPT):
            shown, bytes_before = before, f"{len(code)} bytes"
        else:
            shown, bytes_before = before, code.hex(" ")
        clause = where.clause(repair.at)
        cells = (f"{where.byte(repair.at)}", f"{where.line(repair.at)}", clause, bytes_before)
        rows.append("| " + " | ".join((*cells, _cell(shown), _cell(repair.after), _cell(repair.why))) + " |")
    return "\n".join(rows)


def _grouped(repairs: Sequence[Repair], where: Places) -> str:
    groups: dict[tuple[str, str, str], list[int]] = defaultdict(list)
    for repair in repairs:
        groups[repair.before, repair.after, repair.why].append(where.byte(repair.at))
    rows = ["| before | bytes before | after | why | times | at bytes |", "|---|---|---|---|---|---|"]
    for (before, after, why), offsets in sorted(groups.items(), key=lambda item: item[1][0]):
        numbers = " ".join(map(str, offsets))
        cells = (_cell(before), before.encode().hex(" "), _cell(after), why, str(len(offsets)), numbers)
        rows.append("| " + " | ".join(cells) + " |")
    return "\n".join(rows)


def _cell(text: str) -> str:
    visible = "".join(f"U+{ord(c):04X}" if "\ue000" <= c <= "\uf8ff" else c for c in text)
    return f"`{visible}`".replace("|", "\\|").replace("\xa0", "⍽") if visible else "(nothing)"
