"""The one box: answers as scripts with clause and number, local values with their doubts, clauses by their number."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import pytest
from flask import Flask
from flask_babel import Babel

from portal.guidance import advice, finding
from portal.hotline import search
from portal.hotline.search import Call, Found

DAY = date(2026, 11, 22)
YANJI = "222401"


@pytest.fixture(scope="module", autouse=True)
def _languages() -> Iterator[None]:
    """Words need an application to be translated in."""
    app = Flask("words")
    Babel(app, locale_selector=lambda: "zh_Hans")
    with app.test_request_context():
        yield


def found(query: str, region: str | None = YANJI, lang: str = "zh_Hans") -> Found:
    return search.search(advice.load(), query, Call(region, DAY, lang))


def picks(result: Found, kind: str) -> list[str]:
    return [row.pick.partition(":")[2] for row in result.of_kind(kind)]


def test_the_answer_comes_first_with_short_sentences_clause_number_and_reason() -> None:
    answer = found("低保停了没通知").answer
    assert answer is not None
    assert answer.entry == "dibao.quxiao"
    assert answer.script[-1] == "停发前要听您意见，并书面说明理由。"
    assert all(len(sentence) <= 40 for sentence in answer.script)
    assert answer.quotes[0].number == "吉办发〔2020〕46号"
    assert answer.quotes[0].status == "in_force"
    assert answer.quotes[0].words
    assert "社会救助法 第四十八条" in [quote.label for quote in answer.quotes]
    assert any("低保停发" in reason for reason in answer.why)
    assert any("延吉市" in reason for reason in answer.why)


def test_what_is_copied_holds_script_clause_and_document_number() -> None:
    answer = found("低保停了没通知").answer
    assert answer is not None
    assert "停发前要听您意见" in answer.copied
    assert "吉办发〔2020〕46号 二（二）5" in answer.copied
    assert "中华人民共和国社会救助法" in answer.copied


@pytest.mark.parametrize("query", ["dibao tiaojian", "低宝条件", "低保 條件", "ＤＩＢＡＯ　条件"])
def test_pinyin_typing_errors_and_other_writing_lead_to_the_same_answer(query: str) -> None:
    answer = found(query).answer
    assert answer is not None
    assert answer.entry == "dibao.tiaojian"


@pytest.mark.parametrize(
    ("query", "citation"),
    [
        ("社会救助法48条", "law-2026#48"),
        ("社会救助法第四十八条", "law-2026#48"),
        ("救助法 48", "law-2026#48"),
        ("46号 二（二）5", "jl-2020-46#2.2.5"),
        ("2020 46号二(二)5", "jl-2020-46#2.2.5"),
        ("最低生活保障审核确认办法第七条", "mca-2021-57#7"),
    ],
)
def test_a_clause_is_found_by_its_number_and_opened_first(query: str, citation: str) -> None:
    result = found(query)
    assert result.first == f"clause:{citation}"
    assert picks(result, "clause")[0] == citation


def test_no_number_is_read_into_another_clause() -> None:
    assert "law-2026#8" not in finding.named_clauses("社会救助法48条")
    assert finding.named_clauses("48") == []
    assert finding.named_clauses("我今年78岁") == []


def test_a_clause_whose_words_are_not_held_says_so() -> None:
    card = search.opened(advice.load(), "clause:law-2026#48", Call(YANJI, DAY))
    assert card is not None
    assert not card.quotes[0].verbatim
    assert card.quotes[0].words == ""
    assert any("没有原文" in flag for flag in card.flags)


def test_a_clause_we_hold_is_read_word_for_word() -> None:
    loaded = advice.load()
    card = search.opened(loaded, "clause:jl-2020-46#2.2.5", Call(YANJI, DAY))
    assert card is not None
    assert "".join(card.script[1:]).replace(" ", "") in loaded.corpus.clause("jl-2020-46#2.2.5").text.replace(
        " ", ""
    ).replace("\n", "")


def test_county_and_programme_show_the_local_line_of_town_and_country() -> None:
    result = found("长春低保", region=None)
    rows = result.of_kind("standard")
    assert rows[0].title.startswith("长春市 城镇")
    assert rows[1].title.startswith("长春市 农村")
    assert "元" in rows[0].about


def test_a_value_that_may_have_risen_is_said_as_at_least_with_its_doubt() -> None:
    result = found("低保标准", region=YANJI)
    row = result.of_kind("standard")[0]
    assert "至少 760" in row.about
    assert "复核日期" in row.about
    card = search.opened(advice.load(), row.pick, Call(YANJI, DAY))
    assert card is not None
    assert any("至少 760" in sentence for sentence in card.script)
    assert any("可能已经提高" in sentence for sentence in card.script)
    assert any(reason.startswith("来源：") for reason in card.why)


def test_a_year_in_the_question_asks_for_the_value_of_that_year() -> None:
    row = found("延吉 低保 2024年").of_kind("standard")[0]
    assert row.about.startswith("660 元")
    assert row.status == "fresh"


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2024年", date(2024, 12, 31)),
        ("2024年5月", date(2024, 5, 28)),
        ("2024-05-09", date(2024, 5, 9)),
        ("2026年", DAY),
        ("2099年", DAY),
        ("2024年13月", None),
        ("没有", None),
    ],
)
def test_the_day_a_question_names(text: str, day: date | None) -> None:
    assert finding.day_named(text, DAY) == day


def test_the_script_is_said_in_the_language_of_the_call_and_the_quote_stays_chinese() -> None:
    answer = found("低保停了没通知", lang="ko").answer
    assert answer is not None
    assert any("서면으로" in sentence for sentence in answer.script)
    assert len(answer.script) > 1
    assert "低保" in answer.quotes[0].words


def test_a_programme_is_read_out_with_its_conditions_and_clauses() -> None:
    card = search.opened(advice.load(), "programme:dibao", Call(YANJI, DAY))
    assert card is not None
    assert any("人均收入" in sentence for sentence in card.script)
    assert card.quotes
    assert all(quote.status != "draft" for quote in card.quotes)


def test_a_draft_is_never_shown_as_in_force() -> None:
    card = search.opened(advice.load(), "clause:jl-2018-draft#4", Call(YANJI, DAY))
    assert card is not None
    assert card.status == "draft"


def test_words_that_call_for_help_first_are_marked() -> None:
    answer = found("我不想活了").answer
    assert answer is not None
    assert answer.distress


def test_what_nobody_foresaw_is_no_answer_but_shows_what_is_near() -> None:
    result = found("儿子不管我怎么办")
    assert result.answer is not None
    assert not result.answer.answered
    assert result.of_kind("entry")
    assert any("没有听出" in reason for reason in result.answer.why)


@pytest.mark.parametrize(
    "query", ["", "   ", "?", "\x00", "低" * 5000, "🙂🙂", "'; DROP TABLE", "{x}", "%s %(a)s"]
)
def test_anything_may_be_typed(query: str) -> None:
    result = found(query)
    assert result.answer is None or result.answer.script


@pytest.mark.parametrize(
    "pick", ["", "x", "entry:none", "clause:none#1", "standard:a@b@c@d", "standard:", "programme:x"]
)
def test_a_row_that_does_not_exist_opens_nothing(pick: str) -> None:
    assert search.opened(advice.load(), pick, Call(YANJI, DAY)) is None


@pytest.mark.parametrize("pick", [f"entry:{one}" for one in advice.load().bot.knowledge.entries])
def test_every_entry_can_be_opened_in_chinese_and_korean(pick: str) -> None:
    for lang in ("zh_Hans", "ko"):
        card = search.opened(advice.load(), pick, Call(YANJI, DAY, lang))
        assert card is not None
        assert card.script
