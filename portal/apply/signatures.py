"""Who has signed and who has not; asking each adult by link and code, or noting that he signs on paper."""

from __future__ import annotations

import segno
from flask import abort, redirect, render_template, request, session, url_for
from sqlalchemy.orm import Session

from portal import clock, codes, consent, db, log
from portal.apply import household, service, visit
from portal.apply.household import APPLICANT
from portal.apply.routes import Page, routes
from portal.consent import Signer, State
from portal.drafts import Draft
from portal.forms import PageForm


@routes.get("/signatures")
def signatures() -> Page:
    """“3 人中 2 人已签”, and what to do for each who has not."""
    draft = visit.open_draft()
    if not draft.answers.get("applicant") or not draft.answers.get("programmes"):
        return redirect(url_for("apply.tasks"), 303)
    found = service.standings(db.session(), draft, visit.today())
    household_signers = [s for s in found if s.signer.role != "supporter"]
    return render_template(
        "apply/signatures.html",
        standings=[(standing, standing.state.value) for standing in household_signers],
        supporters=[
            (standing, standing.state.value) for standing in found if standing.signer.role == "supporter"
        ],
        signed=sum(s.state is State.GIVEN for s in household_signers),
        may_send=consent.may_send(found),
        family_said=bool(draft.answers.get("family_complete")),
        form=PageForm(),
    )


@routes.post("/signatures/own")
def sign_own() -> Page:
    """The applicant reads and signs for himself on the signer's pages."""
    return open_own_signing()


def sign_now() -> Page:
    """The short way: straight to the applicant's signature, and from it to the page that sends."""
    draft = visit.open_draft()
    if consent.may_send(service.standings(db.session(), draft, visit.today())):
        return redirect(url_for("apply.check"), 303)
    session[consent.AFTER_SIGNING] = "apply.check"
    return open_own_signing()


def open_own_signing() -> Page:
    now = clock.now()
    with db.transaction() as writing:
        draft = visit.locked(writing, now)
        signer = _signer(draft, APPLICANT)
        if signer.role != "applicant":
            abort(404)  # somebody fills in for him: he signs by link, by code or on paper
        asked = _ask(writing, draft, signer)
        entry = consent.open_own(writing, asked, now=now)
    session[consent.ENTRY] = entry
    return redirect(url_for("consent.start"), 303)


@routes.post("/signatures/<member>/link")
def give_link(member: str) -> Page:
    """A link, its picture and a code, shown once; a page sent twice does not kill the link just given."""
    now = clock.now()
    with db.transaction() as writing:
        draft = visit.locked(writing, now)
        signer = _signer(draft, member)
        if signer.role not in ("member", "represented", "supporter"):
            abort(404)
        asked = _ask(writing, draft, signer)
        if request.form.get("given") != str(asked.link_count):
            return redirect(url_for("apply.signatures"), 303)
        link = consent.give_link(writing, asked, key=visit.settings().secret_key)
    log.event("consent.link", role=signer.role)
    address = visit.settings().public_url + url_for("consent.sign", token=link.token)
    return render_template(
        "consent/link.html",
        back_to=url_for("apply.signatures"),
        name=signer.name,
        supporter=signer.role == "supporter",
        address=address,
        code=codes.grouped(link.code, 3),
        qr=segno.make(address, error="m").svg_data_uri(scale=4, border=3),
        with_tail=signer.id_number is not None,
    )


@routes.route("/signatures/<member>/paper", methods=["GET", "POST"])
def on_paper(member: str) -> Page:
    """Someone without a phone signs at the counter; the application says so."""
    draft = visit.open_draft()
    signer = _signer(draft, member)
    if signer.role not in ("member", "represented", "ward"):
        abort(404)
    form = PageForm()
    if form.validate_on_submit():
        now = clock.now()
        with db.transaction() as writing:
            opened = visit.locked(writing, now)
            asked = _ask(writing, opened, _signer(opened, member))
            done = consent.choose_paper(writing, asked, actor_member_id=APPLICANT, now=now)
        log.event("consent.paper", done=done)
        return redirect(url_for("apply.signatures"), 303)
    return render_template(
        "apply/paper.html", form=form, name=signer.name, ward=signer.role == "ward", health=signer.health
    )


def _ask(writing: Session, draft: Draft, signer: Signer) -> consent.SigningRequest:
    return consent.ask(
        writing,
        draft.id,
        signer,
        service.family_of(draft.answers),
        now=clock.now(),
        days=visit.settings().draft_days,
    )


def _signer(draft: Draft, member: str) -> Signer:
    """The signer with that id, or 404: nobody is asked who need not sign."""
    found = next((s for s in household.signers(draft.answers, visit.today()) if s.member_id == member), None)
    if found is None or not draft.answers.get("applicant"):
        abort(404)
    return found
