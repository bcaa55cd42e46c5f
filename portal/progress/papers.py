"""Handing in the papers that the case system asked for: whose each is, and nothing about health without consent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from flask import current_app, redirect, render_template, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response
from wtforms import BooleanField, SelectField
from wtforms.validators import InputRequired

from portal import attachments, clock, consent, db, handoff, i18n, log
from portal.attachments import Attachment, papers
from portal.attachments.forms import ACCEPTED, PaperForm, allow_several
from portal.attachments.keeping import Stored
from portal.config import Settings
from portal.consent import notices
from portal.progress import words
from portal.progress.routes import application_of, routes, signed_in

ASKED = "materials_requested"
APPLICANT = "m1"
WHOLE_FAMILY = "family"
routes.url_value_preprocessor(allow_several({"progress.hand_in"}))


class LatePaperForm(PaperForm):
    """Whose paper it is; and, for one's own health, the separate consent."""

    member = SelectField(_l("是谁的？"), [InputRequired(_l("请选是谁的。"))])
    agree = BooleanField(_l("是我本人的（或者我监护的人的）病情材料，我同意给部门看"))


@routes.route("/papers", methods=["GET", "POST"])
def hand_in() -> str | Response | tuple[str, int]:
    """As long as papers are asked for: each goes out at once, or waits for its owner's consent."""
    found = signed_in()
    if found is None:
        return redirect(url_for("progress.sign_in"), code=303)
    if found.withdrawn or found.case_state != ASKED:
        return redirect(url_for("progress.show"), code=303)
    application = application_of(found.number)
    settings: Settings = current_app.extensions["doudi_settings"]
    people = _people(db.session(), application)
    form = LatePaperForm()
    form.offer(papers.of_use(found.programmes, proxy=True))
    form.member.choices = [("", _("请选")), *people.items(), (WHOLE_FAMILY, _("全家的"))]
    held = _held(db.session(), found)
    room = attachments.MOST - len(held)
    if form.validate_on_submit() and room > 0 and _fits(db.session(), form, application):
        db.session().rollback()  # reading is over: the files are made safe and put away outside any transaction
        stored = form.store(settings, room)
        if stored:
            with db.transaction() as writing:
                _pass_on(writing, found.number, application, form, stored, clock.now())
        if not form.errors:
            return redirect(url_for("progress.hand_in", _anchor="held"), code=303)
        held = _held(db.session(), found)
    kinds = papers.kinds()
    notice = notices.current(notices.Act.SENSITIVE, "adult", clock.today())
    locale = i18n.current_locale()
    page = render_template(
        "progress/papers.html",
        form=form,
        held=[
            (file, _(kinds[file.kind].title), people.get(file.member_id or "", _("全家的"))) for file in held
        ],
        full=room <= 0,
        message=words.message(found.case_state, found.details),
        accepted=ACCEPTED,
        may_agree=bool(consent.may_agree_to_health(db.session(), application)),
        shown=notices.text(notice, locale),
        shown_tag=i18n.TAGS[notice.locale(locale)],
    )
    return (page, 422) if form.errors else page


def _people(session: Session, application: str) -> dict[str, str]:
    """Those a paper can belong to: first character of the name and what they are to the applicant."""
    newest = handoff.newest_application(session, application)
    members: Sequence[Mapping[str, Any]] = newest.document["members"] if newest is not None else ()
    return {
        member["memberId"]: _(
            "%(name)s（%(relation)s）",
            name=consent.masked(member["name"]),
            relation=words.RELATIONS.get(member["relation"], words.RELATIONS["other"]),
        )
        for member in members
    }


def _held(session: Session, found: handoff.Delivery) -> list[Attachment]:
    """What came after the application was sent."""
    return [
        file
        for file in attachments.of_number(session, found.number)
        if file.draft_id is None or file.created_at > found.submitted_at
    ]


def _fits(session: Session, form: LatePaperForm, application: str) -> bool:
    """A paper about health needs to say whose it is, and that person's own consent, given or still possible."""
    member = form.member.data
    if not papers.kinds()[form.kind.data].health:
        return True
    if member == WHOLE_FAMILY:
        form.member.errors = [_("病和残疾的材料，请选是哪一个人的。")]
        return False
    if member in consent.health_allowed(session, application):
        return True
    if member in consent.may_agree_to_health(session, application):
        if not form.agree.data:
            form.agree.errors = [_("要本人单独同意。同意就在这里打勾；不同意，可以不交。")]
            return False
        return True
    if member in consent.may_release_late(session, application):
        return True  # it waits, encrypted, until its owner has signed
    form.member.errors = [_("这个人没有同意给部门看病情。请他（她）自己拿到窗口交。")]
    return False


def _pass_on(
    writing: Session,
    number: str,
    application: str,
    form: LatePaperForm,
    stored: Sequence[Stored],
    now: datetime,
) -> None:
    """Record the files with their owner; hand over what may go. What may not go waits for its owner's consent."""
    member = None if form.member.data == WHOLE_FAMILY else str(form.member.data)
    health = papers.kinds()[form.kind.data].health
    if health and member not in consent.health_allowed(writing, application) and form.agree.data:
        agreed = consent.agree_to_health(
            writing, application, str(member), locale=i18n.current_locale(), now=now
        )
        log.event("progress.health_consent", application=number, given=agreed)
    released = not health or member in consent.health_allowed(writing, application)
    for one in stored:
        file = attachments.add(
            writing,
            one,
            kind=str(form.kind.data),
            number=number,
            draft_id=application,
            member_id=member,
            now=now,
        )
        if released:
            entry = attachments.reference(file, now=now)
            handoff.attachment_available(writing, number, entry, now=now)
