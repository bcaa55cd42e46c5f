"""The console: one box while somebody is on the telephone, and the call with its place and language."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from flask import Blueprint, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from portal import clock, db, i18n, log, regions
from portal.guidance import service
from portal.guidance.advice import current as current_advice
from portal.guidance.words import status_word
from portal.hotline import access, call_pages, calls, search
from portal.hotline.access import Role
from portal.hotline.calls import HotlineCall
from portal.hotline.search import Call, Card, Found
from portal.hotline.work_pages import notice_distress

routes = Blueprint("hotline_console", __name__, url_prefix="/hotline")
HOME_PROVINCE = "220000"
KINDS = (search.ENTRY, search.STANDARD, search.CLAUSE, search.PROGRAMME)


@dataclass(frozen=True, slots=True)
class Strip:
    """The line on top of every page during a call."""

    reference: str
    started_at: datetime
    region: str
    place: str
    lang: str
    lang_name: str
    lang_tag: str
    checked: str
    estimate: bool
    application: bool


@routes.app_template_global("call_strip")
def strip() -> Strip | None:
    """The call the signed-in person is in; None between calls."""
    call = _call()
    if call is None:
        return None
    return Strip(
        reference=call.reference,
        started_at=clock.local(call.started_at),
        region=call.region or "",
        place=regions.full_name(call.region) if call.region else "",
        lang=call.lang,
        lang_name=i18n.NAMES[call.lang],
        lang_tag=i18n.TAGS[call.lang],
        checked=call.checked_number or "",
        estimate=call.estimate_id is not None,
        application=call.application_id is not None,
    )


@routes.app_template_global("home_places")
def home_places() -> list[str]:
    """Counties to choose the place of a call from while typing: those served, at most one province's."""
    seen = access.visible_regions()
    counties = regions.counties_of(HOME_PROVINCE)
    return [county.full_name for county in counties if seen is None or county.code in seen]


@routes.app_template_global("call_languages")
def languages() -> list[tuple[str, str]]:
    return [(locale, i18n.NAMES[locale]) for locale in i18n.available()]


def _call() -> HotlineCall | None:
    staff = access.signed_in()
    return calls.current(db.session(), staff.id, now=clock.now()) if staff else None


def asked_in() -> Call:
    """Place and language of the call, for what is looked up; between calls nothing is known."""
    call = _call()
    if call is None:
        return Call(None, _day(), i18n.current_locale())
    return Call(call.region, _day(), call.lang)


def _day() -> date:
    try:
        return min(date.fromisoformat(request.values.get("day", "")), clock.today())
    except ValueError:
        return clock.today()


@routes.route("/", methods=["GET", "POST"])
@access.allow(Role.OPERATOR, Role.SUPERVISOR)
def home() -> str:
    """The whole page. A question is posted, so that it stands in no address and no log."""
    found, card = _look_up()
    return render_template("hotline/console.html", **_shown(found, card), **call_pages.estimate_parts())


@routes.post("/search")
@access.allow(Role.OPERATOR, Role.SUPERVISOR)
def results() -> str:
    """The two parts of the page that change while one types."""
    found, card = _look_up()
    shown = _shown(found, card)
    return render_template("hotline/part.html", part="hotline/_found.html", title=_("找答案"), **shown)


def _look_up() -> tuple[Found | None, Card | None]:
    """What was asked and which row was opened; the first row where none was."""
    asked = asked_in()
    query, pick = request.form.get("q", ""), request.form.get("pick", "")
    found: Found | None = search.search(current_advice(), query, asked)
    if found is not None and not found.query:
        found = None
    if found is not None and pick in ("", found.first) and found.answer and found.first == found.answer.pick:
        return found, found.answer
    chosen = pick or (found.first if found else "")
    card = search.opened(current_advice(), chosen, asked) if chosen else None
    return found, card or (found.answer if found else None)


def _shown(found: Found | None, card: Card | None) -> dict[str, object]:
    if card is not None and card.distress:
        notice_distress()
    asked = asked_in()
    return {
        "found": found,
        "card": card,
        "kinds": KINDS,
        "tag": i18n.TAGS[asked.lang],
        "day": found.day if found else _day(),
        "today": clock.today(),
        "status_word": status_word,
    }


@routes.post("/unanswered")
@access.allow(Role.OPERATOR, Role.SUPERVISOR)
def unanswered() -> str:
    """Keep a question nobody could answer, scrubbed, for the supervisor to turn into an answer."""
    query = request.form.get("q", "")[: search.LONGEST]
    asked = asked_in()
    with db.transaction() as writes:
        service.keep_open_question(
            writes, kind="refusal", entry=None, region=asked.region, text=query, day=clock.today()
        )
    found, card = _look_up()
    shown = _shown(found, card) | call_pages.estimate_parts()
    return render_template("hotline/console.html", noted=True, **shown)


@routes.post("/call/new")
@access.allow(Role.OPERATOR, Role.SUPERVISOR)
def new_call() -> Response:
    """The next caller: everything of the one before is let go of."""
    with db.transaction() as writes:
        call = calls.begin(writes, access.current().id, lang=_lang(), now=clock.now(), region=_place())
    log.event("hotline.call_began", call=call.reference)
    return _back()


@routes.post("/call/set")
@access.allow(Role.OPERATOR, Role.SUPERVISOR)
def set_call() -> Response:
    """Place and language of the call, kept as default until it ends."""
    with db.transaction() as writes:
        call = calls.going_on(writes, access.current().id, lang=_lang(), now=clock.now())
        call.region = _place() if "place" in request.form else call.region
        call.lang = _lang() if "lang" in request.form else call.lang
    return _back()


@routes.post("/call/end")
@access.allow(Role.OPERATOR, Role.SUPERVISOR)
def end_call() -> Response:
    """The receiver is down: nothing of the caller's can be reached any more."""
    with db.transaction() as writes:
        calls.end(writes, access.current().id, now=clock.now())
    log.event("hotline.call_ended")
    return redirect(url_for("hotline_console.home"), 303)


def _back() -> Response:
    """To the page the form stood on, if it is one of ours."""
    came = request.form.get("back", "")
    ours = any(came == url_for(endpoint) for endpoint in ("hotline_call.estimate", "hotline_call.caller"))
    return redirect(came if ours else url_for("hotline_console.home"), 303)


def _lang() -> str:
    wanted = request.form.get("lang", "")
    return wanted if wanted in i18n.available() else i18n.SOURCE


def _place() -> str | None:
    """The place that was typed: the nearest of those served, else the best known of that name."""
    typed = request.form.get("place", "").strip()[:40]
    if not typed:
        return None
    found = regions.search(typed)
    served = [one for one in found if access.may_see(one.code)]
    at_home = [one for one in served or found if one.code.startswith(HOME_PROVINCE[:2])]
    return next((one.code for one in (*at_home, *served, *found)), None)
