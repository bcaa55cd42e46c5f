"""The auditor's pages."""

from __future__ import annotations

from flask import Blueprint, render_template
from flask_babel import gettext as _

from portal.hotline import access
from portal.hotline.access import Role

routes = Blueprint("hotline_audit", __name__, url_prefix="/hotline")


@routes.get("/audit")
@access.allow(Role.AUDITOR)
def home() -> str:
    return render_template("hotline/plain.html", heading=_("审计"))
