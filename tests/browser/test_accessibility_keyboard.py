"""Estimate, ask, apply, sign and look up with the keyboard alone, scripts or not; focus seen at every stop."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext

from tests.browser.conftest import Stack
from tests.support.applying import LI, WANG
from tests.support.fingers import Fingers

pytestmark = pytest.mark.browser

SAVE = "保存，下一步"
MOST_PAGES = 60
ESTIMATE = {
    "city": "220100", "region": "220104", "area": "urban", "age": "41", "relation": "mother",
    "deposits": "15000", "wage": "1200",
    "m1": ["0", "full", "none"], "m2": ["0", "none"],  # what is asked of everybody by name
}  # fmt: skip
APPLICANT = {
    "programmes": ["dibao"], "region": "220104", "area": "urban", "township": "南湖街道",
    "name": "王小梅", "id_number": WANG, "phone": "13900001111", "address": "南湖街道 3 号 201", "hukou": "here",
    "work": "none", "student": "no", "decides": "yes", "deposits": "15000", "houses": "one",
    "codes": ["illness"], "text": "母亲看病花钱多", "accept": "y",
}  # fmt: skip
MOTHER = {"name": "李桂兰", "relation": "mother", "living": "together", "id_number": LI}


@pytest.fixture(params=[True, False], ids=["scripts", "no-scripts"])
def hand(request: pytest.FixtureRequest, phone: Callable[..., BrowserContext]) -> Callable[..., Fingers]:
    return lambda told=None: Fingers(phone(320, request.param), told)


def test_the_estimate_is_finished_with_the_keyboard_alone(stack: Stack, hand: Callable[..., Fingers]) -> None:
    person = hand(ESTIMATE).go(stack.portal)
    person.press("看看我能享受什么").press("开始").press("继续").press("继续").press("继续")
    person.told["age"] = "73"
    person.press("再加一个人").press("继续")
    person.press("就这 2 个人")
    for _question in range(MOST_PAGES):
        if person.path == "/estimate/result":
            break
        person.press("都没有", "不清楚，跳过") if _purse_without(person) else person.press("继续")
    assert person.path == "/estimate/result"
    assert "这是估算，不是决定" in person.words


def _purse_without(person: Fingers) -> bool:
    """Whether this page asks for amounts of which none is told."""
    names = person.page.locator("main form#question input[type=text]").all()
    return bool(names) and not any((one.get_attribute("name") or "") in person.told for one in names)


def test_a_question_is_asked_and_answered_with_the_keyboard_alone(
    stack: Stack, hand: Callable[..., Fingers]
) -> None:
    person = hand({"question": "低保怎么申请"}).go(stack.portal).press("问一问").press("问")
    assert "吉办发〔2020〕46号" in person.words


def test_an_application_is_filled_in_signed_sent_and_looked_up_with_the_keyboard_alone(
    stack: Stack, hand: Callable[..., Fingers]
) -> None:
    person = hand(APPLICANT).go(stack.portal).press("在线申请").press("开始新的申请")
    for _page in range(MOST_PAGES):
        if person.path == "/apply/tasks":
            if not _open_task(person):
                break
        elif person.path == "/apply/family":
            if person.page.get_by_text("李桂兰").count() == 0:
                person.told.update(MOTHER)
                person.press("再加一个人", "加一个人")
            elif (left := person.page.locator(".card-box", has_text="情况还没填")).count():
                person.press(" ".join(left.first.locator("a").first.inner_text().split()))
            else:
                person.press("就这些人")
        elif person.path == "/apply/income":
            _open_task(person) or person.press("回到清单")
        elif person.path == "/apply/signatures":
            break
        else:
            person.press(SAVE, "下一步")
            assert person.page.locator(".error-summary").count() == 0, (person.path, person.words)
    person.go(f"{stack.portal}/apply/signatures").press("我来签")
    sign(person, "王小梅")
    person.go(f"{stack.portal}/apply/signatures").press("没有手机？到窗口签").press("好，到窗口签")
    person.go(f"{stack.portal}/apply/check").press("发送申请")
    assert "申请已经发出" in person.words
    number, code = (one.strip() for one in person.page.locator(".code-shown").all_inner_texts()[:2])
    later = hand({"number": number, "query_code": code})
    later.go(stack.portal).press("查进度").press("查看")
    assert "申请进度" in later.words


def _open_task(person: Fingers) -> bool:
    """Open the first task that is not done; False when only the signatures are left."""
    open_tasks = person.page.locator(".tasks li").filter(has_not_text="填好了").locator("a")
    addresses = [one.get_attribute("href") or "" for one in open_tasks.all()]
    left = [address for address in addresses if not address.startswith("/apply/signatures")]
    if not left:
        return False
    words = person.page.locator(f'.tasks a[href="{left[0]}"]').inner_text().strip()
    person.press(words)
    return True


def sign(person: Fingers, name: str) -> None:
    """Every act on its own page: the ticks are set with Space, the name is typed."""
    person.told["name"] = name
    for _act in range(8):
        if person.path.endswith("/receipt"):
            return
        for one in person.page.locator('main input[type="checkbox"]').all():
            person.told[one.get_attribute("name") or ""] = one.get_attribute("value") or "y"
        for one in person.page.locator('main input[type="radio"][value="yes"]').all():
            person.told[one.get_attribute("name") or ""] = "yes"
        person.press("下一步", "签字")
        assert person.page.locator(".error-summary").count() == 0, (person.path, person.words)
    raise AssertionError(f"not signed: {person.path}")


@pytest.mark.parametrize(
    "path", ["/", "/ask", "/estimate/place", "/policies/jl-2020-46", "/apply/", "/progress/"]
)
def test_the_first_stop_skips_to_the_content(
    stack: Stack, phone: Callable[..., BrowserContext], path: str
) -> None:
    person = Fingers(phone(320)).go(stack.portal + path)
    first = person.tab()
    assert first is not None
    assert "跳到正文" in first["text"]
    assert person.page.locator(".skip").bounding_box()["x"] >= 0, "seen once it has the focus"  # type: ignore[index]
    person.page.keyboard.press("Enter")
    after = person.tab()
    assert after is not None
    assert after["inMain"]


@pytest.mark.parametrize(
    ("path", "button"),
    [
        ("/estimate/place?city=220100", "继续"),
        ("/apply/resume", "找回"),
        ("/progress/", "查看"),
        ("/estimate/resume", "继续"),
    ],
)
def test_the_error_summary_has_the_focus_and_its_links_lead_into_the_fields(
    stack: Stack, phone: Callable[..., BrowserContext], path: str, button: str
) -> None:
    page = phone(320).new_page()
    page.goto(stack.portal + path)
    page.locator("main form[method=post] button", has_text=button).last.click()
    page.wait_for_function("document.activeElement.id === 'error-summary'", timeout=5000)
    links = page.locator("#error-summary a")
    for index in range(links.count()):
        links.nth(index).focus()
        page.keyboard.press("Enter")
        target = (links.nth(index).get_attribute("href") or "").removeprefix("#")
        assert page.evaluate("document.activeElement.id") == target
        assert page.evaluate("['INPUT', 'SELECT', 'TEXTAREA'].includes(document.activeElement.tagName)")
        page.locator("#error-summary").focus()


def test_nothing_holds_the_focus_and_going_back_meets_the_same_stops(
    stack: Stack, phone: Callable[..., BrowserContext]
) -> None:
    person = Fingers(phone(320)).go(f"{stack.portal}/ask")
    forward: list[str] = []
    while (stop := person.tab()) is not None:
        forward.append(stop["words"])
        assert len(forward) < 60, "a trap"
    backward = [stop["words"] for _each in forward if (stop := person.tab(back=True)) is not None]
    assert backward == forward[::-1]
