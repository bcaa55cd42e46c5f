"""After sending: who had no phone signs by link, the applicant takes back his own consent in two taps."""

from __future__ import annotations

from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal import consent
from portal.handoff import Submission
from portal.handoff.models import OutboxMessage
from tests.support import applying
from tests.support.applying import LI
from tests.support.pages import LintedClient, page_text


def read(app: Flask) -> Session:
    return Session(bind=app.extensions["doudi_engine"])


def versions(app: Flask) -> list[tuple[str, dict[str, object]]]:
    """(event type, document) of everything that was handed over, in order."""
    with read(app) as session:
        messages = session.scalars(select(OutboxMessage).order_by(OutboxMessage.application_version))
        return [
            (
                message.type,
                session.get_one(
                    Submission, (message.application_number, message.application_version)
                ).document,
            )
            for message in messages
        ]


def sent_with_mother_on_paper(client: LintedClient, **mother: str) -> tuple[str, str]:
    """Sent while the mother has yet to sign at the counter; returns (number, query code)."""
    member = applying.start_filled(client, **mother)
    applying.sign_own(client)
    client.submit(f"/apply/signatures/{member}/paper", button="好，到窗口签")
    return applying.receipt_codes(applying.send(client))


def sign_in(app: Flask, told: tuple[str, str]) -> LintedClient:
    viewer = app.test_client()
    assert isinstance(viewer, LintedClient)
    page = viewer.submit("/progress/", {"number": told[0], "query_code": told[1]})
    assert page.request.path == "/progress/application"
    return viewer


def link(viewer: LintedClient) -> tuple[str, str]:
    page = viewer.submit("/progress/application", button="给他（她）链接和签字码")
    text = page.get_data(as_text=True)
    path = text.split('readonly value="http://127.0.0.1:8000')[1].split('"')[0]
    return path, applying.code_shown(page)


def test_a_signature_after_sending_brings_a_new_version_with_the_health_facts_that_waited(
    app: Flask, client: LintedClient
) -> None:
    viewer = sign_in(app, sent_with_mother_on_paper(client, health="severe", illness="尿毒症"))
    shown = page_text(viewer.get("/progress/application"))
    assert "李某某" in shown
    assert "李桂兰" not in shown
    path, code = link(viewer)
    phone = app.test_client()
    done = applying.finish_signing(phone, applying.open_link(phone, path, code, LI), "m2", "李桂兰")
    assert "签好了" in page_text(done)
    (first, before), (second, after) = versions(app)
    assert (first, second) == ("application.submitted.v1", "application.amended.v1")
    assert "尿毒症" not in str(before)
    old = after["members"][1]  # type: ignore[index]
    assert (old["health"]["illness"], old["healthWithheld"]) == ("尿毒症", False)
    states = {(c["memberId"], c["purpose"]): c["state"] for c in after["consents"]}  # type: ignore[attr-defined]
    assert states["m2", "finance_check"] == states["m2", "health_information"] == "given"
    assert "家里人都签了" in page_text(viewer.get("/progress/application"))
    with read(app) as session:
        assert consent.verify(session) == []


def test_signing_late_twice_makes_one_new_version(app: Flask, client: LintedClient) -> None:
    viewer = sign_in(app, sent_with_mother_on_paper(client))
    path, code = link(viewer)
    phone = app.test_client()
    applying.finish_signing(phone, applying.open_link(phone, path, code, LI), "m2", "李桂兰")
    assert phone.get("/sign/name", follow_redirects=True).request.path == "/sign/receipt"
    assert len(versions(app)) == 2


def test_who_says_no_after_sending_is_told_to_the_case_system_too(app: Flask, client: LintedClient) -> None:
    viewer = sign_in(app, sent_with_mother_on_paper(client))
    path, code = link(viewer)
    phone = app.test_client()
    applying.open_link(phone, path, code, LI)
    assert "没法核对" in page_text(phone.get("/sign/refuse"))
    phone.submit("/sign/refuse", button="我不同意")
    states = {(c["memberId"], c["purpose"]): c["state"] for c in versions(app)[1][1]["consents"]}  # type: ignore[attr-defined]
    assert states["m2", "finance_check"] == "refused"


def test_the_applicant_withdraws_his_own_consent_in_two_taps(app: Flask, client: LintedClient) -> None:
    viewer = sign_in(app, sent_with_mother_on_paper(client))
    first = viewer.get("/progress/application")
    assert 'href="/progress/consent/withdraw"' in first.text
    second = viewer.get("/progress/consent/withdraw")
    assert "申请或者救助可能停下来" in page_text(second)
    done = viewer.submit(second, button="撤回")
    assert "已撤回" in page_text(done)
    assert [kind for kind, _document in versions(app)] == ["application.submitted.v1", "consent.withdrawn.v1"]
    (record,) = versions(app)[1][1]["consents"]  # type: ignore[misc]
    assert (record["memberId"], record["method"]) == ("m1", "number_and_query_code")
    viewer.submit(second, button="撤回")
    assert len(versions(app)) == 2
    assert viewer.get("/progress/consent/withdraw").status_code == 303


def test_withdrawn_health_leaves_the_next_version(app: Flask, client: LintedClient) -> None:
    member = applying.start_filled(client, health="severe", illness="尿毒症")
    applying.sign_own(client)
    path, code = applying.give_link(client, member)
    phone = app.test_client()
    assert isinstance(phone, LintedClient)
    applying.finish_signing(phone, applying.open_link(phone, path, code, LI), member, "李桂兰")
    viewer = sign_in(app, applying.receipt_codes(applying.send(client)))
    phone.submit("/sign/withdraw", button="撤回")
    viewer.submit("/progress/change", {"kinds": ["people"], "text": "母亲去了女儿家"}, button="报给部门")
    kinds = [kind for kind, _document in versions(app)]
    assert kinds == ["application.submitted.v1", "consent.withdrawn.v1", "application.amended.v1"]
    assert "尿毒症" in str(versions(app)[0][1])
    assert "尿毒症" not in str(versions(app)[2][1])


def test_nobody_gets_a_link_or_withdraws_without_signing_in(app: Flask, client: LintedClient) -> None:
    told = sent_with_mother_on_paper(client)
    stranger = app.test_client()
    assert isinstance(stranger, LintedClient)
    token = {"csrf_token": applying.Page(stranger.get("/progress/").text).forms[0].fields["csrf_token"][0]}
    for path in ("/progress/consent/withdraw", "/progress/signatures/m2/link", "/progress/change"):
        answer = stranger.post(path, data=token)
        assert answer.headers["Location"] == "/progress/"
    assert len(versions(app)) == 1
    viewer = sign_in(app, told)
    assert viewer.get("/progress/consent/withdraw").status_code == 200


def test_a_taken_back_application_gathers_no_more_signatures(app: Flask, client: LintedClient) -> None:
    viewer = sign_in(app, sent_with_mother_on_paper(client))
    path, code = link(viewer)
    viewer.submit("/progress/withdraw", {}, button="撤回申请")
    assert "给他（她）链接和签字码" not in viewer.get("/progress/application").text
    phone = app.test_client()
    applying.finish_signing(phone, applying.open_link(phone, path, code, LI), "m2", "李桂兰")
    assert [kind for kind, _document in versions(app)][1:] == ["application.withdrawn.v1"]
