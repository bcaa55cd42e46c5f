"""Writes a repaired document as a policy file, the form that `faq.corpus` reads."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date

from faq.policy_file import Section
from faq.segment import Segments

HEADER_ORDER = (
    "norm",
    "title",
    "document_number",
    "issuer",
    "date",
    "date_note",
    "abridged",
    "jurisdiction",
    "status",
    "source_sha256",
)
_LONGEST_TITLE = 3


def render_policy(header: Mapping[str, object], segments: Segments) -> str:
    """The policy file's text: TOML header, front text, sections and clauses in order, closing lines."""
    title, document_number = str(header.get("title", "")), str(header.get("document_number", ""))
    blocks = [
        "+++\n" + "\n".join(_toml_line(key, header[key]) for key in HEADER_ORDER if key in header) + "\n+++"
    ]
    blocks.append(f"# {title}")
    facts = (title, document_number, f"{title}({document_number})", f"{title}（{document_number}）")
    blocks.extend(without_title(segments.front, facts))
    for block in segments.body:
        if isinstance(block, Section):
            blocks.append(f"## {{{block.path}}} {block.marker} {block.title}")
        else:
            blocks.append(f"### {{#{block.path}}} {block.marker} {block.heading}")
            blocks.extend(block.paragraphs)
    if segments.closing:
        blocks.append("## {closing}")
        blocks.extend(segments.closing)
    return "\n\n".join(blocks) + "\n"


def without_title(front: tuple[str, ...], facts: tuple[str, ...]) -> tuple[str, ...]:
    """The front text without the lines that only repeat the title or the number, also over several lines."""
    kept = list(front)
    wanted = [fact.replace(" ", "") for fact in facts if fact]
    for length in range(1, _LONGEST_TITLE + 1):
        at = 0
        while at + length <= len(kept):
            if "".join(kept[at : at + length]).replace(" ", "") in wanted:
                del kept[at : at + length]
            else:
                at += 1
    return tuple(kept)


def _toml_line(key: str, value: object) -> str:
    if isinstance(value, bool):
        return f"{key} = {str(value).lower()}"
    if isinstance(value, date):
        return f"{key} = {value.isoformat()}"
    return f"{key} = {json.dumps(str(value), ensure_ascii=False)}"
