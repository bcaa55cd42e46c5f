"""The page converter that spoilt a real document, rebuilt: it glosses bytes, not characters."""

from __future__ import annotations

from faq.repair_lost_bytes import readings

_HALF_WIDTH = {"！": "!", "？": "?", "，": ",", "（": "(", "）": ")"}
_FURTHEST = 24


def damaged_at(text: str, index: int) -> str | None:
    """`text` as the converter leaves it where it "found" a character astride `text[index]` and the next.

    Returns None where no character of GBK lies astride, or where no ASCII byte brings the reading back in
    step within 24 characters.
    """
    try:
        pairs = [character.encode("gbk") for character in text[index : index + _FURTHEST]]
    except UnicodeEncodeError:
        return None
    if len(pairs) < 2 or any(len(pair) != 2 for pair in pairs[:2]):
        return None
    try:
        astride = (pairs[0][1:] + pairs[1][:1]).decode("gbk")
    except UnicodeDecodeError:
        return None
    gloss = sorted(readings(astride))[0]
    if gloss == astride:
        return None
    tail = pairs[1][1:]
    used = 2
    while tail[-1] >= 0x80:
        if used == len(pairs) or len(pairs[used]) != 2:
            return None
        tail += pairs[used]
        used += 1
    try:
        seen = "".join(_HALF_WIDTH.get(character, character) for character in tail.decode("gb18030"))
    except UnicodeDecodeError:
        return None
    return f"{text[: index + 1]}?{gloss}){seen}{text[index + used :]}"
