"""Asking: an answer with the clause under it, an honest “I do not know”, a person first where life is at stake."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.config import Settings
from portal.guidance.conversation import MOST_TURNS
from portal.guidance.models import AnswerFeedback, OpenQuestion
from tests.support.pages import LintedClient, Page, page_text

CANARIES = ("王小明", "220102195203031234", "13812345678")


@pytest.fixture(autouse=True)
def _on_a_day(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("portal.clock.today", lambda: date(2026, 11, 22))


def test_an_answer_stands_above_its_verbatim_clause_with_number_and_standing(client: LintedClient) -> None:
    shown = client.submit("/ask", {"question": "吉林低保渐退期是几个月"}, button="问")
    words = page_text(shown)
    assert "18" in words
    assert "吉办发〔2020〕46号 二（二）5" in words
    assert "城乡低保家庭可继续享受18个月低保待遇" in words
    assert "现行" in words
    assert "/policies/jl-2020-46#c-2.2.5" in shown.get_data(as_text=True)


def test_a_follow_up_keeps_what_was_asked_and_changes_the_place(client: LintedClient) -> None:
    shown = client.submit("/ask", {"question": "吉林低保渐退期是几个月"}, button="问")
    shown = client.submit(shown, {"question": "那湖南的呢"}, button="问")
    words = page_text(shown)
    assert "湖南" in words.rsplit("那湖南的呢", 1)[1]
    assert "吉林低保渐退期是几个月" in words


def test_a_bare_word_is_answered_with_choices_and_a_choice_with_an_answer(client: LintedClient) -> None:
    shown = client.submit("/ask", {"question": "低保"}, button="问")
    page = Page(shown.get_data(as_text=True))
    picks = [words for form in page.forms for name, value, words in form.buttons if name == "pick"]
    assert 2 <= len(picks) <= 3
    shown = client.submit(shown, button=picks[0])
    assert "依据" in page_text(shown) or "blockquote" in shown.get_data(as_text=True)


@pytest.mark.parametrize(
    "question", ["今天天气怎么样", "帮我写首诗", "<script>alert(1)</script>", "🦊", "a" * 2000]
)
def test_what_is_not_in_the_texts_is_refused_kindly_with_a_person_to_call(
    client: LintedClient, question: str
) -> None:
    shown = client.submit("/ask", {"question": question}, button="问")
    assert shown.status_code == 200
    assert "12345" in page_text(shown)
    assert "<script>alert" not in shown.get_data(as_text=True)


def test_distress_gets_a_telephone_before_any_text(client: LintedClient) -> None:
    shown = client.submit("/ask", {"question": "我不想活了，低保也没有"}, button="问")
    reply = page_text(shown).split("我不想活了", 1)[1]
    assert "先打电话，有人帮您" in reply
    assert shown.get_data(as_text=True).index("先打电话") < shown.get_data(as_text=True).index("answer-text")


def test_an_empty_question_is_asked_for_again(client: LintedClient) -> None:
    assert "请先写一句话" in page_text(client.submit("/ask", {"question": "  "}, button="问"))


def test_the_place_can_be_chosen_by_button_or_by_name(client: LintedClient) -> None:
    shown = client.submit("/ask", {"question": "低保怎么申请"}, button="问")
    shown = client.submit(shown, button="湖南")
    assert "现在：湖南省" in page_text(shown)
    shown = client.submit(shown, {"place": "成都市"}, button="换成这里")
    assert "现在：四川省成都市" in page_text(shown)
    assert "没有找到这个地方" in page_text(client.submit(shown, {"place": "乌有之乡"}, button="换成这里"))


def test_useful_or_not_is_counted_without_a_trace_of_the_person(
    client: LintedClient, session: Session
) -> None:
    shown = client.submit("/ask", {"question": "吉林低保渐退期是几个月"}, button="问")
    assert "谢谢" in page_text(client.submit(shown, button="有用"))
    client.submit(shown, button="没用")
    votes = session.scalars(select(AnswerFeedback).order_by(AnswerFeedback.id)).all()
    assert [vote.useful for vote in votes] == [True, False]
    assert votes[0].given_on == date(2026, 11, 22)
    assert session.scalars(select(OpenQuestion)).one().kind == "not_useful"


def test_an_unanswered_question_is_kept_without_personal_data(
    client: LintedClient, session: Session, settings: Settings
) -> None:
    asked = "我叫王小明，身份证220102195203031234，电话13812345678，今天天气怎么样"
    shown = client.submit("/ask", {"question": asked}, button="问")
    kept = session.scalars(select(OpenQuestion)).one()
    assert kept.kind == "refusal"
    assert "天气" in kept.text
    files = Path(settings.database_url.removeprefix("sqlite:///")).parent.iterdir()
    stored = b"".join(file.read_bytes() for file in files if file.is_file())
    cookie = client.get_cookie("doudi")
    for canary in CANARIES:
        assert canary not in kept.text
        assert canary.encode() not in stored
        assert canary not in shown.request.full_path
        assert cookie is None or canary not in cookie.value


def test_an_answered_question_is_not_kept(client: LintedClient, session: Session) -> None:
    client.submit("/ask", {"question": "吉林低保渐退期是几个月"}, button="问")
    assert session.scalars(select(OpenQuestion)).all() == []


def test_a_forged_or_broken_talk_is_a_new_talk(client: LintedClient) -> None:
    for talk in ("", "abc", "W10.c2lnbmF0dXJl", "🦊"):
        shown = client.submit("/ask", {"question": "低保怎么申请", "talk": talk}, button="问")
        assert shown.status_code == 200


def test_a_long_talk_keeps_its_newest_turns_and_its_thread(client: LintedClient) -> None:
    shown = client.get("/ask")
    for number in range(MOST_TURNS + 3):
        shown = client.submit(shown, {"question": f"低保怎么申请？第{number}次"}, button="问")
    html = shown.get_data(as_text=True)
    assert html.count('class="said"') == MOST_TURNS
    assert "第0次" not in html


def test_who_writes_korean_or_english_is_answered_in_it_with_the_chinese_clause(client: LintedClient) -> None:
    korean = client.submit("/ask", {"question": "최저생활보장은 어떻게 신청해요?"}, button="问")
    assert any("\uac00" <= sign <= "\ud7a3" for sign in page_text(korean).split("신청해요?", 1)[1])
    english = page_text(client.submit("/ask", {"question": "Who can get dibao?"}, button="问"))
    assert "dibao" in english.split("Who can get dibao?", 1)[1].lower()
    assert "吉办发〔2020〕46号" in english
