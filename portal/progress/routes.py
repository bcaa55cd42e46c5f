"""The pages of progress: sign in, see where the application stands, sign out."""

from __future__ import annotations

from datetime import timedelta

from flask import Blueprint, current_app, redirect, render_template, session, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from portal import clock, consent, db, handoff, log, security, throttle
from portal.config import Settings
from portal.progress import service, words
from portal.progress.deadline import time_limits
from portal.progress.forms import SignInForm

routes = Blueprint("progress", __name__, url_prefix="/progress")
SIGNED_IN = "progress_number"
BY_CODE = "progress_code"
OPENED, SEEN = "progress_opened", "progress_seen"  # seconds since 1970
IDLE, LONGEST = (
    timedelta(hours=1),
    timedelta(hours=12),
)  # long enough to write a report, not for the next visitor


@routes.route("/", methods=["GET", "POST"])
def sign_in() -> str | Response | tuple[str, int]:
    form = SignInForm()
    if not form.validate_on_submit():
        status = 422 if form.is_submitted() else 200
        return render_template("progress/sign_in.html", form=form, locked_until=None), status
    now, key = clock.now(), _settings().secret_key
    visitor = throttle.Visitor(*security.visitor())
    found = None
    with db.transaction() as opened:
        if not throttle.blocked(opened, throttle.SIGN_IN, visitor, key=key, now=now, lock=True):
            found = service.sign_in(
                opened, form.number.data or "", form.query_code.data or "", key=key, now=now
            )
            if found.number is None and found.locked_until is None:
                throttle.count_wrong(opened, throttle.SIGN_IN, visitor, key=key, now=now)
    if found is None:
        log.event("progress.sign_in_throttled")
        form.query_code.errors = [_("试的次数太多。请等十分钟再填，或者打电话。")]
        return render_template("progress/sign_in.html", form=form, locked_until=None), 429
    if found.number is None:
        log.event("progress.sign_in_failed", locked=found.locked_until is not None)
        if found.locked_until is None:
            form.query_code.errors = [_("编号和查询码对不上。请对照回执再填一次。")]
        page = render_template("progress/sign_in.html", form=form, locked_until=found.locked_until)
        return page, 429 if found.locked_until else 422
    session[SIGNED_IN] = found.number
    session[BY_CODE] = _fingerprint(found.number)
    session[OPENED], session[SEEN] = now.timestamp(), int(now.timestamp())
    return redirect(url_for("progress.show"), code=303)


@routes.get("/application")
def show() -> str | Response:
    found = signed_in()
    if found is None:
        session.pop(SIGNED_IN, None)
        return redirect(url_for("progress.sign_in"), code=303)
    consents = consent.overview(db.session(), application_of(found.number))
    return render_template(
        "progress/application.html",
        delivery=found,
        standing=words.STANDINGS[found.standing],
        case_words=words.CASE_STATES,
        decided=found.case_state in words.DECIDED,
        message=words.message(found.case_state, found.details),
        limits=time_limits(found.programmes, found.timeline, clock.today()),
        limit_words=words.LIMITS,
        Standing=handoff.Standing,
        local=clock.local,
        consents=consents,
        spoken=consents.spoken,
        purposes=consent.PURPOSES,
        states=consent.STATES,
        open_to_changes=service.open_to_changes(found),
        reported=session.pop("progress_reported", False),
    )


@routes.get("/withdraw")
def ask_to_withdraw() -> str | Response:
    """Say what follows before anything happens."""
    found = signed_in()
    if found is None:
        return redirect(url_for("progress.sign_in"), code=303)
    if found.withdrawn or found.case_state in words.DECIDED:
        return redirect(url_for("progress.show"), code=303)
    return render_template("progress/withdraw.html", delivery=found)


@routes.post("/withdraw")
def withdraw() -> Response:
    """Take the application back; pressing twice does it once."""
    found = signed_in()
    if found is not None:
        with db.transaction() as opened:
            handoff.withdraw(opened, found.number, now=clock.now())
        log.event("progress.withdrawn", application=found.number)
    return redirect(url_for("progress.show"), code=303)


def application_of(number: str) -> str:
    """The id under which consents of this application stand."""
    return str(handoff.draft_of(db.session(), number))


def signed_in() -> handoff.Delivery | None:
    """The application this browser signed in to; a new query code ends what the old one opened."""
    number = session.get(SIGNED_IN)
    if not isinstance(number, str) or session.get(BY_CODE) != _fingerprint(number) or _is_over(number):
        return None
    return handoff.delivery(db.session(), number)


def _is_over(number: str) -> bool:
    """Whether nothing was asked for an hour, the visit began twelve hours ago, or somebody signed out since."""
    now = int(clock.now().timestamp())
    opened, seen = session.get(OPENED, 0), session.get(SEEN, 0)
    left = service.left_at(db.session(), number, key=_settings().secret_key)
    if left is not None and opened <= left.timestamp():
        return True
    if now - seen > IDLE.total_seconds() or now - opened > LONGEST.total_seconds():
        return True
    if now - seen > 60:
        session[SEEN] = now
    return False


def _fingerprint(number: str) -> str:
    """Tells one query code from the next without being it."""
    found = handoff.find_submission(db.session(), number)
    return found.query_code_hash[:12] if found else ""


@routes.post("/sign-out")
def sign_out() -> Response:
    """End the visit, here and for whoever copied this cookie."""
    found = signed_in()
    if found is not None and not _settings().read_only:
        with db.transaction() as opened:
            service.leave(opened, found.number, key=_settings().secret_key, now=clock.now())
    session.pop(SIGNED_IN, None)
    return redirect(url_for("guidance.home"), code=303)


def _settings() -> Settings:
    found: Settings = current_app.extensions["doudi_settings"]
    return found
