"""A question opens the gate only by naming what it is about; the more exact pattern wins."""

from __future__ import annotations

from pathlib import Path

import pytest

from faq.lexicon import load_lexicon
from faq.matching import build_matcher, gate_open
from tests.support.asking import ANSWERED, ask

LEXICON = load_lexicon()
MATCHER = build_matcher(
    LEXICON, [("a", ["低保 条件"], 0.0), ("b", ["公租房 条件"], 0.0), ("c", ["低保 存款"], 0.0)]
)


def test_a_longer_anchor_hides_the_shorter_one_inside_it() -> None:
    assert "低保" not in MATCHER.read("低保房的条件").concepts
    assert [match.owner for match in MATCHER.find(MATCHER.read("低保房的条件"))] == ["b"]


def test_a_longer_everyday_word_does_not_hide_the_anchor_inside_it() -> None:
    assert "低保" in MATCHER.read("凭什么不给低保").concepts


def test_parts_that_stand_together_weigh_more_than_parts_far_apart() -> None:
    near = MATCHER.find(MATCHER.read("低保要什么条件"))[0]
    far = MATCHER.find(MATCHER.read("低保。天气好。人来人往。路修好了。请问还有什么条件"))[0]
    assert near.score > far.score


def test_the_pattern_with_more_to_say_wins_a_tie() -> None:
    found = MATCHER.find(MATCHER.read("低保条件，存款"))
    assert [match.owner for match in found] == ["c", "a"]


@pytest.mark.parametrize(
    ("pattern", "is_open"),
    [("低保 条件", True), ("病 没钱", True), ("低保户 条件", True), ("病 条件", False), ("存款 车房", False)],
)
def test_only_an_anchor_or_two_hardships_open_the_gate(pattern: str, is_open: bool) -> None:
    assert gate_open(pattern.split(), MATCHER) is is_open


@pytest.mark.parametrize(
    "text",
    [
        "有车怎么办",
        "房子多少钱",
        "多久能好",
        "存款利息多少",
        "生病请假",
        "公示在哪里",
        "怎么申请",
        "条件是什么",
        "投诉物业乱收费",
    ],
)
def test_words_of_an_aspect_never_answer_alone(text: str) -> None:
    assert ask(text).kind.value not in ANSWERED


def test_the_lexicon_names_the_table_that_is_wrong(tmp_path: Path) -> None:
    from faq.errors import DataError

    broken = tmp_path / "lexicon.toml"
    broken.write_text(
        '[anchor."甲"]\nterms = []\n[aspect."乙"]\nterms = ["一"]\nimplies = ["丙"]\n[odd]\n', "utf-8"
    )
    with pytest.raises(DataError) as caught:
        load_lexicon(broken)
    said = str(caught.value)
    assert "anchor.甲: has no terms" in said
    assert "aspect.乙: implies unknown '丙'" in said
    assert "odd: unknown table" in said
