"""The supervisor's page of people: within the own places, never himself, never an auditor."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import cache

from flask import abort, current_app, redirect, render_template, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from portal import clock, db, regions
from portal.config import Settings
from portal.forms import PageForm
from portal.hotline import access, accounts, audit, sessions
from portal.hotline.access import EVERYWHERE, Role
from portal.hotline.account_forms import NewPersonForm, RightsForm
from portal.hotline.account_pages import routes
from portal.hotline.accounts import AccountError, Fresh
from portal.hotline.models import StaffAccount
from portal.hotline.sessions import End


@routes.get("/people")
@access.allow(Role.SUPERVISOR)
def people() -> tuple[str, int]:
    return _people_page(_empty_form(), 200)


@routes.post("/people")
@access.allow(Role.SUPERVISOR)
def add_person() -> tuple[str, int]:
    form, staff = NewPersonForm(), access.current()
    if not form.validate_on_submit() or not _within_own(form):
        return _people_page(form, 422)
    try:
        with db.transaction() as opened:
            fresh = accounts.add(
                opened,
                login=form.login.data or "",
                name=form.name.data or "",
                role=Role(form.role.data),
                counties=form.counties.codes,
                email=form.email.data,
                key=_key(),
                now=clock.now(),
            )
            _log(opened, "staff.added", fresh.account, _rights_fields(form))
    except AccountError:  # made before, or by somebody else just now
        form.login.errors = [_("这个账号或者邮箱已经有人用了。请换一个。")]
        return _people_page(form, 422)
    return _start_code_page(fresh, staff.name), 200


@routes.get("/people/<account_id>")
@access.allow(Role.SUPERVISOR)
def person(account_id: str) -> tuple[str, int]:
    account = _managed(db.session(), account_id)
    form = RightsForm(formdata=None, role=account.role, counties=place_names(account.counties))
    return _person_page(account, form, 200)


@routes.post("/people/<account_id>/rights")
@access.allow(Role.SUPERVISOR)
def change_rights(account_id: str) -> Response | tuple[str, int]:
    form = RightsForm()
    account = _managed(db.session(), account_id)
    if not form.validate_on_submit() or not _within_own(form):
        return _person_page(account, form, 422)
    with db.transaction() as opened:
        account = _managed(opened, account_id)
        role, now = Role(form.role.data), clock.now()
        if accounts.change_rights(opened, account, role=role, counties=form.counties.codes, now=now):
            _log(opened, "staff.rights_changed", account, _rights_fields(form))
    return _back(account_id)


@routes.post("/people/<account_id>/disable")
@access.allow(Role.SUPERVISOR)
def disable_person(account_id: str) -> Response:
    with db.transaction() as opened:
        account = _managed(opened, account_id)
        accounts.disable(opened, account, now=clock.now())
        _log(opened, "staff.disabled", account)
    return _back(account_id)


@routes.post("/people/<account_id>/enable")
@access.allow(Role.SUPERVISOR)
def enable_person(account_id: str) -> Response:
    with db.transaction() as opened:
        account = _managed(opened, account_id)
        accounts.enable(account)
        _log(opened, "staff.enabled", account)
    return _back(account_id)


@routes.post("/people/<account_id>/reset")
@access.allow(Role.SUPERVISOR)
def reset_person(account_id: str) -> str:
    """A new start code, shown once; password, telephone and sessions are gone."""
    with db.transaction() as opened:
        account = _managed(opened, account_id)
        code = accounts.reset(opened, account, key=_key(), now=clock.now())
        _log(opened, "staff.reset", account)
    return _start_code_page(Fresh(account, code), access.current().name)


@routes.post("/people/<account_id>/sessions/end")
@access.allow(Role.SUPERVISOR)
def end_sessions(account_id: str) -> Response:
    with db.transaction() as opened:
        account = _managed(opened, account_id)
        sessions.end_all(opened, account.id, End.REVOKED, now=clock.now())
        _log(opened, "staff.sessions_ended", account)
    return _back(account_id)


def place_names(codes: Sequence[str]) -> str:
    """Places as the form reads them again: names where one name is one place, else codes."""
    return " ".join(_place_name(code) for code in codes)


@cache
def _place_name(code: str) -> str:
    place = regions.place(code)
    if place is None:
        return code
    same = [found for found in regions.search(place.name) if found.name == place.name]
    return place.name if len(same) == 1 else code


def _managed(opened: Session, account_id: str) -> StaffAccount:
    """The account, or 404 where it is not this supervisor's to manage."""
    account = opened.get(StaffAccount, account_id)
    if account is None or not accounts.may_manage(access.current(), account):
        abort(404)
    return account


def _within_own(form: RightsForm) -> bool:
    if accounts.may_give(access.current(), form.counties.codes):
        return True
    form.counties.errors = [
        _("您只能安排自己服务的地方：%(places)s。", places=place_names(access.current().counties))
    ]
    return False


def _rights_fields(form: RightsForm) -> list[str]:
    return [f"role:{form.role.data}", *(f"county:{code}" for code in form.counties.codes)]


def _log(opened: Session, action: str, account: StaffAccount, fields: list[str] | None = None) -> None:
    about = [f"account:{account.login}", *(fields or [])]
    audit.record(opened, staff=access.current(), action=action, subject=None, fields=about, reason="人员页")


def _key() -> str:
    settings: Settings = current_app.extensions["doudi_settings"]
    return settings.secret_key


def _empty_form() -> NewPersonForm:
    own = access.current().counties
    return NewPersonForm(formdata=None, counties="" if EVERYWHERE in own else place_names(own))


def _back(account_id: str) -> Response:
    return redirect(url_for("hotline_account.person", account_id=account_id), code=303)


def _people_page(form: NewPersonForm, status: int) -> tuple[str, int]:
    staff = access.current()
    shown = [one for one in accounts.everybody(db.session()) if accounts.may_manage(staff, one)]
    page = render_template(
        "hotline/people.html", people=shown, form=form, state=_state, place_names=place_names
    )
    return page, status


def _person_page(account: StaffAccount, form: RightsForm, status: int) -> tuple[str, int]:
    now: datetime = clock.now()
    page = render_template(
        "hotline/person.html",
        account=account,
        form=form,
        buttons=PageForm(formdata=None),
        sessions=sessions.living(db.session(), account.id, now),
        state=_state,
        local=clock.local,
    )
    return page, status


def _state(account: StaffAccount) -> str:
    if account.disabled_at is not None:
        return str(_("停用"))
    if account.password_hash or account.oidc_subject:
        return str(_("在用"))
    if account.start_code_until is not None and account.start_code_until > clock.now():
        return str(_("等第一次登录"))
    return str(_("开通码过期，请重设"))


def _start_code_page(fresh: Fresh, by: str) -> str:
    return render_template("hotline/start_code.html", account=fresh.account, code=fresh.start_code, by=by)
