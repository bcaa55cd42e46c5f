"""The work around calls: notes, call-backs, what goes to the county, and the distress protocol."""

from __future__ import annotations

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_wtf import FlaskForm
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from portal import clock, db, i18n, log, regions
from portal.forms import options
from portal.hotline import access, audit, calls, deliveries, kept, work
from portal.hotline.access import EVERYWHERE, Role, Staff
from portal.hotline.models import StaffAccount
from portal.hotline.work import Bound, CallBack, DistressCall, Outcome, Reason
from portal.hotline.work_forms import (
    REASONS,
    CallBackForm,
    DoneForm,
    GiveForm,
    HandOverForm,
    NoteForm,
    WhenForm,
)

routes = Blueprint("hotline_work", __name__, url_prefix="/hotline")

Page = str | tuple[str, int] | Response


def waiting(session: Session, staff: Staff) -> int:
    """For the menu: call-backs that are due, matters nobody at the county has, and what did not arrive."""
    seen = access.visible_regions()
    supervising = staff.role is Role.SUPERVISOR
    owner = None if supervising else staff.login
    waits = work.due(session, seen, owner=owner, now=clock.now()) + work.waiting_at_counties(session, seen)
    return waits + (len(deliveries.parked(session, seen)) if supervising else 0)


@routes.app_template_global("open_distress")
def open_distress() -> DistressCall | None:
    """The distress call that the signed-in person has not settled."""
    staff = access.signed_in()
    return None if staff is None or staff.setting_up else work.distress(db.session(), staff.login)


def notice_distress() -> None:
    """Put the distress protocol before the signed-in person; called where an answer says that life is at stake."""
    staff = access.current()
    if work.distress(db.session(), staff.login) is None:
        with db.transaction() as session:
            work.raise_distress(session, _bound(session), by=staff.login, now=clock.now())
        log.event("hotline.distress")


@routes.get("/todo")
@access.allow(Role.OPERATOR, Role.SUPERVISOR)
def home() -> Page:
    """Call-backs by their time, then what waits at the county."""
    staff, session, seen = access.current(), db.session(), access.visible_regions()
    supervising = staff.role is Role.SUPERVISOR
    return render_template(
        "hotline/work.html",
        call_backs=work.call_backs(session, seen, owner=None if supervising else staff.login),
        handed=[(row, REASONS[Reason(row.reason)]) for row in work.handed_over(session, seen)],
        parked=len(deliveries.parked(session, seen)) if supervising else 0,
        supervising=supervising,
        now=clock.now(),
        local=clock.local,
        place=regions.full_name,
        languages=i18n.NAMES,
        form=FlaskForm(),
    )


@routes.route("/todo/note", methods=["GET", "POST"])
@access.allow(Role.OPERATOR, Role.SUPERVISOR)
@kept.fields("text")
def note() -> Page:
    """Write something down about this call, and about the application if its caller was checked."""
    form, bound = NoteForm(), _bound(db.session())
    if form.validate_on_submit():
        with db.transaction() as session:
            kept = work.note(session, bound, form.text.data or "", by=access.current().login, now=clock.now())
        flash(_("记下了。姓名和号码已经去掉。") if kept else _("去掉姓名和号码以后没有剩下什么，没有记。"))
        return redirect(url_for("hotline_work.note"), 303)
    return render_template(
        "hotline/work_note.html",
        form=form,
        bound=bound,
        notes=work.notes(db.session(), reference=bound.reference, number=bound.number),
        local=clock.local,
    ), (422 if form.errors else 200)


@routes.route("/todo/call-back", methods=["GET", "POST"])
@access.allow(Role.OPERATOR, Role.SUPERVISOR)
@kept.fields("phone", "when", "at", "about")
def call_back() -> Page:
    """Promise to ring back."""
    form, staff = CallBackForm(), access.current()
    if form.validate_on_submit():
        with db.transaction() as session:
            call = calls.current(session, staff.id, now=clock.now())
            row = work.promise(
                session,
                _bound(session),
                phone=form.phone.data or "",
                about=form.about.data or "",
                lang=call.lang if call else i18n.SOURCE,
                due_at=form.due_at(),
                by=staff.login,
                now=clock.now(),
            )
        flash(_("定了：%(at)s 回电。", at=clock.local(row.due_at).strftime("%m-%d %H:%M")))
        return redirect(url_for("hotline_work.home"), 303)
    return render_template("hotline/work_call_back.html", form=form), (422 if form.errors else 200)


@routes.route("/todo/call-back/<id_>", methods=["GET", "POST"])
@access.allow(Role.OPERATOR, Role.SUPERVISOR)
@kept.fields("told")
def one_call_back(id_: str) -> Page:
    """One call-back. The number is shown when asked for, and that is audited."""
    row, staff = _own_or_served(id_), access.current()
    shown = ""
    if request.form.get("go") == "number" and FlaskForm().validate_on_submit():
        with db.transaction() as session:
            found = work.find_call_back(session, id_)
            shown = (found.phone if found else None) or ""
            audit.record(
                session, staff=staff, action="call_back.number", subject=row.number or row.id,
                fields=["phone"], reason="call-back",
            )  # fmt: skip
    done, when, give = DoneForm(), WhenForm(), GiveForm()
    give.owner.choices = options(_colleagues(row))
    form = {"done": done, "move": when, "give": give}.get(request.form.get("go", ""))
    if form is not None and form.validate_on_submit():
        with db.transaction() as session:
            locked = work.find_call_back(session, id_, lock=True)
            if locked is None:
                abort(404)
            if form is done:
                work.finish(session, locked, done.told.data or "", now=clock.now())
            elif form is when:
                work.move(session, locked, when.due_at())
            else:
                work.give(session, locked, give.owner.data)
        flash(_("回电办好了。") if form is done else _("改好了。"))
        return redirect(url_for("hotline_work.home"), 303)
    return render_template(
        "hotline/work_call_back_one.html",
        row=row, phone=shown, done=done, when=when, give=give, local=clock.local, place=regions.full_name,
        late=row.due_at <= clock.now(), notes=work.notes(db.session(), reference=row.reference, number=row.number),
        opened=request.form.get("go", ""),
    ), (422 if form is not None and form.errors else 200)  # fmt: skip


@routes.route("/todo/hand-over", methods=["GET", "POST"])
@access.allow(Role.OPERATOR, Role.SUPERVISOR)
@kept.fields("place", "reason", "text")
def hand_over() -> Page:
    """Put a matter before the county, with the reason."""
    form, bound = HandOverForm(), _bound(db.session())
    if request.method == "GET" and bound.region and not form.place.data:
        form.place.data = regions.full_name(bound.region)
    if form.validate_on_submit():
        county = _county(form.place.data or "")
        if county is None:
            form.place.errors = [_("没有找到这个县。请写全名，例如“延吉市”。")]
        else:
            with db.transaction() as session:
                reason = Reason(form.reason.data)
                work.hand_over(
                    session,
                    bound,
                    county,
                    reason,
                    form.text.data or "",
                    by=access.current().login,
                    now=clock.now(),
                )
            log.event("hotline.handed_over", region=county, reason=reason.value)
            flash(_("列进%(place)s的待办了。有人接手以前，还没有人在办。", place=regions.full_name(county)))
            return redirect(url_for("hotline_work.home"), 303)
    return render_template("hotline/work_hand_over.html", form=form, bound=bound), (
        422 if form.errors else 200
    )


def _region_of_hand_over(id_: str) -> str | None:
    return work.region_of_hand_over(db.session(), id_)


@routes.post("/todo/hand-over/<id_>/take")
@access.allow(Role.OPERATOR, Role.SUPERVISOR, county=_region_of_hand_over)
def take(id_: str) -> Page:
    """Take a matter on: from now on it is this person's."""
    with db.transaction() as session:
        row = work.take(session, id_, by=access.current().login, now=clock.now())
    flash(_("接手了。") if row is not None else _("已经有人接手了。"))
    return redirect(url_for("hotline_work.home"), 303)


@routes.post("/todo/distress")
@access.allow(Role.OPERATOR, Role.SUPERVISOR)
def settle_distress() -> Page:
    """Say how the call with somebody in distress went on; only this takes the protocol off the pages."""
    outcome = next((one for one in Outcome if one.value == request.form.get("outcome")), None)
    if outcome is None:
        abort(400)
    with db.transaction() as session:
        settled = work.settle_distress(session, access.current().login, outcome, now=clock.now())
    log.event("hotline.distress_settled", outcome=outcome.value, count=settled)
    return redirect(url_for("hotline_console.home"), 303)


def _bound(session: Session) -> Bound:
    """What a piece of work belongs to just now: the call, the checked application, the place."""
    call = calls.current(session, access.current().id, now=clock.now())
    return Bound(call.reference, call.checked_number, call.region) if call else Bound()


def _own_or_served(id_: str) -> CallBack:
    row = work.find_call_back(db.session(), id_)
    staff = access.current()
    if row is None or not (row.owner == staff.login or access.may_see(row.region)):
        abort(404)
    return row


def _colleagues(row: CallBack) -> list[tuple[str, str]]:
    """Who may keep the promise: people on the telephone who serve its place."""
    found = db.session().scalars(
        select(StaffAccount)
        .where(StaffAccount.disabled_at.is_(None), StaffAccount.role != Role.AUDITOR.value)
        .order_by(StaffAccount.name)
    )
    return [
        (account.login, account.name)
        for account in found
        if account.login != row.owner
        and (EVERYWHERE in account.counties or access.serves(account.counties, row.region))
    ]


def _county(name: str) -> str | None:
    """The county of that name or code, in our province rather than elsewhere."""
    found = [place for place in regions.search(name.strip()) if place.level == "county"]
    if (exact := regions.place(name.strip())) is not None and exact.level == "county":
        return exact.code
    whole = [place for place in found if place.full_name == name.strip()]
    home = [place for place in found if place.code.startswith("22")]
    return next((place.code for place in (*whole, *home, *found)), None)
