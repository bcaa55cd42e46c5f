"""After checking the caller: where her application stands, a fresh query code, and consents taken back by telephone.

Every look at it is written into the audit before it is shown.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import redirect, render_template, url_for
from flask_babel import force_locale, format_date
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from werkzeug.wrappers import Response
from wtforms import StringField
from wtforms.validators import Length

from portal import clock, codes, consent, db, handoff, i18n, log
from portal.consent.ledger import Method
from portal.forms import PageForm
from portal.handoff import Delivery, Submission
from portal.hotline import access, audit, caller_check, calls, read_out
from portal.hotline.access import Role
from portal.hotline.call_pages import current_call, routes, settings
from portal.hotline.caller_check import Told
from portal.hotline.calls import HotlineCall
from portal.progress import deadline, words
from portal.progress import service as progress

Page = str | Response | tuple[str, int]
SHOWN = ("standing", "case_state", "deadline", "asked_for", "signed_count")
_SHORT = Length(max=60, message=_l("太长了，请检查。"))


class CallerForm(PageForm):
    """What the caller says: which application, and what proves that it is hers."""

    number = StringField(_l("申请编号"), [_SHORT], description=_l("10 位。没有编号，填身份证号。"))
    id_number = StringField(_l("身份证号"), [_SHORT], description=_l("没有申请编号时才填。"))
    query_code = StringField(_l("查询码"), [_SHORT], description=_l("有查询码，下面三样就不用问。"))
    name = StringField(_l("姓名"), [_SHORT])
    tail = StringField(_l("身份证号后四位"), [_SHORT], description=_l("上面填了整个身份证号，这一样不算。"))
    phone = StringField(_l("申请时留的电话"), [_SHORT])


@dataclass(frozen=True, slots=True)
class Own:
    """The application of the checked caller."""

    call: HotlineCall
    first: Submission
    delivery: Delivery

    @property
    def application_id(self) -> str:
        return str(self.first.draft_id)


@routes.route("/caller", methods=["GET", "POST"])
@access.allow(Role.OPERATOR, Role.SUPERVISOR)
def caller() -> Page:
    """Two of three facts, or number and code; what failed is not said."""
    form = CallerForm()
    if not form.validate_on_submit():
        return render_template("hotline/caller.html", form=form), 422 if form.is_submitted() else 200
    told = Told(**{name: (form.data[name] or "").strip() for name in Told.__dataclass_fields__})
    if not told.target:
        form.number.errors = [_("先问申请编号；没有，就问身份证号。")]
        return render_template("hotline/caller.html", form=form), 422
    now, staff = clock.now(), access.current()
    with db.transaction() as writes:
        found = caller_check.check(
            writes, told, staff=staff.id, serves=access.may_see, key=settings().secret_key, now=now
        )
        call = calls.going_on(writes, staff.id, lang=i18n.current_locale(), now=now)
        tried = [name for name in Told.__dataclass_fields__ if getattr(told, name)]
        if found.submission is None:
            call.checked_number = call.checked_by = None
            action, fields, subject = "caller.refused", tried, told.target
        else:
            call.checked_number, call.checked_by = found.submission.number, ",".join(found.by)
            action, fields, subject = "caller.checked", list(found.by), found.submission.number
        audit.record(
            writes, staff=staff, action=action, subject=subject, fields=fields, reason=call.reference, now=now
        )
    log.event("hotline.caller_check", outcome=action, must_wait=found.must_wait)
    if found.submission is not None:
        return redirect(url_for("hotline_call.application"), 303)
    form.number.errors = [
        _("试的次数太多。请等一刻钟，或者请对方带身份证到窗口。")
        if found.must_wait
        else _("没有对上。请再问一遍，一样一样核对。两样都对才能往下看。")
    ]
    return render_template("hotline/caller.html", form=form), 429 if found.must_wait else 422


def own() -> Own | None:
    """The application whose caller was checked in this call, while the call lasts."""
    call = current_call()
    if call is None or not call.checked_number:
        return None
    first = db.session().get(Submission, (call.checked_number, 1))
    delivery = handoff.delivery(db.session(), call.checked_number)
    if first is None or delivery is None or not access.may_see(first.region):
        return None
    return Own(call, first, delivery)


def _unchecked() -> Response:
    return redirect(url_for("hotline_call.caller"), 303)


@routes.get("/application")
@access.allow(Role.OPERATOR, Role.SUPERVISOR)
def application() -> Page:
    """Where it stands, in words to read out; no name, no number of anybody, no answer of the form."""
    found = own()
    return _unchecked() if found is None else _show(found)


def _show(found: Own, **more: Any) -> str:
    now = clock.now()
    with db.transaction() as writes:
        audit.record(
            writes,
            staff=access.current(),
            action="application.read",
            subject=found.first.number,
            fields=SHOWN,
            reason=found.call.reference,
            now=now,
        )
    session = db.session()
    limits = deadline.time_limits(found.delivery.programmes, found.delivery.timeline, clock.today())
    return render_template(
        "hotline/application.html",
        delivery=found.delivery,
        standing=words.STANDINGS[found.delivery.standing],
        case_words=words.CASE_STATES,
        message=words.message(found.delivery.case_state, found.delivery.details),
        limits=limits,
        limit_words=words.LIMITS,
        said=script(found.delivery, limits, found.call.lang),
        call_tag=i18n.TAGS[found.call.lang],
        consents=consent.overview(session, found.application_id),
        verbal=consent.verbal_standing(session, found.application_id),
        locked=progress.locked_until(session, found.first.number, key=settings().secret_key, now=now),
        local=clock.local,
        form=PageForm(),
        **{"fresh_code": "", "withdrawn": None, **more},
    )


def script(delivery: Delivery, limits: list[deadline.TimeLimit], lang: str) -> tuple[str, ...]:
    """What is read out about an application, in the language of the call."""
    with force_locale(lang):
        if delivery.withdrawn:
            return (str(_("您已经撤回申请")) + str(_("。")),)
        known = words.CASE_STATES.get(delivery.case_state or "")
        head, meaning = known or words.STANDINGS[delivery.standing]
        said = [str(head) + str(_("。")), str(meaning)]
        if delivery.case_state not in words.DECIDED:
            for limit in limits:
                day = format_date(limit.day, "long")
                if limit.passed:
                    said.append(str(_("法定期限 %(day)s 已经过了，可以催办。", day=day)))
                elif limit.exact:
                    said.append(str(_("最晚 %(day)s 有结果。", day=day)))
                else:
                    said.append(str(_("大约 %(day)s 有结果，遇法定节假日往后推。", day=day)))
    return tuple(said)


@routes.post("/application/unlock")
@access.allow(Role.OPERATOR, Role.SUPERVISOR)
def unlock() -> Page:
    """She mistyped her code too often: she may try again at once."""
    found = own()
    if found is None:
        return _unchecked()
    with db.transaction() as writes:
        progress.unlock(writes, found.first.number, key=settings().secret_key)
        _note(writes, found, "application.unlocked", ["sign_in_lock"])
    return redirect(url_for("hotline_call.application"), 303)


@routes.post("/application/code")
@access.allow(Role.OPERATOR, Role.SUPERVISOR)
def renew_code() -> Page:
    """She lost her query code: a fresh one is read out once, the old one is dead."""
    found = own()
    if found is None:
        return _unchecked()
    with db.transaction() as writes:
        fresh = handoff.renew_query_code(writes, found.first.number)
        progress.unlock(writes, found.first.number, key=settings().secret_key)
        _note(writes, found, read_out.RENEWED, read_out.fields())
    log.event("hotline.code_renewed", application=found.first.number)
    again = own()
    return _show(again or found, fresh_code=codes.grouped(fresh or "", 4))


@routes.route("/application/withdraw-consent", methods=["GET", "POST"])
@access.allow(Role.OPERATOR, Role.SUPERVISOR)
def withdraw_consent() -> Page:
    """Consents taken back by telephone: the effect is read out first, then one button."""
    found = own()
    if found is None:
        return _unchecked()
    form = PageForm()
    if form.validate_on_submit():
        now, staff = clock.now(), access.current()
        with db.transaction() as writes:
            taken_down = {"operator": audit.pseudonym(staff.login), "call": found.call.reference}
            count = consent.withdraw_own(
                writes, found.application_id, now=now, method=Method.HOTLINE_VERBAL, details=taken_down
            )
            _note(writes, found, "consent.withdrawn", ["consents"])
        log.event("hotline.consent_withdrawn", application=found.first.number, records=count)
        return redirect(url_for("hotline_call.application"), 303)
    if not consent.overview(db.session(), found.application_id).can_withdraw:
        return redirect(url_for("hotline_call.application"), 303)
    with force_locale(found.call.lang):
        effect = [
            _("撤回以后，不再核对您的收入和财产。"),
            _("以前做过的核对仍然有效。"),
            _("申请已经发出。没法核对，申请或者救助可能停下来。"),
            _("停下来以前，部门要先听您家的意见。"),
        ]
    return render_template(
        "hotline/withdraw_consent.html", form=form, effect=effect, call_tag=i18n.TAGS[found.call.lang]
    )


def _note(writes: Any, found: Own, action: str, fields: list[str]) -> None:
    audit.record(
        writes,
        staff=access.current(),
        action=action,
        subject=found.first.number,
        fields=fields,
        reason=found.call.reference,
        now=clock.now(),
    )
