"""Questions as people ask them: the shares that the bot must keep, and every example of every entry."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from faq.lint import LONGEST_TEXT
from tests.support.asking import ANSWERED, TODAY, ask, bot

HERE = Path(__file__).with_name("faq")
FILES = ("questions.toml", "more_questions.toml", "last_questions.toml", "fresh_questions.toml")


@cache
def asked(file: str) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    """Each question of a file with the answer it gets."""
    questions = tomllib.loads((HERE / file).read_text(encoding="utf-8"))["question"]
    return [
        (one, ask(one["text"], one.get("region"), context=one.get("context")).to_json()) for one in questions
    ]


def is_hit(question: dict[str, Any], answer: dict[str, Any]) -> bool:
    if question["gold"] == ["clarify"]:
        return bool(answer["kind"] == "clarify")
    return (
        answer["kind"] in ANSWERED
        and bool(answer["citations"])
        and answer["citations"][0]["clause"] in question["gold"]
    )


@pytest.mark.parametrize("file", FILES)
def test_answerable_questions_are_answered_with_the_governing_clause(file: str) -> None:
    rows = [(question, answer) for question, answer in asked(file) if question["gold"]]
    missed = [question["text"] for question, answer in rows if not is_hit(question, answer)]
    assert len(missed) / len(rows) <= 0.07, missed


@pytest.mark.parametrize("file", FILES)
def test_questions_that_nothing_answers_are_refused(file: str) -> None:
    rows = [(question, answer) for question, answer in asked(file) if not question["gold"]]
    false = [question["text"] for question, answer in rows if answer["kind"] in ANSWERED]
    assert len(false) / len(rows) <= 0.04, false


def test_a_hundred_questions_were_written_before_the_bot_read_them() -> None:
    assert len(asked("questions.toml")) == 100


def test_every_example_of_every_entry_finds_its_way_home() -> None:
    assert [str(defect) for defect in bot().check(TODAY)] == []


def test_seventy_entries_and_more_cover_every_programme() -> None:
    entries = bot().knowledge.entries.values()
    assert len(entries) >= 70
    assert {entry.programme for entry in entries} >= {
        "dibao", "dishouru", "zhichuxing", "tekun", "linshi", "yiliao", "jiaoyu", "zhufang", "jiuye", "canji_shenghuo",
        "canji_huli", "canji_kangfu", "ertong", "shouzai", "liulang", "qunuan", "dianjia", "binzang", "falv", "wujia",
        "doudi",
    }  # fmt: skip


def test_every_answer_is_short_plain_and_cites_verbatim() -> None:
    from faq.corpus import default_corpus

    corpus = default_corpus()
    for entry in bot().knowledge.entries.values():
        for layer in entry.layers.values():
            assert len(layer.text) <= LONGEST_TEXT, entry.id
    for file in FILES:
        for question, answer in asked(file):
            for citation in answer["citations"]:
                if citation["norm"] in corpus.norms:
                    assert corpus.quote_is_verbatim(citation["clause"], citation["quote"]), question["text"]
                else:
                    assert citation["quote"] == ""
                assert citation["norm"] != "jl-2018-draft" or citation["status"] == "draft"
