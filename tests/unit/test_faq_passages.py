"""Related clauses are found by their characters; they never make an answer."""

from __future__ import annotations

from faq.model import Kind
from faq.passages import Passages
from tests.support.asking import ask

TEXTS = [
    ("a#1", "特困人员集中供养"),
    ("a#2", "临时救助先行救助"),
    ("b#1", "特困人员分散供养"),
    ("b#2", "危房改造"),
]


def test_the_clause_with_the_rarest_shared_characters_comes_first() -> None:
    assert Passages(TEXTS).nearest("分散供养的特困人员")[0] == "b#1"


def test_only_allowed_documents_are_shown() -> None:
    assert set(Passages(TEXTS).nearest("特困人员供养", allowed=("a#",))) <= {"a#1", "a#2"}


def test_nothing_in_common_finds_nothing() -> None:
    assert Passages(TEXTS).nearest("xyz") == ()
    assert Passages([]).nearest("特困") == ()
    assert Passages(TEXTS).nearest("") == ()


def test_a_refusal_may_show_related_clauses_but_stays_a_refusal() -> None:
    answer = ask("残疾证一二三四级标准")
    assert answer.kind is Kind.REFUSAL
    assert answer.nearest
    assert answer.citations == ()
