"""Supervisors manage their people within their own places, commands do the rest, and all of it is recorded."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.hotline import accounts
from portal.hotline.access import EVERYWHERE, Role, Staff
from portal.hotline.models import AuditEntry, StaffAccount
from tests.support.hotline import sign_in as let_in
from tests.support.hotline import staff_client
from tests.support.pages import LintedClient, Page, page_text
from tests.support.staff_accounts import Clock, ready, sign_in

YANBIAN, YANJI, NANGUAN = "222400", "222401", "220102"
NEW = {"name": "赵敏", "login": "zhao.min", "role": "operator", "counties": "延吉市"}


@pytest.fixture
def hands(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock(monkeypatch)


@pytest.fixture
def supervisor(app: Flask, hands: Clock) -> LintedClient:
    return staff_client(app, Role.SUPERVISOR, [YANBIAN])


def read(app: Flask) -> Session:
    return Session(bind=app.extensions["doudi_engine"])


def account(app: Flask, login: str) -> StaffAccount:
    with read(app) as session:
        return session.scalars(select(StaffAccount).where(StaffAccount.login == login)).one()


def recorded(app: Flask) -> list[tuple[str, list[str]]]:
    with read(app) as session:
        return [(entry.action, entry.details["fields"]) for entry in session.scalars(select(AuditEntry))]


def start_code(page: str) -> str:
    return page.split("只显示这一次：")[1].split()[0]


def test_a_supervisor_adds_a_person_who_then_comes_in(app: Flask, supervisor: LintedClient) -> None:
    shown = supervisor.submit("/hotline/people", NEW, button="添加")
    assert shown.status_code == 200
    made = account(app, "zhao.min")
    assert (made.role, made.counties) == ("operator", [YANJI])
    browser = app.test_client()
    assert isinstance(browser, LintedClient)
    assert sign_in(browser, "zhao.min", start_code(page_text(shown))).request.path == "/hotline/set-up"
    assert ("staff.added", ["account:zhao.min", "role:operator", f"county:{YANJI}"]) in recorded(app)


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"counties": "南关区"}, "您只能安排自己服务的地方：延边朝鲜族自治州"),
        ({"counties": "*"}, "您只能安排自己服务的地方"),
        ({"counties": "吉林省"}, "您只能安排自己服务的地方"),
        ({"counties": "朝阳区"}, "没有认出“朝阳区”是哪里"),
        ({"counties": "亚特兰蒂斯"}, "没有认出“亚特兰蒂斯”是哪里"),
        ({"counties": ""}, "请至少写一个地方"),
        ({"login": "赵敏"}, "账号用小写字母开头"),
        ({"name": ""}, "请填姓名"),
    ],
)
def test_what_she_may_not_give_or_cannot_be_read_is_refused_with_the_cure(
    app: Flask, supervisor: LintedClient, changed: dict[str, str], said: str
) -> None:
    answer = supervisor.submit("/hotline/people", {**NEW, **changed}, button="添加")
    assert answer.status_code == 422
    assert said in page_text(answer)
    with read(app) as session:
        assert "zhao.min" not in session.scalars(select(StaffAccount.login)).all()


@pytest.mark.parametrize("role", ["auditor", "administrator"])
def test_a_role_beyond_hers_cannot_be_given_even_by_a_forged_form(
    app: Flask, supervisor: LintedClient, role: str
) -> None:
    assert supervisor.submit("/hotline/people", {**NEW, "role": role}, button="添加").status_code == 422


def test_one_name_is_given_once(app: Flask, supervisor: LintedClient) -> None:
    supervisor.submit("/hotline/people", NEW, button="添加")
    again = supervisor.submit("/hotline/people", {**NEW, "login": "Zhao.Min "}, button="添加")
    assert "已经有人用了" in page_text(again)


@pytest.mark.parametrize(
    ("role", "counties", "managed"),
    [
        (Role.OPERATOR, [YANJI], True),
        (Role.SUPERVISOR, [YANJI], True),
        (Role.OPERATOR, [YANBIAN], True),
        (Role.OPERATOR, [NANGUAN], False),
        (Role.OPERATOR, [YANJI, NANGUAN], False),
        (Role.OPERATOR, ["220000"], False),
        (Role.OPERATOR, [EVERYWHERE], False),
        (Role.OPERATOR, [], False),
        (Role.AUDITOR, [YANJI], False),
    ],
)
def test_she_manages_who_serves_only_her_places_and_never_an_auditor(
    app: Flask, supervisor: LintedClient, role: Role, counties: list[str], managed: bool
) -> None:
    login = let_in(app, app.test_client(), role, counties)  # type: ignore[arg-type]  # a LintedClient by the fixture
    other = account(app, login)
    assert (supervisor.get(f"/hotline/people/{other.id}").status_code == 200) is managed
    assert (
        f"/hotline/people/{other.id}" in supervisor.get("/hotline/people").get_data(as_text=True)
    ) is managed


def test_nobody_raises_himself(app: Flask, supervisor: LintedClient) -> None:
    with read(app) as session:
        own = session.scalars(select(StaffAccount)).one()
    assert supervisor.get(f"/hotline/people/{own.id}").status_code == 404
    token = Page(supervisor.get("/hotline/people").get_data(as_text=True)).forms[0].fields["csrf_token"][0]
    forged = {"csrf_token": token, "role": "supervisor", "counties": "*"}
    assert supervisor.post(f"/hotline/people/{own.id}/rights", data=forged).status_code == 404
    assert account(app, own.login).counties == [YANBIAN]


def test_new_rights_hold_at_once_because_the_person_signs_in_anew(
    app: Flask, supervisor: LintedClient, hands: Clock
) -> None:
    person, hers = ready(app, counties=(YANJI,)), app.test_client()
    assert isinstance(hers, LintedClient)
    sign_in(hers, "li.na", code=person.code(hands.now))
    page = supervisor.get(f"/hotline/people/{account(app, 'li.na').id}")
    supervisor.submit(page, {"role": "supervisor", "counties": "延吉市 图们市"}, button="保存")
    changed = account(app, "li.na")
    assert (changed.role, changed.counties) == ("supervisor", ["222401", "222402"])
    assert hers.get("/hotline/").status_code == 302


def test_a_person_is_put_out_closed_opened_and_reset(
    app: Flask, supervisor: LintedClient, hands: Clock
) -> None:
    person, hers = ready(app, counties=(YANJI,)), app.test_client()
    assert isinstance(hers, LintedClient)
    address = f"/hotline/people/{account(app, 'li.na').id}"
    sign_in(hers, "li.na", code=person.code(hands.now))
    supervisor.submit(address, button="让这位同事退出")
    assert hers.get("/hotline/").status_code == 302
    assert "停用" in page_text(supervisor.submit(address, button="停用账号"))
    hands.forward(seconds=30)
    assert sign_in(hers, "li.na", code=person.code(hands.now)).status_code == 422
    supervisor.submit(address, button="恢复账号")
    hands.forward(seconds=30)
    assert sign_in(hers, "li.na", code=person.code(hands.now)).request.path == "/hotline/"
    code = start_code(page_text(supervisor.submit(address, button="重设")))
    assert hers.get("/hotline/").status_code == 302
    hands.forward(seconds=30)
    assert sign_in(hers, "li.na", code=person.code(hands.now)).status_code == 422
    assert sign_in(hers, "li.na", code).request.path == "/hotline/set-up"
    actions = [
        action
        for action, _fields in recorded(app)
        if action.split(".")[1] not in ("signed_in", "sign_in_failed")
    ]
    assert actions == ["staff.sessions_ended", "staff.disabled", "staff.enabled", "staff.reset"]


@pytest.mark.parametrize(
    ("own", "given", "may"),
    [
        ((YANBIAN,), [YANJI], True),
        ((YANJI,), [YANBIAN], False),
        ((YANJI, NANGUAN), [NANGUAN, YANJI], True),
        ((EVERYWHERE,), [EVERYWHERE], True),
        ((YANBIAN,), [], False),
        ((), [YANJI], False),
    ],
)
def test_nobody_gives_more_than_he_has(own: tuple[str, ...], given: list[str], may: bool) -> None:
    staff = Staff("1", "s", "S", Role.SUPERVISOR, own, "x")
    assert accounts.may_give(staff, given) is may


def test_accounts_by_command(app: Flask, hands: Clock) -> None:
    run = app.test_cli_runner().invoke
    made = run(args=["staff", "add", "sun.li", "--role", "auditor", "--county", "*", "--name", "孙丽"])
    assert made.exit_code == 0, made.output
    code = made.output.split("shown only now: ")[1].split()[0]
    browser = app.test_client()
    assert isinstance(browser, LintedClient)
    assert sign_in(browser, "sun.li", code).request.path == "/hotline/set-up"
    assert run(args=["staff", "sessions", "sun.li", "--end"]).output.endswith("1 ended.\n")
    assert browser.get("/hotline/set-up").status_code == 302
    run(args=["staff", "disable", "sun.li"])
    assert "sun.li\tauditor\t*\tdisabled" in run(args=["staff", "list"]).output
    run(args=["staff", "enable", "sun.li"])
    assert "waits for set-up" in run(args=["staff", "list"]).output
    assert "Start code of sun.li" in run(args=["staff", "reset", "sun.li"]).output
    assert [action for action, _ in recorded(app)][-1] == "staff.reset"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["add", "Å"], "is no account name"),
        (["add", "li.na", "--county", "999999"], "is no place code"),
        (["add", "known"], "there is an account 'known' already"),
        (["disable", "nobody"], "there is no account 'nobody'"),
        (["reset", "nobody"], "there is no account 'nobody'"),
    ],
)
def test_a_command_that_cannot_be_done_says_why_and_ends_with_1(
    app: Flask, arguments: list[str], said: str
) -> None:
    run = app.test_cli_runner().invoke
    run(args=["staff", "add", "known"])
    answer = run(args=["staff", *arguments])
    assert answer.exit_code == 1
    assert said in answer.output
    assert run(args=["staff", "list"]).output.count("\n") == 1


def test_an_unknown_role_is_wrong_usage(app: Flask) -> None:
    assert app.test_cli_runner().invoke(args=["staff", "add", "li.na", "--role", "queen"]).exit_code == 2
