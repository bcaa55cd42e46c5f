"""The signer's way: link and code, what it is about, one act a page, name, receipt, withdrawal."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask import (
    Blueprint,
    Response,
    abort,
    current_app,
    jsonify,
    redirect,
    render_template,
    session,
    url_for,
)
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from werkzeug.wrappers import Response as WerkzeugResponse

from portal import clock, db, drafts, i18n, log
from portal.config import Settings
from portal.consent import acting, drawing, notices, signing
from portal.consent.acting import Entry
from portal.consent.forms import CodeForm, NameForm, SupporterCodeForm, act_form
from portal.consent.models import SigningRequest
from portal.consent.notices import Act
from portal.consent.signing import State
from portal.forms import PageForm

routes = Blueprint("consent", __name__)

ENTRY = "signing"
AFTER_SIGNING = "after_signing"  # where an applicant in need goes on at once; an endpoint, nothing else
Page = str | tuple[str, int] | WerkzeugResponse

PURPOSES = {
    "application_information": _l("怎样用您的信息（告知）"),
    "finance_check": _l("授权核对家庭经济状况"),
    "health_information": _l("健康和残疾信息（单独同意）"),
    "mandate": _l("委托别人代办"),
    "truth_declaration": _l("如实申报承诺"),
}
STATES = {
    "acknowledged": _l("看过了"),
    "given": _l("同意"),
    "refused": _l("不同意"),
    "withdrawn": _l("已撤回"),
    "requested": _l("等您到窗口签纸"),
    "invalidated": _l("要重新签"),
}


@routes.route("/sign/<token>", methods=["GET", "POST"])
def sign(token: str) -> Page:
    """Whose application it is, and the code; a wrong code is counted, the fifth locks the link."""
    settings = _settings()
    now = clock.now()
    request = acting.find_by_link(db.session(), token, key=settings.secret_key, now=now)
    if request is None:
        return render_template("consent/gone.html", closed=False), 410
    form = CodeForm() if request.terms["id_number"] else SupporterCodeForm()
    outcome = Entry.LOCKED if request.wrong_codes >= acting.WRONG_CODES else None
    if outcome is None and form.validate_on_submit():
        with db.transaction() as writing:
            opened = writing.get(SigningRequest, request.id, with_for_update=True)
            if opened is None:
                abort(410)
            outcome = acting.enter(
                writing,
                opened,
                form.data["code"],
                form.data.get("tail") or "",
                applicant_device=drafts.id_of(session.get("application_draft")) == opened.application_id,
                key=settings.secret_key,
                now=now,
            )
            entry = opened.entry
        log.event("consent.entry", outcome=outcome.value)
        if outcome is Entry.OPENED:
            session[ENTRY] = entry
            return redirect(url_for("consent.start"), 303)
        form.code.errors = [_("签字码或者后四位不对。请再看一遍，再填一次。")]
    if outcome is Entry.LOCKED:
        return render_template("consent/locked.html"), 423
    return render_template("consent/enter.html", form=form, terms=request.terms, role=request.role)


@routes.get("/sign/start")
def start() -> Page:
    """Send the signer to what is left to do."""
    request = _mine()
    state = signing.state_of(db.session(), request)
    if state is State.GIVEN or acting.is_closed(request):
        return redirect(url_for("consent.receipt"), 303)
    act = acting.next_act(request)
    if act is None:
        return redirect(url_for("consent.name"), 303)
    return redirect(url_for("consent.act", name=act.value), 303)


@routes.route("/sign/act/<name>", methods=["GET", "POST"])
def act(name: str) -> Page:
    """One act: the text on one screen, the whole text folded under it, and its own ticks."""
    request = _mine()
    acts = acting.acts_of(request)
    chosen = next((act for act in acts if act.value == name), None)
    if chosen is None or acting.is_closed(request):
        abort(404)
    missing = acting.next_act(request)
    if missing is not None and acts.index(missing) < acts.index(chosen):
        return redirect(url_for("consent.act", name=missing.value), 303)
    people = _people(request)
    form = act_form(name, people)
    now = clock.now()
    locale = i18n.current_locale()
    if form.validate_on_submit():
        given = {
            member: form.data.get(f"person_{member}") in (True, "yes") for member, _ward, _health in people
        }
        with db.transaction() as writing:
            opened = acting.by_entry(writing, session.get(ENTRY), now=now, lock=True)
            if opened is None:
                abort(410)
            acting.answer(writing, opened, chosen, given, locale, now=now)
        return redirect(url_for("consent.start"), 303)
    notice = acting.notice_for(request, chosen, now)
    return render_template(
        "consent/act.html",
        form=form,
        act=name,
        notice=notice,
        shown=notices.text(notice, locale),
        shown_tag=i18n.TAGS[notice.locale(locale)],
        filled_by=request.terms["filled_by"] if chosen is Act.MANDATE else None,
        step=acts.index(chosen) + 1,
        steps=len(acts) + 1,
        back=url_for("consent.act", name=acts[acts.index(chosen) - 1].value)
        if chosen is not acts[0]
        else None,
    )


@routes.route("/sign/name", methods=["GET", "POST"])
def name() -> Page:
    """The signature: the person's own name, typed by himself."""
    request = _mine()
    if acting.is_closed(request):
        return redirect(url_for("consent.receipt"), 303)
    if acting.next_act(request) is not None and signing.state_of(db.session(), request) is not State.GIVEN:
        return redirect(url_for("consent.start"), 303)
    form = NameForm()
    if form.validate_on_submit():
        drawn = _drawn(form)
        if form.drawing.errors:
            pass  # the page says it again
        elif not acting.same_name(form.name.data, request.terms["name"]):
            form.name.errors = [
                _("这个名字和申请里填的不一样。请写您本人的姓名。申请里填错了，请让填的人改。")
            ]
        else:
            now = clock.now()
            with db.transaction() as writing:
                opened = acting.by_entry(writing, session.get(ENTRY), now=now, lock=True)
                if opened is None:
                    abort(410)
                late = _sent(opened)
                signed = acting.sign(writing, opened, form.name.data, now=now, drawn=drawn)
                role = opened.role
                for tell in current_app.extensions["doudi_consent_late"] if signed and late else ():
                    tell(writing, opened.application_id, now)
            log.event("consent.signed", done=signed, role=role)
            onward = session.pop(AFTER_SIGNING, None)
            if signed and onward and role == "applicant":
                return redirect(url_for(onward), 303)
            return redirect(url_for("consent.receipt" if signed else "consent.start"), 303)
    wards = [ward["name"] for ward in request.terms["wards"]]
    return render_template(
        "consent/name.html", form=form, wards=wards, steps=len(acting.acts_of(request)) + 1, role=request.role
    )


@routes.route("/sign/refuse", methods=["GET", "POST"])
def refuse() -> Page:
    """Saying no: first what follows, then one button."""
    request = _mine()
    form = PageForm()
    if form.validate_on_submit():
        now = clock.now()
        with db.transaction() as writing:
            opened = acting.by_entry(writing, session.get(ENTRY), now=now, lock=True)
            if opened is None:
                abort(410)
            done = acting.refuse(writing, opened, now=now)
            for tell in current_app.extensions["doudi_consent_late"] if done and _sent(opened) else ():
                tell(writing, opened.application_id, now)
        log.event("consent.refused", done=done)
        return redirect(url_for("consent.receipt"), 303)
    return render_template("consent/refuse.html", form=form, role=request.role, sent=_sent(request))


@routes.get("/sign/receipt")
def receipt() -> Page:
    """What this person signed or refused, to print or keep."""
    request = _mine()
    found = acting.receipt(db.session(), request)
    state = signing.state_of(db.session(), request)
    if not found["records"] and acting.is_closed(request):
        return render_template("consent/gone.html", closed=True), 410
    if not found["records"]:
        return redirect(url_for("consent.start"), 303)
    return render_template(
        "consent/receipt.html",
        receipt=found,
        state=state.value,
        own=request.role == "applicant",
        closed=acting.is_closed(request),
        same_device=drafts.id_of(session.get("application_draft")) == request.application_id,
        purposes=PURPOSES,
        states=STATES,
        local=_local,
        signature=_signature(found, request),
        wards={
            person.subject_id: names[person.member_id]
            for person, _health in signing.persons(request)
            if person.member_id
            in (names := {one["member_id"]: one["name"] for one in request.terms["wards"]})
        },
        can_withdraw=any(r["state"] == "given" and r["processing"]["withdrawable"] for r in found["records"]),
        form=PageForm(),
    )


@routes.get("/sign/receipt.json")
def receipt_json() -> Response:
    """The same receipt for machines (ISO/IEC TS 27560 fields)."""
    answer = jsonify(acting.receipt(db.session(), _mine()))
    answer.headers["Cache-Control"] = "no-store"
    answer.headers["Content-Disposition"] = "attachment; filename=consent-receipt.json"
    return answer


@routes.route("/sign/withdraw", methods=["GET", "POST"])
def withdraw() -> Page:
    """Withdrawal: the effect first, then one button."""
    request = _mine()
    form = PageForm()
    if form.validate_on_submit():
        now = clock.now()
        with db.transaction() as writing:
            opened = acting.by_entry(writing, session.get(ENTRY), now=now, lock=True)
            if opened is None:
                abort(410)
            withdrawn = acting.withdraw(writing, opened, now=now)
            for tell in current_app.extensions["doudi_consent_withdrawn"]:
                tell(writing, opened.application_id, [record.id for record in withdrawn], now)
        log.event("consent.withdrawn", records=len(withdrawn))
        return redirect(url_for("consent.receipt"), 303)
    return render_template("consent/withdraw.html", form=form, closed=acting.is_closed(request))


@routes.post("/sign/leave")
def leave() -> Page:
    """End this person's visit on a phone that others use too, and whatever was copied from it."""
    entry = session.pop(ENTRY, None)
    if entry and not _settings().read_only:
        with db.transaction() as writing:
            acting.leave(writing, entry, now=clock.now())
    if session.get("application_draft"):
        return redirect(url_for("apply.signatures"), 303)
    return redirect(url_for("guidance.home"), 303)


def _drawn(form: NameForm) -> bytes | None:
    """The signature drawn by hand, if there is one; what cannot be kept is said on the page."""
    try:
        return drawing.read(form.drawing.data or "")
    except drawing.Unreadable:
        form.drawing.errors = [_("手写的签名没有存上。请擦掉重写，或者不写，只打名字。")]
        form.drawing.data = ""
        return None


def _mine() -> SigningRequest:
    """The request this browser has opened, or an end to the visit."""
    request = acting.by_entry(db.session(), session.get(ENTRY), now=clock.now())
    if request is None:
        abort(410)
    return request


def _sent(request: SigningRequest) -> bool:
    """Whether this person answers after the application was sent."""
    return signing.SENT in request.acts


def _people(request: SigningRequest) -> list[tuple[str, str | None, bool]]:
    """(member id, ward's name or None for the signer, health facts given) for the ticks of a page."""
    names: dict[str, str] = {ward["member_id"]: ward["name"] for ward in request.terms["wards"]}
    return [
        (person.member_id, names.get(person.member_id), health) for person, health in signing.persons(request)
    ]


def _signature(receipt: dict[str, Any], request: SigningRequest) -> str | None:
    """What this person drew, to be shown to himself."""
    digest = next((record["drawing"] for record in receipt["records"] if "drawing" in record), None)
    return drawing.shown(db.session(), request.subject_id, digest) if digest else None


def _local(iso: str) -> datetime:
    return clock.local(datetime.fromisoformat(iso))


def _settings() -> Settings:
    found: Settings = current_app.extensions["doudi_settings"]
    return found
