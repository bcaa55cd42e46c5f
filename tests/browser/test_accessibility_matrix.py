"""Every page of the URL map in every state and width: nothing for axe to find, nothing too small, all named.

`make axe` looks at everything and prints the count; `make test` at each page 320 px wide, filled and with errors.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
from alembic import command
from flask import Flask
from playwright.sync_api import Browser
from werkzeug.test import TestResponse

from portal.cli import migrations
from portal.config import Settings
from portal.factory import create_app
from tests.support import stages
from tests.support.eyes import LARGE_TARGET, TARGET, Eyes, Sight
from tests.support.handoff import settings_for
from tests.support.pages import LintedClient, Page

pytestmark = pytest.mark.browser

WIDTHS = (320, 375, 1280)
STATES = ("empty", "filled", "errors", "large", "no scripts", "dark")
SHORT = ("filled", "errors")
MOST_SHOWN = 40
MOST_OF_A_KIND = 3
# Pages with fields that take whatever is told, so that there are no messages to look at.
TAKES_ANYTHING: dict[str, str] = {}


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return settings_for(tmp_path_factory.mktemp("portal"))


@pytest.fixture(scope="module")
def app(settings: Settings) -> Iterator[Flask]:
    portal = create_app(settings)
    command.upgrade(migrations(settings.database_url), "head")
    portal.test_client_class = LintedClient
    yield portal
    portal.extensions["doudi_engine"].dispose()


@pytest.fixture(scope="module")
def eyes(chromium: Browser) -> Iterator[Eyes]:
    opened = Eyes(chromium)
    yield opened
    opened.close()


@dataclass
class Tour:
    """What was looked at and what was wrong."""

    looked_at: int = 0
    pages: set[str] = field(default_factory=set)
    wrong: dict[str, list[str]] = field(default_factory=dict)
    unshakable: set[str] = field(default_factory=set)

    def note(self, stage: stages.Stage, state: str, width: int, found: list[str]) -> None:
        self.looked_at += 1
        self.pages.add(stage.path)
        for one in found:
            self.wrong.setdefault(one, []).append(f"{stage.path} [{stage.endpoint}, {state}, {width}]")

    def told(self) -> str:
        """Each defect once, with where it was met."""
        listed = sorted(self.wrong.items(), key=lambda one: -len(one[1]))
        return "".join(
            f"\n{what}\n    {len(where)} times, as on {where[0]}" for what, where in listed[:MOST_SHOWN]
        )


def test_every_page_in_every_state_and_width(
    app: Flask, eyes: Eyes, every_state: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    tour, widths = Tour(), WIDTHS if every_state else WIDTHS[:1]
    everywhere = stages.stages(app)
    if not every_state:
        everywhere = _without_repeats(everywhere)
    for stage in everywhere:
        for state in STATES if every_state else SHORT:
            look(app, eyes, stage, state, widths, tour)
    states = len(STATES if every_state else SHORT)
    with capsys.disabled():
        print(
            f"\naxe: {len(tour.pages)} pages of {len({stage.endpoint for stage in everywhere})} routes, "
            f"{states} states, {len(widths)} widths: {tour.looked_at} views, {len(tour.wrong)} violations"
        )
    assert not tour.wrong, tour.told()
    assert tour.unshakable == set(TAKES_ANYTHING)
    assert not eyes.strangers, eyes.strangers


def _without_repeats(everywhere: list[stages.Stage]) -> list[stages.Stage]:
    """At most three addresses of an endpoint: the interview's questions look alike."""
    seen: Counter[str] = Counter()
    kept = []
    for stage in everywhere:
        seen[stage.endpoint] += 1
        if seen[stage.endpoint] <= MOST_OF_A_KIND:
            kept.append(stage)
    return kept


def look(
    app: Flask, eyes: Eyes, stage: stages.Stage, state: str, widths: tuple[int, ...], tour: Tour
) -> None:
    """One page in one state at all these widths."""
    person = stage.person(app)
    client = person.client
    if state == "large":
        client.set_cookie("text", "large")
    shown = client.get(stage.path_of(person), follow_redirects=True)
    if state == "errors":
        wrong = told_wrongly(client, shown)
        if wrong is None:
            if any(form.method == "post" and form.asks for form in Page(shown.text).forms):
                tour.unshakable.add(stage.endpoint)
            return
        shown = wrong
    sight = Sight(widths[0], large=state == "large", dark=state == "dark", scripts=state != "no scripts")
    eyes.show(client, shown, sight)
    if state in ("filled", "large", "dark"):
        eyes.page.evaluate("doudi.fill()")
    for width in widths:
        eyes.page.set_viewport_size({"width": width, "height": 800})
        found = eyes.axe() + eyes.measured("tooWide") + eyes.measured("cutOff")
        found += eyes.measured("tooSmall", LARGE_TARGET if sight.large else TARGET)
        tour.note(stage, state, width, found + eyes.nameless())


def told_wrongly(client: LintedClient, shown: TestResponse) -> TestResponse | None:
    """The page with all its messages, after everything was left out or told as nonsense; None where it has no form
    to fill in, or takes whatever is told."""
    for index, form in enumerate(Page(shown.get_data(as_text=True)).forms):
        if form.method != "post" or not form.asks:
            continue
        for values in ({name: [] for name in form.asks}, dict.fromkeys(form.asks, "？？")):
            answer = client.submit(shown, values, form=index)
            if any(mark in answer.get_data(as_text=True) for mark in ("field-error", "error-summary")):
                return answer
    return None
