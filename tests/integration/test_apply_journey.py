"""A family of two applies: the daughter fills in, both sign, the application is handed over once."""

from __future__ import annotations

from sqlalchemy.orm import Session

from tests.support import applying
from tests.support.pages import LintedClient, page_text


def prepare(client: LintedClient, **mother: str) -> str:
    applying.begin(client, "dibao")
    applying.fill_applicant(client)
    member = applying.add_mother(client, **mother)
    applying.fill_rest(client, member)
    return member


def test_two_adults_sign_and_the_application_is_sent(app, client: LintedClient, session: Session) -> None:
    mother = prepare(client)
    receipt = applying.sign_own(client)
    assert "签好了" in page_text(receipt)
    assert "2 人中 1 人已签" in page_text(client.get("/apply/signatures"))
    path, code = applying.give_link(client, mother)
    phone = app.test_client()
    page = applying.open_link(phone, path, code, applying.LI)
    assert "签好了" in page_text(applying.finish_signing(phone, page, mother, "李桂兰"))
    assert "2 人中 2 人已签" in page_text(client.get("/apply/signatures"))
    sent = applying.send(client)
    assert "申请已经发出" in page_text(sent)
