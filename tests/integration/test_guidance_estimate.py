"""A family of Changchun estimates what it may get: every answer counts, none is lost, “不清楚” is one of them."""

from __future__ import annotations

import re
from datetime import date

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.drafts import Draft
from tests.support.guiding import Answer, begin, does_not_know, interview, of, page_of
from tests.support.pages import LintedClient, Page, page_text

MOTHER_AND_CHILD = (("mother", "72"), ("child", "10"))
TOLD: dict[str, Answer] = {
    "household.hukou_local": {"answer": "yes"},
    "household.other_property_ok": {"answer": "yes"},
    "household.assets": {"deposits": "15000"},
    "member.income_monthly@m1": {"wage": "1200"},
    "member.disability_grade": {"m1": "0", "m2": "0", "m3": "0"},
    "member.labour_capacity": {"m1": "full", "m2": "none", "m3": "none"},
}


@pytest.fixture(autouse=True)
def _on_a_day(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("portal.clock.today", lambda: date(2026, 11, 22))


def test_a_family_of_three_in_changchun_learns_what_it_may_get(client: LintedClient) -> None:
    begin(client, others=MOTHER_AND_CHILD)
    held = interview(client, of(TOLD))
    assert held.last is not None
    words = page_text(held.last)
    assert held.last.request.path == "/estimate/result"
    assert "您家很可能符合" in Page(held.last.get_data(as_text=True)).headings[0]
    assert "每月约 1,110 元起" in words
    assert "人均月收入 400 元" in words
    assert "770 元" in words
    assert "吉民发〔2023〕67号" in words
    assert "社会救助法 第十八条" in words
    assert "这是估算，不是决定" in words
    assert not [word for word in ("批准", "有权", "保证给") if word in words]


def test_a_family_of_three_is_never_asked_more_than_twenty_pages(client: LintedClient) -> None:
    begin(client, others=MOTHER_AND_CHILD)
    held = interview(client, of(TOLD))
    assert 5 <= len(held.asked) <= 20, held.asked


def test_who_knows_nothing_still_comes_to_the_result_and_is_told_what_is_missing(
    client: LintedClient,
) -> None:
    begin(client, others=MOTHER_AND_CHILD)
    held = interview(client, does_not_know)
    assert held.last is not None
    words = page_text(held.last)
    assert held.last.request.path == "/estimate/result"
    assert "很可能符合" not in Page(held.last.get_data(as_text=True)).headings[0]
    assert "还要核对" in words or "还差" in words
    assert "不清楚" in words


def test_who_cannot_say_town_or_village_still_comes_to_the_result(client: LintedClient) -> None:
    begin(client, area="unsure")
    shown = client.get("/estimate/result")
    assert shown.status_code == 200
    place = page_text(shown).split("口人")[0]
    assert "城镇 ·" not in place
    assert "农村 ·" not in place


def test_the_number_of_questions_left_never_claims_fewer_than_are_asked(client: LintedClient) -> None:
    begin(client, others=MOTHER_AND_CHILD)
    held = interview(client, of(TOLD))
    still_asked = range(len(held.asked), 0, -1)
    assert all(left >= 1 for left in held.left)
    assert held.left[0] >= next(iter(still_asked)) - 3, (held.left, held.asked)


def test_back_shows_the_answer_again_and_loses_nothing(client: LintedClient) -> None:
    begin(client)
    first = client.get("/estimate/next", follow_redirects=True)
    second = client.submit(first, {"answer": "yes"}, button="继续")
    back = next(href for href, words in Page(second.get_data(as_text=True)).links if words == "返回上一步")
    assert back == first.request.path
    again = client.get(back)
    assert 'value="yes" checked' in again.get_data(as_text=True)
    assert client.submit(again, button="继续").request.path == second.request.path


def test_an_earlier_answer_can_be_changed_and_the_later_ones_stay(client: LintedClient) -> None:
    begin(client, others=MOTHER_AND_CHILD)
    interview(client, of(TOLD))
    shown = client.submit("/estimate/question/member.income_monthly@m1", {"wage": "900"}, button="继续")
    words = page_text(shown)
    assert "每月约 1,410 元起" in words
    assert "存款 15000 元" in words


def test_a_member_can_be_added_changed_and_removed(client: LintedClient) -> None:
    begin(client, others=MOTHER_AND_CHILD)
    shown = client.submit("/estimate/members/m3", {"age": "11"})
    assert "11 岁" in page_text(shown)
    shown = client.submit(shown, form=1)
    assert "孩子" not in page_text(shown).split("就这")[0].split("不算")[-1]
    shown = client.submit("/estimate/members/new", {"relation": "child", "age": "2020-2-29"})
    assert "2020-02-29 生" in page_text(shown)
    assert "/estimate/members/m3" in shown.get_data(as_text=True)


@pytest.mark.parametrize(
    ("typed", "cure"),
    [
        ("", "请填年纪"),
        ("很老", "请填周岁"),
        ("200", "太大了"),
        ("1952-13-40", "没有这一天"),
        ("2030-01-01", "还没有到"),
        ("1852-01-01", "不对"),
    ],
)
def test_an_odd_age_is_answered_with_a_cure_and_what_was_typed_stays(
    client: LintedClient, typed: str, cure: str
) -> None:
    begin(client)
    shown = client.submit("/estimate/members/new", {"relation": "mother", "age": typed})
    assert shown.status_code == 200
    assert cure in page_text(shown)
    assert f'value="{typed}"' in shown.get_data(as_text=True)


def test_an_age_may_be_unknown(client: LintedClient) -> None:
    begin(client)
    shown = client.submit("/estimate/members/new", {"relation": "mother", "age": "", "age_unsure": "y"})
    assert "年纪不清楚" in page_text(shown)


@pytest.mark.parametrize(
    ("typed", "cure"),
    [
        ({}, "一项都没填"),
        ({"wage": "一千"}, "只填数字"),
        ({"wage": "-5"}, "负数"),
        ({"wage": "1e99"}, "太大"),
        ({"wage": "1.005"}, "最多写到分"),
    ],
)
def test_an_odd_amount_is_answered_with_a_cure(
    client: LintedClient, typed: dict[str, str], cure: str
) -> None:
    begin(client)
    shown = client.submit("/estimate/question/member.income_monthly@m1", typed, button="继续")
    assert page_of(shown) == "member.income_monthly@m1"
    assert cure in page_text(shown)
    assert 'role="alert"' in shown.get_data(as_text=True)


def test_a_loss_in_business_may_be_told(client: LintedClient) -> None:
    begin(client)
    client.submit("/estimate/question/member.income_monthly@m1", {"business": "-300"}, button="继续")
    assert "做生意（净赚） -300 元" in page_text(client.get("/estimate/result"))


def test_a_child_is_not_asked_for_wages(client: LintedClient) -> None:
    begin(client, others=MOTHER_AND_CHILD)
    shown = Page(client.get("/estimate/question/member.income_monthly@m3").get_data(as_text=True))
    assert "wage" not in {control["name"] for control in shown.controls}
    assert "support" in {control["name"] for control in shown.controls}


def test_one_amount_may_be_unknown_while_the_others_count(client: LintedClient, session: Session) -> None:
    begin(client)
    client.submit(
        "/estimate/question/member.income_monthly@m1", {"wage": "500", "farming_unsure": "y"}, button="继续"
    )
    draft = session.scalars(select(Draft)).one()
    income = draft.answers["facts"]["members"][0]["income_monthly"]
    assert income["wage"] == "500"
    assert income["property"] == "0"
    assert "farming" not in income
    assert "m1:member.income_monthly.farming" in draft.answers["unsure"]


def test_the_draft_holds_what_an_application_starts_from(client: LintedClient, session: Session) -> None:
    begin(client, others=MOTHER_AND_CHILD)
    interview(client, of(TOLD))
    answers = session.scalars(select(Draft)).one().answers
    assert answers["facts"]["region"] == "220104"
    assert [member["id"] for member in answers["facts"]["members"]] == ["m1", "m2", "m3"]
    assert {"id": "dibao", "subject": "household", "outcome": "likely"} in answers["result"]["programmes"]
    assert answers["result"]["as_of"] == "2026-11-22"
    assert set(answers["result"]["rulebook"]) == {"version", "sha256"}


def test_the_answers_come_back_on_another_phone_by_code(app: Flask, client: LintedClient) -> None:
    begin(client, others=MOTHER_AND_CHILD)
    interview(client, of(TOLD))
    shown = client.submit("/estimate/code", button="给我一个编码")
    code = re.search(r"[2-9A-Z]{3}(-[2-9A-Z]{3}){3}", page_text(shown))
    assert code
    other = app.test_client()
    assert isinstance(other, LintedClient)
    typed = code[0].lower().replace("-", " ")
    assert "每月约 1,110 元起" in page_text(other.submit("/estimate/resume", {"code": typed}))


@pytest.mark.parametrize("typed", ["", "ABC", "222-222-222", "'; DROP TABLE draft", "🦊" * 9])
def test_a_wrong_code_is_told_kindly(client: LintedClient, typed: str) -> None:
    shown = client.submit("/estimate/resume", {"code": typed})
    assert shown.status_code == 200
    assert "没有找到这个编码" in page_text(shown)


def test_a_shared_device_forgets_on_demand(client: LintedClient) -> None:
    begin(client)
    client.submit("/estimate/result", button="清除这台设备上的回答")
    assert client.get("/estimate/result").status_code == 303
    assert "接着上次的回答" not in [words for _href, words in Page(client.get("/estimate/").text).links][:1]


def test_neither_cookie_nor_address_holds_an_answer(client: LintedClient) -> None:
    begin(client, others=MOTHER_AND_CHILD)
    held = interview(client, of(TOLD))
    assert held.last is not None
    cookie = client.get_cookie("doudi")
    assert cookie is not None
    for answer in ("15000", "1200", "220104", "mother"):
        assert answer not in cookie.value
        assert answer not in held.last.request.full_path


def test_a_place_is_found_by_its_name_or_step_by_step_in_any_province(client: LintedClient) -> None:
    assert "延吉" in page_text(client.get("/estimate/place?find=延吉"))
    assert "长白山" in page_text(client.get("/estimate/place?find=长白山"))
    assert "成都市" in page_text(client.get("/estimate/place?province=510000"))
    assert "没有找到" in page_text(client.get("/estimate/place?find=不存在的地方"))


def test_a_place_left_out_is_asked_for_on_the_same_page(client: LintedClient) -> None:
    for address in ("/estimate/place?city=220100", "/estimate/place?find=延吉"):
        shown = client.submit(address, {"area": []}, button="继续")
        assert "请选一项" in page_text(shown)
        shown = client.submit(shown, {"region": "222401", "area": "rural"}, button="继续")
        assert shown.request.path == "/estimate/members/m1"


def test_where_no_standard_is_known_the_one_on_the_notice_board_can_be_typed(client: LintedClient) -> None:
    begin(client, region="510104", others=MOTHER_AND_CHILD)
    held = interview(client, of({**TOLD, "standards.dibao_standard": {"answer": "900"}}))
    assert "standards.dibao_standard" in held.asked
    assert held.last is not None
    assert "每月约 1,500 元" in page_text(held.last)
    assert "您填的" in page_text(held.last)


@pytest.mark.parametrize(
    "address",
    [
        "/estimate/next",
        "/estimate/members",
        "/estimate/members/m1",
        "/estimate/question/area",
        "/estimate/result",
        "/estimate/code",
    ],
)
def test_without_answers_every_later_page_leads_to_the_start(client: LintedClient, address: str) -> None:
    assert client.get(address, follow_redirects=True).request.path == "/estimate/"


@pytest.mark.parametrize(
    "id", ["nonsense", "member.income_monthly@m9", "member.income_monthly", "household", "%00"]
)
def test_an_address_that_is_no_question_leads_on(client: LintedClient, id: str) -> None:
    begin(client)
    assert client.get(f"/estimate/question/{id}", follow_redirects=True).status_code == 200


def test_every_page_of_the_interview_speaks_plainly_and_offers_not_to_know(client: LintedClient) -> None:
    begin(client, others=MOTHER_AND_CHILD)
    held = interview(client, does_not_know)
    assert not [title for title in held.titles if len(title) > 30], held.titles
    assert len(set(held.titles)) == len(held.titles)


def test_after_twenty_pages_the_result_is_shown_and_whoever_wants_goes_on(client: LintedClient) -> None:
    begin(client, others=(*MOTHER_AND_CHILD, ("spouse", "44"), ("sibling", "40"), ("grandparent", "90")))
    held = interview(client, does_not_know)
    assert len(held.asked) == 20
    assert held.last is not None
    assert "没有答，答了更准" in page_text(held.last)
    link = next(href for href, words in Page(held.last.get_data(as_text=True)).links if words == "接着答")
    further = client.get(link, follow_redirects=True)
    first, asked = page_of(further), Page(further.get_data(as_text=True))
    assert first
    assert first not in held.asked
    answer = does_not_know(first, asked)
    again = (
        client.submit(further, button=answer)
        if isinstance(answer, str)
        else client.submit(further, answer, button="继续")
    )
    assert page_of(again) not in (first, *held.asked)


def test_nobody_is_asked_what_an_earlier_answer_makes_pointless(client: LintedClient) -> None:
    begin(client, others=MOTHER_AND_CHILD)
    held = interview(client, of(TOLD))
    assert "household.residence_permit" not in held.asked
    assert "member.disability_category" not in held.asked
    assert "household.months_in_phase_out" not in held.asked


def test_children_are_not_asked_for_work_and_count_as_without(client: LintedClient, session: Session) -> None:
    begin(client, others=MOTHER_AND_CHILD)
    interview(client, of({**TOLD, "member.employed": {"answer": ["m1"]}}))
    members = session.scalars(select(Draft)).one().answers["facts"]["members"]
    assert [member.get("employed") for member in members] == [True, False, False]


def test_a_person_alone_is_asked_by_name_not_by_ticks(client: LintedClient) -> None:
    begin(client, own_age="30")
    alone = {"member.disability_grade": {"answer": "0"}, "member.labour_capacity": {"answer": "full"}}
    held = interview(client, of({**TOLD, **alone}))
    assert not [title for title in held.titles if title.startswith(("谁", "家里谁"))], held.titles


def test_the_same_said_of_several_persons_is_said_once(client: LintedClient) -> None:
    begin(client, others=MOTHER_AND_CHILD)
    held = interview(client, of(TOLD))
    assert held.last is not None
    assert "您自己、母亲、孩子" in page_text(held.last)


def test_an_application_is_started_with_one_press(client: LintedClient) -> None:
    begin(client, others=MOTHER_AND_CHILD)
    held = interview(client, of(TOLD))
    assert held.last is not None
    started = client.submit(held.last, button="带着这些回答去申请")
    assert started.request.path.startswith("/apply/")
    assert started.status_code == 200


@pytest.mark.parametrize("press", ["skip", "nothing", "nonsense", ""])
def test_a_press_the_page_does_not_have_breaks_nothing(client: LintedClient, press: str) -> None:
    begin(client)
    shown = client.get("/estimate/question/household.hukou_local")
    answer = client.submit(shown, {"go": press}, button="继续")
    assert answer.status_code == 200


def test_where_two_documents_differ_both_are_named_and_nothing_is_decided(client: LintedClient) -> None:
    begin(client, own_age="30")
    told: dict[str, Answer] = {
        **TOLD,
        "member.disability_grade": {"answer": "0"},
        "member.labour_capacity": {"answer": "full"},
        "member.income_monthly@m1": {"wage": "1309"},
        "household.assets": "都没有",
    }
    client.submit("/estimate/question/standards.dibao_standard", {"answer": "770"}, button="继续")
    held = interview(client, of(told))
    assert held.last is not None
    words = page_text(held.last)
    between = words[words.index("低保边缘家庭（低收入家庭）") :]
    assert "两份文件说法不同" in between[:60]
    assert "吉办发〔2020〕46号" in between[:900]
    assert "最低生活保障审核确认办法" in between[:900] or "国办发〔2023〕39号" in between[:900]


def test_who_is_exactly_on_the_line_is_told_so(client: LintedClient) -> None:
    begin(client, own_age="30")
    told: dict[str, Answer] = {
        **TOLD,
        "member.disability_grade": {"answer": "0"},
        "member.labour_capacity": {"answer": "full"},
        "member.income_monthly@m1": {"wage": "770"},
        "household.assets": "都没有",
    }
    client.submit("/estimate/question/standards.dibao_standard", {"answer": "770"}, button="继续")
    held = interview(client, of(told))
    assert held.last is not None
    assert "正好等于" in page_text(held.last)


@pytest.mark.parametrize(
    "address",
    [
        "/estimate/",
        "/estimate/place",
        "/estimate/members",
        "/estimate/members/m2",
        "/estimate/next",
        "/estimate/question/household.assets",
        "/estimate/result",
        "/estimate/code",
        "/ask",
    ],
)
def test_showing_a_page_writes_nothing(client: LintedClient, session: Session, address: str) -> None:
    begin(client, others=MOTHER_AND_CHILD)
    assert session.scalars(select(Draft)).one()  # from here on this session holds the only write lock
    assert client.get(address, follow_redirects=True).status_code == 200
