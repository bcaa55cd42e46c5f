"""The pages of an assisted application: begin it, read the scripts of consent, see what is left."""

from __future__ import annotations

from flask import redirect, render_template, request, session, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from portal import clock, codes, consent, db, drafts, i18n, log
from portal.apply import service
from portal.consent import notices, verbal
from portal.consent.notices import Act
from portal.consent.verbal import Script, Taken
from portal.drafts import Draft
from portal.forms import PageForm
from portal.hotline import access, assisted, audit, calls, read_out
from portal.hotline.access import Role
from portal.hotline.assisted import ASSISTED, DRAFT, KIND
from portal.hotline.call_pages import current_call, routes, settings

Page = str | Response | tuple[str, int]


def _draft() -> Draft | None:
    call = current_call()
    return drafts.find(db.session(), call.application_id, KIND, now=clock.now()) if call else None


@routes.get("/assisted")
@access.allow(Role.OPERATOR, Role.SUPERVISOR)
def assisted_application() -> Page:
    """What is done and what is left; between the pages of the form one comes back here."""
    draft, call = _draft(), current_call()
    if draft is None or call is None:
        has_estimate = call is not None and call.estimate_id is not None
        return render_template("hotline/assisted_start.html", form=PageForm(), has_estimate=has_estimate)
    now = clock.now()
    sent = service.sent(draft, now)
    found = [] if sent else service.standings(db.session(), draft, clock.today())
    listed = [] if sent else service.tasks(draft.answers, found, clock.today())
    with_code = sent is not None and sent.query_code is not None
    if sent is not None and with_code:
        with db.transaction() as writes:
            audit.record(
                writes,
                staff=access.current(),
                action=read_out.SHOWN,
                subject=sent.number,
                fields=read_out.fields(),
                reason=call.reference,
                now=now,
            )
    return render_template(
        "hotline/assisted.html",
        call=call,
        tasks=[(task, task.progress.value) for task in listed],
        standings=[(one, one.state.value) for one in found],
        sent=sent,
        number=codes.grouped(sent.number, 5) if sent else "",
        query_code=codes.grouped(sent.query_code or "", 4) if sent and with_code else "",
        can_read=bool(draft.answers.get("applicant") and draft.answers.get("programmes")),
        spoken=any(one.signer.role == "represented" and one.state is consent.State.GIVEN for one in found),
        form=PageForm(),
    )


@routes.post("/assisted/start")
@access.allow(Role.OPERATOR, Role.SUPERVISOR)
def start_assisted() -> Response:
    """Begin in the caller's name, with what the estimate of this call says."""
    now, staff = clock.now(), access.current()
    with db.transaction() as writes:
        call = calls.going_on(writes, staff.id, lang=i18n.current_locale(), now=now)
        draft = assisted.start(writes, staff, call, settings(), now=now)
        reference = call.reference
    session[DRAFT], session[ASSISTED] = drafts.handle(draft), call.id
    session.pop(consent.ENTRY, None)
    log.event("application.started", assisted=True, call=reference)
    return redirect(url_for("hotline_call.assisted_application"), 303)


@routes.post("/assisted/read")
@access.allow(Role.OPERATOR, Role.SUPERVISOR)
def begin_reading() -> Response:
    """Bring what the caller is asked in line with what was written so far, then show the scripts."""
    draft, now = _draft(), clock.now()
    if draft is None or draft.closed_at is not None:
        return redirect(url_for("hotline_call.assisted_application"), 303)
    with db.transaction() as writes:
        known = drafts.find(writes, draft.id, KIND, now=now)
        asked = known and assisted.request_of(writes, known, now=now, days=settings().draft_days)
    goal = "hotline_call.verbal_consent" if asked else "hotline_call.assisted_application"
    return redirect(url_for(goal), 303)


@routes.get("/assisted/consent")
@access.allow(Role.OPERATOR, Role.SUPERVISOR)
def verbal_consent() -> Page:
    """The frozen scripts, each to be read out and answered by itself."""
    draft, call = _draft(), current_call()
    asked = assisted.asked_before(db.session(), draft) if draft else None
    if asked is None or call is None:
        return redirect(url_for("hotline_call.assisted_application"), 303)
    return _scripts_page(verbal.scripts(asked, clock.now()), call.lang, [])


@routes.post("/assisted/consent")
@access.allow(Role.OPERATOR, Role.SUPERVISOR)
def record_consent() -> Page:
    """What was answered, recorded as spoken; nothing is recorded while an answer is missing."""
    draft, call, now = _draft(), current_call(), clock.now()
    if draft is None or call is None or draft.closed_at is not None:
        return redirect(url_for("hotline_call.assisted_application"), 303)
    with db.transaction() as writes:
        known = drafts.find(writes, draft.id, KIND, now=now)
        asked = known and assisted.request_of(writes, known, now=now, days=settings().draft_days)
        if not asked:
            return redirect(url_for("hotline_call.assisted_application"), 303)
        scripts = verbal.scripts(asked, now)
        answers, problems = _answers(scripts)
        if not problems:
            staff = access.current()
            taken = Taken(audit.pseudonym(staff.login)[:12], call.reference, call.lang)
            given = verbal.give(writes, asked, answers, taken, now=now)
            audit.record(
                writes,
                staff=staff,
                action="consent.read_out",
                subject=draft.id,
                fields=[script.notice.id for script in scripts],
                reason=call.reference,
                now=now,
            )
    if problems:
        return _scripts_page(scripts, call.lang, problems), 422
    log.event("consent.verbal", given=given, call=call.reference)
    return redirect(url_for("hotline_call.assisted_application"), 303)


def _scripts_page(scripts: tuple[Script, ...], lang: str, problems: list[tuple[str, str]]) -> str:
    return render_template(
        "hotline/verbal_consent.html",
        form=PageForm(),
        shown=[(script, notices.text(script.notice, lang)) for script in scripts],
        problems=problems,
        said=request.form,
        call_tag=i18n.TAGS[lang],
        field=_field,
        Act=Act,
    )


def _field(script: Script, member: str) -> str:
    return f"{script.act.value}-{member}"


def _answers(scripts: tuple[Script, ...]) -> tuple[dict[tuple[Act, str], bool], list[tuple[str, str]]]:
    """(act, member) to yes or no as ticked, and (field, message) of what was not answered."""
    answers: dict[tuple[Act, str], bool] = {}
    problems = []
    for script in scripts:
        for member, _ward in script.persons:
            name = _field(script, member)
            said = request.form.get(name)
            if said not in ("yes", "no"):
                problems.append(
                    (
                        name,
                        str(
                            _(
                                "还没有记对方怎么回答：%(what)s",
                                what=notices.text(script.notice, i18n.SOURCE).title,
                            )
                        ),
                    )
                )
            elif said == "no" and script.act is Act.NOTICE:
                problems.append((name, str(_("对方没听清，请再念一遍告知。"))))
            answers[(script.act, member)] = said == "yes"
    return answers, problems
