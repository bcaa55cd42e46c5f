"""Brings a question to one spelling: width, case, Traditional, Korean, English, pinyin, variants, homophones.

A pure function over a loaded lexicon: the same text always gives the same text, and nothing raises.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from functools import cache
from itertools import pairwise

from opencc import OpenCC

from faq.lexicon import Lexicon, Role
from faq.longest import sizes_by_start
from faq.sounds import blurred, syllable

MAX_CHARACTERS = 1200
# Characters that are Simplified in their own right although a converter would change them.
_ALSO_SIMPLIFIED = frozenset("乾著么余后里面发干于折藉瞭沈钟徵覆像")
# Names whose 乾 is not 干: a county of Jilin, and common personal and place names.
_PROTECTED = ("乾安", "乾县", "乾坤", "乾隆", "乾元")
_KEEP_ZHU = ("著名", "著作", "显著", "名著", "原著", "专著", "土著", "卓著", "编著")
_SLIPS = {"覈": "核", "複議": "復議", "幹安": "乾安", "纔": "才"}
_T2S = OpenCC("t2s")
_LATIN_RUN = re.compile(r"[a-z][a-z' ]*[a-z]")
_LATIN = re.compile("[a-z\u00c0-\u024f]")
_HANGUL = re.compile("[\uac00-\ud7a3]")
_SPACES = re.compile(r"[ \t\u3000]+")


@cache
def _traditional() -> frozenset[str]:
    """Every character that only belongs to Traditional writing, found in one conversion."""
    every = [chr(code) for code in range(0x3400, 0xA000)]
    plain = str(_T2S.convert("\n".join(every))).split("\n")
    changed = {one for one, other in zip(every, plain, strict=True) if one != other}
    return frozenset(changed - _ALSO_SIMPLIFIED)


def to_simplified(text: str) -> str:
    """Convert only where Traditional characters are present; protected names keep their 乾, 著 becomes 着."""
    if not _traditional().isdisjoint(text):
        held = {chr(0xE000 + n): name for n, name in enumerate(_PROTECTED)}
        guarded = text.replace("乾縣", "乾县")
        for mark, name in held.items():
            guarded = guarded.replace(name, mark)
        text = str(_T2S.convert(guarded))
        for mark, name in held.items():
            text = text.replace(mark, name)
    if "著" in text:
        kept = {chr(0xE100 + n): name for n, name in enumerate(_KEEP_ZHU)}
        for mark, name in kept.items():
            text = text.replace(name, mark)
        text = text.replace("著", "着")
        for mark, name in kept.items():
            text = text.replace(mark, name)
    return text


@cache
def _s2t() -> OpenCC:
    """Loaded by the first answer in Traditional: its phrases take 26 MB, which most processes never need."""
    return OpenCC("s2t")


def to_traditional(text: str) -> str:
    """Our own Simplified words in Traditional writing, with the converter's known slips mended."""
    text = str(_s2t().convert(text))
    for slip, usual in _SLIPS.items():
        text = text.replace(slip, usual)
    return text


class Normaliser:
    """Holds the compiled tables of one lexicon; `normalise` is the only door."""

    def __init__(self, lexicon: Lexicon, place_names: Iterable[str] = ()) -> None:
        self._variants = _replacer(lexicon.variants)
        self._korean = _replacer(lexicon.korean)
        self._english = _english(lexicon.english)
        self._exact = {term for term, _ in lexicon.terms() if len(term) > 1} | set(lexicon.not_homophones)
        self._exact |= set(place_names)
        self._homophones: dict[tuple[str, ...], str] = {}
        self._blurred: dict[tuple[str, ...], str] = {}
        self._one_off: dict[tuple[str, int, str], str] = {}
        # How long a misspelt term may be that begins with these two sounds, or has these signs where they stand.
        sounding: dict[tuple[str, ...], set[int]] = {}
        first: dict[str, set[int]] = {}
        second: dict[str, set[int]] = {}
        for term in lexicon.homophones:
            self._homophones.setdefault(tuple(map(syllable, term)), term)
            if len(term) >= 3:
                self._blurred.setdefault(tuple(map(blurred, term)), term)
            sounding.setdefault(tuple(map(blurred, term[:2])), set()).add(len(term))
        for term in lexicon.lookalikes:
            for n in range(len(term)):
                self._one_off.setdefault((term[:n], n, term[n + 1 :]), term)
            first.setdefault(term[:1], set()).add(len(term))
            second.setdefault(term[1:2], set()).add(len(term))
        self._sounding, self._first, self._second = sounding, first, second
        self._pinyin = _pinyin_table(lexicon, place_names)
        self._longest_pinyin = max(map(len, self._pinyin), default=0)
        self._exact_sizes = sizes_by_start(self._exact)

    def normalise(self, text: str) -> str:
        """The question in Simplified standard terms; of a long letter the head and the tail."""
        text = unicodedata.normalize("NFKC", text)
        if not text.isprintable():
            text = "".join(c for c in text if c in "\n\t" or unicodedata.category(c)[0] != "C")
        if len(text) > MAX_CHARACTERS:
            text = text[: MAX_CHARACTERS // 2] + "。" + text[-MAX_CHARACTERS // 2 :]
        text = _SPACES.sub(" ", to_simplified(text).lower()).strip()
        if _HANGUL.search(text):
            text = self._korean(text)
        if _LATIN.search(text) and any("a" <= c <= "z" for c in _unaccented(text)):
            text = self._english(text)
            text = self._from_pinyin(_unaccented(text))
        text = self._variants(text)
        return self._variants(self._mend_sounds(text))

    def _from_pinyin(self, text: str) -> str:
        return _LATIN_RUN.sub(lambda run: self._pinyin_run(run.group()), text)

    def _pinyin_run(self, run: str) -> str:
        """Longest known terms in a run of letters, from a word's start or where the last one ended."""
        starts = {0, *(m.end() for m in re.finditer(r"[ ']+", run))}
        letters, origin = [], []
        for n, c in enumerate(run):
            if c not in " '":
                letters.append(c)
                origin.append(n)
        joined = "".join(letters)
        out: list[str] = []
        at, open_start = 0, True
        while at < len(joined):
            found = ""
            if open_start or origin[at] in starts:
                for size in range(min(self._longest_pinyin, len(joined) - at), 3, -1):
                    if joined[at : at + size] in self._pinyin:
                        found = joined[at : at + size]
                        break
            if found:
                out.append(self._pinyin[found])
                at += len(found)
                open_start = True
            else:
                if origin[at] in starts and at:
                    out.append(" ")
                out.append(joined[at])
                at += 1
                open_start = False
        return "".join(out)

    def _mend_sounds(self, text: str) -> str:
        """Replace misspellings that sound like a term of the closed list, or look like a longer one."""
        fixed = self._exact_spans(text)
        out: list[str] = []
        at = 0
        sounding, first, second = self._sounding, self._first, self._second
        for start, sounds in enumerate(pairwise(map(blurred, text))):
            one, two = text[start], text[start + 1]
            if (sounds in sounding or one in first or two in second) and start >= at and fixed[start] >= 0:
                sizes = {*sounding.get(sounds, ()), *first.get(one, ()), *second.get(two, ())}
                term = self._misspelt(text, start, sizes, fixed)
                if term:
                    out += text[at:start], term[0]
                    at = start + term[1]
        return "".join([*out, text[at:]])

    def _misspelt(self, text: str, at: int, sizes: Iterable[int], fixed: list[int]) -> tuple[str, int] | None:
        """The term meant by the longest misspelling of one of these lengths, and that length."""
        for size in sorted(sizes, reverse=True):
            window = text[at : at + size]
            if len(window) < size or window in self._exact or self._crosses(fixed, at, size):
                continue
            term = self._homophones.get(tuple(map(syllable, window)))
            if term is None and size >= 3:
                term = self._blurred.get(tuple(map(blurred, window)))
            if term is None and size >= 4:
                term = next(
                    (
                        found
                        for n in range(size)
                        if (found := self._one_off.get((window[:n], n, window[n + 1 :]))) is not None
                        and "\u4e00" <= window[n] <= "\u9fff"
                    ),
                    None,
                )
            if term is not None and term != window:
                return term, size
        return None

    def _exact_spans(self, text: str) -> list[int]:
        """For each position: 0 free, the length of a known word starting here, or -1 inside one."""
        spans = [0] * len(text)
        at = 0
        for start in range(len(text)):
            if start < at:
                continue
            for size in self._exact_sizes.get(text[start : start + 2], ()):
                if start + size <= len(text) and text[start : start + size] in self._exact:
                    at = start + size
                    spans[start:at] = [size, *[-1] * (size - 1)]
                    break
        return spans

    @staticmethod
    def _crosses(fixed: list[int], at: int, size: int) -> bool:
        """Whether a window would cut a known word, or swallow nothing but one."""
        end = at + size
        if end < len(fixed) and fixed[end] < 0:
            return True
        return any(fixed[n] >= size for n in range(at, end))


def _unaccented(text: str) -> str:
    """Latin letters without tone marks; Chinese and Korean text is left as it is."""
    if text.isascii():
        return text
    out = []
    for c in text:
        if "\u00c0" <= c <= "\u024f":
            c = "v" if c in "üǖǘǚǜ" else unicodedata.normalize("NFD", c)[0]
        out.append(c)
    return "".join(out)


class _replacer:
    """Replace every key by its value, longest key first, in one pass."""

    def __init__(self, table: Mapping[str, str]) -> None:
        self._table = dict(table)
        keys = sorted(table, key=len, reverse=True)
        self._pattern = re.compile("|".join(map(re.escape, keys))) if keys else None

    def __call__(self, text: str) -> str:
        if self._pattern is None:
            return text
        return self._pattern.sub(lambda found: self._table[found.group()], text)


class _english:
    """Replace English phrases at word boundaries, longest first, plurals included."""

    def __init__(self, table: Mapping[str, str]) -> None:
        self._table = {phrase.lower(): term for phrase, term in table.items()}
        keys = sorted(self._table, key=len, reverse=True)
        body = "|".join(map(re.escape, keys))
        self._pattern = re.compile(rf"(?<![a-z])({body})(?:s|es)?(?![a-z])") if keys else None

    def __call__(self, text: str) -> str:
        if self._pattern is None:
            return text
        return self._pattern.sub(lambda found: f" {self._table[found.group(1)]} ", text)


def _pinyin_table(lexicon: Lexicon, place_names: Iterable[str]) -> dict[str, str]:
    """Joined toneless pinyin to term; anchors win over aspects, aspects over the rest; no short keys."""
    order = [Role.ANCHOR, Role.ASPECT, Role.GROUP, Role.HARDSHIP, Role.MARK, Role.CUE]
    table: dict[str, str] = {}
    for role in order:
        for concept in lexicon.concepts.values():
            if concept.role is not role:
                continue
            for term in concept.terms:
                if len(term) >= 2 and all("\u4e00" <= c <= "\u9fff" for c in term):
                    table.setdefault("".join(syllable(c) for c in term), term)
    for name in place_names:
        # Shorter ones are syllables of other words: xian is 县 or 限 more often than 西安.
        if len(sound := "".join(syllable(c) for c in name)) >= 5:
            table.setdefault(sound, name)
    for key, term in list(table.items()):
        table.setdefault(key.replace("v", "u"), term)  # on many telephones ü is typed as u
    return {key: term for key, term in table.items() if len(key) >= 4}
