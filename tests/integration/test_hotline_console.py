"""The console as an operator uses it without scripts: asking, opening, the call's place and language, its end."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import select

from portal import db
from portal.guidance.models import OpenQuestion
from portal.hotline.access import Role
from portal.hotline.calls import HotlineCall
from tests.support import hotline_calls
from tests.support.hotline import staff_client
from tests.support.pages import LintedClient, Page, page_text


@pytest.fixture
def operator(app: Flask) -> LintedClient:
    return staff_client(app, Role.OPERATOR)


def ask(operator: LintedClient, question: str) -> str:
    return page_text(operator.submit("/hotline/", {"q": question}, button="查"))


def test_the_answer_stands_there_as_a_script_with_clause_number_and_status(operator: LintedClient) -> None:
    page = ask(operator, "低保停了没通知")
    assert "照着念" in page
    assert "停发前要听您意见，并书面说明理由。" in page
    assert "社会救助法 第四十八条" in page
    assert "吉办发〔2020〕46号" in page
    assert "现行" in page
    assert "对上了：低保停发" in page


def test_the_place_of_the_call_is_the_default_and_one_named_goes_before_it(operator: LintedClient) -> None:
    operator.submit("/hotline/", {"place": "延吉"}, button="记住")
    assert "延吉市 城镇 低保标准" in ask(operator, "低保标准")
    assert "长春市 城镇 低保标准" in ask(operator, "长春低保标准")


def test_a_name_that_many_places_bear_means_the_one_that_is_served(app: Flask) -> None:
    local = staff_client(app, Role.OPERATOR, ("220104",))
    page = local.submit("/hotline/", {"place": "朝阳区"}, button="记住")
    assert "吉林省长春市朝阳区" in page.get_data(as_text=True)


def test_a_row_is_opened_and_the_question_stays(operator: LintedClient) -> None:
    page = operator.submit("/hotline/", {"q": "低保"}, button="查")
    token = next(form for form in Page(page.get_data(as_text=True)).forms if "q" in form.fields)
    sent = {**{name: value[0] for name, value in token.fields.items()}, "pick": "clause:law-2026#48"}
    opened = operator.post("/hotline/", data=sent)
    assert "社会救助法 第四十八条" in page_text(opened)
    assert 'value="低保"' in opened.get_data(as_text=True)


def test_a_question_nobody_answered_is_kept_without_what_tells_who_asked(
    app: Flask, operator: LintedClient
) -> None:
    asked = "我叫王小梅，电话13900001111，儿子不管我怎么办"
    page = operator.submit("/hotline/", {"q": asked}, button="查")
    form = next(form for form in Page(page.get_data(as_text=True)).forms if "q" in form.fields)
    sent = {name: value[0] for name, value in form.fields.items()}
    answer = operator.post("/hotline/unanswered", data=sent)
    assert "记下了" in page_text(answer)
    with app.app_context():
        kept = db.session().scalars(select(OpenQuestion)).all()
    assert len(kept) == 1
    assert "儿子不管我" in kept[0].text
    assert "王小梅" not in kept[0].text
    assert "13900001111" not in kept[0].text


def test_looking_writes_nothing_and_begins_no_call(app: Flask, operator: LintedClient) -> None:
    ask(operator, "低保停了没通知")
    operator.get("/hotline/")
    operator.get("/hotline/call/estimate")
    with app.app_context():
        assert db.session().scalars(select(HotlineCall)).all() == []


def test_a_question_stands_in_no_log(operator: LintedClient, caplog: pytest.LogCaptureFixture) -> None:
    ask(operator, "我叫王小梅低保停了")
    assert "/hotline/" in caplog.text
    assert "王小梅" not in caplog.text
    assert "低保" not in caplog.text


def test_the_next_call_begins_without_place_and_language_of_the_last(
    app: Flask, operator: LintedClient
) -> None:
    operator.submit("/hotline/", {"place": "延吉", "lang": "ko"}, button="记住")
    first = hotline_calls.call_of(app)
    page = operator.submit("/hotline/", button="新来电")
    second = hotline_calls.call_of(app)
    assert second.reference != first.reference
    assert (second.region, second.lang) == (None, "zh_Hans")
    assert "延吉" not in page_text(page).split("这次通话")[0]


def test_the_page_can_be_read_in_korean_and_keeps_the_quotes_chinese(operator: LintedClient) -> None:
    operator.submit("/hotline/", {"place": "延吉", "lang": "ko"}, button="记住")
    html = operator.submit("/hotline/", {"q": "低保停了没通知"}, button="查").get_data(as_text=True)
    assert '<div lang="ko">' in html
    assert "서면으로" in html
    assert "对家庭人均可支配收入" in html
