"""One's own account: sessions, password, telephone, recovery codes."""

from __future__ import annotations

from datetime import datetime

from flask import redirect, render_template, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from portal import clock, db
from portal.hotline import access, audit, credentials, sessions, signing_in
from portal.hotline.account_forms import ChangePasswordForm, PhoneCodeForm, PresentPasswordForm
from portal.hotline.account_pages import (
    EVERYBODY,
    device_of,
    keep_aside,
    recovery_page,
    routes,
    secret_key,
    set_aside,
    with_picture,
)
from portal.hotline.models import StaffAccount
from portal.hotline.sessions import End


@routes.get("/me")
@access.allow(*EVERYBODY)
def me() -> tuple[str, int]:
    return _me_page(200)


@routes.post("/me/password")
@access.allow(*EVERYBODY)
def change_password() -> Response | tuple[str, int]:
    form, staff, now = ChangePasswordForm(prefix="password-"), access.current(), clock.now()
    form.login = staff.login
    if not form.validate_on_submit() or not _proven(form):
        return _me_page(422, password_form=form)
    password_hash = credentials.hashed(form.password.data or "")
    with db.transaction() as opened:
        opened.get_one(StaffAccount, staff.id).password_hash = password_hash
        sessions.end_all(opened, staff.id, End.ACCOUNT, now=now, leave=staff.session_id)
        _log(opened, "staff.password_changed", now)
    return _me_page(200, done=_("密码改好了。别处的登录都已退出。"))


@routes.post("/me/phone")
@access.allow(*EVERYBODY)
def start_phone() -> Response | tuple[str, int]:
    form = PresentPasswordForm(prefix="phone-")
    if not form.validate_on_submit() or not _proven(form):
        return _me_page(422, phone_form=form)
    keep_aside({"totp_secret": credentials.new_secret()})
    return redirect(url_for("hotline_account.phone"), code=303)


@routes.get("/me/phone")
@access.allow(*EVERYBODY)
def phone() -> Response | tuple[str, int]:
    return _phone_page(PhoneCodeForm(formdata=None), 200)


@routes.post("/me/phone/code")
@access.allow(*EVERYBODY)
def confirm_phone() -> Response | str | tuple[str, int]:
    form, now = PhoneCodeForm(), clock.now()
    if not form.validate_on_submit():
        return _phone_page(form, 422)
    with db.transaction() as opened:
        fresh = signing_in.finish_set_up(
            opened, access.current(), form.code.data or "", key=secret_key(), now=now
        )
    if fresh is None:
        form.code.errors = [_("数字不对。请等手机换下一个数字，再填一次。")]
        return _phone_page(form, 422)
    return recovery_page(fresh)


@routes.post("/me/recovery")
@access.allow(*EVERYBODY)
def renew_recovery() -> str | tuple[str, int]:
    form = PresentPasswordForm(prefix="recovery-")
    if not form.validate_on_submit() or not _proven(form):
        return _me_page(422, recovery_form=form)
    with db.transaction() as opened:
        account = opened.get_one(StaffAccount, access.current().id)
        fresh = credentials.new_recovery_codes(opened, account, key=secret_key())
        _log(opened, "staff.recovery_renewed", clock.now())
    return recovery_page(fresh)


@routes.post("/me/sessions/<session_id>/end")
@access.allow(*EVERYBODY)
def end_session(session_id: str) -> Response:
    """End one of one's own sessions; another person's is left alone."""
    staff, now = access.current(), clock.now()
    with db.transaction() as opened:
        if session_id in {one.id for one in sessions.living(opened, staff.id, now)}:
            sessions.end(opened, session_id, End.REVOKED, now=now)
    return redirect(url_for("hotline_account.me"), code=303)


def _proven(form: ChangePasswordForm | PresentPasswordForm) -> bool:
    """Whether the present password is right; wrong ones are counted like at the door."""
    staff, now, key = access.current(), clock.now(), secret_key()
    device = device_of(staff.login)
    with db.transaction() as opened:
        counted = signing_in.count_try(opened, staff.login, key=key, now=now, device=device)
    if counted.locked_until is not None:
        form.present.errors = [_("错的次数太多，请等 15 分钟再试。")]
        return False
    if not credentials.matches(counted.password_hash, form.present.data or ""):
        form.present.errors = [_("现在的密码不对。请再填一次。")]
        return False
    with db.transaction() as opened:
        signing_in.forgive(opened, staff.login, key=key, now=now, device=device)
    return True


def _log(opened: Session, action: str, now: datetime) -> None:
    staff = access.current()
    about = [f"account:{staff.login}"]
    audit.record(opened, staff=staff, action=action, subject=None, fields=about, reason="", now=now)


def _phone_page(form: PhoneCodeForm, status: int) -> Response | tuple[str, int]:
    secret = set_aside().get("totp_secret")
    if secret is None:
        return redirect(url_for("hotline_account.me"), code=303)
    return with_picture("hotline/new_phone.html", form, secret), status


def _me_page(
    status: int,
    *,
    done: str = "",
    password_form: ChangePasswordForm | None = None,
    phone_form: PresentPasswordForm | None = None,
    recovery_form: PresentPasswordForm | None = None,
) -> tuple[str, int]:
    staff, opened = access.current(), db.session()
    page = render_template(
        "hotline/me.html",
        done=done,
        account=opened.get_one(StaffAccount, staff.id),
        sessions=sessions.living(opened, staff.id, clock.now()),
        codes_left=credentials.recovery_left(opened, staff.id),
        password_form=password_form or ChangePasswordForm(formdata=None, prefix="password-"),
        phone_form=phone_form or PresentPasswordForm(formdata=None, prefix="phone-"),
        recovery_form=recovery_form or PresentPasswordForm(formdata=None, prefix="recovery-"),
        tried=password_form or phone_form or recovery_form,
    )
    return page, status
