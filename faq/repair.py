"""`python -m faq import RAW`: repairs a scraped policy page, writes a policy file and its errata."""

from __future__ import annotations

import argparse
import hashlib
import re
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from faq.corpus import DRAFT, ERRATA, POLICIES
from faq.errors import DataError
from faq.repair_dates import restore_dates
from faq.repair_errata import merge_section, places, render_section
from faq.repair_header import find_problems, guess_header, guess_title
from faq.repair_likelihood import likelihood
from faq.repair_lost_bytes import restore_lost_bytes, strip_glosses
from faq.repair_page import strip_layout, take_off_page
from faq.repair_policy import HEADER_ORDER, render_policy
from faq.repair_script import in_simplified, simplify
from faq.repair_table import Table, apply_table, load_furniture, load_script_rules, load_tables
from faq.repair_text import Kind, Repair, Traced
from faq.segment import Segments, segment

_WORDS = {
    Kind.GLOSS: "pinyin glosses removed",
    Kind.LOST_BYTE: "spans with lost bytes restored",
    Kind.LOST_DATE: "dates and numbers with lost characters restored",
    Kind.ROW: "restorations from the document's table",
    Kind.SCRIPT: "Traditional characters written in Simplified",
    Kind.PAGE: "lines of the web page removed",
    Kind.INJECTED: "injected lines removed",
    Kind.LAYOUT: "spaces of the layout removed",
    Kind.KEPT: "odd places kept as printed",
    Kind.UNREADABLE: "places marked as unreadable",
}
_SPOILT = 0.01


@dataclass(frozen=True, slots=True)
class Imported:
    """A repaired document: header facts, cut text, policy file, errata, all repairs, what is not decided."""

    norm: str
    header: Mapping[str, object]
    segments: Segments
    policy: str
    errata_section: str
    repairs: tuple[Repair, ...]
    problems: tuple[str, ...]
    is_known: bool


def import_document(raw: bytes, *, norm: str | None = None, references: Sequence[str] = ()) -> Imported:
    """Repairs one scraped document (UTF-8 or GB 18030 bytes).

    `references` are texts of the same kind; they tell which of several readings of a lost byte is one
    that people write. Raises DataError for a defective table.
    """
    sha256 = hashlib.sha256(raw).hexdigest()
    table = _table_for(sha256, norm)
    text = _decode(raw)
    traced, repairs = strip_glosses(Traced.of(text))
    traced, found = restore_lost_bytes(traced, likelihood(_undamaged(traced.text), *references))
    repairs += found
    title = str(table.header["title"]) if table else guess_title(traced.text)
    lines, found = take_off_page(traced, load_furniture(), title)
    repairs += found
    traced, found = simplify(Traced.joined(lines, text), load_script_rules())
    if found:
        repairs = [in_simplified(repair) for repair in repairs]
    repairs += found
    traced, found = restore_dates(traced)
    repairs += found
    lines = [line for line in traced.lines() if line.text]
    if table:
        lines, found = apply_table(lines, table)
        repairs += found
    paragraphs: list[Traced] = []
    for line in lines:
        paragraph, found = strip_layout(line)
        paragraphs.append(paragraph)
        repairs += found
    segments = segment([paragraph.text for paragraph in paragraphs])
    name = table.norm if table else (norm or f"unknown-{sha256[:8]}")
    known = dict(table.header) if table else guess_header(title, text, segments.front)
    header = {key: {"norm": name, "source_sha256": sha256, **known}.get(key) for key in HEADER_ORDER}
    header = {key: value for key, value in header.items() if value is not None}
    where = places(text, paragraphs, segments)
    return Imported(
        norm=name,
        header=header,
        segments=segments,
        policy=render_policy(header, segments),
        errata_section=render_section(name, str(header["title"]), sha256, repairs, where),
        repairs=tuple(repairs),
        problems=find_problems(table, sha256, header, segments),
        is_known=table is not None,
    )


def main(argv: Sequence[str]) -> int:
    """Runs `import`. Exit 0 done, 1 something bad or undecided (one line each on standard error), 2 usage."""
    parser = argparse.ArgumentParser(prog="python -m faq import", description=__doc__)
    parser.add_argument("raw", type=Path, metavar="RAW", help="the scraped file")
    parser.add_argument("--norm", help="norm id, such as jl-2020-46 (default: known by the file's digest)")
    parser.add_argument("--out", type=Path, help="folder to write to (default: faq/policies; a draft: here)")
    parser.add_argument("--dry-run", action="store_true", help="print what would be repaired, write nothing")
    options = parser.parse_args(argv)
    try:
        raw = options.raw.read_bytes()
    except OSError as error:
        print(f"{options.raw}: cannot be read ({error.strerror})", file=sys.stderr)
        return 1
    try:
        document = import_document(raw, norm=options.norm, references=_references(options.raw, options.norm))
    except DataError as error:
        print(error, file=sys.stderr)
        return 1
    _report(document)
    if not options.dry_run:
        _write(document, options.out)
    for problem in document.problems:
        print(f"{document.norm}: {problem}", file=sys.stderr)
    return 1 if document.problems else 0


def _report(document: Imported) -> None:
    counts = Counter(repair.kind for repair in document.repairs)
    print(f"{document.norm}: {document.header['title']}")
    print(f"  {len(document.segments.clauses())} clauses")
    for kind, words in _WORDS.items():
        if counts[kind]:
            print(f"  {counts[kind]} {words}")
    for repair in document.repairs:
        if repair.kind in (Kind.LOST_BYTE, Kind.LOST_DATE, Kind.ROW, Kind.UNREADABLE):
            print(f"  {repair.kind.value}: {repair.before} -> {repair.after} ({repair.why})")


def _write(document: Imported, out: Path | None) -> None:
    folder = out or (POLICIES if document.is_known else Path())
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / (f"{document.norm}.md" if document.is_known else f"{document.norm}{DRAFT}")
    target.write_text(document.policy, encoding="utf-8")
    errata = folder / (ERRATA if document.is_known else f"{document.norm}.errata.draft.md")
    before = errata.read_text(encoding="utf-8") if errata.exists() else ""
    errata.write_text(merge_section(before, document.norm, document.errata_section), encoding="utf-8")
    print(f"  written: {target} and {errata}")


def _references(raw: Path, norm: str | None) -> list[str]:
    """The other policy files: what people write in texts of this kind."""
    sha256 = hashlib.sha256(raw.read_bytes()).hexdigest()
    table = _table_for(sha256, norm)
    own = f"{table.norm if table else norm}.md"
    paths = [path for path in sorted(POLICIES.glob("*.md")) if path.name not in (own, ERRATA)]
    return [path.read_text(encoding="utf-8") for path in paths]


def _table_for(sha256: str, norm: str | None) -> Table | None:
    tables = load_tables()
    if norm is not None:
        return next((table for table in tables if table.norm == norm), None)
    return next((table for table in tables if table.source_sha256 == sha256), None)


def _decode(raw: bytes) -> str:
    """UTF-8, also with a few spoilt bytes (they show as U+FFFD and are reported), else GB 18030."""
    text = raw.decode("utf-8-sig", errors="replace")
    if text.count("\ufffd") > len(text) * _SPOILT:
        text = raw.decode("gb18030", errors="replace")
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _undamaged(text: str) -> str:
    """The text without the neighbourhood of anything that looks damaged."""
    return re.sub(r"\?.{0,40}|.?[\ue000-\uf8ff\ufffd].?", "\n", text)
