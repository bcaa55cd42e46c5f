"""The estimate, page by page: place, people, one question at a time; saved at every step, resumable by code."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from flask import abort, current_app, redirect, render_template, request, session, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from portal import clock, codes, counts, db, drafts, i18n, log, regions, security, throttle
from portal.config import Settings
from portal.drafts import Draft
from portal.forms import options
from portal.guidance import answering, estimates, questions, result, travelling
from portal.guidance.advice import current
from portal.guidance.forms import UNSURE, MemberForm, PlaceForm, ResumeForm
from portal.guidance.household import MOST_MEMBERS, Asked, Household
from portal.guidance.routes import routes

DRAFT_KEY = "estimate_draft"
HOME_PROVINCE = "220000"
ENOUGH_PAGES = 20  # then the result is shown; whoever wants goes on from there


def _settings() -> Settings:
    found: Settings = current_app.extensions["doudi_settings"]
    return found


def _draft() -> Draft | None:
    return drafts.find_by_handle(db.session(), session.get(DRAFT_KEY), estimates.KIND, now=clock.now())


def _answers() -> Mapping[str, Any] | None:
    """What was told: as the browser brought it along while nothing could be written, else as the draft has it."""
    brought = travelling.answers()
    if brought is not None:
        return brought
    draft = _draft()
    return draft.answers if draft else None


def _household() -> Household | None:
    told = _answers()
    if told is None:
        return None
    household = Household(told)
    i18n.help_another(household.helping)
    return household


def _ahead(household: Household) -> estimates.Ahead:
    """What is left to ask; `household` as it was saved."""
    return estimates.ahead(household.saved, household, current(), today=clock.today())


def _onward(household: Household, ahead: estimates.Ahead) -> Response:
    """To the next question, or to the result when nothing can change any more or enough was asked."""
    if not household.facts.get("region"):
        return redirect(url_for("guidance.place"), 303)
    more = request.args.get("more")
    if ahead.page is None or (len(household.trail) >= ENOUGH_PAGES and not more):
        return redirect(url_for("guidance.estimate_result"), 303)
    return redirect(url_for("guidance.question", id=ahead.page, more=more), 303)


def _save(household: Household) -> estimates.Ahead:
    """Save into this visitor's draft, starting one where there is none; the route owns the transaction."""
    advice, now, today, settings = current(), clock.now(), clock.today(), _settings()
    if settings.read_only:
        return estimates.ahead(travelling.keep(household), household, advice, today=today)
    travelling.drop()
    told = estimates.contents(household, advice, today=today)
    with db.transaction() as writes:
        draft = drafts.find_by_handle(writes, session.get(DRAFT_KEY), estimates.KIND, now=now, lock=True)
        if draft is None:
            draft = estimates.start(writes, told, now=now, settings=settings)
            counts.add("estimate.started", household.facts.get("region"))
        else:
            estimates.save(writes, draft, told, now=now, settings=settings)
        session[DRAFT_KEY] = drafts.handle(draft)
        session.permanent = True
    return estimates.ahead(told, household, advice, today=today)


@routes.get("/estimate/")
def estimate() -> str:
    household = _household()
    return render_template(
        "guidance/start.html", going=household is not None and bool(household.facts.get("region"))
    )


@routes.post("/estimate/for")
def help_another() -> Response:
    """“我帮别人填”: from here on the questions speak of him or her; an estimate for another person begins anew."""
    who = request.form.get("who")
    if who not in i18n.HELPED:
        abort(400)
    session.pop(DRAFT_KEY, None)
    travelling.drop()
    household = Household({"helping": who})
    household.add_member("self")
    _save(household)
    return redirect(url_for("guidance.place"), 303)


@routes.route("/estimate/place", methods=["GET", "POST"])
def place() -> str | Response:
    household = _household() or Household({})
    told = str(household.facts.get("region") or "")
    province = (
        regions.place(request.args.get("province", ""))
        or regions.place(told[:2] + "0000")
        or regions.place(HOME_PROVINCE)
    )
    city = regions.place(request.args.get("city", ""))
    wanted = request.args.get("find", "").strip()[:20]
    found = [hit for hit in regions.search(wanted) if hit.level == "county"] if wanted else []
    if request.method == "GET" and city is None and told and not wanted and "province" not in request.args:
        city = next(
            (above for above in regions.ancestors(told) if above.level in ("prefecture", "province")), None
        )
    form = _place_form(city, found, household)
    if form is not None and form.validate_on_submit():
        household.facts["region"] = form.region.data
        if form.area.data == UNSURE:
            household.not_sure(Asked("area"))
        else:
            household.tell(Asked("area"), form.area.data)
        if not household.members:
            household.add_member("self")
        _save(household)
        first = household.members[0]
        if len(household.members) > 1 or "age" in first or "birth_date" in first:
            return redirect(url_for("guidance.members"), 303)
        return redirect(url_for("guidance.member", person=first["id"]), 303)
    return render_template(
        "guidance/place.html",
        form=form,
        province=province,
        provinces=regions.children("000000"),
        cities=regions.children(province.code) if province else (),
        city=city,
        wanted=wanted,
        found=found,
    )


def _place_form(
    city: regions.Place | None, found: list[regions.Place], household: Household
) -> PlaceForm | None:
    """The form for one city's counties, or for what a search found; None before either is chosen."""
    offered = found or (list(regions.counties_of(city.code)) if city else [])
    sent = regions.place(request.form.get("region", "")) if request.method == "POST" else None
    if sent is not None and sent.level == "county" and sent not in offered:
        offered = [sent]
    if not offered:
        return None
    form = PlaceForm()
    listed = [(county.code, i18n.place_words(county) if found else _(county.name)) for county in offered]
    form.region.choices = options([("", _("请选择")), *listed])
    if request.method == "GET":
        told = household.facts.get("region")
        form.region.data = (
            told
            if any(county.code == told for county in offered)
            else (offered[0].code if len(offered) == 1 else "")
        )
        form.area.data = household.facts.get("area") or (
            UNSURE if household.is_settled(Asked("area")) else None
        )
    return form


@routes.get("/estimate/members")
def members() -> str | Response:
    household = _household()
    if household is None:
        return redirect(url_for("guidance.estimate"), 303)
    return render_template(
        "guidance/members.html",
        household=household,
        labels=dict(household.labels()),
        full=len(household.members) >= MOST_MEMBERS,
    )


@routes.route("/estimate/members/<person>", methods=["GET", "POST"])
def member(person: str) -> str | Response:
    household = _household()
    if household is None:
        return redirect(url_for("guidance.estimate"), 303)
    known = household.member(person)
    if known is None and person != "new":
        abort(404)
    if known is None and len(household.members) >= MOST_MEMBERS:
        return redirect(url_for("guidance.members"), 303)
    is_self = known is not None and known["relation"] == "self"
    shown = (
        {}
        if known is None
        else {
            "relation": known["relation"],
            "age": known.get("age", known.get("birth_date")),
            "age_unsure": f"{person}:member.age" in household.unsure,
        }
    )
    form = MemberForm(data=shown, today=clock.today(), is_self=is_self)
    if form.validate_on_submit():
        changed = known or household.add_member(form.relation.data)
        if not is_self:
            changed["relation"] = form.relation.data
        _set_age(household, changed, form)
        _save(household)
        return redirect(url_for("guidance.members"), 303)
    return render_template("guidance/member.html", form=form, person=person, is_self=is_self)


def _set_age(household: Household, member: dict[str, Any], form: MemberForm) -> None:
    member.pop("age", None)
    member.pop("birth_date", None)
    household.unsure.discard(f"{member['id']}:member.age")
    if form.age.birth_date is not None:
        member["birth_date"] = form.age.birth_date.isoformat()
    elif form.age.age is not None:
        member["age"] = form.age.age
    else:
        household.unsure.add(f"{member['id']}:member.age")


@routes.post("/estimate/members/<person>/remove")
def remove_member(person: str) -> Response:
    household = _household()
    if household is None:
        return redirect(url_for("guidance.estimate"), 303)
    found = household.member(person)
    if found is not None and found["relation"] != "self":
        household.remove_member(person)
        _save(household)
    return redirect(url_for("guidance.members"), 303)


@routes.get("/estimate/next")
def next_page() -> Response:
    """Where to go now: the next question, or the result when nothing can change any more."""
    household = _household()
    if household is None:
        return redirect(url_for("guidance.estimate"), 303)
    return _onward(household, _ahead(household))


@routes.route("/estimate/question/<id>", methods=["GET", "POST"])
def question(id: str) -> str | Response:
    household = _household()
    if household is None:
        return redirect(url_for("guidance.estimate"), 303)
    specs = current().rulebook.facts
    still = _ahead(household).open
    page = questions.page(id, household, specs, still, clock.today())
    if page is None:
        return redirect(url_for("guidance.next_page"), 303)
    form = answering.form_of(page, household)
    left: list[tuple[str, str]] = []
    pressed = request.form.get("go", "")
    if pressed == "nothing" and not page.is_purse:
        pressed = ""
    if request.method == "POST" and (pressed or form.validate()):
        match pressed:
            case "skip":
                answering.skip(page, form, household)
            case "nothing":
                answering.nothing(page, household)
            case _:
                left = answering.take(page, form, household)
        if not left:
            household.trail = [*(step for step in household.trail if step != id), id]
            return _onward(household, _save(household))
    for field_id, message in left:
        next(field for field in form if field.id == field_id).errors = [message]
    return render_template(
        "guidance/question.html",
        page=page,
        form=form,
        title=answering.title(page, household),
        help=answering.help_text(page),
        left=questions.pages_left([*still, *page.asks[:1]], specs),
        before=_before(household, id),
    )


def _before(household: Household, id: str) -> str:
    """The address of the page before this one on the way taken."""
    at = household.trail.index(id) if id in household.trail else len(household.trail)
    return url_for("guidance.question", id=household.trail[at - 1]) if at else url_for("guidance.members")


@routes.get("/estimate/result")
def estimate_result() -> str | Response:
    household = _household()
    if household is None or not household.facts.get("region"):
        return redirect(url_for("guidance.estimate"), 303)
    if session.get("estimate_seen") != session.get(
        DRAFT_KEY
    ):  # a result counts once, however often it is read
        session["estimate_seen"] = session.get(DRAFT_KEY)
        counts.add("estimate.result", household.facts.get("region"))
    advice, today = current(), clock.today()
    estimate = advice.page_estimate(household.facts, as_of=today)
    return render_template(
        "guidance/result.html",
        shown=result.shown(estimate, household, advice, day=today),
        area=household.facts.get("area"),
        place=i18n.place_name(str(household.facts["region"])),
        province=str(household.facts["region"])[:2] + "0000",
        today=today,
        told=answering.told_lines(household, advice.rulebook.facts, today),
        members=[(household.label(member["id"]), member) for member in household.members],
        by_phone=_told_by_phone(household),
    )


def _told_by_phone(household: Household) -> date | None:
    """The day on which these answers were told to the hotline, if they were."""
    day = household.saved.get("by_phone")
    return date.fromisoformat(day) if day else None


@routes.route("/estimate/code", methods=["GET", "POST"])
def code() -> str | Response:
    """A code is made when it is asked for; the one before stops working, as the page says."""
    draft = _draft()
    if draft is None:
        return redirect(url_for("guidance.estimate"), 303)
    made = ""
    if request.method == "POST":
        with db.transaction() as writes:
            found = drafts.find_by_handle(writes, session.get(DRAFT_KEY), estimates.KIND, now=clock.now())
            if found is not None:
                made = codes.grouped(drafts.renew_code(writes, found, key=_settings().secret_key), 3)
    return render_template("guidance/code.html", code=made, until=clock.local(draft.expires_at).date())


@routes.route("/estimate/resume", methods=["GET", "POST"])
def resume() -> str | Response | tuple[str, int]:
    form = ResumeForm()
    if form.validate_on_submit():
        now, key = clock.now(), _settings().secret_key
        visitor = throttle.Visitor(*security.visitor())
        found = drafts.find_by_code(db.session(), form.code.data or "", estimates.KIND, now=now, key=key)
        if not throttle.may_know(throttle.RESUME, visitor, right=found is not None, key=key, now=now):
            form.code.errors = [_("试的次数太多。请等一分钟再填。")]
            return render_template("guidance/resume.html", form=form), 429
        if found is not None:
            session[DRAFT_KEY] = drafts.handle(found)
            session.permanent = True
            return redirect(url_for("guidance.estimate_result"), 303)
        log.event("estimate.resume_refused")
        form.code.errors = [_("没有找到这个编码。请对照写下的编码再填一次。过期的编码不能用。")]
    return render_template("guidance/resume.html", form=form)


@routes.post("/estimate/forget")
def forget() -> Response:
    """Take the answers off this device; whoever wrote the code down can still go on elsewhere."""
    if DRAFT_KEY in session and not _settings().read_only:
        with db.transaction() as writes:
            drafts.end_visits(writes, session[DRAFT_KEY], estimates.KIND, now=clock.now())
    session.pop(DRAFT_KEY, None)
    travelling.drop()
    return redirect(url_for("guidance.home"), 303)
