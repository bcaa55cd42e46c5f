"""Apply: one form for the whole family, saved at every step, sent once everybody has signed."""

from __future__ import annotations

from flask import Flask

from portal import consent
from portal.apply import (
    afterwards,
    asking,
    attachments,
    checklist,
    emergency,
    handing_over,
    household,
    people,
    programmes,
    questions,
    sections,
    signatures,
    timeline,
)
from portal.apply.commands import commands
from portal.apply.routes import routes

__all__ = ["init_app"]

PAGES = (sections, asking, people, emergency, signatures, attachments)  # importing them adds their pages


def init_app(app: Flask) -> None:
    """Check the tables (a defect stops the start) and add the pages."""
    household.check_table()
    questions.table()
    checklist.rows()
    timeline.check_table()
    app.jinja_env.filters["programme_name"] = programmes.name
    app.register_blueprint(routes)
    app.cli.add_command(commands)
    consent.on_withdrawal(app, afterwards.pass_on_withdrawal)
    consent.on_withdrawal(app, handing_over.end_links)
    consent.on_late_signature(app, afterwards.pass_on_answer)
    consent.on_late_signature(app, handing_over.pass_on_released)
