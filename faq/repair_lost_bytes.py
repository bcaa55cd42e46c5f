"""Undoes what a broken GBK page converter did: pinyin glosses put in behind characters, and lost bytes.

The converter wrote `轉(zhuǎn)` for 轉 and worked on bytes, so it also "found" a glossed character
astride two others: of 當地 (AE94 B5D8) it took 94B5 for 數 and put `(shù)` between them. One lead byte
was lost there and all that follows was read one byte out of step, until an ASCII byte ended it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from pypinyin import Style, pinyin

from faq.repair_text import Edit, Kind, Repair, Traced

_LETTERS = "a-zāáǎàēéěèīíǐìōóǒòūúǔùǖǘǚǜüńňǹḿ"
_GLOSS = re.compile(rf"(?<=[\u3400-\u9fff])\(([{_LETTERS}]{{1,7}})\)")
_RESIDUE = re.compile(rf"([{_LETTERS}]{{1,7}})\)")
_NO_TEXT = re.compile("[\ue000-\uf8ff\u2500-\u257f\u0400-\u04ff]")
_LONGEST = 40
_LOST = "?"
_LEADS = range(0x81, 0xFF)
_TRAILS = (*range(0x40, 0x7F), *range(0x80, 0xFF))
_FULL_WIDTH = {mark: chr(ord(mark) + 0xFEE0) for mark in "!?,.:;()%"}

Familiarity = Callable[[str, str, str], int]
"""(text before, restored, text after) -> how well the restored text is known there; 0 = not at all."""


def strip_glosses(text: Traced) -> tuple[Traced, list[Repair]]:
    """Removes `(zhuǎn)` behind 轉, and only where the gloss is a reading of the character before it."""
    edits: list[Edit] = []
    repairs: list[Repair] = []
    for match in _GLOSS.finditer(text.text):
        glossed = text.text[match.start() - 1]
        if match[1] not in readings(glossed):
            continue
        edits.append(Edit(match.start(), match.end(), ""))
        why = "pinyin put in by a page converter"
        before = text.stood(match.start() - 1, match.end())
        repairs.append(Repair(Kind.GLOSS, text.place(match.start() - 1), before, glossed, why))
    return text.edited(edits), repairs


def readings(character: str) -> frozenset[str]:
    """All readings of one character, with tone marks."""
    return frozenset(pinyin(character, style=Style.TONE, heteronym=True)[0])


@dataclass(frozen=True, slots=True)
class Span:
    """A damaged place: what stands there, the readings of it that hold as GBK, best first."""

    start: int
    end: int
    restored: tuple[str, ...]
    lost: str


def restore_lost_bytes(text: Traced, familiar: Familiarity) -> tuple[Traced, list[Repair]]:
    """Restores each span exactly, or marks it unreadable where not exactly one reading holds."""
    half_width = "，" not in text.text
    edits: list[Edit] = []
    repairs: list[Repair] = []
    for span in damaged_spans(text.text, familiar):
        before = text.stood(span.start, span.end)
        if len(span.restored) == 1:
            new = _as_in_the_rest(span.restored[0]) if half_width else span.restored[0]
            repair = Repair(
                Kind.LOST_BYTE, text.place(span.start), before, new, f"lost byte {span.lost} put back"
            )
        else:
            new = "[[无法辨认：此处丢失字节]]"
            found = " or ".join(span.restored) or "none"
            repair = Repair(
                Kind.UNREADABLE, text.place(span.start), before, new, f"readings that hold: {found}"
            )
        edits.append(Edit(span.start, span.end, new))
        repairs.append(repair)
    return text.edited(edits), repairs


def damaged_spans(text: str, familiar: Familiarity) -> Iterator[Span]:
    """The places where a `?` and the following characters are GBK read one byte out of step."""
    done = 0
    for match in re.finditer(re.escape(_LOST), text):
        if match.start() < done:
            continue
        span = _span_at(text, match.start(), familiar)
        if span is not None:
            yield span
            done = span.end


def _span_at(text: str, start: int, familiar: Familiarity) -> Span | None:
    residue = _RESIDUE.match(text, start + 1)
    begin = residue.end() if residue else start + 1
    tail = bytearray()
    for index in range(begin, min(begin + _LONGEST, len(text))):
        character = text[index]
        code = _bytes_of(character, first=index == begin)
        if code is None:
            return None
        if character == _LOST and index > begin:
            # A second lost byte is the trail of the last character; what follows is in step again.
            return _read(text, start, index + 1, residue and residue[1], bytes(tail), _TRAILS, familiar)
        tail += code
        if len(code) == 1:
            return _read(text, start, index + 1, residue and residue[1], bytes(tail), None, familiar)
    return None


def _bytes_of(character: str, *, first: bool) -> bytes | None:
    """The bytes this character was misread from; None where it cannot stand inside a damaged span."""
    if character == _LOST and not first:
        return b"?"
    if first and character in _FULL_WIDTH:
        character = _FULL_WIDTH[character]
    try:
        code = character.encode("gb18030")
    except UnicodeEncodeError:
        return None
    if len(code) == 2 or (len(code) == 1 and code[0] in _TRAILS):
        return code
    return None


def _read(
    text: str,
    start: int,
    end: int,
    gloss: str | None,
    tail: bytes,
    trails: tuple[int, ...] | None,
    familiar: Familiarity,
) -> Span | None:
    before, after = text[max(0, start - 3) : start], text[end : end + 3]
    best: dict[str, tuple[int, str]] = {}
    for lead in _LEADS:
        if gloss is not None and gloss not in _astride(before[-1:], lead):
            continue
        for trail in trails or (None,):
            code = bytes((lead,)) + tail + (b"" if trail is None else bytes((trail,)))
            try:
                restored = code.decode("gb18030")
            except UnicodeDecodeError:
                continue
            if all(_is_ordinary(character) for character in restored):
                lost = f"{lead:02X}" + ("" if trail is None else f" and {trail:02X}")
                best[restored] = (familiar(before, restored, after), lost)
    top = max((score for score, _ in best.values()), default=0)
    as_it_stands = text[start:end]
    is_readable = gloss is None and not _NO_TEXT.search(as_it_stands)
    if not best or (is_readable and top <= familiar(before, as_it_stands, after)):
        # Read in step it is no less familiar: a question mark that is a question mark.
        return None
    winners = tuple(restored for restored, (score, _) in best.items() if score == top)
    return Span(start, end, winners, best[winners[0]][1])


def _astride(previous: str, lead: int) -> frozenset[str]:
    """Readings of the character that the last byte of `previous` and `lead` make up."""
    try:
        glossed = (previous.encode("gb18030")[-1:] + bytes((lead,))).decode("gb18030")
    except UnicodeDecodeError:
        return frozenset()
    return readings(glossed) if len(glossed) == 1 else frozenset()


def _is_ordinary(character: str) -> bool:
    return "\u4e00" <= character <= "\u9fff" or character in "，。、；：？！（）《》“”‘’〔〕—…％"


def _as_in_the_rest(restored: str) -> str:
    """The page's later steps made ，（） half-width everywhere; restored marks must not stand out."""
    return "".join(
        chr(ord(character) - 0xFEE0) if "！" <= character <= "～" else character for character in restored
    )
