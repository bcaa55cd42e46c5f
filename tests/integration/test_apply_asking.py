"""One question a page: on, back, past, from the page that shows everything and back to it; twenty open tabs."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.apply import questions
from portal.apply.questions import PASSED
from portal.drafts import Draft
from tests.support import applying
from tests.support.languages import compile_catalogues, unmarked_chinese
from tests.support.pages import LintedClient, Page, page_text

SKIP = "不清楚，跳过"


def answers(app: Flask) -> dict[str, Any]:
    with Session(bind=app.extensions["doudi_engine"]) as session:
        return session.scalars(select(Draft).where(Draft.kind == "application")).one().answers


def links(client: LintedClient, path: str) -> dict[str, str]:
    page = Page(client.get(path, follow_redirects=True).get_data(as_text=True))
    return {words: href for href, words in page.links}


@pytest.fixture
def family(client: LintedClient) -> LintedClient:
    applying.start_filled(client)
    return client


def test_a_section_opens_at_its_first_open_question_and_ends_in_the_list(client: LintedClient) -> None:
    applying.begin(client)
    page = client.get("/apply/applicant", follow_redirects=True)
    seen = []
    told = {
        "name": "王小梅",
        "id_number": applying.WANG,
        "phone": applying.PHONE,
        "address": "南湖",
        "hukou": "here",
    }
    while page.request.path != "/apply/tasks":
        seen.append(page.request.path.rsplit("/", 1)[1])
        fields = {one["name"] for one in Page(page.get_data(as_text=True)).controls}
        known = {name: told[name] for name in fields & set(told)}
        page = client.submit(page, known, button=applying.SAVE if known else SKIP)
    assert seen == ["who", "phone", "address", "hukou", "head", "bank"]


def test_the_line_of_what_is_left_counts_down(family: LintedClient) -> None:
    page = family.get("/apply/property/money")
    left = []
    while page.request.path != "/apply/tasks":
        text = page_text(page)
        left.append(int(text.split("这一项还有最多")[1].split("页")[0]) if "这一项还有最多" in text else 0)
        page = family.submit(page, button=SKIP if SKIP in text else applying.SAVE)
    assert left == sorted(left, reverse=True)
    assert left[0] > left[-1]
    assert left[-1] <= 1  # what a machine is for would have been asked of who has one


def test_back_leads_to_the_question_before_and_from_the_first_to_the_list(family: LintedClient) -> None:
    assert links(family, "/apply/applicant/phone")["返回上一步"] == "/apply/applicant/who"
    assert links(family, "/apply/applicant/who")["返回上一步"] == "/apply/tasks"
    assert links(family, "/apply/family/m2/situation/disability")["返回上一步"].endswith("/situation/health")
    assert links(family, "/apply/family/m2/income/kinds")["返回上一步"] == "/apply/income"


def ready(client: LintedClient) -> None:
    applying.sign_own(client)
    client.submit("/apply/signatures/m2/paper", button="好，到窗口签")


def test_a_change_from_the_page_that_shows_everything_goes_back_there(
    app: Flask, family: LintedClient
) -> None:
    ready(family)
    change = next(href for href in links(family, "/apply/check").values() if "/property/money" in href)
    assert links(family, change)["返回上一步"] == "/apply/check"
    assert family.submit(change, {"cash": "5"}, button=applying.SAVE).request.path == "/apply/check"
    assert answers(app)["property"]["cash"] == "5.00"


def test_a_change_that_brings_up_a_needed_question_asks_it_first(app: Flask, family: LintedClient) -> None:
    ready(family)
    page = family.submit("/apply/applicant/hukou?then=check", {"hukou": "elsewhere"}, button=applying.SAVE)
    assert page.request.path == "/apply/applicant/permit"
    page = family.submit(page, {"permit": "no"}, button=applying.SAVE)
    assert page.request.path == "/apply/check"


def test_nothing_but_the_check_page_can_be_gone_back_to(family: LintedClient) -> None:
    page = family.submit("/apply/property/money?then=//evil.example", {"cash": "5"}, button=applying.SAVE)
    assert page.request.path == "/apply/property/invested"


def test_what_was_skipped_is_remembered_and_can_be_added_later(app: Flask, family: LintedClient) -> None:
    page = family.submit("/apply/property/debts", button=SKIP)
    assert page.request.path != "/apply/property/debts"
    assert answers(app)["property"][PASSED] == ["debts"]
    assert "再补几样" in page_text(family.get("/apply/property"))
    family.submit("/apply/property/debts", {"debts": "800"}, button=applying.SAVE)
    assert answers(app)["property"]["debts"] == "800.00"
    assert PASSED not in answers(app)["property"]


def test_twenty_open_tabs_undo_nothing_of_each_other(app: Flask, family: LintedClient) -> None:
    paths = [
        *(f"/apply/property/{page.id}" for page in questions.table()["property"].pages),
        *(f"/apply/applicant/{page}" for page in ("phone", "address", "head", "bank")),
        *(f"/apply/family/m2/situation/{page}" for page in ("marital", "education", "insurance", "special")),
    ]
    assert len(paths) >= 20
    tabs = [family.get(path) for path in paths]
    told: dict[str, str] = {}
    for number, tab in enumerate(reversed(tabs)):
        fields = Page(tab.get_data(as_text=True)).controls
        texts = [one["name"] for one in fields if one.get("type") == "text"]
        choices = [one for one in fields if one.get("type") == "radio"]
        value = (
            {texts[0]: f"{13900000000 + number}"[-11:] if "phone" in texts else str(number)} if texts else {}
        )
        if choices and not texts:
            value = {choices[-1]["name"]: choices[-1]["value"]}
        family.submit(tab, value, button=applying.SAVE)
        told |= value
    kept = answers(app)
    everything = {**kept["property"], **kept["applicant"], **kept["situation:m2"]}
    for name, value in told.items():
        assert everything[name].removesuffix(".00") == value, name
    assert kept["property"]["deposits"] == applying.FAMILY["property"]["deposits"]


def test_a_county_of_another_province_is_found_by_a_page_of_its_own(app: Flask, client: LintedClient) -> None:
    applying.begin(client)
    page = client.get("/apply/place/where?province=")
    assert "湖南省" in page_text(page)
    page = client.get("/apply/place/where?province=430000")
    assert "长沙市" in page_text(page)
    client.submit(page, {"region": "430102"}, button=applying.SAVE)
    assert answers(app)["place"]["region"] == "430102"


def test_what_the_departments_find_out_is_said_and_not_asked(family: LintedClient) -> None:
    shown = page_text(family.get("/apply/tasks"))
    for title in ("民族", "性别、出生日期、年龄", "自己种的地有几亩"):
        assert title in shown
    assert "由部门核对，不用交证明" in page_text(family.get("/apply/property/vehicles"))


@pytest.mark.parametrize(
    "path",
    ["/apply/nothing", "/apply/property/nothing", "/apply/proxy/who", "/apply/family/m9/situation/health",
     "/apply/family/m1/member/who", "/apply/family/m2/property/money", "/apply/situation/health"],
)  # fmt: skip
def test_what_there_is_not_is_not_found(family: LintedClient, path: str) -> None:
    assert family.get(path).status_code == 404


def test_an_unfinished_application_of_before_is_asked_what_is_new_and_loses_nothing(
    app: Flask, family: LintedClient
) -> None:
    with Session(bind=app.extensions["doudi_engine"]) as session, session.begin():
        draft = session.scalars(select(Draft)).one()
        old = {**draft.answers, "income:m1": {"has": "yes", "wage": "600.00", "wage_per": "month"}}
        del old["more"]
        draft.answers = old
    assert "都填好了，才能发送" in page_text(family.get("/apply/tasks"))
    assert family.get("/apply/more", follow_redirects=True).request.path == "/apply/more/aid"
    page = family.get("/apply/income/m1", follow_redirects=True)
    assert page.request.path.endswith("/income/kinds")
    family.submit(page, {"kinds": ["wage"]}, button=applying.SAVE)
    assert answers(app)["income:m1"]["wage"] == "600.00"


@pytest.mark.parametrize("lang", ["en", "ko"])
def test_a_page_in_another_language_marks_the_chinese_it_shows(family: LintedClient, lang: str) -> None:
    compile_catalogues()
    for path in (
        "/apply/family/m2/situation/health",
        "/apply/family/m2",
        "/apply/family/m2/income/kinds",
        "/apply/event/illness",
        "/apply/tasks",
        "/apply/property",
    ):
        html = family.get(f"{path}?lang={lang}", follow_redirects=True).get_data(as_text=True)
        assert unmarked_chinese(html) == [], path
