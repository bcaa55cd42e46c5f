"""The page of papers: photos and PDFs added and removed until the application is sent; none is demanded."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from flask import redirect, render_template, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session
from wtforms import SelectField
from wtforms.validators import InputRequired

from portal import attachments, db, log
from portal.apply import household, visit
from portal.apply.household import APPLICANT
from portal.apply.routes import Page, routes
from portal.attachments import Attachment, papers
from portal.attachments.forms import ACCEPTED, PaperForm, allow_several
from portal.drafts import Draft
from portal.forms import PageForm, options

WHOLE_FAMILY = "family"
routes.url_value_preprocessor(allow_several({"apply.papers_page"}))


class OwnPaperForm(PaperForm):
    """As long as the application is being filled in, a paper also says whose it is."""

    member = SelectField(_l("是谁的？"), [InputRequired(_l("请选是谁的。"))])


@routes.route("/papers", methods=["GET", "POST"])
def papers_page() -> Page:
    """Hand in files; the page says how many there are."""
    draft = visit.open_draft()
    answers = draft.answers
    of_use = papers.of_use(answers.get("programmes", ()), proxy=bool(answers.get("proxy")))
    form = OwnPaperForm()
    form.offer(of_use)
    form.member.choices = options(
        [("", _("请选")), *_people(answers, visit.today()), (WHOLE_FAMILY, _("全家的"))]
    )
    held = attachments.of_draft(db.session(), draft.id)
    if form.validate_on_submit() and _fits(form, held):
        db.session().rollback()  # reading is over: the files are made safe and put away outside any transaction
        stored = form.store(visit.settings(), attachments.MOST - len(held))
        if stored:
            with visit.changing() as (writing, locked, now):
                for one in stored:
                    attachments.add(
                        writing,
                        one,
                        kind=form.kind.data,
                        member_id=None if form.member.data == WHOLE_FAMILY else form.member.data,
                        draft_id=locked.id,
                        now=now,
                    )
                visit.merge(writing, locked, health_papers(writing, locked), now)
        if not form.errors:
            return redirect(url_for("apply.papers_page", _anchor="held"), 303)
        held = attachments.of_draft(db.session(), draft.id)
    page = render_template(
        "apply/papers.html",
        form=form,
        buttons=PageForm(),
        of_use=of_use,
        held=_shown(held, answers),
        most=attachments.MOST,
        accepted=ACCEPTED,
    )
    return (page, 422) if form.errors else page


@routes.post("/papers/<id_>/remove")
def remove_paper(id_: str) -> Page:
    """Take a file out again; pressed twice, it is gone once."""
    if PageForm().validate_on_submit():
        with visit.changing() as (writing, locked, now):
            for attachment in attachments.of_draft(writing, locked.id):
                if attachment.id == id_:
                    attachments.remove(writing, attachment)
                    log.event("attachment.removed", attachment=id_)
            visit.merge(writing, locked, health_papers(writing, locked), now)
    return redirect(url_for("apply.papers_page", _anchor="held"), 303)


def _fits(form: OwnPaperForm, held: Sequence[Attachment]) -> bool:
    if len(held) >= attachments.MOST:
        form.file.errors = [_("最多 %(most)s 个。请先删掉不要的。", most=attachments.MOST)]
        return False
    if papers.kinds()[form.kind.data].health and form.member.data == WHOLE_FAMILY:
        form.member.errors = [_("病和残疾的材料，请选是哪一个人的。")]
        return False
    return True


def _people(answers: Mapping[str, Any], on: date) -> list[tuple[str, str]]:
    return [(member.id, member.name or _("申请人")) for member in household.family(answers, on)]


def health_papers(session: Session, draft: Draft) -> dict[str, Any]:
    """Whose health the files tell about: each of them is asked for his separate consent (PIPL art. 29)."""
    kinds = papers.kinds()
    told = {
        attachment.member_id or APPLICANT
        for attachment in attachments.of_draft(session, draft.id)
        if kinds[attachment.kind].health
    }
    return {"health_papers": sorted(told) or None}


def _shown(held: Sequence[Attachment], answers: Mapping[str, Any]) -> list[tuple[Attachment, str, str]]:
    """Each file with what it is and whose."""
    names = {member.id: member.name or _("申请人") for member in household.members(answers)}
    kinds = papers.kinds()
    return [
        (attachment, _(kinds[attachment.kind].title), names.get(attachment.member_id or "", _("全家的")))
        for attachment in held
    ]
