"""How characters sound: the first reading without its tone, and nothing loaded that no question needs."""

from __future__ import annotations

import subprocess
import sys

import pytest

from faq.longest import sizes_by_start
from faq.passages import Passages
from faq.sounds import blurred, syllable


@pytest.mark.parametrize(
    ("character", "sound"),
    [
        ("低", "di"),
        ("绿", "lv"),
        ("略", "lve"),
        ("困", "kun"),
        ("𠀀", "he"),
        ("a", "a"),
        ("😀", "😀"),
        ("한", "한"),
    ],
)
def test_a_character_sounds_as_its_first_reading_without_tone(character: str, sound: str) -> None:
    assert syllable(character) == sound


def test_every_character_sounds_as_the_dictionary_says() -> None:
    from pypinyin import Style, pinyin

    common = [chr(code) for code in range(0x4E00, 0x9FA6)]
    first = [readings[0] for readings in pinyin(common, style=Style.NORMAL, heteronym=True)]
    differing = [c for c, sound in zip(common, first, strict=True) if syllable(c) != sound.replace("ü", "v")]
    assert differing == []


def test_accents_blur_what_they_blur() -> None:
    assert blurred("只") == blurred("资")
    assert blurred("应") == blurred("因")
    assert blurred("低") != blurred("特")


def test_the_bot_loads_no_dictionary_of_phrases() -> None:
    asked = "import faq, sys; faq.load_bot(); sys.exit('pypinyin' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", asked], check=False).returncode == 0


def test_a_short_word_may_stand_where_a_longer_one_begins() -> None:
    assert sizes_by_start(["病", "病人", "病人家属", "钱"]) == {"病": (1,), "病人": (4, 2, 1), "钱": (1,)}


def test_what_one_caller_may_be_shown_is_not_shown_to_the_next() -> None:
    passages = Passages([("a#1", "特困供养"), ("b#1", "特困供养")])
    assert passages.nearest("特困", allowed=("a#",)) == ("a#1",)
    assert passages.nearest("特困", allowed=("b#",)) == ("b#1",)
    assert passages.nearest("特困") == ("a#1", "b#1")
