"""Plain words: no sentence for citizens over 30 characters, no official term without an explanation.

What cannot be said shorter stands in plain_words.toml beside this file, each with its reason; a stale entry fails.
"""

from __future__ import annotations

import csv
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog

from portal.config import ROOT
from portal.guidance.terms import terms
from translations.check import template

LONGEST = 30
SENTENCE_ENDS = re.compile(r"[。！？；\n]")
# A gap, a number or a foreign word is read as one sign; marks and blanks are not read at all.
ONE_SIGN = re.compile(r"%\(\w+\)[sd]|\{[\w.]*\}|[A-Za-z0-9.,%/@:-]+")
NOT_READ = re.compile(r"[\s，、：（）()“”‘’《》〔〕·—…－]")
NOT_FOR_CITIZENS = {
    "portal/hotline/": "staff read it",
    "portal/templates/hotline/": "staff read it",
    "portal/templates/handoff/": "developers of case systems read it",
}
EXCEPTIONS = tomllib.loads((Path(__file__).parent / "plain_words.toml").read_text(encoding="utf-8"))


def length(sentence: str) -> int:
    """How many characters a reader has to take in."""
    return len(NOT_READ.sub("", ONE_SIGN.sub("一", sentence)))


@pytest.fixture(scope="module")
def strings() -> list[str]:
    """Every string that citizens read: of the catalogues, and the bot's answers, which bring their own languages."""
    found: Catalog = template()
    answers = [
        text
        for file in sorted((ROOT / "faq/entries").glob("*.toml"))
        for text in _answers(tomllib.loads(file.read_text(encoding="utf-8")))
    ]
    return answers + [
        str(one)
        for message in found
        if message.id
        and any(not file.startswith(tuple(NOT_FOR_CITIZENS)) for file, _line in message.locations)
        for one in (message.id if isinstance(message.id, tuple) else (message.id,))
    ]


def _answers(node: object) -> Iterator[str]:
    if isinstance(node, dict):
        for key, value in node.items():
            if key in ("text", "lacks") and isinstance(value, str):
                yield value
            else:
                yield from _answers(value)


def test_no_sentence_is_longer_than_30_characters(strings: list[str]) -> None:
    long = {s.strip() for text in strings for s in SENTENCE_ENDS.split(text) if length(s) > LONGEST}
    allowed = {one["sentence"] for one in EXCEPTIONS["long"]}
    assert sorted(long - allowed) == []
    assert sorted(allowed - long) == [], "no longer needed"


def test_every_official_term_that_citizens_meet_is_explained(strings: list[str]) -> None:
    with (ROOT / "translations" / "glossary.csv").open(encoding="utf-8", newline="") as file:
        listed = [
            form for row in csv.DictReader(file) for form in re.sub(r"\(.*\)", "", row["zh_hans"]).split("/")
        ]
    used = {term for term in listed if any(term in text for text in strings)}
    explained = {form for term in terms() for form in (term.name, *term.also)}
    everyday = {one["term"] for one in EXCEPTIONS["everyday"]}
    assert sorted(used - explained - everyday) == []
    assert sorted(everyday - used) == [], "no longer needed"


def test_explanations_are_short_and_do_not_explain_a_term_with_another() -> None:
    names = {form for term in terms() for form in (term.name, *term.also)} - {"低保", "特困人员", "特困"}
    for term in terms():
        assert max(length(one) for one in SENTENCE_ENDS.split(term.text)) <= 22, term.text
        assert not [name for name in names if name in term.text], term.text
    assert len({term.name for term in terms()}) == len(terms())


def test_every_exception_has_a_reason() -> None:
    for group in EXCEPTIONS.values():
        for one in group:
            assert len(one["reason"]) > 10, one


def test_the_measure_sees_a_long_sentence() -> None:
    assert length("请到国家法律法规数据库（flk.npc.gov.cn）或民政部网站看原文") < LONGEST
    assert length("全家" * 16) > LONGEST
    assert length("人均月收入 {left} 元，标准的 1.5 倍是 {right} 元") == 15
