"""Codes that were read out on the telephone: who heard them could use them too, so their use at a desk is seen.

The applicant reads on her own page when the hotline gave her a fresh code. Number and code used in a browser of the
staff, or in the network where the code was shown, are written into the audit; and what she is to confirm herself is
not taken from a browser of the staff.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from flask import Flask, Response, current_app, render_template, request, session
from flask_babel import gettext as _
from sqlalchemy import select

from portal import clock, codes, db, log, security
from portal.hotline import access, audit
from portal.hotline.access import Staff
from portal.hotline.models import AuditEntry
from portal.progress.routes import SIGNED_IN

RENEWED, SHOWN = "application.code_renewed", "application.code_shown"
WATCHED = timedelta(days=1)  # so long the network in which a code was shown is looked out for
TOLD = timedelta(days=90)  # so long her page speaks of a fresh code
SOMEBODY = "desk"  # who uses a browser of the staff without being signed in
_OPENS, _CONFIRMS = "progress.sign_in", "progress.confirm_spoken"


def init_app(app: Flask) -> None:
    """Watch the citizens' door for codes that were read out."""
    app.before_request(_refuse)
    app.after_request(_watch)
    app.jinja_env.globals["fresh_code_given"] = given_at


def fields() -> list[str]:
    """What the audit keeps of a code that is shown: that it was, and in which network, as a keyed hash."""
    return ["query_code", f"network:{_network()}"]


def given_at(number: str) -> datetime | None:
    """When the hotline last gave a fresh query code for this application, if that was lately."""
    found = _last(number, (RENEWED,), clock.now() - TOLD)
    return found.at if found else None


def _last(number: str, actions: tuple[str, ...], since: datetime) -> AuditEntry | None:
    wanted = (
        AuditEntry.subject == audit.pseudonym(number),
        AuditEntry.action.in_(actions),
        AuditEntry.at > since,
    )
    return db.session().scalar(
        select(AuditEntry).where(*wanted).order_by(AuditEntry.sequence.desc()).limit(1)
    )


def _network() -> str:
    key: str = current_app.extensions["doudi_settings"].secret_key
    return codes.keyed_hash(security.network(request.remote_addr or ""), key=key, purpose="read-out")[:16]


def _watch(answer: Response) -> Response:
    number = session.get(SIGNED_IN) if request.endpoint == _OPENS and request.method == "POST" else None
    if not number or answer.status_code != 303:
        return answer
    if access.desk_browser():
        _write("application.opened_at_desk", number, ["browser"])
        return answer
    now = clock.now()
    found = _last(number, (RENEWED, SHOWN), now - WATCHED)
    if found is not None and f"network:{_network()}" in found.details["fields"]:
        minutes = int((now - found.at).total_seconds()) // 60
        said = ["network", f"minutes:{minutes}", f"shown_to:{found.staff}"]
        _write("application.opened_at_desk", number, said)
    return answer


def _refuse() -> tuple[str, int] | None:
    if request.endpoint != _CONFIRMS or request.method != "POST" or not access.desk_browser():
        return None
    number = session.get(SIGNED_IN)
    if number:
        _write("consent.confirmation_refused", number, ["browser"])
    title = _("请来电人用自己的手机确认")
    cure = _("这台电脑登录过热线台。答应过的话，要来电人自己确认。")
    return render_template("error.html", status=403, title=title, cure=cure, number=""), 403


def _write(action: str, number: str, fields: list[str]) -> None:
    who: Staff | str = access.signed_in() or SOMEBODY
    with db.transaction() as opened:
        audit.record(opened, staff=who, action=action, subject=number, fields=fields, reason="")
    log.event("hotline.code_used_at_desk", action=action)
