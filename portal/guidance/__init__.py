"""Guidance: estimate, ask, read the policies; the only part that calls the estimator and the question bot."""

from __future__ import annotations

from flask import Flask

from portal.guidance import (
    advice,
    ask_pages,
    bring,
    estimate_pages,
    fragments,
    policy_pages,
    terms,
    variants,
    wording,
    words,
)
from portal.guidance.api import api
from portal.guidance.commands import commands
from portal.guidance.routes import routes
from portal.security import csrf

__all__ = ["ask_pages", "estimate_pages", "init_app", "policy_pages"]


def init_app(app: Flask) -> None:
    """Load and check rules, questions and texts (a defect stops the start), then offer pages and interface."""
    loaded = app.extensions[advice.KEY] = advice.load()
    variants.init_app(app, loaded.bot)
    bring.table()
    fragments.init_app(app)
    app.jinja_env.globals.update(
        anchor=advice.anchor,
        label=advice.label,
        programme_name=words.programme_name,
        status_word=words.status_word,
        unit_word=words.unit_word,
        amount_said=words.amount_said,
        cite=wording.cite,
        rule_words=wording.rule_words,
        terms_in=terms.terms_in,
    )
    app.register_blueprint(routes)
    app.register_blueprint(api)
    csrf.exempt(api)
    app.cli.add_command(commands)
