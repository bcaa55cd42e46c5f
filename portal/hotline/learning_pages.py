"""The hotline's pages of the area `learning`."""

from __future__ import annotations

from flask import Blueprint, render_template
from flask_babel import gettext as _

from portal.hotline import access
from portal.hotline.access import Role

routes = Blueprint("hotline_learning", __name__, url_prefix="/hotline")


@routes.get("/learning")
@access.allow(Role.SUPERVISOR)
def home() -> str:
    return render_template("hotline/plain.html", heading=_("没答上的问题"))
