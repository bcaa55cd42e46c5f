"""Every page of the URL map in every state and width: nothing for axe to find, nothing too small, all named.

`make axe` looks at everything and prints the count; `make test` at each page 320 px wide, filled and with errors.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
from flask import Flask
from playwright.sync_api import Browser
from werkzeug.routing import Map, Rule
from werkzeug.test import TestResponse

from portal.config import Settings
from tests.support import stages
from tests.support.eyes import DESK_TARGET, LARGE_TARGET, TARGET, Eyes, Sight
from tests.support.handoff import settings_for
from tests.support.pages import LintedClient, Page
from tests.support.portal import running

pytestmark = pytest.mark.browser

WIDTHS = (320, 375, 1280)
STATES = ("empty", "filled", "large", "no scripts", "dark", "errors")
SHORT = ("filled", "errors")
MOST_SHOWN = 40
MOST_OF_A_KIND = 2
# Pages with fields that take whatever is told, so that there are no messages to look at.
TAKES_ANYTHING = {
    "apply.question": "some questions are optional and free text",
    "hotline_call.application": "only the strip of the call, which any page has",
    "hotline_call.assisted_application": "only the strip of the call, which any page has",
    "hotline_call.withdraw_consent": "only the strip of the call, which any page has",
    "hotline_delivery.home": "boxes to tick, none of them required",
    "hotline_delivery.one": "a note that may stay empty",
    "hotline_work.home": "only the strip of the call, which any page has",
    "hotline_work.one_call_back": "what it takes ends on the list, with a word about it",
}


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return settings_for(tmp_path_factory.mktemp("portal"))


@pytest.fixture(scope="module")
def app(settings: Settings) -> Iterator[Flask]:
    with running(settings) as portal:
        yield portal


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
        person = stage.person(app)
        for state in STATES if every_state else SHORT:
            look(person, eyes, stage, state, widths, tour)
    states = len(STATES if every_state else SHORT)
    with capsys.disabled():
        print(
            f"\naxe: {len(tour.pages)} pages of {len({stage.endpoint for stage in everywhere})} routes, "
            f"{states} states, {len(widths)} widths: {tour.looked_at} views, {len(tour.wrong)} violations"
        )
    assert not tour.wrong, tour.told()
    assert tour.unshakable <= set(TAKES_ANYTHING), "no messages came of what was told wrongly"
    assert not eyes.strangers, eyes.strangers


def _without_repeats(everywhere: list[stages.Stage]) -> list[stages.Stage]:
    """At most two addresses of an endpoint: the interview's questions look alike."""
    seen: Counter[str] = Counter()
    kept = []
    for stage in everywhere:
        seen[stage.endpoint] += 1
        if seen[stage.endpoint] <= MOST_OF_A_KIND:
            kept.append(stage)
    return kept


def look(
    person: stages.Person, eyes: Eyes, stage: stages.Stage, state: str, widths: tuple[int, ...], tour: Tour
) -> None:
    """One page in one state at all these widths; what is told wrongly comes last, since it may be taken."""
    client = person.client
    client.set_cookie("text", "large" if state == "large" else "normal")
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
        least = DESK_TARGET if stage.is_desk else LARGE_TARGET if sight.large else TARGET
        found += eyes.measured("tooSmall", least) + eyes.measured("leadsNowhere")
        tour.note(stage, state, width, found + eyes.nameless())


def told_wrongly(client: LintedClient, shown: TestResponse) -> TestResponse | None:
    """The page with all its messages, after everything was left out or told as nonsense; None where it has no form
    to fill in, or takes whatever is told."""
    for index, form in enumerate(Page(shown.get_data(as_text=True)).forms):
        if form.method != "post" or not form.asks:
            continue
        for values in ({name: [] for name in form.asks}, dict.fromkeys(form.asks, "？？")):
            answer = client.submit(shown, values, form=index)
            assert answer.status_code < 500, answer.request.path
            if any(mark in answer.get_data(as_text=True) for mark in ("field-error", "error-summary")):
                return answer
    return None


def test_text_given_more_room_is_not_cut_off_and_nothing_moves_for_who_wants_rest(
    app: Flask, eyes: Eyes
) -> None:
    """Every page at 1280 px zoomed to 400 % (320 px): more space between lines and letters (WCAG 1.4.12), reduced
    motion, and the colours of the system instead of ours."""
    wrong: dict[str, str] = {}
    for stage in _without_repeats(stages.stages(app)):
        person = stage.person(app)
        shown = person.client.get(stage.path_of(person), follow_redirects=True)
        eyes.show(person.client, shown, Sight(calm=True, forced_colours=True))
        found = eyes.measured("moves") + eyes.measured("fadesAway")
        eyes.page.evaluate("doudi.spaceOut()")
        found += eyes.measured("tooWide") + eyes.measured("cutOff")
        wrong.update(dict.fromkeys(found, stage.path))
    assert not wrong, wrong


SPOILT = [
    ("/progress/", '<label for="number">申请编号</label>', "申请编号", "axe label"),
    ("/progress/", "<h1>查进度</h1>", "<p>查进度</p>", "axe page-has-heading-one"),
    ("/progress/", '<html lang="zh-Hans">', "<html>", "axe html-has-lang"),
    ("/progress/", '<label for="query_code">查询码</label>', "查询码", "no name: textbox"),
    ("/", '<p class="go"><a', "<p><a", "tooSmall"),
    ("/ask", 'aria-describedby="question-hint"', 'aria-describedby="no-such-hint"', "leadsNowhere"),
    ("/", "<h1>", '<p><img src="/static/icon.svg" alt="" width="500"></p><h1>', "tooWide"),
]


@pytest.mark.parametrize(("path", "was", "now", "seen"), SPOILT, ids=[one[3] for one in SPOILT])
def test_a_page_with_a_fault_put_in_on_purpose_is_seen(
    app: Flask, eyes: Eyes, path: str, was: str, now: str, seen: str
) -> None:
    """A copy of a page with one label, heading or language taken away: the matrix would turn red."""
    client = app.test_client()
    assert isinstance(client, LintedClient)
    eyes.show_spoilt(client, client.get(path), was, now)
    found = eyes.axe() + eyes.nameless() + eyes.measured("tooSmall", TARGET)
    found += eyes.measured("leadsNowhere") + eyes.measured("tooWide")
    assert any(one.startswith(seen) for one in found), found


def test_a_page_that_nobody_reaches_is_named(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """A new page behind a gap that nobody fills does not slip through unseen."""
    strange = Rule("/estimate/quite-new/<strange>", endpoint="guidance.quite_new", methods=["GET"])
    Map([strange])
    monkeypatch.setattr(stages, "pages", lambda _app: [strange])
    with pytest.raises(stages.Nobody, match=r"guidance\.quite_new"):
        stages.stages(app)
