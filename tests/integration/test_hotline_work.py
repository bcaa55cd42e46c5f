"""The work around calls: what is noted is scrubbed, what is promised comes up in time, what is stuck goes again."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from portal import clock, db
from portal.config import Settings
from portal.handoff.models import OutboxMessage, OutboxState
from portal.hotline import audit, calls, work
from portal.hotline.access import Role
from portal.hotline.audit import Filter
from portal.hotline.models import StaffAccount
from portal.hotline.work import CallBack, CallNote, DistressCall, HandOver, Reason
from portal.hotline.work_forms import read_moment
from tests.support.hotline import sign_in, staff_client
from tests.support.hotline_work import call_back, hand_over, sent_application
from tests.support.pages import LintedClient, page_text

YANJI, NANGUAN = "222401", "220102"
CANARIES = ("王小明", "220102195203031234", "13812345678")
TOLD = "我叫王小明，身份证220102195203031234，电话13812345678，房子漏雨"


@pytest.fixture
def operator(app: Flask) -> LintedClient:
    return staff_client(app, Role.OPERATOR, [YANJI])


def made(app: Flask, maker: object, *arguments: object, **named: object) -> str:
    with app.app_context(), db.writing(app.extensions["doudi_engine"]) as session:
        return str(maker(session, *arguments, **named))  # type: ignore[operator]  # a function of hotline_work


def rows(app: Flask, table: type) -> list:  # type: ignore[type-arg]  # rows of whatever table is asked for
    with app.app_context():
        return list(db.session().scalars(select(table)))


def begin_call(operator: LintedClient) -> None:
    operator.submit("/hotline/", button="新来电")


def test_a_note_is_scrubbed_encrypted_and_bound_to_the_call(
    app: Flask, operator: LintedClient, settings: Settings
) -> None:
    begin_call(operator)
    shown = operator.submit("/hotline/todo/note", {"text": TOLD}, button="记下")
    assert "记下了" in page_text(shown)
    assert "房子漏雨" in page_text(shown)
    (note,) = rows(app, CallNote)
    (call,) = rows(app, calls.HotlineCall)
    assert note.reference == call.reference
    files = Path(settings.database_url.removeprefix("sqlite:///")).parent.iterdir()
    stored = b"".join(file.read_bytes() for file in files if file.is_file())
    for canary in (*CANARIES, "房子漏雨"):
        assert canary.encode() not in stored
    assert not [canary for canary in CANARIES if canary in note.text]


def test_an_empty_note_is_asked_for_again(operator: LintedClient) -> None:
    answer = operator.submit("/hotline/todo/note", {"text": " "}, button="记下")
    assert answer.status_code == 422
    assert "请写一句" in page_text(answer)


def test_a_call_back_comes_up_by_its_time_and_overdue_ones_are_marked(
    app: Flask, operator: LintedClient
) -> None:
    with app.app_context():
        login = db.session().scalars(select(StaffAccount.login)).first()
    for minutes in (60, -30, 5):
        made(app, call_back, YANJI, by=login, minutes=minutes)
    shown = page_text(operator.get("/hotline/todo"))
    times = [
        clock.local(clock.now() + timedelta(minutes=minutes)).strftime("%m-%d %H:%M")
        for minutes in (-30, 5, 60)
    ]
    assert shown.index(times[0]) < shown.index(times[1]) < shown.index(times[2])
    assert shown.count("过点了") == 1
    assert "待办 1" in shown, "the menu counts what is due"


def test_a_promise_is_made_kept_and_the_number_forgotten(app: Flask, operator: LintedClient) -> None:
    begin_call(operator)
    values = {"phone": "139 0000 1111", "about": TOLD, "when": "2h"}
    shown = operator.submit("/hotline/todo/call-back", values, button="定下来")
    assert "回电" in page_text(shown)
    (row,) = rows(app, CallBack)
    assert row.phone == "13900001111"
    assert not [canary for canary in CANARIES if canary in row.about]
    page = f"/hotline/todo/call-back/{row.id}"
    assert "13900001111" not in operator.get(page).get_data(as_text=True), "not before she asks for it"
    assert "13900001111" in operator.submit(page, button="看号码，现在打").get_data(as_text=True)
    with app.app_context():
        (entry,) = audit.entries(db.session(), Filter(action="call_back.number"), limit=5)
    assert entry.details["fields"] == ["phone"]
    assert "回电办好了" in page_text(operator.submit(page, {"told": "说明白了"}, button="打过了"))
    (row,) = rows(app, CallBack)
    assert (row.state, row.phone, row.told) == ("done", None, "说明白了")
    assert operator.get(page).status_code == 404


WRONG = [
    ({"phone": "12"}, "11 位手机号"),
    ({"phone": ""}, "请写电话号码"),
    ({"when": "own"}, "请写日期和时间"),
    ({"when": "own", "at": "2020-01-01 09:00"}, "要在现在以后"),
    ({"when": "own", "at": "明天吧"}, "看不懂这个时间"),
    ({"when": "own", "at": "13-45 25:00"}, "看不懂这个时间"),
    ({"when": "never"}, "有些地方要改"),
    ({"about": ""}, "请写一句"),
]


@pytest.mark.parametrize(("values", "said"), WRONG, ids=[said for _, said in WRONG])
def test_a_promise_that_cannot_be_kept_is_asked_for_again(
    app: Flask, operator: LintedClient, values: dict[str, str], said: str
) -> None:
    told = {"phone": "13900001111", "about": "补材料", "when": "30m", **values}
    answer = operator.submit("/hotline/todo/call-back", told, button="定下来")
    assert answer.status_code == 422
    assert said in page_text(answer)
    assert rows(app, CallBack) == []


def test_a_typed_time_is_read_as_it_is_meant() -> None:
    now = datetime(2026, 11, 22, 13, 0, tzinfo=clock.LOCAL_ZONE)
    typed = {
        "15:30": now.replace(hour=15, minute=30),
        "11-23 9:05": now.replace(day=23, hour=9, minute=5),
        "１１月２３日 ９点０５分": now.replace(day=23, hour=9, minute=5),
        "1-2 10:00": datetime(2027, 1, 2, 10, tzinfo=clock.LOCAL_ZONE),
        "2026-12-01 08:00": datetime(2026, 12, 1, 8, tzinfo=clock.LOCAL_ZONE),
    }
    assert {text: read_moment(text, now) for text in typed} == typed


def test_a_promise_is_moved_and_handed_to_a_colleague_of_the_same_place(
    app: Flask, operator: LintedClient
) -> None:
    id_ = made(app, call_back, YANJI)
    browsers = [app.test_client() for _n in range(2)]
    colleague = sign_in(app, browsers[0], Role.OPERATOR, [YANJI])  # type: ignore[arg-type]
    stranger = sign_in(app, browsers[1], Role.OPERATOR, [NANGUAN])  # type: ignore[arg-type]
    page = operator.get(f"/hotline/todo/call-back/{id_}")
    html = page.get_data(as_text=True)
    assert f'value="{colleague}"' in html
    assert f'value="{stranger}"' not in html
    operator.submit(page, {"when": "9"}, button="改时间")
    operator.submit(page, {"owner": colleague}, button="交出去")
    (row,) = rows(app, CallBack)
    assert (row.owner, row.moved) == (colleague, 1)
    assert clock.local(row.due_at).hour == 9
    assert "说明怎么补材料" in page_text(browsers[0].get("/hotline/todo"))
    assert browsers[1].get(f"/hotline/todo/call-back/{id_}").status_code == 404


def test_a_matter_for_the_county_stands_there_until_somebody_takes_it(
    app: Flask, operator: LintedClient
) -> None:
    values = {"place": "南关区", "reason": "urgent", "text": TOLD}
    assert "还没有人在办" in page_text(operator.submit("/hotline/todo/hand-over", values, button="转过去"))
    (row,) = rows(app, HandOver)
    assert (row.region, row.reason, row.taken_at) == (NANGUAN, "urgent", None)
    assert not [canary for canary in CANARIES if canary in row.text]
    assert "房子漏雨" not in page_text(operator.get("/hotline/todo")), "it is another county's"
    there = staff_client(app, Role.SUPERVISOR, [NANGUAN])
    made(app, hand_over, NANGUAN, Reason.VISIT)
    shown = there.get("/hotline/todo")
    assert page_text(shown).index("急：") < page_text(shown).index("要上门看看"), "the urgent first"
    taken = there.post(
        f"/hotline/todo/hand-over/{row.id}/take", data={"csrf_token": _token(shown)}, follow_redirects=True
    )
    assert "接手了" in page_text(taken)
    assert "急：" not in page_text(taken)


def test_an_unknown_county_is_asked_for_again(app: Flask, operator: LintedClient) -> None:
    values = {"place": "乌有县", "reason": "visit", "text": "看看"}
    answer = operator.submit("/hotline/todo/hand-over", values, button="转过去")
    assert answer.status_code == 422
    assert "没有找到这个县" in page_text(answer)
    assert rows(app, HandOver) == []


def test_distress_stays_on_every_page_until_somebody_says_how_it_went_on(
    app: Flask, operator: LintedClient
) -> None:
    begin_call(operator)
    shown = operator.submit("/hotline/", {"q": "我不想活了"}, button="查")
    assert "先顾人，别挂电话" in page_text(shown)
    for path in ("/hotline/todo", "/hotline/todo/note", "/hotline/"):
        html = operator.get(path).get_data(as_text=True)
        assert 'id="distress"' in html, path
        assert "12356" in html
    operator.submit("/hotline/", {"q": "我不想活了"}, button="查")
    assert len(rows(app, DistressCall)) == 1, "once a call"
    page = operator.get("/hotline/todo")
    assert operator.post("/hotline/todo/distress", data={"csrf_token": _token(page)}).status_code == 400
    assert 'id="distress"' in operator.get("/hotline/").get_data(as_text=True)
    shown = operator.submit(page, button="F8\xa0已转接")
    assert 'id="distress"' not in shown.get_data(as_text=True)
    (row,) = rows(app, DistressCall)
    assert row.outcome == "put_through"


def test_a_colleague_does_not_see_the_distress_of_another_call(app: Flask, operator: LintedClient) -> None:
    operator.submit("/hotline/", {"q": "我不想活了"}, button="查")
    other = staff_client(app, Role.OPERATOR, [YANJI])
    assert 'id="distress"' not in other.get("/hotline/todo").get_data(as_text=True)


def _token(page: object) -> str:
    html: str = page.get_data(as_text=True)  # type: ignore[attr-defined]  # an answer of the test client
    return html.split('name="csrf_token" value="')[1].split('"')[0]


def states(app: Flask) -> dict[str, OutboxState]:
    return {message.application_number: OutboxState(message.state) for message in rows(app, OutboxMessage)}


def test_what_did_not_arrive_stands_by_county_with_its_reason_and_goes_again(app: Flask) -> None:
    here = made(app, sent_application, YANJI)
    there = made(app, sent_application, NANGUAN, problem="not-delivered-in-time")
    supervisor = staff_client(app, Role.SUPERVISOR, [YANJI])
    shown = page_text(supervisor.get("/hotline/todo/deliveries"))
    assert "民政系统说有项目填得不对（422）" in shown
    assert "试了七天" not in shown, "another county's"
    everywhere = staff_client(app, Role.SUPERVISOR)
    assert "试了七天都没有送到" in page_text(everywhere.get("/hotline/todo/deliveries"))
    page = supervisor.get("/hotline/todo/deliveries")
    assert "没有选" in page_text(supervisor.submit(page, button="再送一次"))
    said = page_text(supervisor.submit(page, {"number": [here, there]}, button="再送一次"))
    assert "1 份正在再送" in said
    assert states(app) == {here: OutboxState.UNKNOWN, there: OutboxState.PARKED}, (
        "asked for first, never twice"
    )
    with app.app_context():
        (entry,) = audit.entries(db.session(), Filter(action="delivery.replay"), limit=5)
        assert entry.subject == audit.pseudonym(here)


def test_one_delivery_is_stopped_noted_and_let_go_again(app: Flask) -> None:
    number = made(app, sent_application, YANJI)
    supervisor = staff_client(app, Role.SUPERVISOR, [YANJI])
    page = f"/hotline/todo/deliveries/{number}"
    assert "民政系统说有项目填得不对" in page_text(supervisor.get(page))
    supervisor.submit(page, {"text": TOLD}, button="记下")
    shown = supervisor.get(page).get_data(as_text=True)
    assert "房子漏雨" in shown
    assert not [canary for canary in CANARIES if canary in shown]
    assert "1 份正在再送" in page_text(supervisor.submit(page, button="再送一次"))
    assert "停下了 1 份" in page_text(supervisor.submit(page, button="先停下来"))
    assert states(app) == {number: OutboxState.PARKED}
    assert "工作人员先停下了" in page_text(supervisor.get(page))


def test_old_notes_and_settled_work_go_and_open_work_stays(app: Flask, operator: LintedClient) -> None:
    made(app, call_back, YANJI)
    made(app, hand_over, YANJI)
    operator.submit("/hotline/todo/note", {"text": "漏雨"}, button="记下")
    with app.app_context(), db.writing(app.extensions["doudi_engine"]) as session:
        later = clock.now() + timedelta(days=366)
        assert work.forget_old(session, now=later) == 1
    assert len(rows(app, CallBack)) == len(rows(app, HandOver)) == 1


def test_the_protocol_comes_with_the_answer_while_one_types(operator: LintedClient) -> None:
    page = operator.get("/hotline/")
    asked = {"q": "我不想活了", "csrf_token": _token(page)}
    assert 'id="distress"' in operator.post("/hotline/search", data=asked).get_data(as_text=True)
    asked["q"] = "低保怎么申请"
    assert 'id="distress"' not in operator.post("/hotline/search", data=asked).get_data(as_text=True)
