"""The hotline's pages during a call: estimate with the caller, application in the caller's name."""

from __future__ import annotations

from flask import Blueprint

routes = Blueprint("hotline_call", __name__, url_prefix="/hotline/call")
