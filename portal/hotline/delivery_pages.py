"""Applications that did not arrive: the supervisor's queue, with the same acts as `flask handoff`."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response

from portal import clock, codes, db, handoff, regions
from portal.handoff.operations import OperationError
from portal.hotline import access, audit, deliveries, kept, work
from portal.hotline.access import Role
from portal.hotline.work import Bound
from portal.hotline.work_forms import NoteForm

routes = Blueprint("hotline_delivery", __name__, url_prefix="/hotline")

Page = str | tuple[str, int] | Response


def _region_of(number: str) -> str | None:
    return deliveries.region_of(db.session(), codes.normalise(number))


@routes.get("/todo/deliveries")
@access.allow(Role.SUPERVISOR)
def home() -> Page:
    """What is parked, by county, the longest waiting first."""
    found = deliveries.parked(db.session(), access.visible_regions())
    by_county: dict[str, list[deliveries.Stuck]] = {}
    for one in found:
        by_county.setdefault(one.region, []).append(one)
    return render_template(
        "hotline/deliveries.html",
        counties=sorted(by_county.items(), key=lambda pair: -len(pair[1])),
        place=regions.full_name,
        now=clock.now(),
        grouped=lambda number: codes.grouped(number, 5),
        form=FlaskForm(),
    )


@routes.post("/todo/deliveries")
@access.allow(Role.SUPERVISOR)
def replay() -> Page:
    """Let the ticked ones go again, each audited; what is not in her counties stays as it is."""
    staff, seen, gone = access.current(), access.visible_regions(), 0
    wanted = {codes.normalise(number) for number in request.form.getlist("number")}
    try:
        with db.transaction() as session:
            mine = {one.number for one in deliveries.parked(session, seen)} & wanted
            for number in sorted(mine):
                gone += deliveries.replay(session, number, staff.login, now=clock.now())
                audit.record(
                    session, staff=staff, action="delivery.replay", subject=number, fields=[], reason="parked"
                )
    except OperationError as refused:
        flash(str(refused))
        return redirect(url_for("hotline_delivery.home"), 303)
    flash(_("%(n)d 份正在再送。", n=gone) if gone else _("没有选。请先打勾，再按“再送一次”。"))
    return redirect(url_for("hotline_delivery.home"), 303)


@routes.route("/todo/deliveries/<number>", methods=["GET", "POST"])
@access.allow(Role.SUPERVISOR, county=_region_of)
@kept.fields("text")
def one(number: str) -> Page:
    """One application: every attempt, notes, and the acts."""
    number, staff, form = codes.normalise(number), access.current(), NoteForm()
    go = request.form.get("go", "")
    if go in ("replay", "park") and FlaskForm().validate_on_submit():
        act = deliveries.replay if go == "replay" else deliveries.park
        try:
            with db.transaction() as session:
                count = act(session, number, staff.login, now=clock.now())
                audit.record(
                    session, staff=staff, action=f"delivery.{go}", subject=number, fields=[], reason="parked"
                )
            flash(_("%(n)d 份正在再送。", n=count) if go == "replay" else _("停下了 %(n)d 份。", n=count))
        except OperationError as refused:
            flash(str(refused))
        return redirect(url_for("hotline_delivery.one", number=number), 303)
    if go == "note" and form.validate_on_submit():
        with db.transaction() as session:
            bound = Bound(None, number, deliveries.region_of(session, number))
            work.note(session, bound, form.text.data or "", by=staff.login, now=clock.now())
        flash(_("记下了。姓名和号码已经去掉。"))
        return redirect(url_for("hotline_delivery.one", number=number), 303)
    session = db.session()
    stuck = [one for one in deliveries.parked(session, access.visible_regions()) if one.number == number]
    return render_template(
        "hotline/delivery.html",
        number=number,
        shown=codes.grouped(number, 5),
        stuck=stuck,
        moving=deliveries.undelivered(session, number),
        delivery=handoff.delivery(session, number),
        region=deliveries.region_of(session, number) or "",
        attempts=deliveries.attempts(session, number),
        notes=work.notes(session, number=number),
        said=deliveries.said,
        place=regions.full_name,
        local=clock.local,
        form=form,
    ), (422 if form.errors else 200)
