"""Who may open what: every rule seen by a stranger, other people's objects, steps that cannot be skipped."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import event, func, select
from sqlalchemy.orm import Session

from portal import clock, codes, db, drafts
from portal.attachments.models import Attachment
from portal.consent.models import ConsentEvent, SigningRequest
from portal.handoff.models import Submission
from tests.support import applying, papers
from tests.support.attacking import WITHOUT_CSRF, Target, everything, stranger, targets
from tests.support.handoff import settings_for
from tests.support.pages import LintedClient
from tests.support.portal import running

# What anybody may read. Whoever adds a page that answers a stranger says here that this is meant.
FOR_EVERYBODY = {
    "static", "bootstrap.static", "health.alive", "health.ready", "health.metrics",
    "guidance.home", "guidance.privacy", "guidance.personal_data_list", "guidance.accessibility", "guidance.ask",
    "guidance.policies", "guidance.policy", "guidance.rules", "guidance.leaflet_page", "guidance.place",
    "guidance.estimate", "guidance.resume", "guidance.words_page",
    "guidance_api.answers", "guidance_api.policies", "guidance_api.policy", "guidance_api.rulebook",
    "guidance_api.description",
    "handoff_documents.show", "handoff_documents.openapi", "handoff_documents.vectors",
    "handoff_documents.public_keys",
    "apply.start", "apply.resume", "apply.emergency", "progress.sign_in", "hotline_account.sign_in",
    "hotline_account.oidc_return",
}  # fmt: skip
# What anybody may send, with the token of a page: it begins something of his own, or asks a code.
BEGINS_SOMETHING = {
    "apply.start", "apply.resume", "apply.emergency", "apply.leave", "guidance.answer", "guidance.place",
    "guidance.resume",
    "guidance.forget", "progress.sign_in", "progress.sign_out", "consent.leave", "consent.sign",
    "hotline_account.sign_in", "hotline_account.sign_out",
}  # fmt: skip
# Rules whose parameters name something, and whose thing it is.
PUBLIC_THING = {
    "static", "bootstrap.static", "guidance.policy", "guidance.rules", "guidance.leaflet_page",
    "guidance_api.policy", "handoff_documents.schema",
}  # fmt: skip
OWN_THING = {
    "guidance.question", "guidance.member", "guidance.remove_member",
    "apply.section", "apply.question", "apply.person_question", "apply.member_entry", "apply.member_guardian",
    "apply.member_remove",
    "apply.member_income", "apply.remove_paper", "apply.give_link", "apply.on_paper",
    "progress.give_link", "consent.act",
}  # fmt: skip
BY_SECRET = {"consent.sign", "handoff.attachment"}
BY_SIGNATURE = {
    "handoff.attachment", "handoff.attachment_link", "handoff.acknowledge", "handoff.report_problem",
}  # fmt: skip
REFUSED = {301, 302, 303, 308, 400, 401, 403, 404, 405, 410, 423}


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """One portal in which other families have left their things."""
    settings = settings_for(tmp_path_factory.mktemp("portal"))
    with running(settings) as portal:
        yield portal


def _with_token(app: Flask) -> tuple[LintedClient, str]:
    browser = stranger(app)
    page = browser.get("/apply/").text
    return browser, page.split('name="csrf_token" type="hidden" value="')[1].split('"')[0]


def _read(app: Flask) -> Session:
    return Session(bind=app.extensions["doudi_engine"])


def test_a_stranger_reads_only_what_is_for_everybody(app: Flask) -> None:
    opened = []
    for target in targets(app):
        if "GET" not in target.methods or target.endpoint in FOR_EVERYBODY:
            continue
        status = stranger(app).get(target.path).status_code
        if status not in REFUSED:
            opened.append(f"{target.endpoint} {target.path} → {status}")
    assert not opened, "answers a stranger; guard it, or list it in FOR_EVERYBODY:\n" + "\n".join(opened)


def test_the_list_of_open_pages_names_nothing_that_is_gone(app: Flask) -> None:
    known = {target.endpoint for target in targets(app)}
    listed = FOR_EVERYBODY | BEGINS_SOMETHING | PUBLIC_THING | OWN_THING | BY_SECRET | BY_SIGNATURE
    assert not sorted(name for name in listed - known if not name.startswith("hotline_"))


def test_a_stranger_with_a_token_can_begin_his_own_and_change_nothing_else(app: Flask) -> None:
    before = everything(app.extensions["doudi_engine"])
    taken = []
    for target in targets(app):
        if "POST" not in target.methods or target.endpoint in BEGINS_SOMETHING | WITHOUT_CSRF:
            continue
        browser, token = _with_token(app)
        status = browser.post(target.path, data={"csrf_token": token}).status_code
        if status not in REFUSED:
            taken.append(f"{target.endpoint} {target.path} → {status}")
    assert not taken, "takes a stranger's POST; guard it, or list it in BEGINS_SOMETHING:\n" + "\n".join(
        taken
    )
    assert everything(app.extensions["doudi_engine"]) == before


def test_machine_calls_without_signature_are_refused_and_leave_no_trace(app: Flask) -> None:
    before = everything(app.extensions["doudi_engine"])
    for target in targets(app):
        if target.endpoint.startswith("handoff."):
            for method in target.methods - {"OPTIONS", "HEAD"}:
                answer = stranger(app).open(target.path, method=method, json={"code": "x"})
                assert answer.status_code == 401, target
                assert answer.mimetype == "application/problem+json"
    assert everything(app.extensions["doudi_engine"]) == before


def test_every_rule_that_names_a_thing_says_whose_it_is(app: Flask) -> None:
    sorted_out = PUBLIC_THING | OWN_THING | BY_SECRET | BY_SIGNATURE
    missing = [
        f"{target.endpoint} {target.path}"
        for target in targets(app)
        if target.arguments
        and target.endpoint not in sorted_out
        and not target.endpoint.startswith("hotline_")
    ]  # the hotline's rules have their own matrix: role by county
    assert not missing, "say whose thing it is, in OWN_THING or beside it:\n" + "\n".join(missing)


def test_a_public_thing_that_is_not_there_is_not_found(app: Flask) -> None:
    for target in targets(app):
        if target.endpoint in PUBLIC_THING:
            path = (
                target.path.rsplit("/", 1)[0]
                + "/no-such-thing"
                + (".json" if "schema" in target.path else "")
            )
            assert stranger(app).get(path).status_code == 404, path


def test_things_of_another_family_are_not_found_and_stay_as_they_are(app: Flask) -> None:
    owner, other = stranger(app), stranger(app)
    member = applying.start_filled(owner)
    with owner.session_transaction() as visit:
        draft = visit["application_draft"]
    with db.writing(app.extensions["doudi_engine"]) as session:
        session.add(
            Attachment(
                id="f" * 32, draft_id=draft, kind="identity", media_type="image/jpeg", size=1, sha256="0" * 64,
                scan="clean", created_at=clock.now(),
            )
        )  # fmt: skip
    applying.begin(other)
    with other.session_transaction() as visit:
        own = visit["application_draft"]

    def of_others() -> dict[str, list[tuple[object, ...]]]:
        found = everything(app.extensions["doudi_engine"])
        return {**found, "draft": [row for row in found["draft"] if row[0] != own]}

    before = of_others()
    for target in targets(app):
        if target.endpoint not in OWN_THING or not target.endpoint.startswith(("apply.", "guidance.")):
            continue
        path = _of_the_other(app, target, member, "f" * 32)
        token = (
            other.get("/apply/programmes")
            .text.split('name="csrf_token" type="hidden" value="')[1]
            .split('"')[0]
        )
        for method in target.methods - {"OPTIONS", "HEAD"}:
            answer = other.open(path, method=method, data={"csrf_token": token} if method == "POST" else None)
            shared = target.endpoint in (
                "apply.section",
                "apply.question",
            )  # his own application has these too
            assert answer.status_code in (303, 404) or shared, f"{method} {path} → {answer.status_code}"
    assert of_others() == before


def _of_the_other(app: Flask, target: Target, member: str, paper: str) -> str:
    """The rule's address for the other family's member or paper."""
    values = {
        "member": member,
        "person": member,
        "id_": paper,
        "id": "income",
        "name": "property",
        "page_id": "money",
    }
    if target.endpoint == "apply.person_question":
        values |= {"name": "situation", "page_id": "health"}
    found = app.url_map.bind("localhost")
    return found.build(target.endpoint, {name: values[name] for name in target.arguments})


def test_progress_shows_and_changes_only_what_number_and_code_opened(app: Flask) -> None:
    mine, theirs = stranger(app), stranger(app)
    sent = []
    for browser in (mine, theirs):
        member = applying.start_filled(browser)
        applying.sign_own(browser)
        browser.submit(f"/apply/signatures/{member}/paper", button="好，到窗口签")
        sent.append(applying.receipt_codes(applying.send(browser)))
    viewer = stranger(app)
    viewer.submit("/progress/", {"number": sent[0][0], "query_code": sent[0][1]})
    shown = viewer.get("/progress/application").text
    assert sent[0][0].replace("-", "") in shown.replace("-", "")
    assert sent[1][0].replace("-", "") not in shown.replace("-", "")
    crossed = stranger(app).submit("/progress/", {"number": sent[0][0], "query_code": sent[1][1]})
    assert crossed.status_code == 422
    viewer.submit("/progress/application", button="退出")
    assert viewer.get("/progress/application").status_code == 303


@pytest.mark.parametrize(
    ("opened", "seen", "open_"), [(11, 0.9, True), (1.1, 1.1, False), (12.1, 0.1, False)]
)
def test_progress_ends_an_idle_hour_or_twelve_hours_after_signing_in(
    app: Flask, opened: float, seen: float, open_: bool
) -> None:
    sender = stranger(app)
    member = applying.start_filled(sender)
    applying.sign_own(sender)
    sender.submit(f"/apply/signatures/{member}/paper", button="好，到窗口签")
    number, code = applying.receipt_codes(applying.send(sender))
    viewer = stranger(app)
    viewer.submit("/progress/", {"number": number, "query_code": code})
    with viewer.session_transaction() as visit:
        visit["progress_opened"] -= int(opened * 3600)
        visit["progress_seen"] -= int(seen * 3600)
    assert viewer.get("/progress/application").status_code == (200 if open_ else 303)
    assert viewer.get("/progress/withdraw").status_code == (200 if open_ else 303)


def test_a_cookie_that_was_altered_or_made_elsewhere_opens_nothing(app: Flask) -> None:
    browser = stranger(app)
    applying.start_filled(browser)
    cookie = browser.get_cookie("doudi")
    assert cookie is not None
    body, rest = cookie.value.split(".", 1)
    for forged in (cookie.value[:-2] + "xx", f"{body[:-2]}xx.{rest}", "eyJhIjoxfQ.x.x", ""):
        thief = stranger(app)
        thief.set_cookie("doudi", forged)
        assert thief.get("/apply/tasks").status_code == 303
    assert browser.get("/apply/tasks").status_code == 200


def test_the_cookie_holds_ids_only(app: Flask) -> None:
    browser = stranger(app)
    applying.start_filled(browser)
    browser.get("/apply/tasks")
    with browser.session_transaction() as visit:
        assert set(visit) <= {
            "application_draft",
            "estimate_draft",
            "csrf_token",
            "visit",
            "_permanent",
            "signing",
        }


def test_signing_in_gives_a_new_cookie_and_the_one_before_opens_nothing(app: Flask) -> None:
    sender = stranger(app)
    member = applying.start_filled(sender)
    applying.sign_own(sender)
    sender.submit(f"/apply/signatures/{member}/paper", button="好，到窗口签")
    number, code = applying.receipt_codes(applying.send(sender))
    planted = stranger(app)
    planted.get("/progress/")
    fixed = planted.get_cookie("doudi")
    assert fixed is not None
    victim = stranger(app)
    victim.set_cookie("doudi", fixed.value)  # the attacker's cookie in the victim's browser
    victim.submit("/progress/", {"number": number, "query_code": code})
    after = victim.get_cookie("doudi")
    assert after is not None
    assert after.value != fixed.value
    attacker = stranger(app)
    attacker.set_cookie("doudi", fixed.value)
    assert attacker.get("/progress/application").status_code == 303


def test_nothing_is_sent_while_a_step_is_missing(app: Flask) -> None:
    def sent() -> int:
        with _read(app) as session:
            return session.scalar(select(func.count()).select_from(Submission)) or 0

    before = sent()
    browser = stranger(app)
    applying.begin(browser)
    applying.post(browser, "/apply/send", {"accept": "y"})  # nothing filled in
    assert browser.get("/apply/check").status_code == 303
    assert browser.get("/apply/receipt").status_code == 303
    filled = stranger(app)
    member = applying.start_filled(filled)
    applying.post(filled, "/apply/send", {"accept": "y"})  # nobody signed
    applying.sign_own(filled)
    applying.post(filled, "/apply/send", {"accept": "y"})  # the mother has not
    filled.submit(f"/apply/signatures/{member}/paper", button="好，到窗口签")
    applying.post(filled, "/apply/send", {})  # the declaration is not ticked
    assert sent() == before
    applying.post(filled, "/apply/send", {"accept": "y"})
    assert sent() == before + 1


def test_a_signature_needs_every_act_before_it_in_order(app: Flask) -> None:
    browser = stranger(app)
    applying.start_filled(browser)
    browser.submit("/apply/signatures", button="我来签")
    with _read(app) as session:
        before = session.scalar(select(func.count()).select_from(ConsentEvent))
    first = browser.get("/sign/start").headers["Location"]
    for later in ("authorisation", "sensitive", "declaration"):
        answer = applying.post(browser, f"/sign/act/{later}", {"person_m1": "y"})
        assert answer.request.path == first or answer.status_code == 404  # an act he is not asked for
    applying.post(browser, "/sign/name", {"name": "王小梅"})
    with _read(app) as session:
        assert session.scalar(select(func.count()).select_from(ConsentEvent)) == before


def test_a_sent_application_takes_no_more_changes(app: Flask) -> None:
    browser = stranger(app)
    member = applying.start_filled(browser)
    applying.sign_own(browser)
    browser.submit(f"/apply/signatures/{member}/paper", button="好，到窗口签")
    token = browser.get("/apply/tasks").text.split('name="csrf_token" type="hidden" value="')[1].split('"')[0]
    applying.send(browser)
    before = everything(app.extensions["doudi_engine"])
    for target in targets(app):
        if not target.endpoint.startswith("apply.") or target.endpoint in {
            "apply.start",
            "apply.resume",
            "apply.leave",
        }:
            continue
        if "POST" not in target.methods:
            continue
        path = target.path.replace("/x", f"/{member}", 1)
        answer = browser.post(path, data={"csrf_token": token, "accept": "y"})
        assert answer.status_code in (303, 400, 404, 422), f"{path} → {answer.status_code}"
    assert everything(app.extensions["doudi_engine"]) == before


@pytest.mark.parametrize("kind", ["number", "code", "neither"])
def test_a_wrong_number_and_a_wrong_code_cannot_be_told_apart(app: Flask, kind: str) -> None:
    sender = stranger(app)
    member = applying.start_filled(sender)
    applying.sign_own(sender)
    sender.submit(f"/apply/signatures/{member}/paper", button="好，到窗口签")
    number, code = applying.receipt_codes(applying.send(sender))
    tries = {
        "number": (codes.new_code(10), code),
        "code": (number, codes.new_code(8)),
        "neither": (codes.new_code(10), codes.new_code(8)),
    }
    answer, statements = _sign_in(app, *tries[kind])
    reference, expected = _sign_in(app, codes.new_code(10), codes.new_code(8))
    assert answer == reference
    assert statements == expected, "other statements take another time"


def _sign_in(app: Flask, number: str, code: str) -> tuple[tuple[int, str], list[str]]:
    """(status, page without what was typed) of a sign-in, and the statements it took."""
    browser = stranger(app)
    statements: list[str] = []
    page = browser.get("/progress/")
    engine = app.extensions["doudi_engine"]

    def count(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        if "daily_count" not in statement and not statement.startswith(
            "BEGIN"
        ):  # sums over everybody, written when it is time
            statements.append(statement)

    event.listen(engine, "before_cursor_execute", count)
    try:
        answer = browser.submit(page, {"number": number, "query_code": code})
    finally:
        event.remove(engine, "before_cursor_execute", count)
    text = answer.text.replace(number, "·").replace(code, "·")
    token = text.split('name="csrf_token" type="hidden" value="')[1].split('"')[0]
    return (answer.status_code, text.replace(token, "·")), statements


def test_a_link_that_never_was_and_one_that_ended_cannot_be_told_apart(app: Flask) -> None:
    browser = stranger(app)
    member = applying.start_filled(browser)
    path, _code = applying.give_link(browser, member)
    applying.give_link(browser, member)  # ends the first
    ended, never = stranger(app).get(path), stranger(app).get("/sign/" + "A" * 22)
    assert (ended.status_code, never.status_code) == (410, 410)
    assert _without_id(ended.text) == _without_id(never.text)


def _without_id(text: str) -> str:
    return "\n".join(line for line in text.splitlines() if "csrf" not in line)


def test_a_signing_code_locks_after_five_tries_even_from_five_browsers(app: Flask) -> None:
    browser = stranger(app)
    member = applying.start_filled(browser)
    path, code = applying.give_link(browser, member)
    for _try in range(5):
        stranger(app).submit(path, {"code": "AAAAAA", "tail": applying.LI[-4:]})
    right = stranger(app).get(path)
    assert right.status_code == 423
    with _read(app) as session:
        opened = session.scalars(select(SigningRequest.entry).where(SigningRequest.wrong_codes >= 5)).all()
    assert opened == [None]
    assert code


def test_codes_are_long_enough_that_guessing_is_hopeless() -> None:
    free = len(codes.ALPHABET)
    year = 365 * 24 * 60
    # Progress: five tries in a quarter of an hour for one number, whoever tries (portal/progress/service.py).
    assert (year / 15 * 5) / free**7 < 1e-5
    # Resume: 120 tries a minute from each of 1,000 addresses, 100,000 living drafts to hit.
    a_day = 120 * 24 * 60 * 1000
    assert a_day * 100_000 / free ** (drafts.CODE_LENGTH - 1) < 1e-3


def test_papers_are_handed_out_under_no_address_of_the_portal_but_by_signed_link(app: Flask) -> None:
    folder = Path(app.extensions["doudi_settings"].instance)
    browser = stranger(app)
    applying.start_filled(browser)
    page = browser.get("/apply/papers")
    token = page.text.split('name="csrf_token" type="hidden" value="')[1].split('"')[0]
    browser.post(
        "/apply/papers",
        data={
            "csrf_token": token, "kind": "other", "member": "m1",
            "file": (io.BytesIO(papers.jpeg()), "../../static/evil.jpg"),
        },
        follow_redirects=True,
    )  # fmt: skip
    assert not list(folder.rglob("*evil*"))
    assert not list((Path(app.static_folder or "")).rglob("*evil*"))
