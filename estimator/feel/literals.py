"""What the literals of the language stand for."""

from __future__ import annotations

import datetime
import re
from typing import Final

_DATE: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_ESCAPE: Final = re.compile(r"\\(?:u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{6})|([\"'\\nrt]))")
_NAMED: Final = {"n": "\n", "r": "\r", "t": "\t"}


def unescape(literal: str) -> str:
    """The text of a string literal without its quotes; an escape FEEL does not know stays as written."""

    def character(found: re.Match[str]) -> str:
        code = found[1] or found[2]
        if code:
            return chr(int(code, 16)) if int(code, 16) <= 0x10FFFF else found[0]
        return _NAMED.get(found[3], found[3])

    text = _ESCAPE.sub(character, literal[1:-1])
    # \uD83D\uDCA9 is one character written as a surrogate pair
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def date_of(text: str) -> datetime.date | None:
    """The day a text like 2021-07-01 names; None if it names none."""
    try:
        return datetime.date.fromisoformat(text) if _DATE.fullmatch(text) else None
    except ValueError:
        return None
