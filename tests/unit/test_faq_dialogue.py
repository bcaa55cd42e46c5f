"""A turn of talk: follow-ups fill in what they leave unsaid, two asks get two answers, one question back at most."""

from __future__ import annotations

from datetime import date

import pytest

from faq.dialogue import Turn, stated_year, turn_of
from faq.model import Kind
from tests.support.asking import ANSWERED, TODAY, ask, clauses

FOLLOW_UPS = [
    ("低保要什么条件", "有存款算不算", "jl-2020-46#2.2.4"),
    ("低保怎么申请", "用不用民主评议", "jl-2020-46#2.6.19"),
    ("特困集中供养标准是几倍", "分散的是多少", "jl-2020-46#2.2.3"),
    ("危房改造要什么条件", "阳江的呢", "yj-2017-8#2.1.7"),
    ("医疗救助报销比例是多少", "湖南的呢", "hn-2017-33#2.3"),
    ("低保渐退多少个月", "那残疾人呢", "jl-2020-46#2.2.5"),
    ("低保怎么申请", "要带啥材料", "jl-2020-46#2.6.19"),
    ("申请临时救助找谁", "打哪个电话", "jl-2020-46#2.6.20"),
]


@pytest.mark.parametrize(("before", "text", "clause"), FOLLOW_UPS, ids=[text for _, text, _ in FOLLOW_UPS])
@pytest.mark.parametrize("as_text", [True, False], ids=["text", "context"])
def test_a_follow_up_keeps_the_subject_of_the_turn_before(
    before: str, text: str, clause: str, as_text: bool
) -> None:
    answer = ask(text, context=before if as_text else dict(ask(before).context))
    assert answer.kind.value in ANSWERED
    assert clauses(answer)[0] == clause


def test_a_word_of_thanks_repeats_nothing() -> None:
    answer = ask("谢谢", context="低保要什么条件")
    assert answer.kind is Kind.REFUSAL
    assert answer.citations == ()


def test_a_follow_up_in_another_language_speaks_to_its_own_words() -> None:
    first = ask("과부인데 아이 둘이 있습니다. 구조를 받을 수 있습니까", "222401")
    second = ask("어디에 신청합니까", "222401", context=dict(first.context))
    assert clauses(second)[0] == "jl-2020-46#2.7.22"


def test_a_new_subject_lets_go_of_the_old_one() -> None:
    answer = ask("危房改造要什么条件", context="低保要带什么材料")
    assert answer.programme == "zhufang"


def test_a_follow_up_keeps_the_place_of_the_turn_before() -> None:
    first = ask("长沙低保怎么申请")
    assert first.trace.slots.region == "430100"
    second = ask("危房改造呢", context=dict(first.context))
    assert clauses(second)[0] == "hn-2017-33#2.5"


def test_what_is_being_asked_is_said_back() -> None:
    assert ask("低保渐退期几个月", "220000").you_ask.startswith("吉林省·低保·")


@pytest.mark.parametrize("name", ["低保", "特困", "临时救助", "医疗救助", "危房"])
def test_a_bare_name_gets_one_question_with_at_most_three_choices(name: str) -> None:
    answer = ask(name)
    assert answer.kind is Kind.CLARIFY
    assert 1 <= len(answer.choices) <= 3


def test_after_one_question_back_a_person_is_offered() -> None:
    first = ask("低保")
    second = ask("嗯嗯", context=dict(first.context))
    third = ask("低保", context=dict(first.context))
    assert second.kind is not Kind.CLARIFY or third.kind is not Kind.CLARIFY
    assert third.kind is Kind.REFUSAL
    assert third.hotline is not None


def test_the_answer_to_a_question_back_is_understood() -> None:
    assert clauses(ask("要什么条件", context=dict(ask("低保").context)))[0] == "jl-2020-46#2.1.2"


def test_two_asks_get_two_answers() -> None:
    answer = ask("请问低保要什么条件？另外危房改造怎么申请？")
    programmes = {answer.programme, *(other.programme for other in answer.also)}
    assert programmes == {"dibao", "zhufang"}


def test_an_answer_stands_before_a_door_when_both_are_asked() -> None:
    answer = ask("残疾证怎么办理？还有残疾人两项补贴怎么申请？")
    assert answer.kind.value in ANSWERED
    assert [other.kind for other in answer.also] == [Kind.REFUSAL]


@pytest.mark.parametrize(
    "context",
    [
        {},
        {"v": 9},
        {"concepts": "低保"},
        {"concepts": [1, None]},
        {"year": True},
        {"region": 5, "asked": "yes"},
    ],
    ids=str,
)
def test_an_odd_context_counts_as_none(context: dict[str, object]) -> None:
    assert turn_of(context) == Turn()
    assert clauses(ask("低保要什么条件", context=context))[0] == "jl-2020-46#2.1.2"


@pytest.mark.parametrize(
    ("text", "year"),
    [
        ("2018年低保标准", 2018),
        ("18年的低保政策", 2018),
        ("2019年怎么规定的", 2019),
        ("我2018年得了病，现在能申请吗", None),
        ("从2017年起一直没收入", None),
        ("2099年的标准", None),
        ("低保标准", None),
    ],
)
def test_only_a_year_of_the_rule_counts(text: str, year: int | None) -> None:
    assert stated_year(text, TODAY) == year


def test_a_year_later_than_the_day_asked_for_counts_as_that_day() -> None:
    answer = ask("2026年低保要什么条件", "220100", as_of=date(2024, 1, 1))
    assert clauses(answer)[0] == "jl-2020-46#2.1.2"
