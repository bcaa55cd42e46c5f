"""The hotline's pages during a call: estimate with the caller, application in the caller's name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, current_app, redirect, render_template, request, url_for
from flask_babel import force_locale
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from portal import clock, codes, db, drafts, i18n, log
from portal.config import Settings
from portal.forms import PageForm
from portal.guidance import estimates
from portal.guidance.advice import Advice
from portal.guidance.advice import current as current_advice
from portal.guidance.household import Household
from portal.hotline import access, calls, phone_estimate, phone_form
from portal.hotline.access import Role
from portal.hotline.calls import HotlineCall

routes = Blueprint("hotline_call", __name__, url_prefix="/hotline/call")


def settings() -> Settings:
    found: Settings = current_app.extensions["doudi_settings"]
    return found


def current_call() -> HotlineCall | None:
    """The call the signed-in person is in."""
    return calls.current(db.session(), access.current().id, now=clock.now())


def household_of(call: HotlineCall | None) -> Household:
    """What was told in this call; at the start one person, in the place of the call."""
    household = Household(_kept(call))
    if call is not None and call.region:
        household.facts["region"] = call.region
    if not household.members:
        household.add_member("self")
    return household


def save(household: Household, advice: Advice) -> Mapping[str, Any]:
    """Keep what was told for as long as the call lasts; it says nothing of who rings. Returns what is kept."""
    now = clock.now()
    told = estimates.contents(household, advice, today=clock.today())
    with db.transaction() as writes:
        call = calls.going_on(writes, access.current().id, lang=i18n.SOURCE, now=now)
        draft = calls.estimate_of(writes, call, now=now)
        if draft is None:
            draft = estimates.start(writes, told, now=now, settings=settings())
            call.estimate_id, call.estimate_given = draft.id, False
        else:
            estimates.save(writes, draft, told, now=now, settings=settings())
        return draft.answers


def _sheet(household: Household, answers: Mapping[str, Any]) -> phone_estimate.Sheet:
    """What stands beside the form, from what is kept of the call."""
    advice, today = current_advice(), clock.today()
    ahead = estimates.ahead(answers, household, advice, today=today)
    return phone_estimate.sheet(household, advice, ahead, day=today, lang=_lang())


def _groups(form: PageForm, household: Household, made: phone_estimate.Sheet) -> list[phone_form.Group]:
    upcoming = made.next.fields if made.next else ()
    return phone_form.groups(form, household, current_advice(), wanted=made.visible, upcoming=upcoming)


def _kept(call: HotlineCall | None) -> Mapping[str, Any]:
    draft = calls.estimate_of(db.session(), call, now=clock.now()) if call else None
    return draft.answers if draft else {}


def estimate_parts(household: Household | None = None) -> dict[str, Any]:
    """What the form and what stands beside it need; the console shows them in its third column."""
    advice, call = current_advice(), current_call()
    told = household or household_of(call)
    kept = _kept(call)
    made = _sheet(told, kept if kept.get("facts") == told.facts else {})
    form = phone_form.form_of(told, advice, today=clock.today())
    return {
        "sheet": made,
        "form": form,
        "groups": _groups(form, told, made),
        "household": told,
        "call_tag": i18n.TAGS[_lang()],
        "code": "",
        "code_said": "",
    }


@routes.route("/estimate", methods=["GET", "POST"])
@access.allow(Role.OPERATOR, Role.SUPERVISOR)
def estimate() -> str | Response:
    """The whole sheet; sent by a button where there are no scripts, and to add or remove a person."""
    advice, told = current_advice(), household_of(current_call())
    if request.method == "GET":
        return render_template("hotline/estimate.html", **estimate_parts(told))
    form = phone_form.form_of(told, advice, today=clock.today())
    fine = phone_form.take(form, told, advice)
    added = phone_form.change_people(request.form.get("do", ""), told)
    kept = save(told, advice)
    if not fine and not added:
        made = _sheet(told, kept)
        parts = estimate_parts(told) | {
            "form": form,
            "sheet": made,
            "groups": _groups(form, told, made),
        }
        return render_template("hotline/estimate.html", **parts)
    return redirect(url_for("hotline_call.estimate", _anchor=f"g-{added}" if added else "sheet"), 303)


@routes.post("/estimate/update")
@access.allow(Role.OPERATOR, Role.SUPERVISOR)
def update() -> str:
    """What changes beside the form while one types."""
    advice, told = current_advice(), household_of(current_call())
    form = phone_form.form_of(told, advice, today=clock.today(), sent=request.form)
    phone_form.take(form, told, advice)
    made = _sheet(told, save(told, advice))
    wrong = {field.name: str(field.errors[0]) for field in form if field.errors}
    return render_template(
        "hotline/part.html",
        part="hotline/_sheet.html",
        title=_("结果"),
        sheet=made,
        call_tag=i18n.TAGS[_lang()],
        wrong=wrong,
        household=told,
    )


@routes.post("/estimate/receipt")
@access.allow(Role.OPERATOR, Role.SUPERVISOR)
def receipt() -> str | Response:
    """A number for the caller, with which she opens the same estimate in the portal; shown once."""
    advice, told = current_advice(), household_of(current_call())
    form = phone_form.form_of(told, advice, today=clock.today())
    if any(name in request.form for name in form._fields if name != "csrf_token"):
        phone_form.take(form, told, advice)
    save(told, advice)
    now = clock.now()
    with db.transaction() as writes:
        call = calls.going_on(writes, access.current().id, lang=i18n.SOURCE, now=now)
        draft = calls.estimate_of(writes, call, now=now)
        if draft is None:
            return redirect(url_for("hotline_call.estimate"), 303)
        by_phone = {"by_phone": clock.today().isoformat()}
        drafts.save(writes, draft, by_phone, now=now, days=settings().draft_days)
        code = codes.grouped(drafts.renew_code(writes, draft, key=settings().secret_key), 3)
        call.estimate_given = True
        reference = call.reference
    log.event("hotline.estimate_given", call=reference)
    with force_locale(_lang()):
        said = _("请记下这个编号。打开网站，点“有编码？接着上次的回答”，就能看到今天的估算。30 天里都能看。")
    return render_template(
        "hotline/estimate.html", **(estimate_parts(told) | {"code": code, "code_said": said})
    )


def _lang() -> str:
    call = current_call()
    return call.lang if call else i18n.current_locale()
