"""A reader of Korean meets Korean in Yanbian usage: no initial-sound rule, no South Korean welfare words."""

from __future__ import annotations

import re
from datetime import date

import pytest
from flask import Flask

from estimator import default_rulebook, engine_for
from portal.guidance.wording import cite, say, value_said
from tests.support.guiding import Answer, begin, interview, of
from tests.support.languages import compile_catalogues, running_text, unmarked_chinese
from tests.support.pages import LintedClient, Page, page_text
from translations import check

KOREAN = {"Accept-Language": "ko-KR,ko;q=0.9"}
DAY = date(2026, 11, 22)
TOLD: dict[str, Answer] = {
    "household.hukou_local": {"answer": "yes"},
    "household.other_property_ok": {"answer": "yes"},
    "household.assets": {"deposits": "15000"},
    "member.income_monthly@m1": {"wage": "1200"},
    "member.disability_grade": {"m1": "0", "m2": "2", "m3": "0"},
    "member.labour_capacity": {"m1": "full", "m2": "none", "m3": "none"},
}
PAGES = (
    "/",
    "/estimate/",
    "/estimate/place?city=222400",
    "/estimate/resume",
    "/ask",
    "/policies",
    "/policies/law-2026",
    "/policies/jl-2020-46",
    "/rules/dibao",
    "/privacy",
    "/accessibility",
    "/apply/",
    "/progress/",
    "/no-such-page",
)
SOUTH_KOREAN = ("기초생활수급", "긴급복지", "차상위", "주민센터", "읍면동", "주민등록번호", "온라인")
# Sino-Korean words that Yanbian spells with ㄹ or ㄴ at the head: 로동, 림시, 리유, 년령, 녀성.
INITIAL_SOUND = re.compile(
    r"(?<![가-힣])(?:노동|노인|임시|이유|이자(?!는|가)|연령|여성|연락|영수증|이재민|유랑|예를|역사)"
)
# Yanbian writes a dependent noun with its word: 할수, not 할 수; and 되였다, not 되었다.
SPACED = re.compile(r"[할될볼쓸갈알낼줄받을] 수 (?:있|없)|되었")


@pytest.fixture(autouse=True)
def _on_a_day(monkeypatch: pytest.MonkeyPatch) -> None:
    compile_catalogues()
    monkeypatch.setattr("portal.clock.today", lambda: DAY)


def korean(client: LintedClient, address: str) -> str:
    html = client.get(address, headers=KOREAN, follow_redirects=True).get_data(as_text=True)
    assert Page(html).language == "ko"
    return html


def test_the_catalogue_keeps_to_the_usage_of_yanbian() -> None:
    said = [str(message.string) for message in check.catalogue("ko") if message.id]
    assert [text for text in said if any(word in text for word in SOUTH_KOREAN)] == []
    assert [text for text in said if INITIAL_SOUND.search(text) or SPACED.search(text)] == []


def test_constructed_terms_ask_for_a_native_reviewer() -> None:
    marked = {message.id for message in check.catalogue("ko") if "术语待母语者审核" in message.user_comments}
    assert {"临时救助", "兜底", "社会保障兜底对象"} <= marked
    assert len(marked) > 40


def test_no_page_in_korean_has_unmarked_chinese_or_sentences_that_run_together(client: LintedClient) -> None:
    found = {}
    for address in PAGES:
        html = korean(client, address)
        found[address] = unmarked_chinese(html) + re.findall(
            r"[가-힣][.?!:][가-힣0-9]\w*", running_text(html)
        )
    assert {address: defects for address, defects in found.items() if defects} == {}


def test_the_result_of_an_estimate_in_korean_says_reasons_with_the_same_figures(client: LintedClient) -> None:
    begin(client, others=(("mother", "72"), ("child", "10")))
    interview(client, of(TOLD))
    html = korean(client, "/estimate/result")
    words = " ".join(page_text(client.get("/estimate/result", headers=KOREAN)).split())
    assert "1인당 월수입 400 원. 현지 기준 적어도 770 원보다 낮습니다." in words
    assert "매달 약 1,110원 이상" in words
    assert "사회구조법 제18조" in words
    assert unmarked_chinese(html) == []


def test_what_is_not_known_has_no_unit_in_korean(app: Flask) -> None:
    engine = engine_for(default_rulebook())
    estimate = engine.estimate(engine.intake.read({"region": "510104", "area": "urban"}, as_of=DAY))
    with app.test_request_context(headers=KOREAN):
        said = [str(say(reason["text"])) for line in estimate["programmes"] for reason in line["reasons"]]
        assert value_said(None) == "모름"
        assert str(cite("jl-2020-46#2.1.2")) == "길판발〔2020〕46호 2.1.2"
    assert any("1인당 월수입 모름" in text for text in said)
    assert not [text for text in said if re.search("모름 ?(?:원|개월|세)", text)]
