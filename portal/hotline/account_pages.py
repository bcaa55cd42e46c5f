"""Signing in and out, one's own account, and the supervisor's page of people."""

from __future__ import annotations

from flask import Blueprint, render_template
from flask_babel import gettext as _

from portal.hotline import access
from portal.hotline.access import Role

routes = Blueprint("hotline_account", __name__, url_prefix="/hotline")


@routes.get("/sign-in")
@access.public()
def sign_in() -> str:
    return render_template("hotline/plain.html", heading=_("工作人员登录"))


@routes.post("/sign-out")
@access.public()
def sign_out() -> str:
    return render_template("hotline/plain.html", heading=_("工作人员登录"))


@routes.get("/me")
@access.allow(Role.OPERATOR, Role.SUPERVISOR, Role.AUDITOR)
def me() -> str:
    return render_template("hotline/plain.html", heading=_("我的账号"))


@routes.get("/people")
@access.allow(Role.SUPERVISOR)
def people() -> str:
    return render_template("hotline/plain.html", heading=_("人员"))
