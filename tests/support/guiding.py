"""A household that answers the interview: it knows what it would say to every page and presses the buttons."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from werkzeug.test import TestResponse

from tests.support.pages import LintedClient, Page

QUESTION = "/estimate/question/"
MOST_PAGES = 60
CHAOYANG = "220104"

Answer = Mapping[str, str | list[str]] | str  # fields to fill, or the words of a button to press


@dataclass
class Interview:
    """What was asked, in order, and the answer the last press got."""

    asked: list[str] = field(default_factory=list)
    titles: list[str] = field(default_factory=list)
    left: list[int] = field(default_factory=list)
    last: TestResponse | None = None


def begin(
    client: LintedClient,
    *,
    region: str = CHAOYANG,
    area: str = "urban",
    own_age: str = "45",
    others: tuple[tuple[str, str], ...] = (),
) -> TestResponse:
    """Place, oneself and the others; the page of the members is the answer."""
    city = region[:4] + "00"
    shown = client.submit(f"/estimate/place?city={city}", {"region": region, "area": area}, button="继续")
    shown = client.submit(shown, {"age": own_age})
    for relation, age in others:
        shown = client.submit("/estimate/members/new", {"relation": relation, "age": age})
    return shown


def page_of(answer: TestResponse) -> str:
    """The id of the question page that is shown, or the empty string."""
    path = answer.request.path
    return path.removeprefix(QUESTION) if path.startswith(QUESTION) else ""


def interview(client: LintedClient, says: Callable[[str, Page], Answer]) -> Interview:
    """Answer page after page until the result; every page is asked once."""
    held = Interview(last=client.get("/estimate/next", follow_redirects=True))
    while held.last is not None and (id := page_of(held.last)):
        assert id not in held.asked, f"{id} is asked twice"
        assert len(held.asked) < MOST_PAGES
        page = Page(held.last.get_data(as_text=True))
        held.asked.append(id)
        held.titles.append(page.headings[0])
        held.left.append(int(page.text.split("最多还有", 1)[1].split("个", 1)[0]))
        answer = says(id, page)
        held.last = (
            client.submit(held.last, button=answer)
            if isinstance(answer, str)
            else client.submit(held.last, answer, button="继续")
        )
    return held


def does_not_know(_id: str, page: Page) -> Answer:
    """“不清楚” to everything."""
    form = next(form for form in page.forms if form.method == "post")
    if any(words == "不清楚，跳过" for *_value, words in form.buttons):
        return "不清楚，跳过"
    return {"answer": "unsure"}


def of(told: Mapping[str, Answer]) -> Callable[[str, Page], Answer]:
    """What is told by page id; “no” or “nobody” or “none” to the rest."""

    def says(id: str, page: Page) -> Answer:
        if id in told:
            return told[id]
        form = next(form for form in page.forms if form.method == "post")
        if any(words == "都没有" for *_value, words in form.buttons):
            return "都没有"
        values = [control.get("value", "") for control in page.controls]
        kinds = {control.get("type") for control in page.controls}
        if "radio" in kinds:
            return {"answer": next(value for value in ("no", "none", "0", values[0]) if value in values)}
        if "checkbox" in kinds:
            return {"answer": ["none"]}
        return "不清楚，跳过"

    return says
