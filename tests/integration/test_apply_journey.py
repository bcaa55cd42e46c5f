"""A family applies through the pages: saved at every step, signed by each adult, handed over once."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal import clock, consent, db, drafts
from portal.apply import service
from portal.drafts import Draft
from portal.handoff import Submission, hash_query_code
from tests.support import applying
from tests.support.applying import LI, WANG
from tests.support.pages import LintedClient, Page, page_text
from tests.unit.test_consent_drawing import scribble, typed

TOP_LEVEL = {
    "applicationNumber", "applicationVersion", "programmes", "region", "area", "reason", "applicant",
    "members", "supporters", "income", "property", "spending", "attachments", "consents", "declarations",
    "channel",
    "form", "estimate", "submittedAt",
}  # fmt: skip


def read(app: Flask) -> Session:
    return Session(bind=app.extensions["doudi_engine"])


def submissions(app: Flask) -> list[Submission]:
    with read(app) as session:
        return list(session.scalars(select(Submission)))


def prepare(client: LintedClient, **mother: str) -> str:
    """Everything but the signatures; returns the mother's member id."""
    return applying.start_filled(client, **mother)


def fill_pages(client: LintedClient, **mother: str) -> str:
    """The same, page by page."""
    applying.begin(client, "dibao")
    applying.fill_applicant(client)
    member = applying.add_mother(client, **mother)
    applying.fill_rest(client, member)
    return member


def test_the_pages_keep_what_the_other_tests_start_from(app: Flask, client: LintedClient) -> None:
    fill_pages(client)
    assert draft_of(app).answers == applying.FAMILY


def mother_signs(app: Flask, client: LintedClient, mother: str, sensitive: str = "yes") -> LintedClient:
    path, code = applying.give_link(client, mother)
    phone = app.test_client()
    assert isinstance(phone, LintedClient)
    page = applying.open_link(phone, path, code, LI)
    done = applying.finish_signing(phone, page, mother, "李桂兰", sensitive=sensitive)
    assert "签好了" in page_text(done)
    return phone


def test_two_adults_sign_each_on_a_phone_and_the_document_has_everything(
    app: Flask, client: LintedClient
) -> None:
    mother = fill_pages(client, disability="1")
    assert "签好了" in page_text(applying.sign_own(client))
    assert "2 人中 1 人已签" in page_text(client.get("/apply/signatures"))
    mother_signs(app, client, mother)
    assert "2 人中 2 人已签" in page_text(client.get("/apply/signatures"))
    receipt = page_text(applying.send(client))
    (sent,) = submissions(app)
    document = sent.document
    assert set(document) == TOP_LEVEL
    assert sent.number[:5] in receipt
    assert document["programmes"] == ["dibao"]
    assert (document["region"], document["area"]) == (applying.NANGUAN, "urban")
    assert document["applicant"]["idNumber"] == WANG
    daughter, old = document["members"]
    assert (old["name"], old["idNumber"], old["birthDate"], old["sex"]) == (
        "李桂兰",
        LI,
        "1953-09-20",
        "female",
    )
    assert old["health"]["disabilityGrade"] == 1
    assert daughter["income"]["items"] == [
        {"kind": "wage", "amount": "600.00", "period": "month", "monthly": "600.00"}
    ]
    assert document["property"]["deposits"] == "5000.00"
    assert document["declarations"][0]["id"] == "declaration"
    states = {(c["memberId"], c["purpose"]): (c["state"], c["method"]) for c in document["consents"]}
    assert states[("m1", "finance_check")] == ("given", "tick_applicant_device")
    assert states[(mother, "finance_check")] == ("given", "tick_and_link_code")
    assert states[(mother, "health_information")] == ("given", "tick_and_link_code")
    assert states[("m1", "truth_declaration")][0] == "given"


def test_the_query_code_on_the_receipt_opens_the_progress_page(app: Flask, client: LintedClient) -> None:
    mother = prepare(client)
    applying.sign_own(client)
    mother_signs(app, client, mother)
    number, code = applying.receipt_codes(applying.send(client))
    (sent,) = submissions(app)
    key = app.extensions["doudi_settings"].secret_key
    assert sent.query_code_hash == hash_query_code(code, key)
    seen = app.test_client().submit("/progress/", {"number": number, "query_code": code})
    assert seen.request.path != "/progress/"


def test_the_mother_signing_on_the_applicants_phone_is_recorded_as_that(
    app: Flask, client: LintedClient
) -> None:
    mother = prepare(client)
    path, code = applying.give_link(client, mother)
    page = applying.open_link(client, path, code, LI)
    done = applying.finish_signing(client, page, mother, "李桂兰")
    assert "请把手机还给" in page_text(done)
    assert client.submit(done, button="办完了，回到申请").request.path == "/apply/signatures"
    with read(app) as session:
        (record,) = [
            r for r in consent.for_application(session, draft_of(app).id) if r["purpose"] == "finance_check"
        ]
    assert record["method"] == "tick_and_code_applicant_device"


def draft_of(app: Flask) -> Draft:
    with read(app) as session:
        found = session.scalars(select(Draft).where(Draft.kind == "application")).one()
        session.expunge(found)
        return found


def test_a_direct_post_cannot_send_without_everybodys_signature(app: Flask, client: LintedClient) -> None:
    prepare(client)
    applying.sign_own(client)
    answer = applying.post(client, "/apply/send", {"accept": "y"})
    assert answer.request.path == "/apply/tasks"
    assert submissions(app) == []


def test_a_direct_post_cannot_send_without_the_declaration(app: Flask, client: LintedClient) -> None:
    mother = prepare(client)
    applying.sign_own(client)
    mother_signs(app, client, mother)
    answer = client.submit("/apply/check", {}, button="发送申请")
    assert "在那里打勾" in page_text(answer)
    assert submissions(app) == []


def test_a_session_without_the_code_cannot_answer_for_anybody(app: Flask, client: LintedClient) -> None:
    mother = prepare(client)
    path, _code = applying.give_link(client, mother)
    stranger = app.test_client()
    stranger.get(path)
    for page in ("/sign/start", "/sign/act/authorisation", "/sign/name", "/sign/receipt", "/sign/withdraw"):
        assert stranger.get(page).status_code == 410
        assert client.get(page).status_code == 410
    with read(app) as session:
        assert consent.for_application(session, draft_of(app).id) == []


def test_the_applicants_own_signing_session_writes_nothing_about_the_mother(
    app: Flask, client: LintedClient
) -> None:
    mother = prepare(client)
    page = client.submit("/apply/signatures", button="我来签")
    client.submit(page, {"person_m1": "y", f"person_{mother}": "y"})
    client.submit("/sign/act/authorisation", {"person_m1": "y", f"person_{mother}": "y"})
    client.submit("/sign/name", {"name": "王小梅"})
    with read(app) as session:
        records = consent.for_application(session, draft_of(app).id)
    assert {record["memberId"] for record in records} == {"m1"}


def test_the_signer_sees_nothing_that_others_typed(app: Flask, client: LintedClient) -> None:
    mother = prepare(client, health="severe", illness="尿毒症")
    path, code = applying.give_link(client, mother)
    phone = app.test_client()
    seen = phone.get(path).get_data(as_text=True)
    page = applying.open_link(phone, path, code, LI)
    for _step in range(3):
        seen += page.get_data(as_text=True)
        page = client_step(phone, page, mother)
    seen += phone.get("/sign/name").get_data(as_text=True)
    for secret in ("王小梅", WANG, "139", "尿毒症", "南湖", "5000", "李桂兰"):
        assert secret not in seen
    assert "王某某" in seen


def client_step(phone: LintedClient, page: object, member: str) -> object:
    if "/sensitive" in page.request.path:  # type: ignore[attr-defined]
        return phone.submit(page, {f"person_{member}": "no"})  # type: ignore[arg-type]
    return phone.submit(page, {f"person_{member}": "y"})  # type: ignore[arg-type]


def test_health_stays_behind_without_the_separate_consent(app: Flask, client: LintedClient) -> None:
    mother = prepare(client, health="severe", illness="尿毒症")
    applying.sign_own(client)
    mother_signs(app, client, mother, sensitive="no")
    applying.send(client)
    (sent,) = submissions(app)
    assert "尿毒症" not in str(sent.document)
    old = sent.document["members"][1]
    assert (old["health"], old["healthWithheld"]) == (None, True)


def test_a_grandmother_without_a_phone_signs_on_paper_and_the_application_says_so(
    app: Flask, client: LintedClient
) -> None:
    mother = prepare(client)
    applying.sign_own(client)
    client.submit(f"/apply/signatures/{mother}/paper", button="好，到窗口签")
    receipt = page_text(applying.send(client))
    assert "还要到窗口签字：李桂兰" in receipt
    (sent,) = submissions(app)
    paper = [c for c in sent.document["consents"] if c["memberId"] == mother]
    assert [(c["state"], c["method"]) for c in paper] == [("requested", "paper_at_counter")]


def test_a_refusal_closes_the_way_and_says_what_to_do(app: Flask, client: LintedClient) -> None:
    mother = prepare(client)
    applying.sign_own(client)
    path, code = applying.give_link(client, mother)
    phone = app.test_client()
    page = applying.open_link(phone, path, code, LI)
    client_step(phone, page, mother)
    assert "您不同意" in page_text(phone.submit("/sign/refuse", button="我不同意"))
    shown = page_text(client.get("/apply/signatures"))
    assert "不同意" in shown
    assert "窗口" in shown
    applying.post(client, "/apply/send", {"accept": "y"})
    assert submissions(app) == []


def test_changing_the_household_asks_those_concerned_again(app: Flask, client: LintedClient) -> None:
    mother = prepare(client)
    applying.sign_own(client)
    mother_signs(app, client, mother)
    applying.adult_situation(client, mother, health="severe")
    assert "请这些人再签一次：李桂兰" in page_text(client.get("/apply/tasks"))
    assert "2 人中 1 人已签" in page_text(client.get("/apply/signatures"))
    applying.post(client, "/apply/send", {"accept": "y"})
    assert submissions(app) == []


def ready(app: Flask, client: LintedClient) -> None:
    mother = prepare(client)
    applying.sign_own(client)
    mother_signs(app, client, mother)


def test_pressing_send_twice_gives_the_same_receipt(app: Flask, client: LintedClient) -> None:
    ready(app, client)
    check = client.get("/apply/check")
    first = client.submit(check, {"accept": "y"}, button="发送申请")
    second = client.submit(check, {"accept": "y"}, button="发送申请")
    assert applying.receipt_codes(first) == applying.receipt_codes(second)
    assert len(submissions(app)) == 1


def test_a_failure_while_sending_leaves_nothing_behind_and_a_retry_works(
    app: Flask, client: LintedClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    ready(app, client)

    def broken(*_args: object, **_named: object) -> None:
        raise RuntimeError("the disk is full")

    with monkeypatch.context() as patch:
        patch.setattr(service.consent, "close", broken)
        answer = client.submit("/apply/check", {"accept": "y"}, button="发送申请")
        assert answer.status_code == 500
    assert submissions(app) == []
    with read(app) as session:
        assert not [
            r
            for r in consent.for_application(session, draft_of(app).id)
            if r["purpose"] == "truth_declaration"
        ]
    assert "申请已经发出" in page_text(applying.send(client))
    assert len(submissions(app)) == 1


def test_a_sent_application_cannot_be_changed_any_more(app: Flask, client: LintedClient) -> None:
    ready(app, client)
    applying.send(client)
    for page in (
        "/apply/tasks",
        "/apply/applicant/who",
        "/apply/family",
        "/apply/signatures",
        "/apply/check",
    ):
        assert client.get(page).headers["Location"] == "/apply/receipt"


def test_the_receipt_forgets_the_query_code_after_a_day(app: Flask, client: LintedClient) -> None:
    ready(app, client)
    _number, code = applying.receipt_codes(applying.send(client))
    with app.app_context(), db.transaction() as session:
        draft = session.scalars(select(Draft).where(Draft.kind == "application")).one()
        later = clock.now() + timedelta(hours=25)
        told = service.sent(draft, later)
        assert told is not None
        assert told.query_code is None
        assert service.forget_sent(session, now=later) == 1
        assert set(draft.answers) == {"sent"}
        assert code.replace("-", "") not in str(draft.answers)
        assert drafts.find(session, draft.id, "application", now=later) is None


def test_another_phone_goes_on_with_the_code(app: Flask, client: LintedClient) -> None:
    prepare(client)
    shown = client.submit("/apply/tasks", button="给我编码")
    code = applying.code_shown(shown)
    other = app.test_client()
    page = other.submit("/apply/resume", {"code": code.lower().replace("-", " ")})
    assert page.request.path == "/apply/tasks"
    assert "李桂兰" in page_text(other.get("/apply/family"))
    wrong = app.test_client().submit("/apply/resume", {"code": "AAAAAAAAA"})
    assert "没有找到" in page_text(wrong)


def test_two_tabs_do_not_undo_each_other(app: Flask, client: LintedClient) -> None:
    prepare(client)
    pages = ("reason/why", "property/money", "property/houses", "property/debts")
    first, *others = [client.get(f"/apply/{page}") for page in pages]
    for page, told in zip(others, ({"cash": "77"}, {"houses": "none"}, {"debts": "9"}), strict=True):
        client.submit(page, told)
    client.submit(first, {"codes": ["age"], "text": "另一页"})
    answers = draft_of(app).answers
    kept = {key: answers["property"][key] for key in ("cash", "deposits", "houses", "debts", "vehicles")}
    assert kept == {
        "cash": "77.00", "deposits": "5000.00", "houses": "none", "debts": "9.00", "vehicles": "no"
    }  # fmt: skip
    assert answers["reason"]["text"] == "另一页"


def test_what_was_typed_stays_when_something_is_wrong(client: LintedClient) -> None:
    applying.begin(client)
    told = {"name": "王小梅", "id_number": "12345"}
    page = client.submit("/apply/applicant/who", told)
    fields = Page(page.get_data(as_text=True)).forms[0].fields
    assert {key: fields[key] for key in told} == {key: [value] for key, value in told.items()}
    assert "18 位" in page_text(page)


def test_an_unfinished_application_is_not_lost_by_starting_again(app: Flask, client: LintedClient) -> None:
    prepare(client)
    page = client.submit("/apply/", button="开始新的申请")
    assert "您有一份没填完" in page_text(page)
    assert "李桂兰" in page_text(client.get("/apply/family"))
    assert client.submit(page, button="不要了，开始新的").request.path == "/apply/programmes"


def test_leaving_a_shared_phone_shows_nothing_to_the_next_person(client: LintedClient) -> None:
    prepare(client)
    client.submit("/apply/tasks", button="退出")
    assert client.get("/apply/family").headers["Location"].startswith("/apply/")
    assert "李桂兰" not in page_text(client.get("/apply/"))


@pytest.mark.parametrize("straight", [True, False], ids=["from a link", "by the button"])
def test_the_emergency_way_needs_two_pages_and_one_signature(
    app: Flask, client: LintedClient, straight: bool
) -> None:
    page = client.get("/apply/emergency") if straight else client.submit("/apply/", button="急难救助")
    page = client.submit(page, {"name": "王小梅", "phone": "13900001111", "id_number": WANG})
    told = {"region": applying.NANGUAN, "address": "火车站", "event": "no_food"}
    page = client.submit(page, told, button="保存，下一步")
    assert page.request.path == "/sign/act/notice"
    page = applying.finish_signing(client, page, "m1", "王小梅")
    assert page.request.path == "/apply/check"
    assert "申请已经发出" in page_text(applying.send(client))
    (sent,) = submissions(app)
    assert sent.document["programmes"] == ["linshi"]
    assert sent.document["channel"]["emergency"] is True
    assert sent.document["reason"]["event"]["kind"] == "no_food"


def test_answers_of_an_estimate_are_offered_and_not_taken_unseen(app: Flask, client: LintedClient) -> None:
    facts = {
        "region": applying.NANGUAN,
        "area": "urban",
        "household": {"assets": {"deposits": "8000"}, "spending_monthly": {"medical": 500}},
        "members": [
            {"id": "m1", "relation": "self", "disability_grade": 0, "income_monthly": {"wage": "900"}},
            {"id": "m2", "relation": "mother", "age": 72, "disability_grade": 2, "co_living": True},
        ],
    }
    result = {
        "as_of": "2026-11-22",
        "rulebook": {"version": "1", "sha256": "0" * 64},
        "programmes": [
            {"id": "dibao", "subject": "household", "outcome": "likely"},
            {"id": "tekun", "subject": "m1", "outcome": "unlikely"},
        ],
    }
    settings = app.extensions["doudi_settings"]
    with app.app_context(), db.transaction() as session:
        estimate, _code = drafts.start(
            session,
            "estimate",
            {"facts": facts, "result": result},
            now=clock.now(),
            days=30,
            key=settings.secret_key,
        )
    with client.session_transaction() as cookie:
        cookie["estimate_draft"] = estimate.id
    page = client.submit("/apply/", {"from_estimate": "1"}, button="开始新的申请")
    assert Page(page.get_data(as_text=True)).forms[0].fields["programmes"] == ["dibao"]
    assert "programmes" not in draft_of(app).answers
    client.submit(page)
    place = Page(client.get("/apply/place/where").get_data(as_text=True))
    assert place.forms[0].fields["region"] == [applying.NANGUAN]
    applying.fill_applicant(client)
    new = Page(client.get("/apply/family/new").get_data(as_text=True)).forms[0].fields
    assert (new["relation"], new["living"]) == (["mother"], ["together"])
    mother = applying.add_mother(client)
    kinds = Page(client.get("/apply/family/m1/income/kinds").get_data(as_text=True)).forms[0].fields
    wage = Page(client.get("/apply/family/m1/income/wage").get_data(as_text=True)).forms[0].fields
    assert (kinds["kinds"], wage["wage"]) == (["wage"], ["900"])
    assert "income:m1" not in draft_of(app).answers
    applying.fill_rest(client, mother)
    applying.sign_own(client)
    mother_signs(app, client, mother)
    applying.send(client)
    estimated = submissions(app)[0].document["estimate"]
    assert estimated["binding"] is False
    assert estimated["rulebook"] == result["rulebook"]


def test_withdrawing_takes_two_taps_and_closes_the_gate(app: Flask, client: LintedClient) -> None:
    mother = prepare(client)
    applying.sign_own(client)
    phone = mother_signs(app, client, mother)
    links = Page(phone.get("/sign/receipt").get_data(as_text=True)).links
    first = {words: href for href, words in links}
    done = phone.submit(first["我要撤回"], button="撤回")
    assert "已经撤回" in page_text(done)
    applying.post(client, "/apply/send", {"accept": "y"})
    assert submissions(app) == []


def test_the_signers_receipt_for_machines_names_nobody(app: Flask, client: LintedClient) -> None:
    mother = prepare(client)
    phone = mother_signs(app, client, mother)
    receipt = phone.get("/sign/receipt.json").get_json()
    assert {record["purpose"] for record in receipt["records"]} == {
        "application_information",
        "finance_check",
    }
    assert "李桂兰" not in str(receipt)
    assert LI not in str(receipt)


def test_a_signature_drawn_by_hand_is_shown_to_its_owner_and_goes_out_as_a_digest(
    app: Flask, client: LintedClient
) -> None:
    mother = prepare(client)
    page = client.submit("/apply/signatures", button="我来签")
    while not page.request.path.endswith("/name"):
        page = client.submit(page, {"person_m1": "y"})
    spoilt = client.submit(page, {"name": "王小梅", "drawing": "data:text/html,x"})
    assert "手写的签名没有存上" in page_text(spoilt)
    done = client.submit(page, {"name": "王小梅", "drawing": typed(scribble())})
    assert "您手写的签名" in done.get_data(as_text=True)
    mother_signs(app, client, mother)
    applying.send(client)
    (sent,) = submissions(app)
    own = [c for c in sent.document["consents"] if c["memberId"] == "m1" and c["purpose"] == "finance_check"]
    assert [(c["method"], c["entryMethod"]) for c in own] == [("drawn", "tick_applicant_device")]
    assert "image/png" not in str(sent.document)
