"""“我帮别人填”: the questions speak of him or her, in every language that names the person; the application follows."""

from __future__ import annotations

import re

import pytest
from flask import Flask
from flask_babel import gettext

from estimator import default_rulebook
from portal.i18n import HELPED, help_another, of_another
from tests.support import applying
from tests.support.guiding import does_not_know, interview
from tests.support.languages import compile_catalogues
from tests.support.pages import LintedClient, Page, page_text


def begin(client: LintedClient, button: str = "帮她填") -> None:
    shown = client.submit("/estimate/", button=button)
    assert shown.request.path == "/estimate/place"
    shown = client.submit("/estimate/place?city=220100", {"region": "220104", "area": "urban"}, button="继续")
    client.submit(shown, {"age": "72"})
    client.submit("/estimate/members/new", {"relation": "child", "age": "45"})


def test_no_question_of_the_estimate_says_you_any_more(client: LintedClient) -> None:
    begin(client)
    asked: list[str] = []

    def says(id: str, page: Page) -> object:
        asked.append(" ".join(page.headings))
        return does_not_know(id, page)

    interview(client, says)  # type: ignore[arg-type]
    assert len(asked) > 5
    assert [one for one in asked if "您" in one] == []
    assert any("她" in one for one in asked)
    page = page_text(client.get("/estimate/members"))
    assert "和她一起生活的人" in page
    assert "她本人" in page
    assert "您在帮别人填" in page


def test_helping_him_or_her_begins_anew_and_leaves_the_own_estimate_alone(client: LintedClient) -> None:
    client.submit("/estimate/place?city=220100", {"region": "220104", "area": "urban"}, button="继续")
    own = client.get("/estimate/members/m1")
    assert "先说您自己" in page_text(own)
    begin(client, "帮他填")
    assert "和他一起生活的人" in page_text(client.get("/estimate/members"))
    assert client.post("/estimate/for", data={"who": "it"}).status_code == 400


def test_what_was_told_for_another_becomes_an_application_by_proxy(client: LintedClient) -> None:
    begin(client)
    interview(client, does_not_know)
    answer = client.submit("/estimate/result", button="带着这些回答去申请")
    assert answer.request.path.startswith("/apply/proxy")
    assert "您" in page_text(answer), "here the one who helps is asked about himself"


def test_pages_of_an_application_for_another_speak_of_the_applicant(app: Flask, client: LintedClient) -> None:
    applying.start_filled(client)
    own = client.get("/apply/property/houses").get_data(as_text=True)
    other = app.test_client()
    assert isinstance(other, LintedClient)
    other.submit("/apply/", button="替别人填")
    for_another = other.get("/apply/property/houses").get_data(as_text=True)
    assert "他（她）" not in own
    assert "申请人家的事" in for_another
    assert [one for one in Page(for_another).headings if "您" in one] == []


@pytest.mark.parametrize("locale", ["zh-Hans", "zh-Hant", "en"])
@pytest.mark.parametrize("who", HELPED)
def test_every_question_can_be_asked_about_another(app: Flask, locale: str, who: str) -> None:
    """By rule, from the translation of the question: nothing of “you” is left, and no broken English comes of it."""
    compile_catalogues()
    questions = [spec.question for spec in default_rulebook().facts.values() if spec.question]
    with app.test_request_context(headers={"Accept-Language": locale}):
        help_another(who)
        said = [of_another(gettext(one)) for one in questions]
        assert [one for one in said if "您" in one or re.search(r"\b[Yy]ou\b", one)] == []
        assert [
            one for one in said if re.search(r"\b(for|to|with|owe|of) they\b|they (is|has|was|does)\b", one)
        ] == []
        help_another(None)
        assert of_another(questions[0]) == questions[0]
