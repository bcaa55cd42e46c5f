"""The contract as a vendor of a case system reads it: one page, OpenAPI, schemas, test vectors, our keys."""

from __future__ import annotations

import json
from pathlib import Path

from flask import Blueprint, Response, abort, current_app, make_response, render_template

from portal.config import Settings
from portal.handoff import keys

pages = Blueprint("handoff_documents", __name__, url_prefix="/docs/handoff")
FOLDER = Path(__file__).parent
SCHEMAS = FOLDER / "schemas"


def schema_names() -> list[str]:
    """Names of the published schemas, e.g. `application.submitted.v1`."""
    return sorted(file.stem for file in SCHEMAS.glob("*.json"))


@pages.get("")
def show() -> str:
    """The contract in short, with links to everything machines read."""
    return render_template("handoff/documents.html", schemas=schema_names())


@pages.get("/openapi.json")
def openapi() -> Response:
    return _json(FOLDER / "openapi.json")


@pages.get("/vectors.json")
def vectors() -> Response:
    return _json(FOLDER / "vectors.json")


@pages.get("/schemas/<name>.json")
def schema(name: str) -> Response:
    if name not in schema_names():
        abort(404)
    return _json(SCHEMAS / f"{name}.json")


@pages.get("/keys.json")
def public_keys() -> Response:
    """Our public keys; the first signs, the others are good during a rotation."""
    settings: Settings = current_app.extensions["doudi_settings"]
    listed = [keys.written(key_id, key) for key_id, key in keys.public(keys.own(settings)).items()]
    return make_response({"algorithm": "ed25519", "keys": listed})


def _json(file: Path) -> Response:
    answer = make_response(json.loads(file.read_text(encoding="utf-8")))
    answer.headers["Cache-Control"] = "public, max-age=300"
    return answer
