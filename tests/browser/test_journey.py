"""The main job in a real browser: a family of Changchun estimates, asks, applies, both adults sign,
the case system holds exactly one case, and the family sees its number."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext

from tests.browser.conftest import Stack
from tests.support.applying import LI, WANG
from tests.support.walking import HEALTHY, SAVE, Walker, cases, sign, through

pytestmark = pytest.mark.browser

MOST_QUESTIONS = 40
TOLD = {
    "household.hukou_local": {"answer": "yes"},
    "household.other_property_ok": {"answer": "yes"},
    "household.assets": {"deposits": "15000"},
    "member.income_monthly@m1": {"wage": "1200"},
}


def estimate(walker: Walker, portal: str) -> None:
    """Place, two people, the questions one by one, the result."""
    walker.go(portal).press("看看我能享受什么").press("开始")
    walker.fill({"city": "220100"}).press("继续")
    walker.fill({"region": "220104", "area": "urban"}).press("继续")
    walker.fill({"age": "41"}).press("继续")
    walker.press("再加一个人").fill({"relation": "mother", "age": "73"}).press("继续")
    walker.press("就这 2 个人")
    for _question in range(MOST_QUESTIONS):
        if walker.path == "/estimate/result":
            break
        answer(walker)
    assert walker.path == "/estimate/result"
    assert "很可能符合" in walker.page.locator("h1").inner_text()
    assert "人均月收入 600 元" in walker.words


def answer(walker: Walker) -> None:
    """Answer the question that is shown: what is told, else “no”, else “not sure”."""
    told = TOLD.get(walker.path.removeprefix("/estimate/question/"))
    main = walker.page.locator("main")
    buttons = [words.strip() for words in main.locator("button").all_inner_texts()]
    if told:
        walker.fill(told).press("继续")
    elif "都没有" in buttons:
        walker.press("都没有")
    elif radios := [one.get_attribute("value") or "" for one in main.locator('[name="answer"]').all()]:
        chosen = next((value for value in ("no", "none", "0") if value in radios), None)
        if chosen is None:
            walker.press("不清楚，跳过" if "不清楚，跳过" in buttons else "继续")
        else:
            walker.fill({"answer": [chosen]}).press("继续")
    else:
        walker.press("不清楚，跳过")


def ask(walker: Walker, portal: str) -> None:
    walker.go(portal).press("问一问").fill({"question": "低保怎么申请"}).press("问")
    assert "乡镇" in walker.words
    assert "吉办发〔2020〕46号" in walker.words


def fill_in(walker: Walker, portal: str) -> str:
    """From the estimate to an application with every section filled; returns the mother's member id."""
    walker.go(f"{portal}/estimate/result").press("带着这些回答去申请")
    if walker.path == "/apply/":
        walker.press("开始新的申请")
    walker.go(f"{portal}/apply/programmes")
    assert walker.page.locator('[name="programmes"][value="dibao"]').is_checked()
    walker.press(SAVE)
    apply = f"{portal}/apply"
    through(walker, f"{apply}/place", {"region": "220104", "area": "urban", "township": "南湖街道"})
    told = {"name": "王小梅", "id_number": WANG, "phone": "13900001111", "hukou": "here", "head": "self"}
    through(walker, f"{apply}/applicant", {**told, "address": "南湖街道 3 号 201"})
    through(walker, f"{apply}/family/m1", {**HEALTHY, "work": "flexible", "employer": "长江路菜市场"})
    walker.go(f"{apply}/family/new").fill({"name": "李桂兰", "relation": "mother", "living": "together"})
    walker.press(SAVE)
    mother = walker.path.split("/")[3]
    old = {**HEALTHY, "id_number": LI, "work": "none", "decides": "yes", "hukou": "same"}
    through(walker, f"{apply}/family/{mother}", old)
    assert walker.path == "/apply/family"
    walker.press("就这些人")
    through(walker, f"{apply}/income/m1", {"kinds": ["wage"], "wage": "1200", "wage_per": "month"})
    through(walker, f"{apply}/income/{mother}", {"kinds": ["none"]})
    owned = {"deposits": "15000", "houses": "one", "vehicles": "no", "registration": "no"}
    through(walker, f"{apply}/property", owned)
    through(walker, f"{apply}/reason", {"codes": ["illness"], "text": "母亲看病花钱多"})
    through(walker, f"{apply}/more", {"aid": "never", "staff_relative": "no"})
    return mother


@pytest.mark.parametrize(
    ("width", "scripts"), [(320, True), (1280, True), (320, False)], ids=["phone", "desk", "no-scripts"]
)
def test_a_family_estimates_asks_applies_signs_and_sees_its_case(
    stack: Stack,
    phone: Callable[..., BrowserContext],
    look: Callable[..., None],
    width: int,
    scripts: bool,
) -> None:
    def walker(who: str) -> Walker:
        return Walker(
            phone(width, scripts),
            name=f"{who}-{width}{'' if scripts else '-plain'}",
            scripts=scripts,
            look=look,
        )

    daughter = walker("daughter")
    estimate(daughter, stack.portal)
    ask(daughter, stack.portal)
    mother = fill_in(daughter, stack.portal)

    daughter.go(f"{stack.portal}/apply/signatures").press("我来签")
    sign(daughter, "m1", "王小梅", by_hand=scripts)
    daughter.go(f"{stack.portal}/apply/signatures")
    assert "2 人中 1 人已签" in daughter.words
    daughter.go(f"{stack.portal}/apply/check")
    assert daughter.page.locator("button", has_text="发送申请").count() == 0, "the mother has not signed yet"

    daughter.go(f"{stack.portal}/apply/signatures").press("给他（她）链接和签字码")
    link = daughter.page.locator("#link").input_value()
    code = daughter.page.locator(".code-shown").inner_text()
    grandmother = walker("mother")
    grandmother.go(link).fill({"code": code, "tail": LI[-4:]}).press("下一步")
    sign(grandmother, mother, "李桂兰")

    daughter.go(f"{stack.portal}/apply/signatures")
    assert "2 人中 2 人已签" in daughter.words
    daughter.go(f"{stack.portal}/apply/check").fill({"accept": ["y"]}).press("发送申请")
    assert "申请已经发出" in daughter.words
    number, query_code = (one.strip() for one in daughter.page.locator(".code-shown").all_inner_texts())

    later = walker("later")
    for _try in range(30):
        later.go(f"{stack.portal}/progress/").fill({"number": number, "query_code": query_code}).press("查看")
        if "案号" in later.words:
            break
        later.press("退出")
        time.sleep(1)
    assert "已送达" in later.words
    assert "案号" in later.words
    bare = number.replace("-", "").replace(" ", "")
    assert cases(stack.sandbox, bare) == [bare], "the case system holds exactly one case"
    assert later.page.context.cookies(), "a session"
    for personal in (WANG, LI, "王小梅", "13900001111"):
        assert personal not in later.page.content()
