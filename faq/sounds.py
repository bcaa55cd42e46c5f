"""How characters sound: the toneless pinyin of a character's first reading, and what accents blur in it.

The readings are pypinyin's table of single characters, read as the file it is: importing that package would
load 47,000 phrases beside it, 40 MB that no question needs.
"""

from __future__ import annotations

import json
import unicodedata
from array import array
from functools import cache, lru_cache
from importlib.util import find_spec
from pathlib import Path

_TABLE = "pinyin_dict.json"


@lru_cache(maxsize=4096)
def syllable(character: str) -> str:
    """Toneless pinyin of a character's first reading, ü as v; the character itself if it has none."""
    numbers, syllables = _readings()
    code = ord(character)
    return (syllables[numbers[code]] if code < len(numbers) else "") or character


@lru_cache(maxsize=4096)
def blurred(character: str) -> str:
    """The syllable as accents and keyboards blur it: zh/z, ch/c, sh/s, -ing/-in, -eng/-en and ü/u are one."""
    sound = syllable(character).replace("v", "u")
    for clear, dull in (("zh", "z"), ("ch", "c"), ("sh", "s")):
        if sound.startswith(clear):
            sound = dull + sound[2:]
    return sound[:-1] if sound.endswith(("ing", "eng")) else sound


@cache
def _readings() -> tuple[array[int], tuple[str, ...]]:
    """The number of each code point's syllable, and the syllables; number 0 is none."""
    package = find_spec("pypinyin")
    if package is None or package.origin is None:
        raise ModuleNotFoundError("pypinyin")
    table: dict[str, str] = json.loads(Path(package.origin).with_name(_TABLE).read_text(encoding="utf-8"))
    numbers = array("H", bytes(2 * (max(map(int, table)) + 1)))
    known = {"": 0}
    toneless: dict[str, str] = {}
    for code, readings in table.items():
        first = readings.partition(",")[0]
        if first not in toneless:
            toneless[first] = _without_tone(first)
        numbers[int(code)] = known.setdefault(toneless[first], len(known))
    return numbers, tuple(known)


def _without_tone(reading: str) -> str:
    plain = unicodedata.normalize("NFD", reading).replace("u\u0308", "v")
    return "".join(letter for letter in plain if not unicodedata.combining(letter))
