"""A cheap phone on a bad line: bytes counted on the wire, a slow line, a line that breaks, scripts that fail."""

from __future__ import annotations

import time
from collections.abc import Callable
from urllib.parse import urlsplit

import httpx
import pytest
from playwright.sync_api import BrowserContext, CDPSession, Page, Route

from tests.browser.conftest import Stack
from tests.support.walking import Walker

pytestmark = pytest.mark.browser

FIRST_VIEW = 60_000
WHOLE_ESTIMATE = 300_000
FIRST_QUESTION = 5.0
SLOW = {
    "offline": False,
    "latency": 400,
    "downloadThroughput": 50_000,
    "uploadThroughput": 50_000,
}  # 400 kbit/s
DOORS = ("/", "/estimate/", "/ask", "/apply/", "/progress/")


class Line:
    """What comes over the wire to one page, headers and all, as the browser counted it."""

    def __init__(self, page: Page) -> None:
        self.bytes = 0
        self.hosts: set[str] = set()
        self.wire: CDPSession = page.context.new_cdp_session(page)
        self.wire.send("Network.enable")
        self.wire.on("Network.loadingFinished", self._arrived)
        self.wire.on("Network.requestWillBeSent", self._asked)

    def _arrived(self, event: dict[str, float]) -> None:
        self.bytes += int(event["encodedDataLength"])

    def _asked(self, event: dict[str, dict[str, str]]) -> None:
        url = event["request"]["url"]
        if not url.startswith("data:"):
            self.hosts.add(urlsplit(url).netloc)


@pytest.mark.parametrize("path", DOORS)
def test_the_first_view_weighs_at_most_60_kilobytes_and_asks_nobody_else(
    stack: Stack, phone: Callable[..., BrowserContext], path: str
) -> None:
    page = phone(320).new_page()
    line = Line(page)
    page.goto(stack.portal + path, wait_until="networkidle")
    print(f"\n{path}: {line.bytes} bytes")
    assert 0 < line.bytes <= FIRST_VIEW
    assert line.hosts == {urlsplit(stack.portal).netloc}


def test_a_whole_estimate_weighs_at_most_300_kilobytes(
    stack: Stack, phone: Callable[..., BrowserContext], look: Callable[..., None]
) -> None:
    """From the first page to the result, a family of two; what is in the browser's cache is not fetched twice."""
    walker = Walker(phone(320), name="light", scripts=False, look=look)
    line = Line(walker.page)
    pages = estimate(walker, stack.portal)
    print(f"\nestimate: {line.bytes} bytes, {pages} pages")
    assert line.bytes <= WHOLE_ESTIMATE
    assert line.hosts == {urlsplit(stack.portal).netloc}


def estimate(walker: Walker, portal: str, before: Callable[[], None] = lambda: None) -> int:
    """Place, one person, the questions, the result; returns how many pages were opened."""
    walker.go(portal).press("看看我能享受什么").press("开始")
    walker.fill({"city": "220100"}).press("继续")
    walker.fill({"region": "220104", "area": "urban"}).press("继续")
    walker.fill({"age": "41"}).press("继续").press("就这 1 个人")
    while walker.path != "/estimate/result":
        assert walker.steps < 60
        before()
        answer(walker)
    return walker.steps


def answer(walker: Walker) -> None:
    """The quickest true answer of somebody who has little and is sure of nothing."""
    main = walker.page.locator("main")
    words = [one.strip() for one in main.locator("button").all_inner_texts()]
    quick = next((one for one in ("都没有", "不清楚，跳过") if one in words), None)
    if quick:
        walker.press(quick)
    else:
        offered = [one.get_attribute("value") for one in main.locator('[name="answer"]').all()]
        walker.fill({"answer": ["no" if "no" in offered else "unsure"]}).press("继续")


def test_the_first_question_stands_after_five_seconds_on_a_slow_line(
    stack: Stack, phone: Callable[..., BrowserContext]
) -> None:
    """400 kbit/s and 400 ms there and back, nothing in the cache: first page, second page, question."""
    page = phone(320).new_page()
    line = Line(page)
    line.wire.send("Network.emulateNetworkConditions", SLOW)
    began = time.monotonic()
    page.goto(stack.portal, wait_until="domcontentloaded")
    seen = time.monotonic() - began
    page.get_by_text("看看我能享受什么").click()
    page.get_by_role("link", name="开始").click()
    page.get_by_label("市、州").wait_for()
    took = time.monotonic() - began
    print(f"\nslow line: first page {seen:.2f} s, first question {took:.2f} s")
    assert took <= FIRST_QUESTION


def test_files_have_digests_in_their_addresses_are_kept_for_good_and_come_compressed(stack: Stack) -> None:
    page = httpx.get(stack.portal).text
    files = [
        part.split('"')[0].replace("&amp;", "&")
        for part in page.split('="')[1:]
        if part.startswith(("/static/", "/bootstrap/"))
    ]
    assert len(files) == 4
    for file in files:
        found = httpx.get(stack.portal + file, headers={"Accept-Encoding": "gzip, br, zstd"})
        assert "?v=" in file
        assert {"immutable", "max-age=31536000", "public"} <= set(found.headers["Cache-Control"].split(", "))
        if len(found.content) > 500:
            assert found.headers["Content-Encoding"] in ("gzip", "br", "zstd"), file


def test_the_line_breaks_at_every_question_and_nothing_that_was_saved_is_lost(
    stack: Stack, phone: Callable[..., BrowserContext], look: Callable[..., None]
) -> None:
    """Offline: the press is held back with what was typed; once back it goes through. A reload asks the same again."""
    device = phone(320)
    walker = Walker(device, name="broken", scripts=False, look=look)
    walker.broken = Forgiving()

    def cut() -> None:
        where = walker.path
        device.set_offline(True)
        held = walker.page.locator("main form[method=post] button").first
        held.click()
        walker.page.locator("#offline").wait_for()
        assert walker.path == where
        device.set_offline(False)
        walker.page.locator("#offline").wait_for(state="hidden")
        walker.page.reload()
        assert walker.path == where

    estimate(walker, stack.portal, before=cut)
    assert "这是估算，不是决定" in walker.words
    walker.go(f"{stack.portal}/estimate/").press("看结果")


class Forgiving(list[str]):
    """Takes no note of requests that failed: they were meant to."""

    def append(self, _one: str) -> None:
        return


def test_a_line_that_breaks_while_a_page_is_sent_leaves_what_was_saved_before(
    stack: Stack, phone: Callable[..., BrowserContext]
) -> None:
    """Without scripts the browser shows its own error; coming back goes on where the last saved page ended."""
    device = phone(320, scripts=False)
    page = device.new_page()
    page.goto(f"{stack.portal}/estimate/place?city=220100")
    page.locator("[name=region]").select_option("220104")
    page.locator("[name=area][value=urban]").check()
    page.get_by_role("button", name="继续").first.click()
    page.locator("[name=age]").fill("72")
    device.set_offline(True)
    page.get_by_role("button", name="继续").click()
    page.wait_for_url("chrome-error://**")
    device.set_offline(False)
    page.goto(f"{stack.portal}/estimate/")
    page.get_by_text("接着上次的回答").first.click()
    assert "/estimate/" in page.url
    assert page.get_by_label("哪个县（市、区）？").count() == 0, "the place was saved"


SCRIPTS_THAT_FAIL = {
    "missing": None,
    "cut short": "(function () { 'use strict'; document.addEventListener('submit', function (event) {",
    "throwing": "throw new Error('half-way');",
    "no speech": "Object.defineProperty(window, 'speechSynthesis', { get: function () { throw new Error('no'); } });",
    "no fetch": "delete window.fetch; delete window.HTMLFormElement.prototype.dataset;",
}


@pytest.mark.parametrize("fault", SCRIPTS_THAT_FAIL)
def test_an_estimate_is_finished_though_scripts_fail_half_way(
    stack: Stack, phone: Callable[..., BrowserContext], look: Callable[..., None], fault: str
) -> None:
    device, spoilt = phone(320), SCRIPTS_THAT_FAIL[fault]

    def serve(route: Route) -> None:
        if spoilt is None:
            route.abort()
        elif fault in ("cut short", "throwing"):
            route.fulfill(content_type="text/javascript", body=spoilt)
        else:
            route.fulfill(content_type="text/javascript", body=spoilt + "\n" + route.fetch().text())

    device.route("**/doudi.js*", serve)
    walker = Walker(device, name="spoilt", scripts=False, look=look)
    walker.broken = Forgiving()
    estimate(walker, stack.portal)
    assert "这是估算，不是决定" in walker.words
    walker.go(f"{stack.portal}/progress/").press("查看")
    assert walker.page.locator("#error-summary").count() == 1
