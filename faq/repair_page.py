"""Takes the web page off a document: navigation, share links, forms, footer, injected lines, layout."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from faq.repair_script import to_simplified
from faq.repair_text import Edit, Kind, Repair, Traced


@dataclass(frozen=True, slots=True)
class Furniture:
    """A kind of line that belongs to the page and not to the document; the pattern is for the whole line."""

    kind: str
    pattern: re.Pattern[str]


_SPACES = "[ \t\u3000\xa0\u200b\ufeff]"
_LAYOUT = re.compile(f"(?<![A-Za-z]){_SPACES}+|{_SPACES}+(?![A-Za-z])")


def take_off_page(
    text: Traced, furniture: Sequence[Furniture], title: str
) -> tuple[list[Traced], list[Repair]]:
    """The document's own lines (blank ones dropped), and one repair for each line taken off.

    Lines above the last furniture line before the title are the page's head; from the first footer line
    on everything is the page's foot, and what is no known furniture there was injected.
    """
    lines = [line.stripped() for line in text.lines()]
    kinds = [_kind_of(line.text, furniture) for line in lines]
    title_at = next(
        (at for at, line in enumerate(lines) if title and _plain(line.text) == _plain(title)), None
    )
    head = max((at for at in range(title_at or 0) if kinds[at]), default=-1)
    foot = next((at for at, kind in enumerate(kinds) if kind == "footer"), len(lines))
    kept: list[Traced] = []
    repairs: list[Repair] = []
    for at, line in enumerate(lines):
        if not line.text:
            continue
        kind = kinds[at] or ("head of page" if at <= head else "")
        if not kind and title_at is not None and at > title_at and _plain(line.text) == _plain(title):
            following = next((kinds[later] for later in range(at + 1, len(lines)) if lines[later].text), "")
            kind = "form" if following == "form" else ""
        if not kind and at > foot:
            repairs.append(
                Repair(Kind.INJECTED, line.place(0), line.text, "", "injected line after the footer")
            )
        elif kind:
            repairs.append(Repair(Kind.PAGE, line.place(0), line.text, "", kind))
        else:
            kept.append(line)
    return kept, repairs


def strip_layout(line: Traced) -> tuple[Traced, list[Repair]]:
    """Removes spaces inside a Chinese line; between Latin words, and between names on a line, one stays."""
    edits: list[Edit] = []
    repairs: list[Repair] = []
    # A line without any sentence mark is a title or signatures: there a space parts names.
    between = "" if re.search("[，。；：、,;:]", line.text) else " "
    for match in _LAYOUT.finditer(line.text):
        if match[0] == between:
            continue
        edits.append(Edit(match.start(), match.end(), between))
        start, end = max(0, match.start() - 3), match.end() + 3
        before = line.stood(start, min(end, len(line.text)))
        after = line.text[start : match.start()] + between + line.text[match.end() : end]
        repairs.append(
            Repair(Kind.LAYOUT, line.place(match.start()), before, after, "spaces of the page's layout")
        )
    return line.edited(edits), repairs


def _kind_of(line: str, furniture: Sequence[Furniture]) -> str:
    simplified = to_simplified(line)
    return next((item.kind for item in furniture if item.pattern.fullmatch(simplified)), "")


def _plain(line: str) -> str:
    """The line for comparison: Simplified, half-width, without spaces."""
    return re.sub(rf"{_SPACES}|\n", "", unicodedata.normalize("NFKC", to_simplified(line)))
