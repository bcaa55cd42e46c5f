"""The pages that only speak: home with its four doors, privacy, accessibility. Other pages join this blueprint."""

from __future__ import annotations

from flask import Blueprint, current_app, render_template

from portal import personal_data
from portal.config import Settings
from portal.guidance import terms
from portal.i18n import available

routes = Blueprint("guidance", __name__)


@routes.get("/")
def home() -> str:
    return render_template("guidance/home.html")


@routes.get("/privacy")
def privacy() -> str:
    settings: Settings = current_app.extensions["doudi_settings"]
    return render_template("guidance/privacy.html", draft_days=settings.draft_days)


@routes.get("/privacy/list")
def personal_data_list() -> str:
    """What is kept of people, what for, on which law and how long: the list that a test holds to the tables."""
    of_citizens = [kind for kind in personal_data.kinds().values() if not kind.of_staff]
    return render_template("guidance/personal_data.html", kinds=of_citizens)


@routes.get("/words")
def words_page() -> str:
    """Every official term in plain words."""
    return render_template("guidance/terms.html", terms=terms.terms(), term_said=terms.term_said)


@routes.get("/accessibility")
def accessibility() -> str:
    return render_template("guidance/accessibility.html", languages=len(available()))
