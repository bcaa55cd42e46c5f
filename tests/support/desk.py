"""A person at the hotline's desk with the keyboard alone: signs in, looks things up, answers what a page asks."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pyotp
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import BrowserContext, Page, expect

from tests.support.fingers import Fingers
from tests.support.walking import RULES

ROOT = Path(__file__).resolve().parents[2]
PASSWORD = "灯下慢慢数豆子 2026"


def start_code(folder: Path, login: str, role: str) -> str:
    """Make an account as the handbook says, by the command, and return the code it prints."""
    command = [sys.executable, "-m", "flask", "--app", "portal.wsgi"]
    made = subprocess.run(
        [*command, "staff", "add", login, "--role", role, "--county", "*"],
        cwd=ROOT,
        env={**os.environ, "DOUDI_INSTANCE": str(folder)},
        capture_output=True,
        text=True,
        check=True,
    )
    found = re.search(r"only now: (\S+)", made.stdout)
    assert found, made.stdout
    return found[1]


class Desk(Fingers):
    """One signed-in colleague; letters are keys of the console, everything else is typed into fields."""

    def __init__(
        self, device: BrowserContext, portal: str, look: Callable[[Page, str], None], name: str
    ) -> None:
        super().__init__(device)
        self.portal, self.look, self.name = portal, look, name
        self.broken: list[str] = []
        self.seen: set[str] = set()
        self.page.on("pageerror", lambda error: self.broken.append(str(error)))
        self.page.on("response", lambda answer: self._notice(answer.url, answer.status))

    def _notice(self, url: str, status: int) -> None:
        if status >= 500:
            self.broken.append(f"{status} {url}")

    def sign_in(self, code: str) -> Desk:
        """The first time: start code, own password, the telephone's code, recovery codes."""
        self.go(f"{self.portal}/hotline/sign-in")
        self.told.update({"login": self.name, "password": code})
        self.press("登录")
        self.told.update({"password": PASSWORD, "again": PASSWORD})
        self.press("下一步")
        secret = self.page.locator(".code-shown").inner_text().replace(" ", "")
        self.told = {"code": pyotp.TOTP(secret).now()}
        self.press("绑定").press("抄好了")
        self.told = {}
        return self

    def keys(self, *names: str) -> Desk:
        """Press keys one after the other."""
        for name in names:
            self.page.keyboard.press(name)
        return self

    def leave(self) -> Desk:
        """Out of the field, so that letters are keys again."""
        return self.keys("Escape")

    def turn_to(self, key: str) -> Desk:
        """Open a page by its letter."""
        self.leave()
        with self.page.expect_navigation(wait_until="domcontentloaded"):
            self.page.keyboard.press(key)
        return self.watch()

    def next_call(self) -> Desk:
        """Back to the console, and the next caller."""
        if not self.page.locator("#q").count():
            self.turn_to("/")
        return self.button("新来电")

    def look_up(self, question: str, told: str) -> Desk:
        """`/`, the caller's words, and the answer comes while one types."""
        self.leave().keys("/", "Control+a")
        self.page.keyboard.insert_text(question)
        expect(self.page.locator("#card")).to_contain_text(told)
        return self.watch()

    def set_place(self, place: str) -> Desk:
        """`r`, the place, Enter."""
        self.leave().keys("r", "Control+a")
        self.page.keyboard.insert_text(place)
        self._enter()
        return self

    def set_language(self, locale: str) -> Desk:
        """`l`, the language with the arrows, Enter."""
        self.leave().keys("l")
        offered: list[str] = self.page.evaluate("[...document.activeElement.options].map(one => one.value)")
        at = offered.index(self.page.evaluate("document.activeElement.value"))
        step = "ArrowDown" if offered.index(locale) > at else "ArrowUp"
        self.keys("Alt+ArrowDown", *[step] * abs(offered.index(locale) - at))
        self._enter()
        assert self.page.locator("#call-lang").input_value() == locale
        return self

    def button(self, words: str) -> Desk:
        """Tab to a button or link anywhere on the page and press Enter."""
        self.tab_to(lambda stop: str(stop["text"]).startswith(words), words)
        self._enter()
        return self.watch()

    def fill(self, told: Mapping[str, Any], button: str) -> Desk:
        """Answer the fields by name on the way to a button in the page."""
        self.told = dict(told)

        def arrives(stop: dict[str, Any]) -> bool:
            if stop["inMain"] and stop["tag"] in ("INPUT", "SELECT", "TEXTAREA"):
                self._answer(stop)
            return stop["tag"] == "BUTTON" and str(stop["text"]).startswith(button)

        self.tab_to(arrives, button)
        self._enter()
        self.told = {}
        return self.watch()

    def watch(self) -> Desk:
        """Nothing broke, nothing is too wide, and axe finds nothing on a page seen for the first time."""
        assert not self.broken, self.broken
        self.look(self.page, f"{self.name}-{len(self.seen):02d}{self.path.replace('/', '_')}")
        wide = self.page.evaluate(
            "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        )
        assert wide <= 0, f"{self.path} is {wide} px too wide"
        if self.path not in self.seen:
            self.seen.add(self.path)
            found = Axe().run(self.page, options=RULES).response["violations"]
            assert not found, [(self.path, v["id"], [n["html"][:160] for n in v["nodes"]][:3]) for v in found]
        return self
