"""Looks at a page in Chromium and measures it: axe, target sizes, names in the accessibility tree, width.

Pages come from the test client by interception, so no server runs and every person keeps his own cookies.
To look at a page as one without scripts sees it, our own scripts are refused at interception: the browser's
own script engine stays on, because axe needs it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Browser, Page, Route
from werkzeug.test import TestResponse

from tests.support.pages import LintedClient

HOST = "http://127.0.0.1:8000"
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
OPTIONS = {"runOnly": {"type": "tag", "values": TAGS}, "resultTypes": ["violations"]}
MEASURES = (Path(__file__).parent / "measures.js").read_text(encoding="utf-8")
TARGET, LARGE_TARGET = 44, 60
DESK_TARGET = 24  # WCAG 2.5.8; staff sit at a desk with a mouse
NAMED_ROLES = {
    "button", "link", "textbox", "searchbox", "combobox", "checkbox", "radio", "spinbutton", "listbox",
    "DisclosureTriangle", "image", "img", "radiogroup", "dialog", "navigation",
}  # fmt: skip


@dataclass(frozen=True)
class Sight:
    """How a page is looked at."""

    width: int = 320
    large: bool = False
    dark: bool = False
    scripts: bool = True
    calm: bool = False
    forced_colours: bool = False


class Eyes:
    """One browser tab that shows what test clients were answered."""

    def __init__(self, browser: Browser) -> None:
        self.context = browser.new_context(viewport={"width": 320, "height": 800}, locale="zh-CN")
        self.context.set_default_timeout(20_000)
        self.context.add_init_script(MEASURES)
        self.page: Page = self.context.new_page()
        self.tree = self.context.new_cdp_session(self.page)
        self.strangers: list[str] = []
        self._files: dict[str, tuple[int, dict[str, str], bytes]] = {}
        self._client: LintedClient | None = None
        self._shown: TestResponse | None = None
        self._scripts = True
        self.context.route("**/*", self._answer)

    def close(self) -> None:
        self.context.close()

    def show(self, client: LintedClient, shown: TestResponse, sight: Sight) -> None:
        """Open a page that this client was given."""
        self._client, self._shown, self._scripts = client, shown, sight.scripts
        self.page.emulate_media(
            color_scheme="dark" if sight.dark else "light",
            reduced_motion="reduce" if sight.calm else "no-preference",
            forced_colors="active" if sight.forced_colours else "none",
        )
        self.page.set_viewport_size({"width": sight.width, "height": 800})
        self.page.goto(HOST + shown.request.full_path.removesuffix("?"), wait_until="load")

    def show_spoilt(self, client: LintedClient, shown: TestResponse, was: str, now: str) -> None:
        """Open a copy of a page with something taken out or changed, for proving that the eyes see it."""
        html = shown.get_data(as_text=True)
        assert was in html, was
        shown.set_data(html.replace(was, now))
        self.show(client, shown, Sight())

    def _answer(self, route: Route) -> None:
        request = route.request
        if not request.url.startswith(HOST):
            self.strangers.append(request.url)
            route.abort()
        elif request.is_navigation_request() and self._shown is not None:
            route.fulfill(
                status=self._shown.status_code, headers=_headers(self._shown), body=self._shown.get_data()
            )
        elif not self._scripts and request.url.split("?")[0].endswith(".js"):
            route.abort()
        else:
            status, headers, body = self._file(request.url.removeprefix(HOST))
            route.fulfill(status=status, headers=headers, body=body)

    def _file(self, path: str) -> tuple[int, dict[str, str], bytes]:
        if path not in self._files:
            assert self._client is not None
            with self._client.get(path, lint=False) as found:
                self._files[path] = (found.status_code, _headers(found), found.get_data())
        return self._files[path]

    def axe(self, *, only: Iterable[str] = ()) -> list[str]:
        """What axe finds wrong with the page as it stands: rule, element, what it says."""
        if not self.page.evaluate("typeof window.axe === 'object'"):
            self.page.evaluate(AXE_SCRIPT)
        options: Mapping[str, Any] = (
            {**OPTIONS, "runOnly": {"type": "rule", "values": list(only)}} if only else OPTIONS
        )
        found = self.page.evaluate(f"axe.run(document, {json.dumps(options)})")["violations"]
        return [
            f"axe {violation['id']}: {node['html'][:140]} | {_why(node)}"
            for violation in found
            for node in violation["nodes"][:4]
        ]

    def measured(self, what: str, *args: object) -> list[str]:
        """One of the measures of measures.js: what it finds wrong."""
        found: list[str] = self.page.evaluate(f"args => doudi.{what}(...args)", list(args))
        return [f"{what}: {one}" for one in found]

    def nameless(self) -> list[str]:
        """Controls, pictures and groups to which the accessibility tree gives no name."""
        nodes = self.tree.send("Accessibility.getFullAXTree")["nodes"]
        return [
            f"no name: {_value(node, 'role')}"
            for node in nodes
            if not node.get("ignored")
            and _value(node, "role") in NAMED_ROLES
            and not str(_value(node, "name") or "").strip()
        ]


def _value(node: Mapping[str, Any], key: str) -> Any:
    return (node.get(key) or {}).get("value")


def _why(node: Mapping[str, Any]) -> str:
    return "; ".join(check["message"] for check in [*node["any"], *node["all"], *node["none"]])[:160]


def _headers(answer: TestResponse) -> dict[str, str]:
    left_out = {"content-length", "set-cookie", "content-encoding", "transfer-encoding"}
    return {name: value for name, value in answer.headers.items() if name.lower() not in left_out}
