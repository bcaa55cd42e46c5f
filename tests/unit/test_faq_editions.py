"""The right edition and province: today's document at home, the nation's layer elsewhere, never a draft."""

from __future__ import annotations

from datetime import date

import pytest

from faq.corpus import default_corpus
from faq.model import Kind
from tests.support.asking import ANSWERED, ask, clauses

FIRST_CLAUSE = [
    # the same question in five places
    ("低保渐退期几个月", "220100", "jl-2020-46#2.2.5"),
    ("低保渐退期几个月", "430000", "hn-2017-33#2.1"),
    ("低保渐退期几个月", "441700", "yj-2017-8#2.4.1"),
    ("医疗救助报销比例", "430100", "hn-2017-33#2.3"),
    ("医疗救助报销比例", "441781", "yj-2017-8#2.1.4"),
    ("医疗救助报销比例", "220000", "jl-2020-46#2.3.7"),
    ("低保要什么条件", "510100", "law-2026#18"),
    ("低保不批怎么办", "130100", "law-2026#76"),
    # a place in the words wins over the place given
    ("湖南兜底户几年一审", "220100", "hn-2017-33#2.1"),
    # Hunan has no line for savings: the nation's layer, never Jilin's 24 months
    ("长沙低保存款不能超过多少", None, "mca-2021-57#14"),
    # today's age, not the superseded one
    ("特困供养的孩子是到16岁还是18岁", "220000", "jl-2020-46#2.2.4"),
    # the law decides where it speaks against or instead of the province
    ("低保要查子女的银行账户吗", "220100", "law-2026#41"),
    ("骗低保罚款多少", "220100", "law-2026#73"),
    # a job refused three times: the ministry's measure, not the draft
    ("在吉林，低保户老是不去介绍的工作会停低保吗", None, "mca-2021-57#34"),
    # a stated year brings that year's document
    ("2018年吉林农村低保渐退是怎么规定的", None, "jl-2017-76#2.2.3"),
    ("2019年吉林特困供养标准是几倍", None, "jl-2017-76#2.1.3"),
]


@pytest.mark.parametrize(
    ("text", "region", "clause"), FIRST_CLAUSE, ids=[f"{t}@{r}" for t, r, _ in FIRST_CLAUSE]
)
def test_the_governing_clause_comes_first(text: str, region: str | None, clause: str) -> None:
    answer = ask(text, region)
    assert answer.kind.value in ANSWERED
    assert clauses(answer)[0] == clause


@pytest.mark.parametrize("text", ["残疾人有什么补助", "孤儿有什么补助", "低保户有什么待遇"])
def test_a_quote_is_more_than_the_heading_of_its_clause(text: str) -> None:
    for citation in ask(text, "220100").citations:
        if citation.quote:
            assert citation.quote != f"{default_corpus().clause(citation.clause).heading}。"


def test_an_old_edition_is_historical_and_says_what_replaced_it() -> None:
    answer = ask("2018年吉林农村低保渐退是怎么规定的")
    assert answer.citations[0].status == "historical"
    assert "吉办发〔2020〕46号更新" in answer.text


def test_a_year_of_a_life_story_does_not_bring_the_old_edition() -> None:
    assert clauses(ask("我2018年得了病，现在没收入，能申请低保吗", "220100"))[0].startswith("jl-2020-46")


def test_the_day_asked_for_decides_what_is_in_force() -> None:
    before = ask("低保要什么条件", "220100", as_of=date(2026, 6, 30))
    after = ask("低保要什么条件", "220100", as_of=date(2026, 7, 1))
    assert not any(clause.startswith("law-2026") for clause in clauses(before))
    assert "order-649#9" in clauses(before)
    assert "law-2026#18" in clauses(after)
    assert "order-649#9" not in clauses(after)


def test_jilins_document_answers_from_its_first_day_on() -> None:
    assert clauses(ask("低保渐退期几个月", "220100", as_of=date(2020, 12, 31)))[0] == "jl-2017-76#2.2.3"
    assert clauses(ask("低保渐退期几个月", "220100", as_of=date(2021, 1, 1)))[0] == "jl-2020-46#2.2.5"


def test_a_year_without_a_rule_is_answered_with_todays_and_says_so() -> None:
    answer = ask("2012年低保被取消怎么规定的", "510100")
    assert "2012年的规定我这里没有" in answer.text


@pytest.mark.parametrize("region", ["430100", "441700"])
def test_documents_of_2017_are_shown_as_unverified(region: str) -> None:
    answer = ask("医疗救助报销比例", region)
    assert answer.citations[0].status == "unverified"
    assert "2017年" in answer.text


def test_a_figure_of_another_place_is_refused_with_the_nations_rule_and_a_number() -> None:
    answer = ask("成都五保一个月多少钱")
    assert answer.kind is Kind.REFUSAL
    assert clauses(answer) == ["law-2026#17"]
    assert answer.hotline is not None
    assert answer.hotline.number == "12345"
    assert "成都" in answer.text


def test_an_unknown_place_gets_jilins_rule_and_is_told_so() -> None:
    answer = ask("低保存款不能超过多少")
    assert clauses(answer)[0] == "jl-2020-46#2.2.4"
    assert "吉林" in answer.text
    assert "地名" in answer.text


def test_the_draft_is_shown_only_when_asked_for_and_only_as_a_draft() -> None:
    asked = ask("征求意见稿里拒绝三次工作怎么说", "220100")
    assert [citation.status for citation in asked.citations] == ["draft"]
    assert asked.text.startswith("不算数")
    for text in ("低保户拒绝工作会怎样", "特困供养到几岁", "低保标准怎么定", "城市低保什么条件"):
        assert not any(clause.startswith("jl-2018-draft") for clause in clauses(ask(text, "220100")))


@pytest.mark.parametrize("region", ["220100", "430100", "441700", "510100"])
def test_related_clauses_stay_at_home_too(region: str) -> None:
    home = {"22": "jl-2020-46", "43": "hn-2017-33", "44": "yj-2017-8"}.get(region[:2], "none")
    nearest = ask("低保家庭收入怎么核算", region).nearest
    assert all(clause.startswith(home) for clause in nearest)
