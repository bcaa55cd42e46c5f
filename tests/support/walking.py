"""A person at a real browser: fills fields by name, presses buttons by words; every page is looked over."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

import httpx
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import BrowserContext, Page, Request

RULES = {
    "runOnly": {
        "type": "tag",
        "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    }
}

HEALTHY = {"health": "healthy", "disability": "none", "labour": "full"}
SAVE, SKIP = "保存，下一步", "不清楚，跳过"
MOST_PAGES = 60


class Walker:
    """One device in one person's hand."""

    def __init__(
        self, device: BrowserContext, *, name: str, scripts: bool, look: Callable[[Page, str], None]
    ) -> None:
        self.page = device.new_page()
        self.name, self.scripts, self.look = name, scripts, look
        self.steps = 0
        self.seen: list[str] = []
        self.broken: list[str] = []
        self.page.on("requestfailed", self._failed)
        self.page.on("pageerror", lambda error: self.broken.append(str(error)))
        self.page.on("response", lambda answer: self._notice(answer.url, answer.status))

    def _failed(self, request: Request) -> None:
        if request.failure != "net::ERR_ABORTED":  # the browser drops what it still loads when it goes on
            self.broken.append(f"{request.failure} {request.url}")

    def _notice(self, url: str, status: int) -> None:
        if status >= 500 or (status >= 400 and "/static/" in url):
            self.broken.append(f"{status} {url}")

    def go(self, url: str) -> Walker:
        self.page.goto(url)
        return self._arrived()

    def press(self, words: str) -> Walker:
        """Press the button or link with just these words, else one that begins with or holds them."""
        for pattern in (rf"^\s*{re.escape(words)}\s*$", rf"^\s*{re.escape(words)}", re.escape(words)):
            part = self.page.locator("main button, main a").filter(has_text=re.compile(pattern))
            if part.count():
                break
        with self.page.expect_navigation():
            part.first.click()
        return self._arrived()

    def fill(self, values: Mapping[str, str | list[str]]) -> Walker:
        """Set fields by name: text, a choice, a list of ticks."""
        for name, value in values.items():
            for one in [value] if isinstance(value, str) else value:
                field = self.page.locator(f'main [name="{name}"]')
                kind = field.first.get_attribute("type") or field.first.evaluate(
                    "e => e.tagName.toLowerCase()"
                )
                if kind in ("radio", "checkbox"):
                    self.page.locator(f'main [name="{name}"][value="{one}"]').check()
                elif kind == "select":
                    field.select_option(one)
                else:
                    field.fill(one)
        return self

    @property
    def path(self) -> str:
        return "/" + self.page.url.split("://", 1)[1].split("/", 1)[1].split("?")[0]

    @property
    def words(self) -> str:
        return " ".join(self.page.locator("main").inner_text().split())

    def _arrived(self) -> Walker:
        self.page.wait_for_load_state("domcontentloaded")
        self.steps += 1
        self.look(self.page, f"{self.name}-{self.steps:02d}{self.path.replace('/', '_')}")
        assert not self.broken, self.broken
        overflow = self.page.evaluate(
            "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        )
        assert overflow <= 0, f"{self.path} is {overflow} px too wide"
        kind = re.sub(r"m\d+|[0-9a-f-]{20,}|[A-Za-z0-9_-]{22,}", "*", self.path)
        if self.scripts and kind not in self.seen:
            self.seen.append(kind)
            found = Axe().run(self.page, options=RULES).response["violations"]
            assert not found, [(self.path, v["id"], [n["html"][:160] for n in v["nodes"]][:3]) for v in found]
        return self


def through(walker: Walker, address: str, told: Mapping[str, str | list[str]]) -> int:
    """Answer one question after the other from an address on: what is told, else “not sure”; returns the pages."""
    walker.go(address)
    for pages in range(MOST_PAGES):
        names = walker.page.locator("form#questions [name]").evaluate_all("all => all.map(one => one.name)")
        if not names:
            return pages
        known = {name: told[name] for name in dict.fromkeys(names) if name in told}
        if known:
            walker.fill(known).press(SAVE)
        else:
            walker.press(SKIP)
    raise AssertionError(f"the questions do not end: {walker.path}")


def sign(
    walker: Walker,
    member: str,
    name: str,
    wards: tuple[str, ...] = (),
    told: str = "签好了",
    by_hand: bool = False,
) -> None:
    """Each act on its own page, never ticked beforehand, then the name, and by hand where that is wanted."""
    for _act in range(6):
        if walker.path.endswith("/name"):
            break
        for person in (member, *wards):
            ticks = walker.page.locator(f'main input[type="checkbox"][name="person_{person}"]')
            if ticks.count():
                assert not ticks.is_checked()
                ticks.check()
        choices = walker.page.locator('main input[type="radio"][value="yes"]')
        for index in range(choices.count()):
            choices.nth(index).check()
        walker.press("下一步")
    walker.fill({"name": name})
    if by_hand:
        scribble(walker)
    walker.press("签字")
    assert told in walker.words
    assert walker.page.locator('img[src^="data:image/png"]').count() == by_hand


def scribble(walker: Walker) -> None:
    """Write on the pad, wipe it, write again."""
    pad, state = walker.page.locator("#pad"), walker.page.locator("#pad-state")
    for _time in range(2):
        pad.scroll_into_view_if_needed()
        box = pad.bounding_box()
        assert box is not None
        mouse = walker.page.mouse
        mouse.move(box["x"] + 20, box["y"] + 20)
        mouse.down()
        for x, y in ((60, 80), (120, 30), (200, 90)):
            mouse.move(box["x"] + x, box["y"] + y, steps=4)
        mouse.up()
        assert state.inner_text() == "写好了"
        if not _time:
            walker.page.locator("#pad-clear").click()
            assert state.inner_text() == "还没写"
    walker.look(walker.page, f"{walker.name}-pad")


def cases(sandbox: str, number: str) -> list[str]:
    """The case numbers that the case system holds for an application."""
    page = httpx.get(sandbox, timeout=10).text
    return sorted(set(re.findall(rf"/cases/({number})\b", page)))
