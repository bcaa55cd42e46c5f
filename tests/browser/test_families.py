"""Families as they come, each on a phone 320 px wide: five people of whom one has no phone, somebody in need
today, an officer with two families on one device, and a person who takes his consent back."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Page

from tests.browser.conftest import Stack
from tests.support.applying import LI, WANG, ZHANG, id_number
from tests.support.walking import HEALTHY, SAVE, Walker, cases, sign, through

pytestmark = pytest.mark.browser

BROTHER = id_number("19810606", "019")
CHEN = id_number("19600115", "027")
MOST_PAGES_IN_AN_EMERGENCY = 8
MOST_FIELDS_IN_AN_EMERGENCY = 12


@pytest.fixture
def hand(phone: Callable[..., BrowserContext], look: Callable[[Page, str], None]) -> Callable[[str], Walker]:
    """A phone in somebody's hand: `hand("grandmother")`."""
    return lambda name: Walker(phone(320), name=name, scripts=True, look=look)


def begin(walker: Walker, portal: str, name: str, number: str) -> None:
    """Programme, place and applicant, from the page where the programmes are chosen."""
    walker.fill({"programmes": ["dibao"]}).press(SAVE)
    through(walker, f"{portal}/apply/place", {"region": "220104", "area": "urban"})
    told = {"name": name, "id_number": number, "phone": "13900001111", "hukou": "here"}
    through(walker, f"{portal}/apply/applicant", {**told, "address": "南湖街道 3 号 201"})
    through(walker, f"{portal}/apply/family/m1", {**HEALTHY, "work": "flexible"})


def add(walker: Walker, portal: str, name: str, relation: str, living: str, told: dict[str, str]) -> str:
    """One more person and all that is asked about him; returns his member id."""
    walker.go(f"{portal}/apply/family/new")
    walker.fill({"name": name, "relation": relation, "living": living}).press(SAVE)
    member = walker.path.split("/")[3]
    through(walker, f"{portal}/apply/family/{member}", told)
    return member


def rest(walker: Walker, portal: str, *people: str) -> None:
    """“That is everybody”, no income of anybody, nothing owned, old age as the reason."""
    walker.go(f"{portal}/apply/family").press("就这些人")
    for member in people:
        through(walker, f"{portal}/apply/income/{member}", {"kinds": ["none"]})
    through(walker, f"{portal}/apply/property", {"houses": "one", "vehicles": "no", "registration": "no"})
    through(walker, f"{portal}/apply/reason", {"codes": ["age"]})
    through(walker, f"{portal}/apply/more", {"aid": "never", "staff_relative": "no"})


def link_for(walker: Walker, portal: str, member: str) -> tuple[str, str]:
    """Ask that person for his signature: (address, code)."""
    walker.go(f"{portal}/apply/signatures")
    button = walker.page.locator(f'form[action="/apply/signatures/{member}/link"] button')
    with walker.page.expect_navigation():
        button.click()
    return walker.page.locator("#link").input_value(), walker.page.locator(".code-shown").inner_text()


def sends(walker: Walker, portal: str) -> tuple[str, str]:
    """Check and send; returns (number, query code) from the receipt."""
    walker.go(f"{portal}/apply/check").fill({"accept": ["y"]}).press("发送申请")
    number, code = (one.strip() for one in walker.page.locator(".code-shown").all_inner_texts()[:2])
    return number.replace("-", ""), code


def arrives(sandbox: str, number: str) -> bool:
    """Whether the case system holds exactly one case of that number before long."""
    until = time.monotonic() + 20
    while time.monotonic() < until:
        if cases(sandbox, number) == [number]:
            return True
        time.sleep(0.5)
    return False


def test_a_family_of_five_with_a_brother_in_another_city_and_a_grandmother_without_a_phone(
    stack: Stack, hand: Callable[[str], Walker]
) -> None:
    mother, portal = hand("five-mother"), stack.portal
    mother.go(f"{portal}/apply/").press("开始新的申请")
    begin(mother, portal, "王小梅", WANG)
    adult = {**HEALTHY, "work": "none", "decides": "yes"}
    child = {"health": "healthy", "disability": "none", "student": "full_time"}
    husband = add(mother, portal, "张大山", "spouse", "together", {**adult, "id_number": ZHANG})
    old = add(mother, portal, "李桂兰", "mother", "together", {**adult, "id_number": LI})
    son = add(mother, portal, "张乐乐", "child", "together", {**child, "birth_date": "2016年3月8日"})
    girl = add(mother, portal, "张欢欢", "child", "together", {**child, "birth_date": "2019-5-1"})
    away = {"id_number": BROTHER, "able": "no", "monthly": "0"}
    brother = add(mother, portal, "王大强", "sibling", "apart", away)
    rest(mother, portal, "m1", husband, old)

    mother.go(f"{portal}/apply/signatures").press("我来签")
    sign(mother, "m1", "王小梅", wards=(son, girl))
    mother.go(f"{portal}/apply/signatures").press("没有手机？到窗口签 李桂兰")
    mother.press("好，到窗口签")
    for name, number, member in (("张大山", ZHANG, husband), ("王大强", BROTHER, brother)):
        address, code = link_for(mother, portal, member)
        other = hand(f"five-{member}")
        other.go(address).fill({"code": code, "tail": number[-4:]}).press("下一步")
        assert "王小梅" not in other.words
        sign(other, member, name)
    mother.go(f"{portal}/apply/signatures")
    assert "3 人中 2 人已签" in mother.words
    number, _code = sends(mother, portal)
    assert "还要到窗口签字：李桂兰" in mother.words
    assert arrives(stack.sandbox, number)


def test_somebody_in_need_today_sends_after_eight_pages(stack: Stack, hand: Callable[[str], Walker]) -> None:
    person = hand("emergency")
    person.go(stack.portal).press("急难救助快速通道")
    who = {"name": "王小梅", "phone": "13900001111", "id_number": WANG}
    what = {"event": "no_food", "region": "220104", "address": "长春站"}
    person.fill(who).press(SAVE).fill(what).press(SAVE)
    sign(person, "m1", "王小梅", told="看一遍")
    person.fill({"accept": ["y"]}).press("发送申请")
    assert "申请已经发出" in person.words
    fields = len(who) + len(what) + 2 + 1 + 1  # two ticks, the name, the promise
    assert person.steps <= MOST_PAGES_IN_AN_EMERGENCY
    assert fields <= MOST_FIELDS_IN_AN_EMERGENCY


def test_an_officer_fills_in_for_a_second_family_and_nothing_of_the_first_is_left(
    stack: Stack, hand: Callable[[str], Walker]
) -> None:
    officer, portal = hand("officer"), stack.portal
    officer.go(f"{portal}/apply/").press("替别人填")
    own = {"name": "赵主任", "kind": "committee", "unit": "南湖社区居委会", "phone": "13800001111"}
    through(officer, officer.page.url, {**own, "why": ["reading"]})
    officer.go(f"{portal}/apply/programmes")
    begin(officer, portal, "王小梅", WANG)
    rest(officer, portal, "m1")
    officer.go(f"{portal}/apply/signatures").press("没有手机？到窗口签 王小梅").press("好，到窗口签")
    sends(officer, portal)

    officer.press("再替一家填")
    assert officer.path == "/apply/programmes", "who the officer is, is known already"
    for _step in range(12):
        officer.page.go_back()
        officer.page.wait_for_load_state("domcontentloaded")
        for personal in ("王小梅", WANG, "13900001111", "南湖街道 3 号"):
            assert personal not in officer.page.content(), officer.path
    officer.go(f"{portal}/apply/programmes")
    begin(officer, portal, "陈玉珍", CHEN)
    rest(officer, portal, "m1")
    officer.go(f"{portal}/apply/signatures").press("没有手机？到窗口签 陈玉珍").press("好，到窗口签")
    number, _code = sends(officer, portal)
    officer.press("办完了，退出")
    assert arrives(stack.sandbox, number)
    officer.page.go_back()
    assert "陈玉珍" not in officer.page.content()


def test_consent_is_taken_back_in_two_taps_and_a_grandmother_signs_after_all(
    stack: Stack, hand: Callable[[str], Walker]
) -> None:
    daughter, portal = hand("later-daughter"), stack.portal
    daughter.go(f"{portal}/apply/").press("开始新的申请")
    begin(daughter, portal, "王小梅", WANG)
    adult = {**HEALTHY, "work": "none", "decides": "yes", "id_number": LI}
    old = add(daughter, portal, "李桂兰", "mother", "together", adult)
    rest(daughter, portal, "m1", old)
    daughter.go(f"{portal}/apply/signatures").press("我来签")
    sign(daughter, "m1", "王小梅")
    daughter.go(f"{portal}/apply/signatures").press("没有手机？到窗口签 李桂兰").press("好，到窗口签")
    number, code = sends(daughter, portal)

    daughter.press("查进度").fill({"number": number, "query_code": code}).press("查看")
    assert "2 人中 1 人已签" in daughter.words
    daughter.press("给他（她）链接和签字码")
    address, sign_code = (
        daughter.page.locator("#link").input_value(),
        daughter.page.locator(".code-shown").inner_text(),
    )
    grandmother = hand("later-grandmother")
    grandmother.go(address).fill({"code": sign_code, "tail": LI[-4:]}).press("下一步")
    sign(grandmother, old, "李桂兰")
    daughter.press("好了，回去等他（她）签")
    assert "家里人都签了" in daughter.words

    before = daughter.steps
    daughter.press("撤回我的同意").press("撤回")
    assert daughter.steps - before == 2
    assert "已撤回" in daughter.words
    daughter.press("家里情况变了，要告诉部门").fill({"kinds": ["income"], "text": "找到工作了"}).press(
        "报给部门"
    )
    assert "记下了" in daughter.words
