"""The estimate with the caller: any field empty, taken back, wrong; what to ask now; the number she opens at home."""

from __future__ import annotations

import re
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from werkzeug.test import TestResponse

from portal import clock, db, drafts
from portal.drafts import Draft
from portal.guidance import advice, estimates
from portal.guidance.household import Household
from portal.hotline import phone_estimate
from portal.hotline.access import Role
from tests.support import hotline_calls
from tests.support.hotline import staff_client
from tests.support.pages import LintedClient, Page, page_text

SHEET = "/hotline/call/estimate"
ADD, UPDATE = "＋ 加一个人", "更新结果"
EVERYTHING = {
    ":area": "urban", ":household.hukou_local": "yes", ":household.currently_on_dibao": "no",
    ":household.other_property_ok": "yes",
    "m1:member.age": "45", "m1:member.labour_capacity": "full", "m1:member.employed": "yes",
    "m1:member.income_monthly.wage": "300", "m1:member.income_monthly:none": "y",
    ":household.assets.deposits": "1000", ":household.assets:none": "y",
}  # fmt: skip


@pytest.fixture
def operator(app: Flask) -> LintedClient:
    browser = staff_client(app, Role.OPERATOR)
    browser.submit("/hotline/", {"place": "延吉市"}, button="记住")
    return browser


def facts(app: Flask) -> dict[str, Any]:
    with app.app_context():
        call = hotline_calls.call_of(app)
        draft = drafts.find(db.session(), call.estimate_id, "estimate", now=clock.now())
        assert draft is not None
        return dict(draft.answers["facts"])


def press(operator: LintedClient, path: str, **sent: str) -> TestResponse:
    """Press a button that sends the sheet to another address than its own."""
    forms = Page(operator.get(SHEET).get_data(as_text=True)).forms
    token = next(form for form in forms if form.action.endswith("/estimate")).fields["csrf_token"][0]
    return operator.post(path, data={"csrf_token": token, **sent})


def names_shown(html: str) -> set[str]:
    """The fields that are not hidden."""
    return set(re.findall(r'data-box="([^"]+)">', html))


def test_nothing_told_is_a_sheet_too_and_asks_the_first_question(operator: LintedClient) -> None:
    text = page_text(operator.get(SHEET))
    assert "下一问最要紧：" in text
    assert "还差信息" in text


def test_without_a_place_the_place_is_asked_first(app: Flask) -> None:
    text = page_text(staff_client(app, Role.OPERATOR).get(SHEET))
    assert "先问在哪个县" in text
    assert "不用再问了" not in text


def test_what_is_typed_is_kept_and_changes_the_result(app: Flask, operator: LintedClient) -> None:
    page = operator.submit(SHEET, {":area": "urban", "m1:member.age": "78"}, button=UPDATE)
    assert page.status_code == 200
    told = facts(app)
    assert (told["area"], told["members"][0]["age"], told["region"]) == ("urban", 78, "222401")
    assert 'value="78"' in page.get_data(as_text=True)


def test_an_emptied_field_is_taken_back(app: Flask, operator: LintedClient) -> None:
    operator.submit(SHEET, {":area": "urban", "m1:member.age": "78"}, button=UPDATE)
    operator.submit(SHEET, {":area": "", "m1:member.age": ""}, button=UPDATE)
    told = facts(app)
    assert "area" not in told
    assert "age" not in told["members"][0]


def test_an_empty_field_is_never_a_zero_but_a_tick_says_that_there_is_nothing(
    app: Flask, operator: LintedClient
) -> None:
    operator.submit(SHEET, {"m1:member.income_monthly.wage": "300"}, button=UPDATE)
    assert facts(app)["members"][0]["income_monthly"] == {"wage": "300"}
    operator.submit(SHEET, {"m1:member.income_monthly:none": "y"}, button=UPDATE)
    income = facts(app)["members"][0]["income_monthly"]
    assert income["wage"] == "300"
    assert income["business"] == "0"


def test_not_known_is_kept_as_such(app: Flask, operator: LintedClient) -> None:
    operator.submit(SHEET, {":household.hukou_local": "unsure"}, button=UPDATE)
    assert "hukou_local" not in facts(app).get("household", {})
    assert 'value="unsure" selected' in operator.get(SHEET).get_data(as_text=True)


def test_a_wrong_figure_is_said_and_everything_else_is_kept(app: Flask, operator: LintedClient) -> None:
    page = operator.submit(SHEET, {":area": "rural", "m1:member.income_monthly.wage": "三百"}, button=UPDATE)
    assert "请只填数字" in page_text(page)
    assert "三百" in page.get_data(as_text=True)
    assert facts(app)["area"] == "rural"


@pytest.mark.parametrize("typed", ["1952-3-3", "19520303", "1952年3月3日"])
def test_an_age_may_be_a_birth_date(app: Flask, operator: LintedClient, typed: str) -> None:
    operator.submit(SHEET, {"m1:member.age": typed}, button=UPDATE)
    assert facts(app)["members"][0]["birth_date"] == "1952-03-03"


def test_persons_are_added_and_removed_as_rows(app: Flask, operator: LintedClient) -> None:
    operator.submit(SHEET, {":area": "urban"}, button=ADD)
    page = operator.submit(SHEET, {"m2:member.relation": "mother", "m2:member.age": "70"}, button=UPDATE)
    assert "母亲" in page_text(page)
    assert len(facts(app)["members"]) == 2
    operator.submit(page, button="去掉这个人 母亲")
    assert [member["id"] for member in facts(app)["members"]] == ["m1"]


def test_the_next_question_is_marked_in_the_form_and_says_what_it_settles(operator: LintedClient) -> None:
    html = operator.submit(SHEET, EVERYTHING, button=UPDATE).get_data(as_text=True)
    marked = re.findall(r'class="box is-next[^"]*" data-box="([^"]+)"', html)
    assert marked
    assert set(marked) <= names_shown(html)
    assert "这几项" in html


def test_only_what_can_still_change_something_is_shown(operator: LintedClient) -> None:
    html = operator.get(SHEET).get_data(as_text=True)
    assert ":household.residence_permit" not in names_shown(html)
    html = operator.submit(SHEET, {":household.hukou_local": "no"}, button=UPDATE).get_data(as_text=True)
    assert ":household.residence_permit" in names_shown(html)


def test_the_sheet_says_the_same_as_the_citizens_own_result(app: Flask, operator: LintedClient) -> None:
    operator.submit(SHEET, EVERYTHING, button=UPDATE)
    loaded = advice.load()
    told = facts(app)
    with app.test_request_context():
        household = Household({"facts": told})
        kept = estimates.contents(household, loaded, today=clock.today())
        ahead = estimates.ahead(kept, household, loaded, today=clock.today())
        made = phone_estimate.sheet(household, loaded, ahead, day=clock.today(), lang="zh_Hans")
    by_outcome = {one.card.id: one.card.outcome for one in made.outcomes}
    estimate = loaded.estimate(told, as_of=clock.today())
    for line in estimate["programmes"]:
        if line["outcome"] == "likely":
            assert by_outcome[line["id"]] == "likely"
    assert any(outcome == "likely" for outcome in by_outcome.values())


def test_the_script_is_read_in_korean_with_the_same_figures(app: Flask, operator: LintedClient) -> None:
    operator.submit(SHEET, EVERYTHING, button=UPDATE)
    operator.submit("/hotline/", {"place": "延吉市", "lang": "ko"}, button="记住")
    html = operator.get(SHEET).get_data(as_text=True)
    script = html.split('<div class="script" lang="ko">')[1].split("</div>")[0]
    assert "최저생활보장" in script
    assert "460" in script  # 760 a person less 300


def test_the_number_opens_the_same_estimate_in_the_portal_and_is_shown_once(
    app: Flask, operator: LintedClient
) -> None:
    operator.submit(SHEET, EVERYTHING, button=UPDATE)
    page = press(operator, f"{SHEET}/receipt")
    code = page.get_data(as_text=True).split('class="code-shown">')[1].split("<")[0]
    assert code not in operator.get(SHEET).get_data(as_text=True)
    operator.submit(SHEET, button="通话结束")
    caller = app.test_client()
    assert isinstance(caller, LintedClient)
    page = caller.submit("/estimate/resume", {"code": code})
    parsed = Page(page.get_data(as_text=True))
    assert parsed.title.startswith("您在电话里得到的估算")
    assert "您在电话里得到的估算" in page_text(page)


def test_what_is_kept_says_nothing_of_the_caller_or_the_operator(app: Flask, operator: LintedClient) -> None:
    operator.submit(SHEET, EVERYTHING, button=UPDATE)
    press(operator, f"{SHEET}/receipt")
    call = hotline_calls.call_of(app)
    with app.app_context():
        draft = drafts.find(db.session(), call.estimate_id, "estimate", now=clock.now())
        assert draft is not None
        assert set(draft.answers) <= {
            "facts", "unsure", "trail", "helping", "result", "ahead", "by_phone",
        }  # fmt: skip
        assert call.staff not in str(draft.answers)
        assert call.reference not in str(draft.answers)


def test_an_estimate_nobody_got_a_number_for_goes_with_the_call(app: Flask, operator: LintedClient) -> None:
    operator.submit(SHEET, {":area": "urban"}, button=UPDATE)
    operator.submit(SHEET, button="通话结束")
    with app.app_context():
        assert db.session().scalars(select(Draft)).all() == []


def test_the_update_while_typing_answers_with_what_changes_and_what_is_wrong(
    app: Flask, operator: LintedClient
) -> None:
    sent = {":area": "urban", "m1:member.age": "二百"}
    html = press(operator, f"{SHEET}/update", **sent).get_data(as_text=True)
    assert 'id="sheet"' in html
    assert "m1:member.age" in html.split("data-wrong=")[1][:200]
    assert facts(app)["area"] == "urban"
