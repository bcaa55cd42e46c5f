"""Who tells a story with a programme's name is answered; words of the story do not mislead the bot."""

from __future__ import annotations

import pytest

from faq.model import Kind
from tests.support.asking import ANSWERED, ask, clauses


@pytest.mark.parametrize(
    "text",
    [
        "我家低保，花了好几万",
        "特困，花了三万多",
        "医疗救助的事，我老伴",
        "残疾人，房子没有，租房住",
    ],
)
def test_a_story_with_a_programme_is_answered(text: str) -> None:
    answer = ask(text)
    assert answer.kind.value in ANSWERED, answer.trace.why
    assert "default" in answer.trace.why


@pytest.mark.parametrize("name", ["低保", "特困", "残疾人", "医疗救助"])
def test_a_bare_name_is_no_story(name: str) -> None:
    assert ask(name).kind is Kind.CLARIFY


@pytest.mark.parametrize("text", ["村里低保户家的狗咬人谁赔", "五保老人的地由谁种", "低保证上的字印错"])
def test_a_programme_named_in_passing_is_not_answered(text: str) -> None:
    assert ask(text).kind.value not in ANSWERED


@pytest.mark.parametrize(
    "text", ["低保今年没有我妈的了，为什么取消", "儿子脑残疾，能吃低保吗", "弟弟是白痴，一个人能办低保吗"]
)
def test_plain_words_of_a_story_are_no_abuse(text: str) -> None:
    assert ask(text).kind.value in ANSWERED


def test_where_a_son_works_is_not_where_help_is_sought() -> None:
    answer = ask("儿子在北京上班，我们老两口在家种地，能不能吃低保")
    assert answer.trace.slots.region is None
    assert clauses(answer)[0].startswith("jl-2020-46")


@pytest.mark.parametrize(
    ("text", "region"),
    [("我在北京上班，能申请临时救助吗", "110000"), ("儿子在长春上班，老人能吃低保吗", "220100")],
)
def test_a_place_that_may_be_meant_stays(text: str, region: str) -> None:
    assert ask(text).trace.slots.region == region


@pytest.mark.parametrize(
    "text", ["2018年我家的低保被合并掉了，怎么回事", "我是2017年脱贫的，现在能吃低保吗，要什么条件"]
)
def test_a_year_of_the_familys_story_brings_todays_rule(text: str) -> None:
    assert not any(clause.startswith("jl-2017") for clause in clauses(ask(text, "220100")))


@pytest.mark.parametrize(
    ("text", "clause"),
    [
        ("90岁老人低保多少钱", "jl-2020-46#2.2.5"),
        ("我大伯没成家，符不符合五保", "jl-2020-46#2.1.2"),
        ("五保户的生活费一年发几回", "jl-2020-46#2.2.3"),
        ("低收入家庭住房补贴怎么领", "jl-2020-46#2.3.9"),
        ("边缘户住院能报销吗", "jl-2020-46#2.3.7"),
    ],
)
def test_a_word_inside_another_is_not_taken_for_it(text: str, clause: str) -> None:
    assert clauses(ask(text))[0] == clause


@pytest.mark.parametrize(
    ("text", "entry"),
    [
        ("两口子都下岗，孩子上初中，能办底保不", "dibao.tiaojian"),
        ("单亲妈妈能申请什么", "dibao.danqin"),
        ("單親媽媽可以申請咩援助", "dibao.danqin"),
        ("五保老人住养老院要自己掏钱吗", "tekun.jizhong"),
        ("房子漏雨要塌了找谁修", "zhufang.weifang_shenqing"),
        ("我家着火了东西都烧没了", "linshi.tiaojian"),
        ("屋企火燭乜都冇晒", "linshi.tiaojian"),
        ("我被老公打出来了没地方住", "doors.jiabao"),
        ("디바오 신청하려면 어디로 가야 합니까", "dibao.shenqing"),
    ],
)
def test_what_was_told_leads_to_what_helps(text: str, entry: str) -> None:
    assert ask(text).trace.entry == entry


@pytest.mark.parametrize(
    "text", ["어머니가 75세인데 자식이 없어요", "집이 무너질 것 같아요", "the house is falling down"]
)
def test_what_was_told_in_another_language_is_at_least_asked_back(text: str) -> None:
    assert ask(text).kind is Kind.CLARIFY
