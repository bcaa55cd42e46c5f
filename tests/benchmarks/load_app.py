"""The portal beside an empty Flask view on the same server: `/empty` is a bare Flask, `/bare` a view of the portal."""

from __future__ import annotations

from flask import Flask
from werkzeug.middleware.dispatcher import DispatcherMiddleware

from portal.wsgi import app as portal

empty = Flask("empty")


@empty.get("/")
def nothing() -> str:
    return "nothing"


@portal.get("/bare")
def bare() -> str:
    return "nothing"


app = DispatcherMiddleware(portal, {"/empty": empty})
