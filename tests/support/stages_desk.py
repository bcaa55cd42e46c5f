"""The hotline's people for tests/support/stages.py: in a call, filling in for a caller, setting up an account."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from sqlalchemy import select

from portal import db
from portal.hotline import credentials
from portal.hotline.access import Role
from portal.hotline.models import StaffAccount
from portal.hotline.sessions import Stage
from tests.support import applying, hotline, hotline_calls, staff_accounts
from tests.support.pages import LintedClient, Page

if TYPE_CHECKING:
    from tests.support.stages import Person


def operator(person: Person) -> None:
    hotline.sign_in(person.app, person.client, Role.OPERATOR)


def supervisor(person: Person) -> None:
    hotline.sign_in(person.app, person.client, Role.SUPERVISOR)


def auditor(person: Person) -> None:
    hotline.sign_in(person.app, person.client, Role.AUDITOR)


def setting_up(person: Person) -> None:
    """Has a start code and nothing else."""
    hotline.sign_in(person.app, person.client, Role.OPERATOR, stage=Stage.SETTING_UP)


def changing_phone(person: Person) -> None:
    """Has shown the password and is given a new secret for the telephone."""
    login = hotline.sign_in(person.app, person.client, Role.OPERATOR)
    with person.app.app_context(), db.transaction() as session:
        account = session.scalars(select(StaffAccount).where(StaffAccount.login == login)).one()
        account.password_hash = credentials.hashed(staff_accounts.PASSWORD)
    shown = person.client.get("/hotline/me")
    forms = [form.action for form in Page(shown.get_data(as_text=True)).forms]
    told = {"phone-present": staff_accounts.PASSWORD}
    person.client.submit(shown, told, form=forms.index("/hotline/me/phone"))


def supervising(person: Person) -> None:
    """Somebody asked what nobody answered; the supervisor looks at it."""
    stranger = person.app.test_client()
    assert isinstance(stranger, LintedClient)
    stranger.submit("/ask", {"question": "我想申请移民火星的补贴"}, button="问")
    supervisor(person)
    page = person.client.get("/hotline/learning").get_data(as_text=True)
    person.known["id_"] = re.findall(r"/hotline/learning/question/(\d+)", page)[:1]


def in_a_call(person: Person) -> None:
    """A caller has proved who she is."""
    number, code = hotline_calls.sent_application(person.app)
    operator(person)
    hotline_calls.check(person.client, number=number, query_code=code)


def filling_in(person: Person) -> None:
    """An application in a caller's name, the consents not read out yet."""
    operator(person)
    hotline_calls.fill_for_her(person.app, person.client)
    person.client.submit("/hotline/call/assisted", button="念同意书，记下回答")


def having_agreed_by_telephone(person: Person) -> None:
    """A caller whose application was sent for her, at home at progress."""
    colleague = hotline.staff_client(person.app)
    hotline_calls.fill_for_her(person.app, colleague)
    hotline_calls.read_out(colleague)
    colleague.submit("/apply/signatures/m2/paper")
    applying.send(colleague)
    html = colleague.get("/hotline/call/assisted").get_data(as_text=True)
    number, code = (part.split("<")[0].replace("-", "") for part in html.split('class="code-shown">')[1:3])
    person.client.submit("/progress/", {"number": number, "query_code": code})
