"""For tired eyes and slow hands: read aloud, large text at once and remembered, paper, the language that stays."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator

import pytest
from flask import Flask
from playwright.sync_api import Browser

from portal.config import Settings
from portal.i18n import TAGS
from tests.support import stages
from tests.support.eyes import Eyes, Sight
from tests.support.handoff import settings_for
from tests.support.languages import compile_catalogues
from tests.support.pages import LintedClient, Page
from tests.support.portal import running

pytestmark = pytest.mark.browser

LISTENS = """
window.spoken = [];
window.SpeechSynthesisUtterance = function (words) { this.words = words; };
Object.defineProperty(window, "speechSynthesis", { value: {
  speak(one) { window.spoken.push([one.lang, one.words]); }, cancel() { window.spoken.push(["", "stopped"]); } } });
"""
# Where something is asked, answered or agreed to, and who comes there.
READ_OUT = {
    "question": ("estimating", "/estimate/question/member.income_monthly@m1", "收入"),
    "result": ("estimating", "/estimate/result", "这是估算，不是决定"),
    "consent": ("about to sign", "/sign/act/authorisation", "核对"),
    "form": ("applying", "/apply/property/houses", "房"),
    "state": ("sent", "/progress/application", "申请编号"),
}


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return settings_for(tmp_path_factory.mktemp("portal"))


@pytest.fixture(scope="module")
def app(settings: Settings) -> Iterator[Flask]:
    compile_catalogues()
    with running(settings) as portal:
        yield portal


@pytest.fixture
def eyes(chromium: Browser) -> Iterator[Eyes]:
    opened = Eyes(chromium)
    yield opened
    opened.close()


def client_of(app: Flask, who: str) -> LintedClient:
    person = stages.Person(app)
    stages.PEOPLE[who](person)
    return person.client


@pytest.mark.parametrize("kind", READ_OUT)
def test_every_question_answer_and_consent_is_read_aloud_and_a_second_press_stops(
    app: Flask, eyes: Eyes, kind: str
) -> None:
    who, path, said = READ_OUT[kind]
    client = client_of(app, who)
    eyes.page.add_init_script(LISTENS)
    eyes.show(client, client.get(path), Sight())
    button = eyes.page.get_by_role("button", name="读这一页")
    button.click()
    spoken: list[list[str]] = eyes.page.evaluate("window.spoken.slice(1)")
    words = "".join(one for _lang, one in spoken)
    assert said in words
    assert {lang for lang, _words in spoken} == {"zh-CN"}
    for silent in ("读这一页", "返回上一步", "跳到正文"):
        assert silent not in words
    assert button.get_attribute("aria-pressed") == "true"
    button.click()
    assert eyes.page.evaluate("window.spoken.at(-1)") == ["", "stopped"]
    assert button.get_attribute("aria-pressed") == "false"


def test_an_answer_has_a_button_of_its_own_and_its_quotation_is_read_in_chinese(
    app: Flask, eyes: Eyes
) -> None:
    client = client_of(app, "guest")
    client.get("/ask?lang=en")
    shown = client.submit("/ask", {"question": "how do I apply for dibao"}, button="Ask")
    eyes.page.add_init_script(LISTENS)
    eyes.show(client, shown, Sight())
    assert eyes.page.locator(".reply .read-aloud").count() == 1
    eyes.page.locator(".read-page button").click()
    assert {lang for lang, _words in eyes.page.evaluate("window.spoken.slice(1)")} == {"en", "zh-CN"}


def test_without_speech_there_is_no_button_and_no_gap(app: Flask, eyes: Eyes) -> None:
    client = client_of(app, "guest")
    eyes.page.add_init_script("delete window.speechSynthesis; delete window.SpeechSynthesisUtterance;")
    eyes.show(client, client.get("/"), Sight(scripts=False))
    assert eyes.page.locator(".read-aloud:visible").count() == 0


def test_large_text_comes_at_once_keeps_what_was_typed_and_is_remembered(app: Flask, eyes: Eyes) -> None:
    client = client_of(app, "guest")
    eyes.show(client, client.get("/progress/"), Sight())
    eyes.page.locator("#number").fill("ABCDE")
    eyes.page.get_by_role("link", name="大字版").click()
    assert eyes.page.locator("#number").input_value() == "ABCDE"
    assert eyes.page.evaluate("getComputedStyle(document.body).fontSize") == "24px"
    assert eyes.page.evaluate("document.activeElement.textContent") == "标准字"
    eyes.page.wait_for_timeout(300)
    assert 'class="large"' in client.get("/").get_data(as_text=True), "remembered for every page"
    client.get("/?text=normal")
    assert 'class="large"' not in client.get("/").get_data(as_text=True)


def test_large_text_says_less(app: Flask, eyes: Eyes) -> None:
    words = []
    for large in (False, True):
        client = client_of(app, "guest")
        if large:
            client.set_cookie("text", "large")
        eyes.show(client, client.get("/"), Sight(large=large))
        words.append(len(eyes.page.locator("body").inner_text()))
    assert words[1] < 0.8 * words[0]


PAPER = {
    "result": ("estimating", "/estimate/result"),
    "receipt": ("sent", "/apply/receipt"),
    "leaflet": ("guest", "/leaflets/dibao"),
}
MOST_SHEETS = {"result": 3, "receipt": 2, "leaflet": 1}


@pytest.mark.parametrize("sheet", PAPER)
def test_what_is_printed_has_no_buttons_is_dark_on_white_and_fits(app: Flask, eyes: Eyes, sheet: str) -> None:
    who, path = PAPER[sheet]
    client = client_of(app, who)
    eyes.show(client, client.get(path), Sight(1280, dark=True))
    eyes.page.emulate_media(media="print", color_scheme="dark")
    assert eyes.page.locator(".btn:visible, .read-aloud:visible, .switches:visible, .skip:focus").count() == 0
    assert eyes.page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert (
        eyes.page.evaluate("getComputedStyle(document.querySelector('main h1')).color") == "rgb(28, 39, 51)"
    )
    printed = eyes.page.pdf(
        format="A4", margin={"top": "12mm", "bottom": "12mm", "left": "12mm", "right": "12mm"}
    )
    assert len(re.findall(rb"/Type\s*/Page\b", io.BytesIO(printed).read())) <= MOST_SHEETS[sheet]


def test_paper_says_what_to_bring_though_it_is_folded_on_the_screen(app: Flask, eyes: Eyes) -> None:
    client = client_of(app, "estimating")
    eyes.show(client, client.get("/estimate/result"), Sight())
    to_bring = eyes.page.locator("section.card-box").first.get_by_role("heading", name="要带", exact=True)
    assert not to_bring.is_visible()
    eyes.page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    assert to_bring.is_visible()
    eyes.page.evaluate("window.dispatchEvent(new Event('afterprint'))")
    assert not to_bring.is_visible()


@pytest.mark.parametrize("locale", ["zh_Hant", "en", "ko"])
def test_a_language_chosen_once_stays_through_forms_and_redirects(app: Flask, locale: str) -> None:
    """By the address first, then by the cookie, through a form that is wrong and one that is right."""
    client = client_of(app, "guest")
    chosen = client.get(f"/estimate/place?city=220100&lang={locale}", follow_redirects=True)
    assert chosen.request.query_string == b"city=220100", "what else stood in the address stays"
    wrong = client.submit(chosen, {"region": "", "area": []}, form=0)
    right = client.submit(wrong, {"region": "220104", "area": "urban"}, form=0)
    person = client.submit(right, {"age": "41"}, form=0)
    for page in (
        chosen,
        wrong,
        right,
        person,
        client.get("/ask"),
        client.get("/apply/"),
        client.get("/no-such"),
    ):
        assert Page(page.get_data(as_text=True)).language == TAGS[locale], page.request.path


@pytest.mark.parametrize(
    ("header", "tag"), [("ko-KR,ko;q=0.9", "ko"), ("zh-TW", "zh-Hant"), ("fr", "zh-Hans"), ("en-US", "en")]
)
def test_the_browser_s_language_counts_until_one_is_chosen(app: Flask, header: str, tag: str) -> None:
    client = client_of(app, "guest")
    page = client.get("/", headers={"Accept-Language": header})
    assert Page(page.get_data(as_text=True)).language == tag
    client.get("/?lang=zh_Hans", headers={"Accept-Language": header})
    page = client.get("/", headers={"Accept-Language": header})
    assert Page(page.get_data(as_text=True)).language == "zh-Hans"


def test_switches_of_a_page_that_was_sent_lead_home_instead_of_to_an_error(app: Flask) -> None:
    client = client_of(app, "applying")
    shown = client.submit("/apply/tasks", button="给我编码")
    assert shown.request.path == "/apply/code"
    links = {words: href for href, words in Page(shown.get_data(as_text=True)).links}
    answer = client.get(links["大字版"], follow_redirects=True)
    assert answer.request.path == "/"
    assert 'class="large"' in answer.get_data(as_text=True)
