"""The citizen's view of an application after it was sent: signing in by number and code, state, deadline."""

from __future__ import annotations

from flask import Flask

from portal.progress import deadline, household, papers
from portal.progress.routes import routes

__all__ = ["init_app"]

PAGES = (household, papers)  # importing them adds their pages to `routes`


def init_app(app: Flask) -> None:
    deadline.rules()  # a broken table stops the start
    app.register_blueprint(routes)
