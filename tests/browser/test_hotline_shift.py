"""A shift at the hotline by keyboard alone: five callers, and what one of them asked becomes an answer for all."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from dataclasses import dataclass

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from portal import clock, db
from portal.config import load_settings
from portal.factory import create_app
from portal.handoff import snapshot
from tests.browser.conftest import Stack
from tests.support.desk import Desk, start_code
from tests.support.fingers import Fingers
from tests.support.handoff import document

pytestmark = pytest.mark.browser

SHEEP = "家里的羊被狼咬死了，国家给补助吗"
OLD_CODE = "K7MPQ2AB"
WIDOW = "남편이 돌아갔는데 저도 최저생활보장을 받을 수 있습니까"
NAME, PHONE = "试验甲", "13800000000"  # the applicant of tests.support.handoff.document
HANGUL = re.compile("[가-힣]{2}")


@dataclass
class Shift:
    """Who works today, and the devices of those who ring."""

    operator: Desk
    supervisor: Desk
    citizen: Callable[[], Fingers]
    stack: Stack


@pytest.fixture(scope="module")
def sent(stack: Stack) -> str:
    """An application of somebody who has lost the code; the relay brings it to the case system."""
    app = create_app(load_settings(instance=stack.folder))
    settings = app.extensions["doudi_settings"]
    with app.app_context(), db.writing(app.extensions["doudi_engine"]) as session:
        submission = snapshot.submit(
            session, settings, draft_id="00000000-0000-0000-0000-00000000beef", document=document(region="222401"),
            region="222401", query_code=OLD_CODE, now=clock.now(),
        )  # fmt: skip
    app.extensions["doudi_engine"].dispose()
    return submission.number


@pytest.fixture
def shift(stack: Stack, phone: Callable[..., BrowserContext], look: Callable[[Page, str], None]) -> Shift:
    def colleague(name: str, role: str) -> Desk:
        code = start_code(stack.folder, name, role)
        return Desk(phone(1280), stack.portal, look, name).sign_in(code)

    return Shift(
        colleague("jinshan", "operator"),
        colleague("cuihua", "supervisor"),
        lambda: Fingers(phone(320)),
        stack,
    )


def test_a_shift_of_five_callers_by_keyboard_alone(shift: Shift, sent: str) -> None:
    a_korean_speaking_widow(shift)
    an_angry_son(shift)
    an_emergency(shift)
    a_lost_code(shift, sent)
    a_question_nobody_foresaw(shift)


def a_korean_speaking_widow(shift: Shift) -> None:
    """Her language and place are kept, the script is Korean, the estimate's number opens on her telephone."""
    desk = shift.operator.next_call().set_language("ko").set_place("延吉市")
    assert "延吉" in desk.page.locator("#call-place").input_value()
    desk.look_up(WIDOW, "〔2020〕")
    script = desk.page.locator("#script").inner_text()
    assert HANGUL.search(script), script
    asked = ask_on(
        desk,
        {"age": "58", "relation": "self", "area": "urban", "hukou_local": "yes", "wage": "600"},
        at_most=9,
    )
    assert asked >= 3
    desk.button("给对方一个估算编号")
    code = desk.page.locator(".receipt .code-shown").inner_text()
    assert HANGUL.search(desk.page.locator(".receipt").inner_text())
    widow = shift.citizen()
    widow.told["code"] = code
    widow.go(f"{shift.stack.portal}/estimate/resume").press("继续", "打开")
    assert "您在电话里得到的估算" in widow.words, (code, widow.path, widow.words)


def ask_on(desk: Desk, told: dict[str, str], *, at_most: int) -> int:
    """`e` leads to what settles most; answer it, until `at_most` times; returns how often something was asked."""
    for count in range(at_most):
        before = desk.page.locator("#sheet .ask-now").first.inner_text()
        if desk.page.locator("#sheet .ask-done").count():
            return count
        desk.leave().keys("e")
        name = str(desk.page.evaluate("document.activeElement.name"))
        field = re.split("[.:]", name)[-1]
        if desk.page.evaluate("document.activeElement.tagName") == "SELECT":
            offered: list[str] = desk.page.evaluate(
                "[...document.activeElement.options].map(one => one.value)"
            )
            liked = [told.get(field, ""), "no", "none", "0", offered[-1]]
            wanted = next(one for one in liked if one and one in offered)
            desk.keys("Home", *["ArrowDown"] * offered.index(wanted))
        else:
            desk.keys("Control+a")
            desk.page.keyboard.insert_text(told.get(field, "0"))
            if field != "age":  # one of several amounts, and nothing else
                desk.tab_to(lambda stop: stop["type"] == "checkbox", "别的都没有")
                desk.keys("Space")
                return count + 1
        expect(desk.page.locator("#sheet .ask-now").first).not_to_have_text(before)
    return at_most


def an_angry_son(shift: Shift) -> None:
    """The clause to quote, a note without his name, a call-back in time, the complaint at the county."""
    desk = shift.operator.next_call().set_place("南关区")
    desk.look_up("我妈的低保凭什么停了，我要投诉你们", "低保")
    assert desk.page.locator("#card blockquote").count() >= 1
    desk.turn_to("n")
    desk.fill({"text": "儿子姓名：王大力，电话13812345678，母亲低保停发，要书面理由"}, "记下")
    assert "要书面理由" in desk.words
    assert "王大力" not in desk.words
    assert "13812345678" not in desk.words
    desk.press("返回上一步")
    desk.turn_to("b")
    desk.fill({"phone": "13900001111", "when": "2h", "about": "告诉他停发的理由和怎么申诉"}, "定下来")
    assert "告诉他停发的理由" in desk.words
    desk.press("转给县里")
    desk.fill({"place": "南关区", "reason": "complaint", "text": "停发没有书面理由，请县里回复"}, "转过去")
    assert "停发没有书面理由" in desk.words
    assert "13900001111" not in desk.words


def an_emergency(shift: Shift) -> None:
    """The protocol comes on top while one types, follows to every page, and goes by one key."""
    desk = shift.operator.next_call()
    desk.look_up("我不想活了，家里三天没吃的", "12356")
    protocol = desk.page.locator("#distress")
    expect(protocol).to_contain_text("先顾人")
    expect(protocol).to_contain_text("110")
    desk.look_up("延吉救助站电话", "延吉")
    expect(protocol).to_be_visible()
    desk.turn_to("n")
    expect(protocol).to_be_visible()
    desk.keys("F8")
    expect(protocol).to_have_count(0)
    desk.page.reload()
    expect(protocol).to_have_count(0)
    desk.press("返回上一步")


def a_lost_code(shift: Shift, number: str) -> None:
    """Two facts open her application; the new code works on her telephone, the old one is dead."""
    desk = shift.operator.next_call()
    desk.turn_to("i")
    desk.fill({"number": number, "name": "别的人", "phone": PHONE}, "核对")
    assert "对方的申请" not in desk.page.title()
    for _try in range(30):
        desk.fill({"number": number, "name": NAME, "phone": PHONE}, "核对")
        if "已送达" in desk.words:
            break
        time.sleep(1)  # the relay is on its way
        desk.turn_to("i")
    assert "已送达" in desk.words, desk.words
    for personal in (NAME, PHONE, "220104195501010026"):
        assert personal not in desk.words
    desk.press("对方丢了查询码")
    code = desk.page.locator(".code-shown").inner_text()
    caller = shift.citizen()
    caller.told.update({"number": number, "query_code": OLD_CODE})
    caller.go(f"{shift.stack.portal}/progress/").press("查看")
    assert "申请进度" not in caller.words
    caller.told.update({"number": number, "query_code": code})
    caller.go(f"{shift.stack.portal}/progress/").press("查看")
    assert "申请进度" in caller.words


def a_question_nobody_foresaw(shift: Shift) -> None:
    """Passed on by the operator, given to an entry by the supervisor, answered for a citizen a moment later."""
    stranger = shift.citizen()
    stranger.told["question"] = SHEEP
    stranger.go(f"{shift.stack.portal}/ask").press("问")
    assert "什么情况可以申请临时救助" not in stranger.words
    desk = shift.operator.next_call()
    desk.look_up(SHEEP, "没答上")
    desk.button("没答上，交给组长")
    assert "组长会看" in desk.words

    boss = shift.supervisor.button("没答上")
    boss.button("家里的羊被狼咬死了")
    boss.fill({"owner": "linshi.tiaojian"}, "加上，马上生效")
    assert "马上生效" in boss.words
    assert "家里的羊" not in boss.page.locator("main table, main > p:last-child").first.inner_text()

    time.sleep(1)
    citizen = shift.citizen()
    citizen.told["question"] = "请问我家的羊被狼咬死了，国家给补助吗？"
    citizen.go(f"{shift.stack.portal}/ask").press("问")
    assert "临时救助" in citizen.words
    assert "依据" in citizen.words or "〔2020〕46号" in citizen.words
    boss.button("加过的问法")
    assert "羊被狼咬死了" in boss.words
    boss.button("数字")
    assert "现在等着的" in boss.words
