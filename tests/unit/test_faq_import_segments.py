"""Clause ids follow each document's own numbering."""

from __future__ import annotations

import pytest

from faq.segment import number, segment


def paths(*paragraphs: str) -> list[str]:
    return [clause.path for clause in segment(paragraphs).clauses()]


def test_items_under_a_part_carry_chapter_and_part() -> None:
    assert paths("一、总则", "（一）原则。", "1.甲。甲。", "2.乙。乙。", "（二）目标。全面落实。") == [
        "1.1.1",
        "1.1.2",
        "1.2",
    ]


def test_items_that_run_on_keep_their_number_and_a_chapter_without_parts_is_enough() -> None:
    assert paths("一、总则", "（一）原则", "1.甲。甲。", "二、保障", "2.乙。乙。") == ["1.1.1", "2.2"]


def test_items_of_a_document_without_parts_stand_alone() -> None:
    assert paths("一、总则", "1.甲。甲。", "二、保障", "2.乙。乙。") == ["1", "2"]


def test_a_chapter_with_text_of_its_own_is_a_clause() -> None:
    assert paths("一、目标", "坚持应保尽保。", "二、措施", "各地要落实。", "（一）对象。要认定。") == [
        "1",
        "2",
        "2.1",
    ]
    assert paths("一、目标。坚持应保尽保，分类实施。", "二、措施", "各地要落实。") == ["1", "2"]


def test_counted_sentences_are_clauses_and_the_first_keeps_the_opening() -> None:
    blocks = segment(["一、任务", "(一)衔接。要加强。一是甲。二是乙;三是丙。"]).clauses()
    assert [(one.path, one.paragraphs) for one in blocks] == [
        ("1.1.1", ["衔接。要加强。一是甲。"]),
        ("1.1.2", ["二是乙;"]),
        ("1.1.3", ["三是丙。"]),
    ]


@pytest.mark.parametrize(
    "text", ["(一)衔接。一是甲。三是丙。", "(一)衔接。一是甲。", "(一)衔接。这一是甲，那二是乙。"]
)
def test_what_is_not_counted_through_stays_one_clause(text: str) -> None:
    assert paths("一、任务", text) == ["1.1"]


def test_articles_of_a_law_have_their_number() -> None:
    assert paths("第一章 总则", "第一条 为了救助。", "本法适用。", "第二十三条 另行规定。") == ["1", "23"]


def test_paragraphs_without_a_number_belong_to_the_clause_before() -> None:
    (clause,) = segment(["一、总则", "1.标准。按年确定。", "1)城市。", "各地可提高。"]).clauses()
    assert clause.paragraphs == ["标准。按年确定。", "1)城市。", "各地可提高。"]


def test_front_text_and_signatures_are_no_clauses() -> None:
    cut = segment(["各县：", "通知如下。", "一、总则", "适用。", "某局 某办", "某会"])
    assert cut.front == ("各县：", "通知如下。")
    assert cut.closing == ("某局 某办", "某会")


def test_a_document_without_numbers_has_no_clause() -> None:
    assert paths("只有一段话。") == []
    assert paths() == []


@pytest.mark.parametrize(
    ("heading", "text"),
    [
        ("开展调查摸底", "开展调查摸底(2017年3月底前)。县级民政部门。"),
        ("应保尽保，应退尽退", "应保尽保，应退尽退。按照规定。"),
        (
            "强化监督考核",
            "强化监督考核,完善工作成效考核办法,建立科学评价标准及考评体系,积极引入第三方评估机制,半年一调度。",
        ),
    ],
)
def test_a_heading_is_the_first_sentence_without_asides(heading: str, text: str) -> None:
    assert segment(["一、任务", f"（一）{text}"]).clauses()[0].heading == heading


@pytest.mark.parametrize(
    ("numeral", "value"), [("一", 1), ("十", 10), ("二十三", 23), ("一百零五", 105), ("41", 41)]
)
def test_chinese_numerals_are_read(numeral: str, value: int) -> None:
    assert number(numeral) == value
