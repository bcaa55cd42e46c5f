"""After sending: the applicant's own consents, late signatures of the family, reports of what has changed."""

from __future__ import annotations

from datetime import timedelta

import segno
from flask import abort, current_app, redirect, render_template, session, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from portal import clock, codes, consent, db, log, security, throttle
from portal.config import Settings
from portal.forms import PageForm
from portal.progress import service
from portal.progress.forms import ChangeForm, ConfirmForm
from portal.progress.routes import application_of, routes, signed_in

Page = str | Response | tuple[str, int]
TAIL_TRIES = throttle.Limit("confirm-spoken", visit=5, address=200, window=timedelta(minutes=10))


@routes.route("/consent/withdraw", methods=["GET", "POST"])
def withdraw_consent() -> Page:
    """The second of two taps: what follows, and the button."""
    found = signed_in()
    if found is None:
        return _elsewhere("progress.sign_in")
    application = application_of(found.number)
    form = PageForm()
    if form.validate_on_submit():
        with db.transaction() as opened:
            withdrawn = consent.withdraw_own(opened, application, now=clock.now())
        log.event("progress.consent_withdrawn", application=found.number, records=withdrawn)
        return _elsewhere("progress.show")
    if not consent.overview(db.session(), application).can_withdraw:
        return _elsewhere("progress.show")
    return render_template("progress/withdraw_consent.html", form=form)


@routes.route("/consent/confirm", methods=["GET", "POST"])
def confirm_spoken() -> Page:
    """What she agreed to on the telephone, confirmed by herself: number and code, and the end of her ID number."""
    found = signed_in()
    if found is None:
        return _elsewhere("progress.sign_in")
    application = application_of(found.number)
    if not consent.verbal_standing(db.session(), application).waits:
        return _elsewhere("progress.show")
    form, now = ConfirmForm(), clock.now()
    if form.validate_on_submit():
        key = current_app.extensions["doudi_settings"].secret_key
        # By the application: who throws his cookie away is still trying the same person's number.
        visitor = throttle.Visitor(found.number, security.visitor()[1])
        right = service.is_tail_of(db.session(), found.number, form.tail.data or "")
        if not throttle.may_know(TAIL_TRIES, visitor, right=right, key=key, now=now):
            form.tail.errors = [_("试的次数太多。请等十分钟再填，或者打电话。")]
            return render_template("progress/confirm.html", form=form), 429
        if right:
            with db.transaction() as opened:
                done = consent.confirm_verbal(opened, application, now=now)
            log.event("progress.consent_confirmed", application=found.number, records=done)
            return _elsewhere("progress.show")
        form.tail.errors = [_("和申请里的身份证号对不上。请再看一遍证件。")]
    return render_template("progress/confirm.html", form=form), 422 if form.is_submitted() else 200


@routes.post("/signatures/<member>/link")
def give_link(member: str) -> Page:
    """A link for somebody who was to sign on paper; shown once, the one before stops working."""
    found = signed_in()
    if found is None:
        return _elsewhere("progress.sign_in")
    application = application_of(found.number)
    settings: Settings = current_app.extensions["doudi_settings"]
    with db.transaction() as opened:
        request = consent.may_still_sign(opened, application, member)
        if request is None or found.withdrawn:
            abort(404)
        link = consent.give_link(opened, request, key=settings.secret_key)
        name, with_tail = consent.masked(request.terms["name"]), bool(request.terms["id_number"])
    log.event("progress.link", application=found.number)
    address = settings.public_url + url_for("consent.sign", token=link.token)
    return render_template(
        "consent/link.html",
        back_to=url_for("progress.show"),
        name=name,
        supporter=False,
        address=address,
        code=codes.grouped(link.code, 3),
        qr=segno.make(address, error="m").svg_data_uri(scale=4, border=3),
        with_tail=with_tail,
    )


@routes.route("/change", methods=["GET", "POST"])
def change() -> Page:
    """Something at home is different now."""
    found = signed_in()
    if found is None:
        return _elsewhere("progress.sign_in")
    if not service.open_to_changes(found):
        return _elsewhere("progress.show")
    form = ChangeForm()
    if form.validate_on_submit():
        with db.transaction() as opened:
            done = service.report_change(
                opened, found.number, form.kinds.data or [], (form.text.data or "").strip(), now=clock.now()
            )
        log.event("progress.change_reported", application=found.number, done=done)
        if done:
            session["progress_reported"] = True
            return _elsewhere("progress.show")
        form.text.errors = [_("报得太多了，这里记不下。请打电话说。")]
    return render_template("progress/change.html", form=form), 422 if form.is_submitted() else 200


def _elsewhere(endpoint: str) -> Response:
    return redirect(url_for(endpoint), 303)
