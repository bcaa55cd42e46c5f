"""The staff's door: password and telephone, once each code, locked after five, ended by time or by hand."""

from __future__ import annotations

import re
import threading
import time
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal import db
from portal.hotline import access, accounts, credentials, guessable, sessions, signing_in
from portal.hotline.access import Role
from portal.hotline.models import AuditEntry, StaffAccount, StaffSession
from tests.support.pages import LintedClient, Page, page_text
from tests.support.staff_accounts import PASSWORD, Clock, Person, ready, sign_in

CLOSED = "有一样不对"


@pytest.fixture
def hands(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock(monkeypatch)


@pytest.fixture
def person(app: Flask, hands: Clock) -> Person:
    return ready(app)


def other_browser(app: Flask) -> LintedClient:
    browser = app.test_client()
    assert isinstance(browser, LintedClient)
    return browser


def read(app: Flask) -> Session:
    return Session(bind=app.extensions["doudi_engine"])


def test_password_and_code_open_the_console(client: LintedClient, person: Person, hands: Clock) -> None:
    answer = sign_in(client, "li.na", code=person.code(hands.now))
    assert answer.request.path == "/hotline/"
    assert "李娜" in page_text(answer)


@pytest.mark.parametrize(
    ("login", "password", "code"),
    [
        ("li.na", "wrong words altogether", "right"),
        ("li.na", PASSWORD, "000000"),
        ("li.na", PASSWORD, ""),
        ("nobody", PASSWORD, "right"),
        ("li.na'--", PASSWORD, "right"),
    ],
)
def test_whatever_is_wrong_the_answer_is_the_same(
    client: LintedClient, person: Person, hands: Clock, login: str, password: str, code: str
) -> None:
    answer = sign_in(client, login, password, person.code(hands.now) if code == "right" else code)
    assert answer.status_code == 422
    assert CLOSED in page_text(answer)
    assert client.get("/hotline/").status_code == 302


def test_a_code_of_the_telephone_works_once(
    app: Flask, client: LintedClient, person: Person, hands: Clock
) -> None:
    code = person.code(hands.now)
    assert sign_in(client, "li.na", code=code).request.path == "/hotline/"
    overheard = sign_in(other_browser(app), "li.na", code=code)
    assert CLOSED in page_text(overheard)
    hands.forward(seconds=30)
    assert sign_in(other_browser(app), "li.na", code=person.code(hands.now)).request.path == "/hotline/"


def test_an_older_code_is_dead_once_a_newer_one_was_taken(
    app: Flask, client: LintedClient, person: Person, hands: Clock
) -> None:
    before = person.code(hands.now)
    hands.forward(seconds=30)
    sign_in(client, "li.na", code=person.code(hands.now))
    assert CLOSED in page_text(sign_in(other_browser(app), "li.na", code=before))


@pytest.mark.parametrize(("late", "taken"), [(-31, True), (31, True), (-95, False), (95, False)])
def test_a_telephone_may_be_half_a_minute_wrong(
    client: LintedClient, person: Person, hands: Clock, late: float, taken: bool
) -> None:
    code = person.code(hands.now)
    hands.forward(seconds=late)
    assert (sign_in(client, "li.na", code=code).request.path == "/hotline/") is taken


def test_a_recovery_code_replaces_the_telephone_once(
    app: Flask, client: LintedClient, person: Person, hands: Clock
) -> None:
    answer = sign_in(client, "li.na", code=person.recovery[0].lower())
    assert answer.request.path == "/hotline/me"
    assert "备用码还剩 9 个" in page_text(answer)
    assert CLOSED in page_text(sign_in(other_browser(app), "li.na", code=person.recovery[0]))


def test_another_persons_recovery_code_opens_nothing(
    app: Flask, client: LintedClient, person: Person
) -> None:
    stranger = ready(app, "wang.wu")
    assert CLOSED in page_text(sign_in(client, "li.na", code=stranger.recovery[0]))


@pytest.mark.parametrize("login", ["li.na", "nobody"])
def test_five_wrong_tries_lock_the_name_known_or_not_for_a_quarter_of_an_hour(
    app: Flask, client: LintedClient, person: Person, hands: Clock, login: str
) -> None:
    for _try in range(5):
        assert sign_in(client, login, "wrong words altogether").status_code == 422
    right = person.code(hands.now)
    locked = sign_in(client, login, code=right)
    assert locked.status_code == 429
    assert "09:15 以后再试" in page_text(locked)
    hands.forward(minutes=15, seconds=1)
    again = sign_in(client, login, code=person.code(hands.now))
    assert (again.request.path == "/hotline/") is (login == "li.na")


def test_strangers_who_lock_a_name_do_not_keep_its_owner_from_her_own_desk(
    app: Flask, client: LintedClient, person: Person, hands: Clock
) -> None:
    sign_in(client, "li.na", code=person.code(hands.now))
    client.submit("/hotline/me", button="退出")
    stranger = other_browser(app)
    for _try in range(5):
        sign_in(stranger, "li.na", "wrong words altogether")
    hands.forward(seconds=30)
    assert sign_in(stranger, "li.na", code=person.code(hands.now)).status_code == 429
    assert sign_in(client, "li.na", code=person.code(hands.now)).request.path == "/hotline/"


def test_a_known_desk_has_five_tries_too_and_is_known_for_its_owner_only(
    app: Flask, client: LintedClient, person: Person, hands: Clock
) -> None:
    ready(app, "wang.wu")
    sign_in(client, "li.na", code=person.code(hands.now))
    client.submit("/hotline/me", button="退出")
    for login in ("li.na", "wang.wu"):
        statuses = [sign_in(client, login, "wrong words altogether").status_code for _try in range(6)]
        assert statuses == [422] * 5 + [429]
    assert sign_in(other_browser(app), "wang.wu").status_code == 429
    assert sign_in(other_browser(app), "li.na", code="000000").status_code == 422


def test_a_right_try_forgets_the_wrong_ones(client: LintedClient, person: Person, hands: Clock) -> None:
    for _round in range(3):
        for _try in range(4):
            sign_in(client, "li.na", "wrong words altogether")
        hands.forward(seconds=30)
        assert sign_in(client, "li.na", code=person.code(hands.now)).request.path == "/hotline/"
        client.submit("/hotline/me", button="退出")


def test_many_tries_at_once_are_not_more_than_five(app: Flask, person: Person) -> None:
    judged: list[Any] = []

    def attempt() -> None:
        with app.app_context(), db.writing(app.extensions["doudi_engine"]) as session:
            key = app.extensions["doudi_settings"].secret_key
            judged.append(signing_in.count_try(session, "li.na", key=key, now=signing_in_now))

    signing_in_now = access.clock.now()
    crowd = [threading.Thread(target=attempt) for _ in range(20)]
    for one in crowd:
        one.start()
    for one in crowd:
        one.join()
    assert sum(counted.locked_until is None for counted in judged) == signing_in.TRIES


def test_an_office_that_tries_names_in_turn_is_stopped_too(
    app: Flask, client: LintedClient, person: Person
) -> None:
    statuses = [
        sign_in(client, f"name{number}", "wrong words altogether").status_code for number in range(21)
    ]
    assert statuses == [422] * 20 + [429]


def test_an_unknown_name_costs_as_much_time_as_a_known_one(person: Person) -> None:
    known = credentials.hashed(PASSWORD)
    credentials.matches(None, "warm up")

    def cost(stored: str | None) -> float:
        begun = time.process_time()
        for _round in range(5):
            credentials.matches(stored, "wrong words altogether")
        return time.process_time() - begun

    assert 0.5 < cost(None) / cost(known) < 2


def test_a_closed_account_is_out_at_once_and_stays_out(
    app: Flask, client: LintedClient, person: Person, hands: Clock
) -> None:
    sign_in(client, "li.na", code=person.code(hands.now))
    with app.app_context(), db.writing(app.extensions["doudi_engine"]) as session:
        account = accounts.by_login(session, "li.na")
        assert account is not None
        accounts.disable(session, account, now=hands.now)
    assert client.get("/hotline/").status_code == 302
    hands.forward(seconds=30)
    assert CLOSED in page_text(sign_in(client, "li.na", code=person.code(hands.now)))


def test_fifteen_idle_minutes_end_the_session_and_say_so(
    client: LintedClient, person: Person, hands: Clock
) -> None:
    sign_in(client, "li.na", code=person.code(hands.now))
    hands.forward(minutes=14)
    assert client.get("/hotline/me").status_code == 200
    hands.forward(minutes=14)
    assert client.get("/hotline/me").status_code == 200
    hands.forward(minutes=15)
    answer = client.get("/hotline/me", follow_redirects=True)
    assert "15 分钟没有操作" in page_text(answer)


def test_no_session_outlives_twelve_hours(client: LintedClient, person: Person, hands: Clock) -> None:
    sign_in(client, "li.na", code=person.code(hands.now))
    for _quarter in range(51):
        hands.forward(minutes=14)
        assert client.get("/hotline/me").status_code == 200
    hands.forward(minutes=7)
    assert client.get("/hotline/me").status_code == 302


def test_the_keeper_of_the_session_answers_a_script_and_refuses_a_stranger(
    client: LintedClient, person: Person, hands: Clock
) -> None:
    sign_in(client, "li.na", code=person.code(hands.now))
    token = Page(client.get("/hotline/me").get_data(as_text=True)).forms[0].fields["csrf_token"][0]
    headers = {"X-CSRFToken": token, "Sec-Fetch-Dest": "empty"}
    hands.forward(minutes=10)
    assert client.post("/hotline/stay", headers=headers).get_json() == {"seconds": 900}
    hands.forward(minutes=10)
    assert client.get("/hotline/me").status_code == 200
    hands.forward(minutes=16)
    assert client.post("/hotline/stay", headers=headers).status_code == 401


def test_signing_in_leaves_no_old_session_and_nothing_of_a_citizens_visit(
    app: Flask, client: LintedClient, person: Person, hands: Clock
) -> None:
    cookie = access.cookie_name(app.extensions["doudi_settings"])
    with client.session_transaction() as visit:
        visit["application_draft"] = "somebody's"
    client.set_cookie(cookie, "a token planted before")
    sign_in(client, "li.na", code=person.code(hands.now))
    first = client.get_cookie(cookie)
    assert first is not None
    assert first.value != "a token planted before"
    assert first.http_only
    assert first.same_site == "Lax"
    with client.session_transaction() as visit:
        assert "application_draft" not in visit
        visit["application_draft"] = "the caller's"
    hands.forward(seconds=30)
    with app.test_client() as thief:
        thief.set_cookie(cookie, first.value)
        client.submit("/hotline/me", button="退出")
        assert thief.get("/hotline/me").status_code == 302
    with client.session_transaction() as visit:
        assert "application_draft" not in visit
    assert client.get_cookie(cookie) is None


def test_signing_in_again_in_the_same_browser_ends_the_session_before(
    app: Flask, client: LintedClient, person: Person, hands: Clock
) -> None:
    sign_in(client, "li.na", code=person.code(hands.now))
    page = client.get("/hotline/me")
    hands.forward(seconds=30)
    token = Page(page.get_data(as_text=True)).forms[0].fields["csrf_token"][0]
    code = person.code(hands.now)
    client.post(
        "/hotline/sign-in", data={"csrf_token": token, "login": "li.na", "password": PASSWORD, "code": code}
    )
    with read(app) as session:
        reasons = sorted(one.end_reason or "" for one in session.scalars(select(StaffSession)))
    assert reasons == ["", "replaced"]


def test_a_person_ends_her_own_other_sessions_and_nobody_elses(
    app: Flask, client: LintedClient, person: Person, hands: Clock
) -> None:
    colleague, hers = ready(app, "wang.wu"), other_browser(app)
    sign_in(hers, "wang.wu", code=colleague.code(hands.now))
    elsewhere = other_browser(app)
    sign_in(elsewhere, "li.na", code=person.code(hands.now))
    hands.forward(seconds=30)
    sign_in(client, "li.na", code=person.code(hands.now))
    client.submit("/hotline/me", button="退出那里")
    assert elsewhere.get("/hotline/me").status_code == 302
    assert client.get("/hotline/me").status_code == 200
    with read(app) as session:
        other = session.scalars(
            select(StaffSession.id).join(StaffAccount).where(StaffAccount.login == "wang.wu")
        ).one()
    token = Page(client.get("/hotline/me").get_data(as_text=True)).forms[0].fields["csrf_token"][0]
    client.post(f"/hotline/me/sessions/{other}/end", data={"csrf_token": token})
    assert hers.get("/hotline/me").status_code == 200


def start(app: Flask, hands: Clock, role: Role = Role.OPERATOR) -> str:
    key = app.extensions["doudi_settings"].secret_key
    with db.writing(app.extensions["doudi_engine"]) as session:
        return accounts.add(
            session, login="zhao.min", name="赵敏", role=role, counties=["222401"], key=key, now=hands.now
        ).start_code


def secret_on(page: str) -> str:
    return page.split("手工填密钥：")[1].split("手机上会出现")[0].replace(" ", "")


def test_a_new_person_comes_in_with_the_start_code_and_leaves_with_telephone_and_recovery_codes(
    app: Flask, client: LintedClient, hands: Clock
) -> None:
    code = start(app, hands)
    first = sign_in(client, "zhao.min", code.lower())
    assert first.request.path == "/hotline/set-up"
    assert client.get("/hotline/").location == "/hotline/set-up"
    second = client.submit(first, {"password": PASSWORD, "again": PASSWORD}, button="下一步")
    phone = Person("zhao.min", secret_on(page_text(second)), [])
    wrong = client.submit(second, {"code": "000000"}, button="绑定")
    assert wrong.status_code == 422
    third = client.submit(wrong, {"code": phone.code(hands.now)}, button="绑定")
    shown = re.findall(r"[2-9A-Z]{5}-[2-9A-Z]{5}", page_text(third))
    assert len(shown) == 10
    assert client.get("/hotline/me").status_code == 200
    assert CLOSED in page_text(sign_in(other_browser(app), "zhao.min", code))
    hands.forward(seconds=30)
    assert sign_in(other_browser(app), "zhao.min", code=phone.code(hands.now)).request.path == "/hotline/"
    assert sign_in(other_browser(app), "zhao.min", code=shown[0]).request.path == "/hotline/me"


def test_a_start_code_ends_after_three_days(app: Flask, client: LintedClient, hands: Clock) -> None:
    code = start(app, hands)
    hands.forward(hours=72)
    assert CLOSED in page_text(sign_in(client, "zhao.min", code))


@pytest.mark.parametrize(
    ("password", "again", "said"),
    [
        ("short", "short", "至少 12 位"),
        ("password1234", "password1234", "已经泄露过"),
        ("Minzheng@2026", "Minzheng@2026", "容易被猜到"),
        ("zhao.min is here", "zhao.min is here", "容易被猜到"),
        ("aaaaaaaaaaaaaaaa", "aaaaaaaaaaaaaaaa", "已经泄露过"),
        (PASSWORD, PASSWORD + "!", "两次填的不一样"),
    ],
)
def test_a_password_that_would_be_guessed_is_refused_with_the_cure(
    app: Flask, client: LintedClient, hands: Clock, password: str, again: str, said: str
) -> None:
    page = sign_in(client, "zhao.min", start(app, hands))
    answer = client.submit(page, {"password": password, "again": again}, button="下一步")
    assert answer.status_code == 422
    assert said in page_text(answer)


def test_a_password_of_a_wrong_length_is_not_looked_at_any_further(
    app: Flask, client: LintedClient, hands: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    def looked(*_told: str) -> None:
        raise AssertionError("a long one would take long")

    page = sign_in(client, "zhao.min", start(app, hands))
    monkeypatch.setattr(guessable, "why", looked)
    for wrong in ("short", "x" * 200):
        answer = client.submit(page, {"password": wrong, "again": wrong}, button="下一步")
        assert answer.status_code == 422


def test_an_auditor_begins_in_the_audit(app: Flask, client: LintedClient, hands: Clock) -> None:
    auditor = ready(app, "sun.li", Role.AUDITOR, ("*",))
    assert sign_in(client, "sun.li", code=auditor.code(hands.now)).request.path == "/hotline/audit"


def test_changing_the_password_asks_for_the_present_one_and_ends_the_other_sessions(
    app: Flask, client: LintedClient, person: Person, hands: Clock
) -> None:
    elsewhere = other_browser(app)
    sign_in(elsewhere, "li.na", code=person.code(hands.now))
    hands.forward(seconds=30)
    sign_in(client, "li.na", code=person.code(hands.now))
    fresh = "长白山上 silver 云 7"
    values = {"password-password": fresh, "password-again": fresh}
    refused = client.submit(
        "/hotline/me", {**values, "password-present": "wrong words altogether"}, button="改密码"
    )
    assert "现在的密码不对" in page_text(refused)
    done = client.submit("/hotline/me", {**values, "password-present": PASSWORD}, button="改密码")
    assert "密码改好了" in page_text(done)
    assert elsewhere.get("/hotline/me").status_code == 302
    hands.forward(seconds=30)
    assert sign_in(other_browser(app), "li.na", fresh, person.code(hands.now)).request.path == "/hotline/"


def test_a_new_telephone_replaces_the_old_one_and_the_recovery_codes(
    app: Flask, client: LintedClient, person: Person, hands: Clock
) -> None:
    sign_in(client, "li.na", code=person.code(hands.now))
    page = client.submit("/hotline/me", {"phone-present": PASSWORD}, form=form_of(client, "下一步"))
    fresh = Person("li.na", secret_on(page_text(page)), [])
    shown = client.submit(page, {"code": fresh.code(hands.now)}, button="绑定")
    assert "备用码：现在抄下来" in page_text(shown)
    hands.forward(seconds=30)
    assert CLOSED in page_text(sign_in(other_browser(app), "li.na", code=person.code(hands.now)))
    assert CLOSED in page_text(sign_in(other_browser(app), "li.na", code=person.recovery[0]))
    assert sign_in(other_browser(app), "li.na", code=fresh.code(hands.now)).request.path == "/hotline/"


def form_of(client: LintedClient, words: str) -> int:
    forms = Page(client.get("/hotline/me").get_data(as_text=True)).forms
    return next(at for at, form in enumerate(forms) if any(button[2] == words for button in form.buttons))


def test_the_database_holds_no_password_code_or_token_in_clear(
    app: Flask, client: LintedClient, person: Person, hands: Clock
) -> None:
    sign_in(client, "li.na", code=person.code(hands.now))
    cookie = client.get_cookie(access.cookie_name(app.extensions["doudi_settings"]))
    assert cookie is not None
    file = app.extensions["doudi_engine"].url.database
    with app.extensions["doudi_engine"].connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    with open(file, "rb") as stored:
        content = stored.read()
    kept = [PASSWORD, person.secret, cookie.value, *(code.replace("-", "") for code in person.recovery)]
    assert not [value for value in kept if value.encode() in content]
    assert b"argon2id" in content


def test_what_happens_at_the_door_is_in_the_audit(
    app: Flask, client: LintedClient, person: Person, hands: Clock
) -> None:
    sign_in(client, "li.na", "wrong words altogether")
    sign_in(client, "li.na", code=person.code(hands.now))
    sign_in(other_browser(app), "nobody", "wrong words altogether")
    with read(app) as session:
        told = [(entry.staff, entry.action) for entry in session.scalars(select(AuditEntry))]
    assert told == [("li.na", "staff.sign_in_failed"), ("li.na", "staff.signed_in")]


def test_the_lists_of_sessions_name_the_browser() -> None:
    agent = "Mozilla/5.0 (Windows NT 10.0; Win64) AppleWebKit/537.36 Chrome/140.0 Safari/537.36 Edg/140.0"
    assert signing_in.browser_words(agent) == "Edge, Windows"
    assert signing_in.browser_words("") == "?, ?"
    assert sessions.IDLE.total_seconds() == 900
