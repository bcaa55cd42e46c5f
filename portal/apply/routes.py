"""Begin, resume, the task list, check answers, send, the receipt."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import cache
from typing import Any

import segno
from flask import Blueprint, abort, redirect, render_template, request, session, url_for
from flask_babel import gettext as _
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from portal import attachments, clock, codes, consent, counts, db, drafts, i18n, log, security, throttle
from portal.apply import afterwards, checklist, service, summary, timeline, visit
from portal.apply.forms import ResumeForm
from portal.apply.visit import DRAFT, KIND
from portal.consent import notices
from portal.forms import PageForm

routes = Blueprint("apply", __name__, url_prefix="/apply")

Page = str | tuple[str, int] | Response


@routes.context_processor
def _assisted_mark() -> dict[str, bool]:
    """Pages say on top when somebody fills in for another."""
    try:
        draft = visit.current()
    except OperationalError:  # the page that says so is shown all the same
        draft = None
    assisted = draft is not None and bool(draft.answers.get("proxy"))
    # Questions speak of the applicant, save where the one who fills in is asked about himself.
    about_himself = (request.view_args or {}).get("name") == "proxy"
    i18n.help_another("they" if assisted and not about_himself else None)
    return {"assisted_mark": assisted}


@routes.route("/", methods=["GET", "POST"])
def start() -> Page:
    """Begin anew (with or without the answers of an estimate, or the short emergency way), or go on."""
    form = PageForm()
    if form.validate_on_submit():
        now = clock.now()
        unfinished = visit.current()
        if unfinished is not None and unfinished.closed_at is None and not request.form.get("again"):
            return render_template("apply/again.html", form=form, asked=request.form)
        answers = _first_answers(db.session(), now)
        visit.begin(answers)
        if "emergency" in answers:
            return redirect(url_for("apply.emergency"), 303)
        new_proxy = "proxy" in answers and "name" not in answers["proxy"]
        first = url_for("apply.section", name="proxy") if new_proxy else url_for("apply.programmes_page")
        return redirect(first, 303)
    draft_now = visit.current()
    return render_template(
        "apply/start.html",
        form=form,
        unfinished=draft_now is not None and draft_now.closed_at is None,
        sent=draft_now is not None and draft_now.closed_at is not None,
        gone=bool(request.args.get("gone")),
        days=visit.settings().draft_days,
    )


@routes.route("/resume", methods=["GET", "POST"])
def resume() -> Page:
    """Go on with a code, on any phone."""
    form = ResumeForm()
    if form.validate_on_submit():
        now, key = clock.now(), visit.settings().secret_key
        visitor = throttle.Visitor(*security.visitor())
        found = drafts.find_by_code(db.session(), form.code.data, KIND, now=now, key=key)
        if not throttle.may_know(throttle.RESUME, visitor, right=found is not None, key=key, now=now):
            form.code.errors = [_("试的次数太多。请等一分钟再填。")]
            return render_template("apply/resume.html", form=form), 429
        log.event("application.resume", found=found is not None)
        if found is not None:
            visit.take_up(found)
            return redirect(url_for("apply.tasks"), 303)
        form.code.errors = [_("没有找到。请看看有没有写错。太久没动的也会失效。")]
    return render_template("apply/resume.html", form=form)


@routes.get("/tasks")
def tasks() -> Page:
    """What is done and what is left."""
    draft = visit.open_draft()
    found = service.standings(db.session(), draft, visit.today())
    listed = service.tasks(draft.answers, found, visit.today())
    return render_template(
        "apply/tasks.html",
        tasks=[(task, task.progress.value) for task in listed],
        ready=service.ready(listed),
        expires=clock.local(draft.expires_at),
        soon=draft.expires_at - clock.now() < timedelta(days=3),
        changed=[standing.signer.name for standing in found if standing.changed],
        urgent=bool(draft.answers.get("emergency")),
        papers=attachments.count(db.session(), draft.id),
        not_asked=checklist.not_asked(i18n.current_locale()),
        form=PageForm(),
    )


@routes.route("/delete", methods=["GET", "POST"])
def delete() -> Page:
    """Throw an unsent application away, after saying what goes."""
    visit.open_draft()
    form = PageForm()
    if form.validate_on_submit():
        now = clock.now()
        with db.transaction() as writing:
            service.delete(writing, visit.locked(writing, now), now=now)
        session.pop(DRAFT, None)
        session.pop(consent.ENTRY, None)
        log.event("application.deleted")
        return redirect(url_for("guidance.home"), 303)
    return render_template("apply/delete.html", form=form)


@routes.post("/code")
def code() -> Page:
    """A code to go on later or on another phone; shown once, the one before stops working."""
    now = clock.now()
    with db.transaction() as writing:
        draft = visit.locked(writing, now)
        shown = drafts.renew_code(writing, draft, key=visit.settings().secret_key)
        expires = clock.local(draft.expires_at)
    return render_template("apply/code.html", code=codes.grouped(shown, 3), expires=expires)


@routes.get("/check")
def check() -> Page:
    """Everything on one page with change links, then the declaration and the sending button."""
    draft = visit.open_draft()
    found = service.standings(db.session(), draft, visit.today())
    listed = service.tasks(draft.answers, found, visit.today())
    if not service.ready(listed):
        return redirect(url_for("apply.tasks"), 303)
    return _check_page(draft, found, error="")


@routes.post("/send")
def send() -> Page:
    """Send, exactly once however often it is pressed."""
    now = clock.now()
    form = PageForm()
    if not form.validate_on_submit():
        abort(400)
    accepted = request.form.get("accept") == "y"
    with db.transaction() as writing:
        draft = drafts.find_by_handle(writing, session.get(DRAFT), KIND, now=now, lock=True)
        if draft is None:
            return redirect(url_for("apply.start", gone=1), 303)
        try:
            sent = service.send(writing, draft, accepted=accepted, locale=i18n.current_locale(), now=now)
        except service.NotReady:
            sent = None
    if sent is None:
        return _not_sent(accepted)
    session.pop(consent.ENTRY, None)
    if sent.at == now:  # pressed again, it counts once
        counts.add("application.sent", visit.place_of(draft.answers))
    log.event("application.sent", number=sent.number)
    return redirect(url_for("apply.receipt"), 303)


@routes.get("/receipt")
def receipt() -> Page:
    """Number, code for looking up, and what happens next."""
    draft = visit.current()
    now = clock.now()
    sent = service.sent(draft, now) if draft is not None else None
    if draft is None or sent is None:
        return redirect(url_for("apply.start", gone=1), 303)
    address = visit.settings().public_url + url_for("progress.sign_in")
    found = service.standings(db.session(), draft, visit.today())
    return render_template(
        "apply/receipt.html",
        number=codes.grouped(sent.number, 5),
        query_code=codes.grouped(sent.query_code, 4) if sent.query_code else None,
        at=clock.local(sent.at),
        address=address,
        qr=_picture(address),
        steps=timeline.steps(draft.answers.get("programmes", []), clock.local(sent.at).date()),
        assisted=bool(draft.answers.get("proxy")),
        on_paper=[s.signer.name for s in found if s.state is consent.State.PAPER],
        form=PageForm(),
    )


@cache
def _picture(address: str) -> str:
    """An address as a QR code; where progress is seen is the same for everybody, so it is drawn once."""
    return str(segno.make(address, error="m").svg_data_uri(scale=4, border=3))


@routes.post("/leave")
def leave() -> Page:
    """Take everything of this visit off a phone that others use too."""
    visit.leave()
    return redirect(url_for("guidance.home"), 303)


def _first_answers(reading: Session, now: datetime) -> dict[str, Any]:
    """What a new application begins with: the short way, somebody else's help, or an estimate."""
    if request.form.get("emergency"):
        return {"emergency": True, "programmes": ["linshi"]}
    answers: dict[str, Any] = {}
    if request.form.get("from_estimate"):
        estimate = drafts.find_by_handle(reading, session.get("estimate_draft"), "estimate", now=now)
        answers = service.from_estimate(estimate.answers) if estimate else {}
    if request.form.get("for_other"):
        before = drafts.find_by_handle(reading, session.get(DRAFT), KIND, now=now)
        known = before.answers.get("proxy") if before is not None and before.closed_at else None
        answers["proxy"] = known or {"seen": "yes"}
    return answers


def _not_sent(accepted: bool) -> Page:
    draft = visit.open_draft()
    found = service.standings(db.session(), draft, visit.today())
    if service.ready(service.tasks(draft.answers, found, visit.today())) and not accepted:
        return _check_page(draft, found, error=_("发送以前，请先看这一段，在那里打勾。"))
    return redirect(url_for("apply.tasks"), 303)


def _check_page(draft: drafts.Draft, found: list[consent.Standing], error: str) -> str:
    locale = i18n.current_locale()
    notice = notices.current(notices.Act.DECLARATION, "applicant", visit.today())
    earlier = afterwards.under_way(db.session(), draft.answers)
    return render_template(
        "apply/check.html",
        earlier=clock.local(earlier) if earlier else None,
        groups=summary.groups(draft.answers, visit.today()),
        standings=[(standing, standing.state.value) for standing in found],
        shown=notices.text(notice, locale),
        shown_tag=i18n.TAGS[notice.locale(locale)],
        notice=notice,
        error=error,
        papers=attachments.count(db.session(), draft.id),
        assisted=bool(draft.answers.get("proxy")),
        form=PageForm(),
    )
