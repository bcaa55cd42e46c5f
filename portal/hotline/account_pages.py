"""Signing in and out, and setting up an account with a start code."""

from __future__ import annotations

from datetime import datetime

from flask import Blueprint, current_app, make_response, redirect, render_template, request, url_for
from flask import session as visit
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from portal import clock, db, log, security, throttle
from portal.config import Settings
from portal.hotline import access, credentials, kept, oidc, sessions, signing_in
from portal.hotline.access import Role
from portal.hotline.account_forms import (
    NewPasswordForm,
    PhoneCodeForm,
    SignInForm,
)
from portal.hotline.models import StaffAccount, StaffSession
from portal.hotline.sessions import End, Stage
from portal.hotline.signing_in import Entered

routes = Blueprint("hotline_account", __name__, url_prefix="/hotline")
DEVICE_DAYS = 90
EVERYBODY = (Role.OPERATOR, Role.SUPERVISOR, Role.AUDITOR)


@routes.route("/sign-in", methods=["GET", "POST"])
@access.public()
def sign_in() -> Response | tuple[str, int]:
    form = SignInForm()
    staff = access.signed_in()
    if request.method == "GET" and staff is not None:
        return redirect(url_for(access.home()))
    if not form.validate_on_submit():
        return _sign_in_page(form, 422 if form.is_submitted() else 200)
    settings, now = installation(), clock.now()
    key, login, typed = settings.secret_key, form.login.data or "", form.password.data or ""
    visitor = throttle.Visitor(*security.visitor())
    if throttle.blocked(db.session(), signing_in.ADDRESS, visitor, key=key, now=now):
        log.event("hotline.sign_in_throttled")
        form.password.errors = [_("这里试的次数太多。请等十分钟再试，或者请组长帮忙。")]
        return _sign_in_page(form, 429)
    device = device_of(login)
    with db.transaction() as opened:
        counted = signing_in.count_try(opened, login, key=key, now=now, device=device)
    if counted.locked_until is not None:
        log.event("hotline.sign_in_locked")
        return _sign_in_page(form, 429, counted.locked_until)
    right = credentials.matches(counted.password_hash, typed)  # slow on purpose, so outside any transaction
    with db.transaction() as opened:
        entered = signing_in.enter(
            opened,
            login,
            password_right=right,
            typed=typed,
            code=form.code.data or "",
            key=key,
            now=now,
            device=device,
        )
        if entered is None:
            throttle.count_wrong(opened, signing_in.ADDRESS, visitor, key=key, now=now)
        else:
            token = _open(opened, entered, "password", now)
    if entered is None:
        log.event("hotline.sign_in_failed")
        form.password.errors = [
            _("账号、密码、动态码有一样不对，或者动态码用过了。请等下一个动态码再填一次。")
        ]
        return _sign_in_page(form, 422)
    return _let_in(entered, token)


@routes.post("/sign-out")
@access.public()
def sign_out() -> Response:
    staff = access.signed_in()
    if staff is not None:
        with db.transaction() as opened:
            sessions.end(opened, staff.session_id, End.SIGNED_OUT, now=clock.now())
    visit.clear()  # nothing that was opened for a caller stays in this browser
    answer = redirect(url_for("hotline_account.sign_in", over="out"), code=303)
    access.drop_cookie(answer)
    return answer


@routes.post("/stay")
@access.allow(*EVERYBODY)
def stay() -> Response:
    """Somebody still works here: the guard has written it down."""
    return make_response({"seconds": int(sessions.IDLE.total_seconds())})


@routes.get("/oidc")
@access.public()
def oidc_start() -> Response:
    """Off to the province's sign-in."""
    return oidc.start(url_for("hotline_account.oidc_return", _external=True))


@routes.get("/oidc/return")
@access.public()
def oidc_return() -> Response | tuple[str, int]:
    """Back from the province's sign-in, with a proof or without."""
    now, settings = clock.now(), installation()
    told = oidc.claims(settings)
    if told is None:
        return _sign_in_page(
            SignInForm(formdata=None), 422, refused=_("统一登录没有成功。请再试一次，或者用账号登录。")
        )
    with db.transaction() as opened:
        account = oidc.account_for(opened, told, settings, now=now)
        if account is not None:
            token = _open(opened, Entered(account, Stage.FULL), "oidc", now)
    if account is None:
        log.event("hotline.oidc_unknown")
        return _sign_in_page(
            SignInForm(formdata=None), 403, refused=_("统一登录认得您，但这里还没有您的账号。请找组长开通。")
        )
    return _let_in(Entered(account, Stage.FULL), token)


@routes.get("/set-up")
@access.while_setting_up()
def set_up() -> tuple[str, int]:
    return _set_up_page(NewPasswordForm(formdata=None), PhoneCodeForm(formdata=None), 200)


@routes.post("/set-up/password")
@access.while_setting_up()
def choose_password() -> Response | tuple[str, int]:
    form = NewPasswordForm()
    form.login = access.current().login
    if not form.validate_on_submit():
        return _set_up_page(form, PhoneCodeForm(formdata=None), 422, again=True)
    password_hash = credentials.hashed(form.password.data or "")
    keep_aside({"password_hash": password_hash, "totp_secret": credentials.new_secret()})
    return redirect(url_for("hotline_account.set_up"), code=303)


@routes.post("/set-up/phone")
@access.while_setting_up()
def bind_phone() -> Response | tuple[str, int]:
    form, staff, now = PhoneCodeForm(), access.current(), clock.now()
    if not form.validate_on_submit():
        return _set_up_page(NewPasswordForm(formdata=None), form, 422)
    key = secret_key()
    with db.transaction() as opened:
        fresh = signing_in.finish_set_up(opened, staff, form.code.data or "", key=key, now=now)
        if fresh is not None:
            entered = Entered(opened.get_one(StaffAccount, staff.id), Stage.FULL)
            token = _open(opened, entered, "password", now)
    if fresh is None:
        form.code.errors = [_("数字不对。请等手机换下一个数字，再填一次。")]
        return _set_up_page(NewPasswordForm(formdata=None), form, 422)
    answer = make_response(recovery_page(fresh))
    access.set_cookie(answer, token)
    _mark_device(answer, staff.login)
    return answer


def installation() -> Settings:
    found: Settings = current_app.extensions["doudi_settings"]
    return found


def secret_key() -> str:
    return installation().secret_key


def _open(opened: Session, entered: Entered, method: str, now: datetime) -> str:
    before = access.signed_in()
    token = signing_in.open_session(
        opened,
        entered,
        method=method,
        browser=signing_in.browser_words(request.user_agent.string),
        key=secret_key(),
        now=now,
        instead_of=before.session_id if before else None,
    )
    held = request.cookies.get(access.cookie_name(installation()))
    kept.take_over(opened, held, token, key=secret_key(), now=now)
    return token


def _let_in(entered: Entered, token: str) -> Response:
    visit.clear()  # what this browser held before has nothing to do with the person who signs in
    goal = access.home_of(Role(entered.account.role))
    if entered.stage is Stage.SETTING_UP:
        goal = "hotline_account.set_up"
    elif entered.by_recovery_code:
        goal = "hotline_account.me"
    waiting = kept.path(db.session(), token, key=secret_key(), now=clock.now())
    answer = redirect(url_for(goal) if entered.by_recovery_code else waiting or url_for(goal), code=303)
    access.set_cookie(answer, token)
    _mark_device(answer, entered.account.login)
    return answer


def device_of(login: str) -> str:
    """The id of this browser where this person has signed in before, else an empty string."""
    mark = request.cookies.get(installation().cookie_name(access.DEVICE), "")
    return signing_in.known_device(mark, login, secret_key())


def _mark_device(answer: Response, login: str) -> None:
    """Let the browser be known again, also after signing out; the mark opens nothing by itself."""
    if device_of(login):
        return
    settings = installation()
    answer.set_cookie(
        settings.cookie_name(access.DEVICE),
        signing_in.device_mark(login, settings.secret_key),
        max_age=DEVICE_DAYS * 24 * 3600,
        path="/",
        httponly=True,
        samesite="Lax",
        secure=settings.secure_cookies,
    )


def keep_aside(pending: dict[str, str]) -> None:
    """Remember in the session what is being set up until the person has confirmed it."""
    with db.transaction() as opened:
        opened.get_one(StaffSession, access.current().session_id).pending = pending


def set_aside() -> dict[str, str]:
    """What is being set up, or nothing."""
    row = db.session().get_one(StaffSession, access.current().session_id)
    return row.pending or {}


def _sign_in_page(
    form: SignInForm, status: int, locked_until: datetime | None = None, refused: str = ""
) -> tuple[str, int]:
    page = render_template(
        "hotline/sign_in.html",
        form=form,
        locked_until=clock.local(locked_until) if locked_until else None,
        refused=refused,
        over=request.args.get("over", ""),
        with_oidc=bool(installation().oidc_issuer),
    )
    return page, status


def _set_up_page(
    password_form: NewPasswordForm, code_form: PhoneCodeForm, status: int, again: bool = False
) -> tuple[str, int]:
    pending, login = set_aside(), access.current().login
    if again or "totp_secret" not in pending:
        return render_template("hotline/set_up_password.html", form=password_form, login=login), status
    return with_picture("hotline/set_up_phone.html", code_form, pending["totp_secret"]), status


def with_picture(template: str, form: PhoneCodeForm, secret: str) -> str:
    """A page that shows the secret to an authenticator, as a picture and to type."""
    key = " ".join(secret[i : i + 4] for i in range(0, len(secret), 4))
    qr = credentials.picture(secret, access.current().login)
    return render_template(template, form=form, qr=qr, key=key)


def recovery_page(fresh: list[str]) -> str:
    """The recovery codes, this once."""
    return render_template("hotline/recovery.html", codes=fresh, home=access.home_of(access.current().role))
