"""A reader of English meets English: what stays Chinese (names of places, titles, quotations) is marked as such."""

from __future__ import annotations

import re
from datetime import date
from typing import cast

import pytest
from flask import Flask

from estimator import default_rulebook, engine_for
from portal.guidance import advice
from portal.guidance.wording import cite, rule_words, say, value_said
from tests.support.guiding import Answer, begin, does_not_know, interview, of
from tests.support.languages import compile_catalogues, running_text, unmarked_chinese
from tests.support.pages import LintedClient, Page, page_text

ENGLISH = {"Accept-Language": "en-GB,en;q=0.9"}
DAY = date(2026, 11, 22)
FAMILY = (("mother", "72"), ("child", "10"))
TOLD: dict[str, Answer] = {
    "household.hukou_local": {"answer": "yes"},
    "household.other_property_ok": {"answer": "yes"},
    "household.assets": {"deposits": "15000"},
    "member.income_monthly@m1": {"wage": "1200"},
    "member.disability_grade": {"m1": "0", "m2": "2", "m3": "0"},
    "member.labour_capacity": {"m1": "full", "m2": "none", "m3": "none"},
}
RICH: dict[str, Answer] = {**TOLD, "member.income_monthly@m1": {"wage": "9000"}}
PAGES = (
    "/",
    "/estimate/",
    "/estimate/place",
    "/estimate/place?city=222400",
    "/estimate/resume",
    "/ask",
    "/policies",
    "/policies?find=低保",
    "/policies/law-2026",
    "/policies/jl-2020-46?find=渐退",
    "/policies/jl-2020-46",
    "/policies/jl-2018-draft",
    "/rules/dibao",
    "/rules/yiliao",
    "/leaflets/dibao",
    "/privacy",
    "/accessibility",
    "/apply/",
    "/progress/",
    "/no-such-page",
)


@pytest.fixture(autouse=True)
def _on_a_day(monkeypatch: pytest.MonkeyPatch) -> None:
    compile_catalogues()
    monkeypatch.setattr("portal.clock.today", lambda: DAY)


def english(client: LintedClient, address: str) -> str:
    shown = client.get(address, headers=ENGLISH, follow_redirects=True)
    html = shown.get_data(as_text=True)
    assert Page(html).language == "en"
    return html


@pytest.mark.parametrize(
    ("told", "word"), [(of(TOLD), "Likely"), (of(RICH), "May not fit"), (does_not_know, "?")]
)
def test_the_result_of_an_estimate_in_english_has_no_unmarked_chinese(
    client: LintedClient, told: Answer, word: str
) -> None:
    begin(client, others=FAMILY)
    interview(client, told)
    html = english(client, "/estimate/result")
    assert word in html
    assert unmarked_chinese(html) == []


def test_reasons_and_arithmetic_are_said_in_english_with_the_same_figures(client: LintedClient) -> None:
    begin(client, others=FAMILY)
    interview(client, of(TOLD))
    words = " ".join(page_text(client.get("/estimate/result", headers=ENGLISH)).split())
    assert "Monthly income per person is CNY 400. That is below the local line of CNY 770 or more." in words
    assert "About CNY 1,110 or more a month" in words
    assert "the family's monthly income CNY 1,200 gives CNY 1,110 or more" in words
    assert "Social Assistance Law, article 18" in words


def test_no_page_in_english_has_unmarked_chinese_or_sentences_that_run_together(client: LintedClient) -> None:
    found = {}
    for address in PAGES:
        html = english(client, address)
        found[address] = unmarked_chinese(html) + re.findall(
            r"[a-z]{2}[.?!:;,][A-Z0-9]\w*", running_text(html)
        )
    assert {address: defects for address, defects in found.items() if defects} == {}


def test_an_english_question_is_answered_in_english_with_the_quotation_in_chinese(
    client: LintedClient,
) -> None:
    client.get("/ask?lang=en")
    shown = client.submit("/ask", {"question": "how do I apply for dibao"}, button="Ask")
    html = shown.get_data(as_text=True)
    assert "Apply at the" in html
    assert "Which papers do I bring for dibao?" in html
    assert 'class="quote"><span lang="zh-Hans">“' in html
    assert unmarked_chinese(html) == []


def test_every_curated_answer_exists_in_english_and_korean() -> None:
    knowledge = advice.load().bot.knowledge
    texts = [
        *(ruling for entry in knowledge.entries.values() for ruling in entry.layers.values()),
        *knowledge.doors.values(),
        *knowledge.guards.values(),
        *knowledge.programmes.values(),
    ]
    assert len(texts) > 300
    assert [one for one in texts if set(one.translations) != {"en", "ko"}] == []


def test_an_answer_that_exists_only_in_chinese_says_so(
    client: LintedClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    for ruling in advice.load().bot.knowledge.entries["binzang.tiaojian"].layers.values():
        monkeypatch.delitem(cast("dict[str, str]", ruling.translations), "en")
    client.get("/ask?lang=en")
    shown = client.submit("/ask", {"question": "殡葬费能减免吗"}, button="Ask")
    html = shown.get_data(as_text=True)
    assert "This answer is in Chinese." in html
    assert unmarked_chinese(html) == []


def test_a_prepared_question_is_shown_in_english_and_asked_in_chinese(client: LintedClient) -> None:
    client.get("/ask?lang=en")
    shown = client.submit("/ask", button="What are the conditions for dibao?")
    html = shown.get_data(as_text=True)
    assert "What are the conditions for dibao?" in html
    assert "Two tests" in html


def test_every_reason_of_every_sample_says_the_same_in_the_source_language(app: Flask) -> None:
    """The portal fills templates in again; in Chinese that must give the estimator's own text."""
    engine = engine_for(default_rulebook())
    facts = {
        "region": "220104",
        "area": "urban",
        "household": {"assets": {"deposits": "15000.50"}, "other_property_ok": True},
        "members": [
            {"id": "m1", "age": 41, "co_living": True, "income_monthly": {"wage": "1200.5"}},
            {"id": "m2", "age": 72, "co_living": True, "disability_grade": 2},
        ],
    }
    rich = {
        **facts,
        "members": [{"id": "m1", "age": 41, "co_living": True, "income_monthly": {"wage": "770"}}],
    }
    with app.test_request_context(headers={"Accept-Language": "zh-CN"}):
        seen = 0
        for told in (facts, rich, {"region": "441702"}, {"region": "510104", "members": facts["members"]}):
            estimate = engine.estimate(engine.intake.read(told, as_of=DAY))
            for line in estimate["programmes"]:
                paid = line["amount"] or line["amount_if_likely"]
                parts = [*line["reasons"], *line["steps"], line["to_change"], paid]
                for text in (part["text"] for part in parts if part):
                    seen += 1
                    assert str(say(text)).replace("&#34;", '"') == text
        assert seen > 300


VALUES = [
    (None, "not known"),
    ("1200", "1,200"),
    ("1200.5", "1,200.50"),
    ("770..", "770 or more"),
    ("..600", "600 or less"),
    ("0..600", "0 to 600"),
    (["1", "2"], "1, 2"),
    ("是", "Yes"),
]


@pytest.mark.parametrize(("value", "said"), VALUES, ids=[said for _, said in VALUES])
def test_a_value_is_said_in_english(app: Flask, value: object, said: str) -> None:
    with app.test_request_context(headers=ENGLISH):
        assert value_said(value) == said


def test_what_is_not_known_has_no_unit_in_english(app: Flask) -> None:
    engine = engine_for(default_rulebook())
    estimate = engine.estimate(engine.intake.read({"region": "510104", "area": "urban"}, as_of=DAY))
    with app.test_request_context(headers=ENGLISH):
        said = [str(say(reason["text"])) for line in estimate["programmes"] for reason in line["reasons"]]
    assert any("Monthly income per person: not known." in text for text in said)
    assert not [text for text in said if "CNY not known" in text]


def test_a_template_is_read_with_its_gaps_open_and_per_cent_signs_whole(app: Flask) -> None:
    rules = default_rulebook().rules.values()
    with app.test_request_context(headers=ENGLISH):
        said = [str(rule_words(rule.text)) for rule in rules]
        assert any("70%" in text for text in said)
        assert not [text for text in said if "{" in text]


def test_documents_are_cited_by_name_and_number_in_english(app: Flask) -> None:
    with app.test_request_context(headers=ENGLISH):
        assert str(cite("law-2026#18")) == "Social Assistance Law, article 18"
        assert str(cite("jl-2020-46#2.1.2")) == "Jilin document 46 of 2020, section 2.1.2"
    with app.test_request_context(headers={"Accept-Language": "zh-CN"}):
        assert cite("law-2026#18") == "社会救助法 第十八条"
