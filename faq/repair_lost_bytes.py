"""Undoes what a broken GBK page converter did: pinyin glosses put in behind characters, and lost bytes.

The converter wrote `轉(zhuǎn)` for 轉 and worked on bytes, so it also "found" a glossed character
astride two others: of 當地 (AE94 B5D8) it took 94B5 for 數 and put `(shù)` between them. One lead byte
was lost there and all that follows was read one byte out of step, until an ASCII byte ended it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from math import log

from pypinyin import Style, pinyin

from faq.repair_likelihood import Likelihood
from faq.repair_text import Edit, Kind, Repair, Traced

_LETTERS = "a-zāáǎàēéěèīíǐìōóǒòūúǔùǖǘǚǜüńňǹḿ"
_GLOSS = re.compile(rf"(?<=[\u3400-\u9fff])\(([{_LETTERS}]{{1,7}})\)")
_RESIDUE = re.compile(rf"([{_LETTERS}]{{1,7}})\)")
_NO_TEXT = re.compile("[\ue000-\uf8ff\u2500-\u257f\u0400-\u04ff]")
_LONGEST = 40
_NAMED = 3
# A reading stands only where it is twenty times as likely as any other.
_MARGIN = log(20)
_GAIN = log(10)
_LOST = "?"
_LEADS = range(0x81, 0xFF)
_TRAILS = (*range(0x40, 0x7F), *range(0x80, 0xFF))
_FULL_WIDTH = {mark: chr(ord(mark) + 0xFEE0) for mark in "!?,.:;()%"}


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


def restore_lost_bytes(text: Traced, likely: Likelihood) -> tuple[Traced, list[Repair]]:
    """Restores each span exactly, or marks it unreadable where not exactly one reading holds."""
    half_width = "，" not in text.text
    edits: list[Edit] = []
    repairs: list[Repair] = []
    for span in damaged_spans(text.text, likely):
        before = text.stood(span.start, span.end)
        if len(span.restored) == 1:
            new = _as_in_the_rest(span.restored[0]) if half_width else span.restored[0]
            repair = Repair(
                Kind.LOST_BYTE, text.place(span.start), before, new, f"lost byte {span.lost} put back"
            )
        else:
            new = "[[无法辨认：此处丢失字节]]"
            found = " or ".join(span.restored[:_NAMED])
            repair = Repair(Kind.UNREADABLE, text.place(span.start), before, new, f"could be {found}")
        edits.append(Edit(span.start, span.end, new))
        repairs.append(repair)
    return text.edited(edits), repairs


def damaged_spans(text: str, likely: Likelihood) -> Iterator[Span]:
    """The places where a `?` and the following characters are GBK read one byte out of step."""
    done = 0
    for match in re.finditer(re.escape(_LOST), text):
        if match.start() < done:
            continue
        span = _span_at(text, match.start(), likely)
        if span is not None:
            yield span
            done = span.end


@dataclass(frozen=True, slots=True)
class _Window:
    """One guess how far the damage goes: up to `end`, read from these bytes, its last byte lost or not."""

    end: int
    tail: bytes
    trail_is_lost: bool


def _span_at(text: str, start: int, likely: Likelihood) -> Span | None:
    residue = _RESIDUE.match(text, start + 1)
    gloss = residue[1] if residue else None
    windows = list(_windows(text, residue.end() if residue else start + 1))
    before = text[max(0, start - 3) : start]
    furthest = max((window.end for window in windows), default=start)
    after = text[furthest : furthest + 3]
    scores: dict[tuple[int, str], tuple[float, str]] = {}
    for window in windows:
        rest = text[window.end : furthest]
        for restored, lost in _readings(window, before, gloss):
            scores[window.end, restored] = (likely(before, restored + rest, after), lost)
    if not scores:
        return None
    ranked = sorted(scores, key=lambda key: -scores[key][0])
    as_it_stands, best = text[start:furthest], ranked[0][1] + text[ranked[0][0] : furthest]
    if gloss is None and not _NO_TEXT.search(as_it_stands):
        # All of it is text. Each character must gain by the other reading, or a question mark is one.
        gain = likely(before, best, "") / len(best) - likely(before, as_it_stands, "") / len(as_it_stands)
        if gain < _GAIN:
            return None
    top = scores[ranked[0]][0]
    winners = [key for key in ranked if scores[key][0] > top - _MARGIN]
    end = max(end for end, _ in winners)
    return Span(start, end, tuple(restored for _, restored in winners), scores[winners[0]][1])


def _windows(text: str, begin: int) -> Iterator[_Window]:
    tail = b""
    for index in range(begin, min(begin + _LONGEST, len(text))):
        character = text[index]
        if character == _LOST and index > begin:
            # Perhaps the trail of the last character was lost; what follows is in step again.
            yield _Window(index + 1, tail, trail_is_lost=True)
        code = _bytes_of(character)
        if code is None:
            return
        tail += code
        if len(code) == 1:
            yield _Window(index + 1, tail, trail_is_lost=False)
            return


def _bytes_of(character: str) -> bytes | None:
    """The bytes this character was misread from; None where it cannot stand inside a damaged span."""
    try:
        code = _FULL_WIDTH.get(character, character).encode("gb18030")
    except UnicodeEncodeError:
        return None
    return code if len(code) == 2 or (len(code) == 1 and code[0] in _TRAILS) else None


def _readings(window: _Window, before: str, gloss: str | None) -> Iterator[tuple[str, str]]:
    """Every ordinary Chinese text the window can be, with the lost bytes in hexadecimal."""
    for lead in _LEADS:
        if gloss is not None and gloss not in _astride(before[-1:], lead):
            continue
        for trail in _TRAILS if window.trail_is_lost else (None,):
            ending = b"" if trail is None else bytes((trail,))
            try:
                restored = (bytes((lead,)) + window.tail + ending).decode("gb18030")
            except UnicodeDecodeError:
                continue
            if all(_is_ordinary(character) for character in restored):
                yield restored, f"{lead:02X}" + (f" and {trail:02X}" if trail is not None else "")


def _astride(previous: str, lead: int) -> frozenset[str]:
    """Readings of the character that the last byte of `previous` and `lead` make up."""
    try:
        glossed = (previous.encode("gb18030")[-1:] + bytes((lead,))).decode("gb18030")
    except UnicodeDecodeError:
        return frozenset()
    return readings(glossed) if len(glossed) == 1 else frozenset()


def _is_ordinary(character: str) -> bool:
    return "\u4e00" <= character <= "\u9fff" or character in "，。、；：？！（）《》〈〉“”‘’〔〕—…％─·"


def _as_in_the_rest(restored: str) -> str:
    """The page's later steps made ，（） half-width everywhere; restored marks must not stand out."""
    return "".join(
        chr(ord(character) - 0xFEE0) if "！" <= character <= "～" else character for character in restored
    )
