"""What was typed when the session was over: it waits for the same person in the same browser; nothing is sent for her.

The row of the session that ended keeps it, encrypted; signing in moves it on, the page shows it in its fields again,
and she presses the button herself. A view says which fields may be kept; what proves who rings is never among them.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, TypeVar

from flask import Flask, Response, current_app, redirect, request, url_for
from flask_wtf import FlaskForm
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response as BaseResponse

from portal import clock, db
from portal.config import Settings
from portal.forms import PageForm
from portal.hotline import access, audit, sessions
from portal.hotline.models import StaffAccount, StaffSession
from portal.hotline.sessions import Stage

WAITS = timedelta(hours=2)
KEEP_ONLY = "keep_only"  # the browser's own message when the time is over: nobody has pressed the button
_LONGEST, _MOST = 2000, 20  # signs of one value, values of one field
View = TypeVar("View", bound=Callable[..., Any])


class TypedForm(PageForm):
    """A form that shows again what was typed into it before the session was over."""

    class Meta(FlaskForm.Meta):
        def wrap_formdata(self, form: Any, formdata: Any) -> Any:
            given = super().wrap_formdata(form, formdata)
            return again() if given is None and request.method == "GET" else given


def fields(*names: str) -> Callable[[View], View]:
    """Let what was typed into these fields of a view wait for her."""

    def mark(view: View) -> View:
        view.kept_fields = names  # type: ignore[attr-defined]  # functions carry attributes
        return view

    return mark


def init_app(app: Flask) -> None:
    """Put what is typed too late aside before the guard sends her to sign in."""
    app.before_request_funcs.setdefault(None, []).insert(0, _put_aside)
    app.after_request(_done)
    app.jinja_env.globals.update(typed_again=lambda: again() is not None)


def again() -> MultiDict[str, str] | None:
    """What the signed-in person typed into this page before her session was over, or None."""
    staff = access.signed_in()
    if staff is None or staff.setting_up or not _names():
        return None
    found = _of(db.session().get(StaffSession, staff.session_id), clock.now())
    if found is None or found["path"] != request.path:
        return None
    return MultiDict((name, value) for name, values in found["fields"].items() for value in values)


def take_over(opened: Session, before: str | None, fresh: str, *, key: str, now: datetime) -> None:
    """Move on to a fresh session what the browser's session `before` keeps; for anybody else it is thrown away."""
    old = sessions.by_token(opened, before, key=key) if before else None
    new = sessions.by_token(opened, fresh, key=key)
    found = _of(old, now)
    if old is None or new is None or found is None:
        return
    old.pending = None
    if old.account_id == new.account_id and new.stage == Stage.FULL.value:
        new.pending = {"typed": found}
    opened.flush()


def path(opened: Session, token: str, *, key: str, now: datetime) -> str | None:
    """The page on which something waits for this session."""
    found = _of(sessions.by_token(opened, token, key=key), now)
    return None if found is None else str(found["path"])


def _of(row: StaffSession | None, now: datetime) -> dict[str, Any] | None:
    found: dict[str, Any] | None = (row.pending or {}).get("typed") if row is not None else None
    return found if found and now - datetime.fromisoformat(found["at"]) < WAITS else None


def _names() -> tuple[str, ...]:
    view = current_app.view_functions.get(request.endpoint or "")
    found: tuple[str, ...] = getattr(view, "kept_fields", ())
    return found


def _put_aside() -> BaseResponse | None:
    """Keep what came too late. A page that sends itself (KEEP_ONLY) changes nothing even if the session still lives."""
    names = _names() if request.method == "POST" else ()
    settings: Settings = current_app.extensions["doudi_settings"]
    token = request.cookies.get(access.cookie_name(settings))
    by_itself = KEEP_ONLY in request.form if names else False
    if not names or not token or settings.read_only or (access.signed_in() is not None and not by_itself):
        return None
    told = {name: [one[:_LONGEST] for one in request.form.getlist(name)[:_MOST]] for name in names}
    if not _keep(token, {name: values for name, values in told.items() if any(values)}, settings.secret_key):
        return redirect(request.path, 303) if by_itself else None
    goal = request.path if access.signed_in() else url_for("hotline_account.sign_in", over="kept")
    return redirect(goal, 303)


def _keep(token: str, told: dict[str, list[str]], key: str) -> bool:
    now = clock.now()
    with db.transaction() as opened:
        row = sessions.by_token(opened, token, key=key)
        account = opened.get(StaffAccount, row.account_id) if row is not None else None
        if row is None or account is None or not told or not _may_wait(row, account, now):
            return False
        row.pending = {"typed": {"path": request.path, "fields": told, "at": now.isoformat()}}
        audit.record(
            opened,
            staff=account.login,
            action="staff.typing_kept",
            subject=None,
            fields=[f"page:{request.endpoint}", *told],
            reason="",
            now=now,
        )
    return True


def _may_wait(row: StaffSession, account: StaffAccount, now: datetime) -> bool:
    """Not for who signed out, was sent out, or is only setting up the account."""
    lately = now - row.last_seen_at < sessions.LONGEST
    return lately and row.ended_at is None and row.stage == Stage.FULL.value and account.disabled_at is None


def _done(answer: Response) -> Response:
    """What was pressed again and taken does not wait any longer."""
    sent = request.method == "POST" and any(name in request.form for name in _names())
    staff = access.signed_in() if sent and KEEP_ONLY not in request.form else None
    row = db.session().get(StaffSession, staff.session_id) if staff and answer.status_code < 400 else None
    if row is not None and "typed" in (row.pending or {}):
        with db.transaction() as opened:
            opened.get_one(StaffSession, row.id).pending = None
    return answer
