"""Text under repair: every character remembers where it stood in the raw file, every change is recorded."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import Enum


class Kind(Enum):
    """What was wrong with a place, and so which step touched it."""

    GLOSS = "gloss"
    LOST_BYTE = "lost_byte"
    LOST_DATE = "lost_date"
    PAGE = "page"
    INJECTED = "injected"
    SCRIPT = "script"
    ROW = "row"
    LAYOUT = "layout"
    UNREADABLE = "unreadable"
    KEPT = "kept"


@dataclass(frozen=True, slots=True)
class Repair:
    """One change: the character offset in the raw file, what stood there, what stands there now, why."""

    kind: Kind
    at: int
    before: str
    after: str
    why: str


@dataclass(frozen=True, slots=True)
class Edit:
    """Replace `text[start:end]` by `new`."""

    start: int
    end: int
    new: str


@dataclass(frozen=True, slots=True)
class Traced:
    """A text and, for each character, the offset in the raw text it came from (same length)."""

    raw: str
    text: str
    origin: tuple[int, ...]

    @classmethod
    def of(cls, raw: str) -> Traced:
        return cls(raw, raw, tuple(range(len(raw))))

    def edited(self, edits: Iterable[Edit]) -> Traced:
        """The text after non-overlapping edits in ascending order; new characters take the place's origin."""
        text: list[str] = []
        origin: list[int] = []
        done = 0
        for edit in edits:
            if edit.start < done:
                raise ValueError(f"edits overlap at {edit.start}")
            text.append(self.text[done : edit.start])
            origin.extend(self.origin[done : edit.start])
            text.append(edit.new)
            old = self.origin[edit.start : edit.end] or (self.place(edit.start),)
            origin.extend(old[min(step, len(old) - 1)] for step in range(len(edit.new)))
            done = edit.end
        text.append(self.text[done:])
        origin.extend(self.origin[done:])
        return Traced(self.raw, "".join(text), tuple(origin))

    def part(self, start: int, end: int) -> Traced:
        return Traced(self.raw, self.text[start:end], self.origin[start:end])

    def place(self, index: int) -> int:
        """The raw offset of the character at `index`, or of the last one where `index` is the end."""
        if not self.origin:
            return 0
        return self.origin[min(index, len(self.origin) - 1)]

    def stood(self, start: int, end: int) -> str:
        """What the raw file holds where `text[start:end]` is now."""
        return self.raw[self.place(start) : self.place(end - 1) + 1] if end > start else ""

    def lines(self) -> Sequence[Traced]:
        """The text's lines, without their line breaks."""
        found: list[Traced] = []
        start = 0
        for line in self.text.split("\n"):
            found.append(self.part(start, start + len(line)))
            start += len(line) + 1
        return found

    @classmethod
    def joined(cls, lines: Sequence[Traced], raw: str) -> Traced:
        """The lines as one text again, each with its line break."""
        text = "".join(line.text + "\n" for line in lines)
        origin = (at for line in lines for at in (*line.origin, line.place(len(line.text))))
        return cls(raw, text, tuple(origin))

    def stripped(self) -> Traced:
        start = len(self.text) - len(self.text.lstrip())
        return self.part(start, max(start, len(self.text.rstrip())))
