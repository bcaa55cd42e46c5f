"""A made-up family that fills in an application through the pages, and numbers that pass the check digit."""

from __future__ import annotations

from typing import Any

from werkzeug.test import TestResponse

from portal import clock, db, drafts
from portal.apply import questions
from tests.support.pages import LintedClient, Page

_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
NANGUAN = "220102"
PHONE = "13900001111"
SAVE = "保存，下一步"


def id_number(born: str, serial: str = "002", county: str = "220102") -> str:
    """A made-up identity number with a right check digit; `born` is YYYYMMDD."""
    body = county + born + serial
    total = sum(weight * int(digit) for weight, digit in zip(_WEIGHTS, body, strict=True))
    return body + "10X98765432"[total % 11]


WANG = id_number("19850412", "018")  # the applicant
LI = id_number("19530920", "024")  # her mother
ZHANG = id_number("19840101", "035")  # her husband


FAMILY: dict[str, Any] = {  # what the pages keep of the family of two; a test holds this to the pages
    "programmes": ["dibao"],
    "place": {"region": NANGUAN, "township": "南湖街道", "area": "urban"},
    "applicant": {
        "name": "王小梅",
        "id_number": WANG,
        "phone": PHONE,
        "address": "南湖街道 3 号",
        "hukou": "here",
    },
    "situation:m1": {"health": "healthy", "disability": "none", "work": "flexible", "labour": "full"},
    "member:m2": {"name": "李桂兰", "relation": "mother", "living": "together", "id_number": LI},
    "members_added": 2,
    "situation:m2": {
        "health": "healthy", "disability": "none", "work": "none", "labour": "full", "decides": "yes",
    },
    "family_complete": "yes",
    "income:m1": {"kinds": ["wage"], "wage": "600.00", "wage_per": "month"},
    "income:m2": {"kinds": ["wage"], "wage": "600.00", "wage_per": "month"},
    "property": {"deposits": "5000.00", "houses": "one", "vehicles": "no", "registration": "no"},
    "reason": {"codes": ["illness"], "text": "母亲看病花钱多"},
    "more": {"aid": "never", "staff_relative": "no"},
}  # fmt: skip


def start_filled(client: LintedClient, **mother: str) -> str:
    """A draft filled in as `FAMILY` without going through the pages; returns the mother's member id."""
    app = client.application
    settings = app.extensions["doudi_settings"]
    answers = {**FAMILY, "situation:m2": {**FAMILY["situation:m2"], **mother}}
    with app.app_context(), db.transaction() as session:
        draft, _code = drafts.start(
            session, "application", answers, now=clock.now(), days=30, key=settings.secret_key
        )
    with client.session_transaction() as cookie:
        cookie["application_draft"] = draft.id
    return "m2"


def begin(client: LintedClient, *programmes: str) -> TestResponse:
    """A new application for these programmes, opened at its task list."""
    page = client.submit("/apply/", button="开始新的申请")
    return client.submit(page, {"programmes": list(programmes or ("dibao",))})


def tell(client: LintedClient, where: str, **told: str | list[str]) -> TestResponse:
    """Answer the pages of a section (`property`, `situation:m2`) that ask these fields, one after the other.

    Returns the answer of the last page, or of the first that something was wrong with.
    """
    name, _, member = where.partition(":")
    answer: TestResponse | None = None
    for page in questions.table()[name].pages:
        own = {field.id: told.pop(field.id) for field in page.fields if field.id in told}
        if own:
            path = f"/apply/family/{member}/{name}/{page.id}" if member else f"/apply/{name}/{page.id}"
            answer = client.submit(path, own, button=SAVE)
            if answer.status_code == 422:
                return answer
    assert not told, told
    assert answer is not None
    return answer


def fill_applicant(client: LintedClient, name: str = "王小梅", number: str = WANG) -> None:
    tell(client, "place", region=NANGUAN, township="南湖街道", area="urban")
    tell(client, "applicant", name=name, id_number=number, phone=PHONE, address="南湖街道 3 号", hukou="here")
    adult_situation(client, "m1", work="flexible")


def adult_situation(client: LintedClient, member: str, **told: str) -> TestResponse:
    values = {"health": "healthy", "disability": "none", "work": "none", "labour": "full", **told}
    if member != "m1":
        values.setdefault("decides", "yes")
    return tell(client, f"situation:{member}", **values)


def child_situation(client: LintedClient, member: str, **told: str) -> TestResponse:
    values = {"health": "healthy", "disability": "none", "student": "full_time", **told}
    return tell(client, f"situation:{member}", **values)


def add_member(client: LintedClient, name: str, relation: str, **told: str) -> str:
    """Add a person; returns the member id the portal gave."""
    numbers = {key: told.pop(key) for key in ("id_number", "birth_date") if key in told}
    values = {"name": name, "relation": relation, "living": "together", **told}
    answer = client.submit("/apply/family/new", values)
    assert answer.status_code == 200, answer.get_data(as_text=True)
    member = answer.request.path.split("/")[3]
    if numbers:
        answer = tell(client, f"member:{member}", **numbers)
        assert answer.status_code == 200, answer.get_data(as_text=True)
    return member


def add_mother(client: LintedClient, **situation: str) -> str:
    member = add_member(client, "李桂兰", "mother", id_number=LI)
    adult_situation(client, member, **situation)
    return member


def fill_rest(client: LintedClient, *people: str) -> None:
    """“That is everybody”, income of each, property, reason, the rest."""
    client.submit("/apply/family", button="就这些人")
    for member in ("m1", *people):
        tell(client, f"income:{member}", kinds=["wage"], wage="600")
    tell(client, "property", deposits="5000", houses="one", vehicles="no", registration="no")
    tell(client, "reason", codes=["illness"], text="母亲看病花钱多")
    tell(client, "more", aid="never", staff_relative="no")


def sign_own(
    client: LintedClient, name: str = "王小梅", wards: tuple[str, ...] = (), sensitive: str = "yes"
) -> TestResponse:
    page = client.submit("/apply/signatures", button="我来签")
    return finish_signing(client, page, "m1", name, wards, sensitive)


def give_link(client: LintedClient, member: str) -> tuple[str, str]:
    """Ask this member for a signature: (path of the link, code)."""
    shown = Page(client.get("/apply/signatures").get_data(as_text=True))
    index = next(i for i, form in enumerate(shown.forms) if form.action == f"/apply/signatures/{member}/link")
    page = client.submit("/apply/signatures", form=index)
    text = page.get_data(as_text=True)
    path = text.split('readonly value="http://127.0.0.1:8000')[1].split('"')[0]
    code = text.split('class="code-shown">')[1].split("<")[0]
    return path, code


def open_link(client: LintedClient, path: str, code: str, number: str) -> TestResponse:
    return client.submit(path, {"code": code.lower(), "tail": number[-4:]})


def finish_signing(
    client: LintedClient,
    page: TestResponse,
    member: str,
    name: str,
    wards: tuple[str, ...] = (),
    sensitive: str = "yes",
) -> TestResponse:
    """Go through the acts that the pages ask for, one by one, and sign."""
    for _step in range(6):
        path = page.request.path
        if path.endswith(("/notice", "/mandate", "/declaration")):
            page = client.submit(page, {f"person_{member}": "y"})
        elif path.endswith("/authorisation"):
            page = client.submit(page, {f"person_{one}": "y" for one in (member, *wards)})
        elif path.endswith("/sensitive"):
            asked = {control["name"] for control in Page(page.get_data(as_text=True)).controls}
            page = client.submit(page, dict.fromkeys(asked, sensitive))
        elif path.endswith("/name"):
            return client.submit(page, {"name": name})
    raise AssertionError(f"did not come to the signature: {page.request.path}")


def send(client: LintedClient) -> TestResponse:
    return client.submit("/apply/check", {"accept": "y"}, button="发送申请")


def code_shown(page: TestResponse, number: int = 0) -> str:
    """The n-th code a page shows to be written down."""
    return page.get_data(as_text=True).split('class="code-shown">')[1 + number].split("<")[0]


def receipt_codes(page: TestResponse) -> tuple[str, str]:
    """(application number, query code) as the receipt shows them."""
    return code_shown(page, 0), code_shown(page, 1)


def post(client: LintedClient, path: str, values: dict[str, str]) -> TestResponse:
    """A POST that no page offered, with the token of a page that was open."""
    page = Page(client.get("/apply/tasks").get_data(as_text=True))
    token = page.forms[0].fields["csrf_token"][0]
    return client.post(path, data={**values, "csrf_token": token}, follow_redirects=True)
