"""A person at the keyboard alone: Tab, Enter, Space, arrows and letters; every stop must be seen, none may hold him."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from playwright.sync_api import BrowserContext, Page

from tests.support.eyes import MEASURES

MOST_STOPS = 160
PREFERRED = ("no", "none", "healthy", "full", "here", "together", "0", "unsure")
Told = Mapping[str, str | Sequence[str]]


class Fingers:
    """One device; `told` answers fields by name wherever they come up."""

    def __init__(self, device: BrowserContext, told: Told | None = None) -> None:
        self.page: Page = device.new_page()
        self.told: dict[str, str | Sequence[str]] = dict(told or {})
        self.stops = 0
        self.asked: list[str] = []

    def go(self, url: str) -> Fingers:
        self.page.goto(url)
        return self

    @property
    def path(self) -> str:
        return "/" + self.page.url.split("://", 1)[1].split("/", 1)[1].split("?")[0].split("#")[0]

    @property
    def words(self) -> str:
        return " ".join(self.page.locator("main").inner_text().split())

    def tab(self, *, back: bool = False) -> dict[str, Any] | None:
        """One stop further; what has the focus now, which must be seen, or None outside of the page."""
        self.page.keyboard.press("Shift+Tab" if back else "Tab")
        self.stops += 1
        found = self.focused()
        assert found is None or found["seen"], f"{self.path}: the focus cannot be seen on {found['words']}"
        return found

    def focused(self) -> dict[str, Any] | None:
        if not self.page.evaluate("typeof window.doudi === 'object'"):
            self.page.evaluate(MEASURES)
        found: dict[str, Any] | None = self.page.evaluate("doudi.focused()")
        return found

    def tab_to(self, wanted: Callable[[dict[str, Any]], bool], what: str) -> dict[str, Any]:
        """On and on until the focus is there; who comes round without meeting it fails."""
        outside = 0
        for _stop in range(MOST_STOPS):
            found = self.tab()
            outside += found is None
            if found is not None and wanted(found):
                return found
            assert outside < 3, f"{self.path}: no way to {what} with Tab"
        raise AssertionError(f"{self.path}: a trap, or too long a way to {what}")

    def press(self, *words: str) -> Fingers:
        """Tab to the link or button with one of these words, filling in on the way what is asked, and press Enter."""
        wanted = set(words)

        def arrives(stop: dict[str, Any]) -> bool:
            if stop["inMain"] and stop["tag"] in ("INPUT", "SELECT", "TEXTAREA"):
                self._answer(stop)
            text: str = stop["text"]
            return stop["inMain"] and any(
                text.startswith(one) or (len(one) > 2 and one in text) for one in wanted
            )

        self.tab_to(arrives, " or ".join(words))
        self._enter()
        return self

    def _enter(self) -> None:
        with self.page.expect_navigation(wait_until="domcontentloaded"):
            self.page.keyboard.press("Enter")

    def _answer(self, stop: dict[str, Any]) -> None:
        name, keys = stop["name"], self.page.keyboard
        self.asked.append(name)
        told = self.told.get(name)
        match stop["type"]:
            case "radio":
                self._choose(stop, [told] if isinstance(told, str) else list(told or PREFERRED))
            case "checkbox":
                wanted = {told} if isinstance(told, str) else set(told or ("none",))
                if stop["value"] in wanted and not self._checked():
                    keys.press("Space")
            case "select-one":
                if told is not None:
                    self._select([told] if isinstance(told, str) else list(told))
            case "file":
                return
            case _:
                if isinstance(told, str) and stop["value"] != told:
                    keys.press("Control+a")
                    keys.insert_text(told)

    def _checked(self) -> bool:
        return bool(self.page.evaluate("document.activeElement.checked"))

    def _choose(self, stop: dict[str, Any], wanted: Sequence[str]) -> None:
        """Arrows move within the choices and choose; Space chooses the one that has the focus."""
        name = stop["name"]
        offered: list[str] = self.page.evaluate(
            "name => [...document.querySelectorAll(`main input[type=radio][name='${name}']`)].map(o => o.value)",
            name,
        )
        if name not in self.told and self.page.locator(f'main input[name="{name}"]:checked').count():
            return
        chosen = next((value for value in wanted if value in offered), offered[0])
        for _step in range(len(offered) + 1):
            if self.page.evaluate("document.activeElement.value") == chosen:
                break
            self.page.keyboard.press("ArrowDown")
        if not self._checked():
            self.page.keyboard.press("Space")
        assert self.page.locator(f'main input[name="{name}"]:checked').get_attribute("value") == chosen

    def _select(self, wanted: Sequence[str]) -> None:
        """The first of these that is offered; none of them may be, where pages ask different things by one name."""
        offered: list[str] = self.page.evaluate("[...document.activeElement.options].map(one => one.value)")
        chosen = next((value for value in wanted if value in offered), None)
        if chosen is None:
            return
        self.page.keyboard.press("Home")
        for _step in offered:
            if self.page.evaluate("document.activeElement.value") == chosen:
                return
            self.page.keyboard.press("ArrowDown")
        raise AssertionError(f"{self.path}: {chosen} cannot be chosen with the arrows")
