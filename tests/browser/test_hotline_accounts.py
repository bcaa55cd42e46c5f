"""Staff in a real browser: the account is set up by keyboard alone, works without scripts, and ends when idle."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from typing import Any

import pyotp
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.browser.conftest import ROOT, Stack

pytestmark = pytest.mark.browser
PASSWORD = "鸭绿江边 purple 雨伞 42"


def start_code(stack: Stack, login: str) -> str:
    """As whoever runs the installation makes the first account."""
    flask = [sys.executable, "-m", "flask", "--app", "portal.wsgi"]
    made = subprocess.run(
        [*flask, "staff", "add", login, "--role", "supervisor", "--county", "222400"],
        cwd=ROOT,
        env={**os.environ, "DOUDI_INSTANCE": str(stack.folder), "DOUDI_PUBLIC_URL": stack.portal},
        capture_output=True,
        text=True,
        check=True,
    )
    return made.stdout.split("shown only now: ")[1].split()[0]


def tab_to(page: Page, selector: str) -> None:
    """Press Tab until the element has the focus; fails where it cannot be reached."""
    for _press in range(40):
        if page.evaluate("selector => document.activeElement.matches(selector)", selector):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"{selector} is not reached by the keyboard")


def fill(page: Page, values: dict[str, str]) -> None:
    for selector, value in values.items():
        tab_to(page, selector)
        page.keyboard.insert_text(value)
    page.keyboard.press("Enter")


def set_up(page: Page, stack: Stack, login: str) -> None:
    """From the start code to the recovery codes and into the console, by keyboard."""
    code = start_code(stack, login)
    page.goto(f"{stack.portal}/hotline/")
    fill(page, {"#login": login, "#password": code})
    expect(page.locator("h1")).to_have_text("第一步：设密码")
    fill(page, {"#password": PASSWORD, "#again": PASSWORD})
    expect(page.locator("h1")).to_have_text("第二步：绑定手机")
    secret = page.locator(".code-shown").inner_text().replace(" ", "")
    fill(page, {"#code": pyotp.TOTP(secret).now()})
    expect(page.locator("h1")).to_have_text("备用码：现在抄下来")
    expect(page.locator(".recovery-codes li")).to_have_count(10)
    tab_to(page, "main a.btn-primary")
    page.keyboard.press("Enter")
    page.wait_for_url("**/hotline/")


@pytest.fixture(scope="module")
def desk(stack: Stack, chromium: Browser) -> Any:
    """What the browser of a supervisor keeps who has just set up her account."""
    context = chromium.new_context(viewport={"width": 1280, "height": 800}, locale="zh-CN")
    set_up(context.new_page(), stack, "zhang.hua")
    kept = context.storage_state()
    context.close()
    return kept


@pytest.fixture
def page(chromium: Browser, desk: Any) -> Iterator[Page]:
    """Her browser, with a clock that tests can turn."""
    context = chromium.new_context(
        viewport={"width": 1280, "height": 800}, locale="zh-CN", storage_state=desk
    )
    context.set_default_timeout(15_000)
    yield context.new_page()
    context.close()


def add_colleague(page: Page, stack: Stack, login: str) -> None:
    page.goto(f"{stack.portal}/hotline/people")
    fill(page, {"#name": "李娜", "#login": login})
    expect(page.locator("h1")).to_have_text("开通码：现在抄下来")
    page.goto(f"{stack.portal}/hotline/people")
    expect(page.get_by_role("cell", name=login)).to_be_visible()


def test_a_supervisor_sets_up_her_account_and_adds_a_colleague_by_keyboard(
    stack: Stack, page: Page, look: Callable[[Page, str], None]
) -> None:
    add_colleague(page, stack, "li.na")
    look(page, "hotline-people")


def test_all_of_it_works_without_scripts_and_going_back_after_signing_out_shows_nothing(
    stack: Stack, phone: Callable[..., BrowserContext]
) -> None:
    page = phone(width=320, scripts=False).new_page()
    set_up(page, stack, "zhang.min")
    add_colleague(page, stack, "li.min")
    page.get_by_role("button", name="退出").click()
    expect(page.get_by_text("您已退出")).to_be_visible()
    page.go_back()
    expect(page.locator("h1")).to_have_text("工作人员登录")


def test_an_idle_session_warns_lets_her_stay_and_clears_the_page_at_its_end(
    stack: Stack, page: Page, look: Callable[[Page, str], None]
) -> None:
    page.clock.install()
    page.goto(f"{stack.portal}/hotline/me")
    warning = page.get_by_role("alertdialog")
    page.clock.fast_forward("12:30")
    page.clock.run_for(1500)
    expect(warning).to_be_hidden()
    page.clock.fast_forward("01:00")
    page.clock.run_for(1500)
    expect(warning).to_be_visible()
    expect(warning.get_by_role("button")).to_be_focused()
    look(page, "hotline-idle")
    with page.expect_response("**/hotline/stay") as kept:
        page.keyboard.press("Enter")
    assert kept.value.ok
    expect(warning).to_be_hidden()
    page.clock.fast_forward("14:30")
    page.clock.run_for(1500)
    expect(warning).to_be_visible()
    with page.expect_request("**/hotline/sign-in?over=1"):
        page.clock.fast_forward("00:40")
        page.clock.run_for(1500)


def test_a_note_that_was_not_sent_is_kept_when_the_page_is_cleared(stack: Stack, page: Page) -> None:
    page.clock.install()
    page.goto(f"{stack.portal}/hotline/todo/note")
    page.locator("#text").fill("她说房子漏雨")
    with page.expect_request("**/hotline/todo/note") as sent:
        page.clock.fast_forward("20:00")
        page.clock.run_for(1500)
    assert "keep_only=1" in (sent.value.post_data or "")
    expect(page.locator("#text")).to_have_value("她说房子漏雨")  # the server's own clock did not move on
    expect(page.get_by_text("还没有存")).to_be_visible()
    expect(page.locator("main li", has_text="房子漏雨")).to_have_count(0)


def test_whoever_types_is_not_put_out(stack: Stack, page: Page) -> None:
    page.clock.install()
    page.goto(f"{stack.portal}/hotline/people")
    page.locator("#name").focus()
    for _quarter in range(3):
        page.clock.fast_forward("12:00")
        with page.expect_response("**/hotline/stay") as kept:
            page.keyboard.type("a")
            page.clock.run_for(1500)
        assert kept.value.ok
    expect(page.get_by_role("alertdialog")).to_be_hidden()
    expect(page.locator("#name")).to_have_value("aaa")


def test_nothing_but_a_time_and_a_switch_lies_in_the_browsers_storage(stack: Stack, page: Page) -> None:
    page.goto(f"{stack.portal}/hotline/")
    kept = page.evaluate("[Object.keys(localStorage), Object.keys(sessionStorage), document.cookie]")
    assert set(kept[0]) <= {"doudi-staff-seen", "doudi-keys-off"}
    assert kept[1:] == [[], ""]
