"""Handing in the papers that the case system asked for; each file goes out at once and cannot be taken back."""

from __future__ import annotations

from flask import current_app, redirect, render_template, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from portal import attachments, clock, db, handoff
from portal.attachments import papers
from portal.attachments.forms import ACCEPTED, PaperForm
from portal.config import Settings
from portal.progress import words
from portal.progress.routes import routes, signed_in

ASKED = "materials_requested"


@routes.route("/papers", methods=["GET", "POST"])
def hand_in() -> str | Response | tuple[str, int]:
    """One file at a time, as long as papers are asked for."""
    found = signed_in()
    if found is None:
        return redirect(url_for("progress.sign_in"), code=303)
    if found.withdrawn or found.case_state != ASKED:
        return redirect(url_for("progress.show"), code=303)
    settings: Settings = current_app.extensions["doudi_settings"]
    form = PaperForm()
    form.offer(papers.of_use(found.programmes, proxy=True))
    held = [file for file in attachments.of_number(db.session(), found.number) if file.draft_id is None]
    full = len(held) >= attachments.MOST
    if form.validate_on_submit() and not full:
        db.session().rollback()  # reading is over: the file is made safe and put away outside any transaction
        stored = form.store(settings)
        if stored is not None:
            with db.transaction() as writing:
                file = attachments.add(
                    writing, stored, kind=form.kind.data, number=found.number, now=clock.now()
                )
                entry = attachments.reference(file, now=clock.now())
                handoff.attachment_available(writing, found.number, entry, now=clock.now())
            return redirect(url_for("progress.hand_in", _anchor="held"), code=303)
    kinds = papers.kinds()
    page = render_template(
        "progress/papers.html",
        form=form,
        held=[(file, _(kinds[file.kind].title)) for file in held],
        full=full,
        message=words.message(found.case_state, found.details),
        accepted=ACCEPTED,
    )
    return (page, 422) if form.errors else page
