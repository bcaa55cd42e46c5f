"""Cuts a repaired document into front text, sections, clauses with ids, and closing lines.

The path of a clause follows the document's own numbering with arabic digits: 二（三）5 is 2.3.5.
Items that run on through a document without parts stand alone (15), as do articles (第四十一条 is 41).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from faq.policy_file import Section

_NUMERAL = "[一二三四五六七八九十百零〇]+"
_ARTICLE = re.compile(rf"第({_NUMERAL}|\d+)条\s*(.*)")
_BOOK = re.compile(rf"第({_NUMERAL}|\d+)[编章节]\s*(.*)")
_CHAPTER = re.compile(rf"({_NUMERAL})、(.*)")
_PART = re.compile(rf"[（(]({_NUMERAL})[）)](.*)")
_ITEM = re.compile(r"(\d{1,2})[.．、](?!\d)(.*)")
_COUNTED = re.compile(rf"(?:^|(?<=[。;；:：]))({_NUMERAL})是")
_HEADING_ENDS = re.compile("[。:：;；]")
_ASIDE = re.compile(r"[（(][^（）()]*[）)]")
_LONGEST_HEADING = 40
_SENTENCE = re.compile("[，。；：、,;:]")


@dataclass(slots=True)
class Block:
    """A clause while its paragraphs are being collected."""

    path: str
    marker: str
    heading: str
    paragraphs: list[str]


@dataclass(frozen=True, slots=True)
class Segments:
    """The document in order: front text, then sections and clauses as they come, then closing lines."""

    front: tuple[str, ...]
    body: tuple[Section | Block, ...]
    closing: tuple[str, ...]

    def clauses(self) -> tuple[Block, ...]:
        return tuple(block for block in self.body if isinstance(block, Block))


def segment(paragraphs: Sequence[str]) -> Segments:
    """Cuts the paragraphs; text that nobody numbered belongs to the clause before it."""
    first = next((at for at, text in enumerate(paragraphs) if _opens_body(text)), len(paragraphs))
    end = len(paragraphs)
    while end > first and not _SENTENCE.search(paragraphs[end - 1]):
        end -= 1
    has_parts = any(_PART.fullmatch(text) for text in paragraphs[first:end])
    body: list[Section | Block] = []
    chapter = part = ""
    section: Section | None = None
    for text in paragraphs[first:end]:
        if (match := _ARTICLE.fullmatch(text)) is not None:
            heading = _heading(match[2])
            body.append(Block(str(number(match[1])), text[: match.start(2)].strip(), heading, [match[2]]))
            section = None
        elif _BOOK.fullmatch(text) is not None:
            continue
        elif (match := _CHAPTER.fullmatch(text)) is not None:
            chapter, part = str(number(match[1])), ""
            marker = f"{match[1]}、"
            if _is_heading_only(match[2]):
                section = Section(chapter, marker, _heading(match[2]))
                body.append(section)
            else:
                section = None
                body.append(Block(chapter, marker, _heading(match[2]), [match[2]]))
        elif (match := _PART.fullmatch(text)) is not None:
            part = str(number(match[1]))
            path = f"{chapter}.{part}" if chapter else part
            marker = text[: match.start(2)]
            section = None
            if _is_heading_only(match[2]):
                body.append(Section(path, marker, _heading(match[2])))
            else:
                body.extend(_counted(path, marker, match[2]))
        elif (match := _ITEM.fullmatch(text)) is not None:
            above = [step for step in (chapter, part) if step] if has_parts else []
            path = ".".join([*above, match[1]])
            body.append(Block(path, text[: match.start(2)], _heading(match[2]), [match[2]]))
            section = None
        elif section is not None:
            body.append(Block(section.path, section.marker, section.title, [text]))
            section = None
        elif body and isinstance(body[-1], Block):
            body[-1].paragraphs.append(text)
        else:
            last = body[-1]
            body.append(Block(last.path, last.marker, _named(last), [text]))
    return Segments(tuple(paragraphs[:first]), tuple(body), tuple(paragraphs[end:]))


def number(numeral: str) -> int:
    """The value of a Chinese or arabic numeral below 1000: 二十三 -> 23, 一百零五 -> 105."""
    if numeral.isdigit() and numeral.isascii():
        return int(numeral)
    total = digit = 0
    for character in numeral:
        if character in "十百":
            total += (digit or 1) * (10 if character == "十" else 100)
            digit = 0
        elif character not in "零〇":
            digit = "一二三四五六七八九".index(character) + 1
    return total + digit


def _opens_body(text: str) -> bool:
    chapter = _CHAPTER.fullmatch(text)
    if chapter is not None:
        return chapter[1] == "一"
    return any(pattern.fullmatch(text) for pattern in (_ARTICLE, _BOOK))


def _is_heading_only(text: str) -> bool:
    return "。" not in text.rstrip("。") and len(text) <= _LONGEST_HEADING


def _named(block: Section | Block) -> str:
    return block.title if isinstance(block, Section) else block.heading


def _heading(text: str) -> str:
    """The first sentence without asides in brackets; its first part where that sentence is long."""
    sentence = _ASIDE.sub("", _HEADING_ENDS.split(text, maxsplit=1)[0]).strip()
    if len(sentence) > _LONGEST_HEADING:
        sentence = re.split("[，,]", sentence, maxsplit=1)[0]
    return sentence[:_LONGEST_HEADING]


def _counted(path: str, marker: str, text: str) -> list[Section | Block]:
    """One clause, or one for each 一是 … 二是 …; what stands before 一是 opens the first."""
    starts = list(_COUNTED.finditer(text))
    heading = _heading(text)
    if len(starts) < 2 or [number(match[1]) for match in starts] != list(range(1, len(starts) + 1)):
        return [Block(path, marker, heading, [text])]
    cuts = [0, *(match.start() for match in starts[1:]), len(text)]
    blocks: list[Section | Block] = [Section(path, marker, heading)]
    for order, match in enumerate(starts, start=1):
        piece = text[cuts[order - 1] : cuts[order]]
        blocks.append(Block(f"{path}.{order}", match[0], heading, [piece]))
    return blocks
