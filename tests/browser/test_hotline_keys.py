"""The console in a real browser: answers while typing, keys outside of fields only, copying, nothing lost at 320 px."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator

import pytest
from flask import Flask
from playwright.sync_api import BrowserContext, Page, Route, expect
from werkzeug.serving import make_server

from portal.hotline import access
from tests.support.hotline import staff_client

# The portal is served in this process: a browser that leaves while a style sheet is under way leaves its file open.
pytestmark = [
    pytest.mark.browser,
    pytest.mark.filterwarnings("ignore:unclosed file:ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]
Device = Callable[..., BrowserContext]


@pytest.fixture
def address(app: Flask) -> Iterator[str]:
    """The portal of this test, served on loopback."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.port}"
    server.shutdown()
    thread.join()


@pytest.fixture
def desk(app: Flask, address: str, phone: Device) -> Callable[..., Page]:
    """Opens the console on a device of that width, signed in."""

    def open_(width: int = 1280, scripts: bool = True) -> Page:
        cookie = staff_client(app).get_cookie(access.cookie_name(app.extensions["doudi_settings"]))
        assert cookie is not None
        context = phone(width, scripts)
        context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": address}])
        page = context.new_page()
        page.goto(f"{address}/hotline/")
        return page

    return open_


def ask(page: Page, question: str) -> None:
    page.locator("#q").fill("")
    page.locator("#q").press_sequentially(question, delay=15)


def test_the_answer_stands_there_before_enter_is_pressed(desk: Callable[..., Page]) -> None:
    page = desk()
    expect(page.locator("#q")).to_be_focused()
    ask(page, "低保停了没通知")
    expect(page.locator("#script")).to_contain_text("停发前要听您意见")
    expect(page.locator("#q")).to_be_focused()


def test_arrows_choose_enter_opens_and_slash_leads_back(desk: Callable[..., Page]) -> None:
    page = desk()
    ask(page, "低保")
    expect(page.locator(".row-pick").nth(2)).to_be_visible()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    expect(page.locator(".row-pick").nth(1)).to_be_focused()
    title = page.locator(".row-pick .row-title").nth(1).inner_text()
    page.keyboard.press("Enter")
    expect(page.locator(".script-title")).to_have_text(title)
    page.keyboard.press("Escape")
    page.keyboard.press("/")
    expect(page.locator("#q")).to_be_focused()
    assert page.locator("#q").input_value() == "低保"


def test_c_copies_script_and_clause_outside_of_the_box_and_is_a_letter_within(
    desk: Callable[..., Page], address: str
) -> None:
    page = desk()
    page.context.grant_permissions(["clipboard-read", "clipboard-write"], origin=address)
    ask(page, "低保停了")
    expect(page.locator("#script")).to_be_visible()
    page.keyboard.press("c")
    expect(page.locator("#q")).to_have_value("低保停了c")
    page.keyboard.press("Backspace")
    expect(page.locator("#script")).to_contain_text("停发前")
    page.keyboard.press("Escape")
    page.keyboard.press("c")
    expect(page.locator("[data-said]")).to_have_text("✓")
    copied = page.evaluate("navigator.clipboard.readText()")
    assert "停发前要听您意见" in copied
    assert "社会救助法 第四十八条" in copied


def test_the_keys_are_explained_and_can_be_switched_off(desk: Callable[..., Page]) -> None:
    page = desk()
    page.keyboard.press("Escape")
    page.keyboard.press("?")
    expect(page.locator("#keys")).to_be_visible()
    page.locator("#keys-on").focus()
    page.keyboard.press("Space")
    page.keyboard.press("Escape")
    expect(page.locator("#keys")).to_be_hidden()
    page.keyboard.press("/")
    expect(page.locator("#q")).not_to_be_focused()
    page.reload()
    page.keyboard.press("Escape")
    page.keyboard.press("i")
    page.wait_for_timeout(300)
    assert page.url.endswith("/hotline/")


def test_place_and_language_are_a_key_away_and_stay_until_the_next_call(desk: Callable[..., Page]) -> None:
    page = desk()
    page.keyboard.press("Escape")
    page.keyboard.press("r")
    expect(page.locator("#call-place")).to_be_focused()
    page.keyboard.insert_text("延吉")
    page.keyboard.press("Enter")
    expect(page.locator("#call-place")).to_have_value("吉林省延边朝鲜族自治州延吉市")
    ask(page, "低保标准")
    expect(page.locator("#rows")).to_contain_text("延吉市 城镇")
    page.locator("#call-lang").select_option("ko")
    expect(page.locator("#call-lang")).to_have_value("ko")
    ask(page, "低保停了没通知")
    expect(page.locator("#script")).to_contain_text("서면으로")
    page.get_by_role("button", name="新来电").click()
    expect(page.locator("#call-place")).to_have_value("")
    expect(page.locator("#call-lang")).to_have_value("zh_Hans")


def test_the_newest_question_wins_when_an_older_answer_is_late(desk: Callable[..., Page]) -> None:
    page = desk()

    def slow(route: Route) -> None:
        if "特困" in (route.request.post_data or "") and "低保" not in (route.request.post_data or ""):
            page.wait_for_timeout(700)
        route.continue_()

    page.route("**/hotline/search", slow)
    page.locator("#q").fill("特困怎么申请")
    page.wait_for_timeout(250)
    page.locator("#q").fill("低保停了没通知")
    expect(page.locator("#script")).to_contain_text("停发前")
    page.wait_for_timeout(900)
    expect(page.locator("#script")).to_contain_text("停发前")


def test_the_estimate_follows_the_typing_and_marks_what_to_ask(desk: Callable[..., Page]) -> None:
    page = desk()
    page.keyboard.press("Escape")
    page.keyboard.press("e")
    expect(page.locator("[data-box=':area'] select")).to_be_focused()
    page.locator("[data-box=':area'] select").select_option("urban")
    page.locator("[data-box='m1:member.age'] input").fill("七十")
    expect(page.locator("[data-box='m1:member.age'] .field-error")).to_contain_text("周岁")
    page.locator("[data-box='m1:member.age'] input").fill("78")
    expect(page.locator("[data-box='m1:member.age'] .field-error")).to_have_text("")
    expect(page.locator(".ask-now").first).to_be_visible()
    page.locator("[data-box=':household.hukou_local'] select").select_option("no")
    expect(page.locator("[data-box=':household.residence_permit']")).not_to_have_attribute("hidden", "")
    page.reload()
    expect(page.locator("[data-box='m1:member.age'] input")).to_have_value("78")


@pytest.mark.parametrize("width", [320, 1280])
def test_nothing_runs_out_of_the_page(desk: Callable[..., Page], address: str, width: int) -> None:
    page = desk(width)
    ask(page, "长春低保标准")
    expect(page.locator("#rows")).to_contain_text("长春市 城镇")
    for path in ("", "call/estimate", "call/caller", "call/assisted"):
        if path:
            page.goto(f"{address}/hotline/{path}")
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path


def test_without_scripts_a_button_finds_and_opens(desk: Callable[..., Page]) -> None:
    page = desk(1280, scripts=False)
    page.locator("#q").fill("低保")
    page.get_by_role("button", name="查", exact=True).click()
    page.get_by_role("button", name="低保怎么申请").first.click()
    expect(page.locator("#script")).to_contain_text("乡镇")
    expect(page.locator("#q")).to_have_value("低保")
    page.goto(page.url.replace("/hotline/", "/hotline/call/estimate"))
    page.locator("[data-box='m1:member.age'] input").fill("78")
    page.get_by_role("button", name="更新结果").click()
    expect(page.locator("[data-box='m1:member.age'] input")).to_have_value("78")
