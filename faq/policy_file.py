"""One policy file, read: a TOML header between `+++` lines, then the document cut into clauses.

After the header stand clause-less front text, section lines `## {2.1} （一） …`, one block per clause
`### {#2.1.2} 2. heading` + paragraphs, and signatures under `## {closing}`.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from faq.errors import DataError, Defect

STATUSES = ("in_force", "historical", "draft", "unverified")
UNREADABLE = "[[无法辨认"
DAMAGE = re.compile(r"[\ue000-\uf8ff\ufffd]|[?(][a-z]*[āáǎàēéěèīíǐìōóǒòūúǔùǖǘǚǜ][a-z]*\)")

_REQUIRED = ("norm", "title", "document_number", "issuer", "date", "jurisdiction", "status", "source_sha256")
_OPTIONAL = ("date_note", "abridged")
_FENCE = "+++"
_SECTION = re.compile(r"## \{(?P<path>\d+(?:\.\d+)*|closing)\} ?(?P<marker>\S*) ?(?P<title>.*)")
_CLAUSE = re.compile(r"### \{#(?P<path>\d+(?:\.\d+)*)\} (?P<marker>\S+) (?P<heading>.+)")


@dataclass(frozen=True, slots=True)
class Section:
    """A chapter or part that groups clauses: its path, its own number as printed, its title."""

    path: str
    marker: str
    title: str


@dataclass(frozen=True, slots=True)
class Clause:
    """One citable clause. `text` is verbatim (after repair), its paragraphs joined without a break.

    `id` is `<norm>#<path>`; `section` is the headings above it, in words; `label` is the place as a person
    says it, such as 二（二）5.
    """

    id: str
    path: str
    marker: str
    heading: str
    paragraphs: tuple[str, ...]
    section: str
    label: str
    text: str


@dataclass(frozen=True, slots=True)
class Policy:
    """One document: header facts, clause-less front text, sections, clauses, closing lines.

    `date` is the day of issue; `date_note` says where it is assumed; `abridged` means that the
    published text itself leaves parts out.
    """

    norm: str
    title: str
    document_number: str
    issuer: str
    date: date
    date_note: str
    abridged: bool
    jurisdiction: str
    status: str
    source_sha256: str
    preamble: tuple[str, ...]
    sections: tuple[Section, ...]
    clauses: tuple[Clause, ...]
    closing: tuple[str, ...]


def parse_policy(content: str, *, file: str) -> Policy:
    """Reads one policy file. Raises DataError naming file, key, what is wrong and what would be right."""
    header, body = _split_header(content, file)
    defects = _header_defects(header, file)
    if defects:
        raise DataError(defects)
    norm = str(header["norm"])
    preamble: list[str] = []
    closing: list[str] = []
    sections: list[Section] = []
    blocks: list[tuple[str, str, str, list[str], tuple[Section, ...]]] = []
    chain: tuple[Section, ...] = ()
    target: list[str] | None = preamble
    for number, line in body:
        if not line.strip() or line.startswith("# "):
            continue
        if (match := _CLAUSE.fullmatch(line)) is not None:
            target = []
            blocks.append((match["path"], match["marker"], match["heading"], target, chain))
        elif (match := _SECTION.fullmatch(line)) is not None and match["path"] == "closing":
            target = closing
        elif match is not None:
            section = Section(match["path"], match["marker"], match["title"])
            sections.append(section)
            chain = (*(above for above in chain if section.path.startswith(above.path + ".")), section)
            target = None
        elif line.startswith("#"):
            cure = "write `### {#2.1.2} 2. 标题` or `## {2} 二、 标题`"
            defects.append(Defect(file, f"line {number}", "heading without an id", cure))
        elif target is None:
            cure = "give it a clause id"
            defects.append(Defect(file, f"line {number}", "text under a section and in no clause", cure))
        else:
            target.append(line)
    clauses = [
        _clause(norm, path, marker, heading, tuple(paragraphs), above)
        for path, marker, heading, paragraphs, above in blocks
    ]
    defects.extend(_clause_defects(clauses, file))
    if defects:
        raise DataError(defects)
    return Policy(
        norm=norm,
        title=str(header["title"]),
        document_number=str(header["document_number"]),
        issuer=str(header["issuer"]),
        date=_as_date(header["date"]),
        date_note=str(header.get("date_note", "")),
        abridged=bool(header.get("abridged", False)),
        jurisdiction=str(header["jurisdiction"]),
        status=str(header["status"]),
        source_sha256=str(header["source_sha256"]),
        preamble=tuple(preamble),
        sections=tuple(sections),
        clauses=tuple(clauses),
        closing=tuple(closing),
    )


def _clause(
    norm: str, path: str, marker: str, heading: str, paragraphs: tuple[str, ...], above: tuple[Section, ...]
) -> Clause:
    # A chapter may be a clause itself (一、目标要求 + text); then it is not its own section.
    above = tuple(section for section in above if (section.path, section.marker) != (path, marker))
    numbered = [section.marker for section in above if path.startswith(section.path + ".")]
    return Clause(
        id=f"{norm}#{path}",
        path=path,
        marker=marker,
        heading=heading,
        paragraphs=paragraphs,
        section="".join(section.marker + section.title for section in above),
        label="".join(part.rstrip("、.") for part in (*numbered, marker)),
        text="".join(paragraphs),
    )


def _split_header(content: str, file: str) -> tuple[dict[str, object], list[tuple[int, str]]]:
    lines = content.split("\n")
    if lines[0] != _FENCE or _FENCE not in lines[1:]:
        raise DataError(
            [Defect(file, "line 1", "no header", f"begin with TOML between two `{_FENCE}` lines")]
        )
    end = lines.index(_FENCE, 1)
    try:
        header = tomllib.loads("\n".join(lines[1:end]))
    except tomllib.TOMLDecodeError as error:
        raise DataError([Defect(file, "header", f"not TOML ({error})", "correct that line")]) from error
    return header, list(enumerate(lines[end + 1 :], start=end + 2))


def _header_defects(header: Mapping[str, object], file: str) -> list[Defect]:
    defects = [Defect(file, key, "missing in the header", "add it") for key in _REQUIRED if key not in header]
    defects += [
        Defect(file, key, "unknown header key", f"use one of {', '.join(_REQUIRED + _OPTIONAL)}")
        for key in header
        if key not in _REQUIRED + _OPTIONAL
    ]
    if defects:
        return defects
    if header["norm"] != file.removesuffix(".md"):
        defects.append(Defect(file, "norm", f"is {header['norm']!r}", "must be the file's name without .md"))
    if header["status"] not in STATUSES:
        defects.append(
            Defect(file, "status", f"is {header['status']!r}", f"use one of {', '.join(STATUSES)}")
        )
    if not re.fullmatch(r"\d{6}", str(header["jurisdiction"])):
        defects.append(Defect(file, "jurisdiction", "not a region code", "give 6 digits (GB/T 2260)"))
    if not re.fullmatch(r"[0-9a-f]{64}", str(header["source_sha256"])):
        defects.append(Defect(file, "source_sha256", "not a SHA-256", "give 64 hex digits of the raw file"))
    if not isinstance(header["date"], date):
        defects.append(Defect(file, "date", "not a date", "write it as 2020-12-31, without quotes"))
    if not header["title"] or not header["issuer"]:
        defects.append(Defect(file, "title, issuer", "empty", "say what the document is and who issued it"))
    if not header["document_number"] and header["status"] != "draft":
        defects.append(Defect(file, "document_number", "empty", "only a draft may have none"))
    return defects


def _clause_defects(clauses: list[Clause], file: str) -> list[Defect]:
    defects: list[Defect] = []
    if not clauses:
        defects.append(Defect(file, "###", "no clause", "give every clause a line `### {#1.1} 1. 标题`"))
    seen: set[str] = set()
    for clause in clauses:
        if clause.id in seen:
            defects.append(Defect(file, clause.id, "given twice", "each clause has its own path"))
        seen.add(clause.id)
        if not clause.text:
            defects.append(Defect(file, clause.id, "has no text", "add its text or delete its heading"))
        if UNREADABLE in clause.text:
            defects.append(
                Defect(file, clause.id, "holds an unreadable place", "decide it in repairs/, or cut it out")
            )
        if damage := DAMAGE.search(clause.text):
            near = clause.text[max(0, damage.start() - 4) : damage.end() + 4]
            defects.append(
                Defect(file, clause.id, f"damaged text near {near!r}", "import the raw file again")
            )
    return defects


def _as_date(value: object) -> date:
    if not isinstance(value, date):
        raise TypeError(f"header date is {type(value).__name__}")
    return value
