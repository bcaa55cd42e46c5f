"""The documents to read, with an anchor per clause; the rule tables in words; the leaflets.

What a page only needs when it is rendered anew is handed to it as a function.
"""

from __future__ import annotations

from functools import partial

from flask import abort, current_app, render_template, request, url_for

from portal import clock, regions
from portal.config import Settings
from portal.guidance import reading
from portal.guidance.advice import current
from portal.guidance.leaflet import leaflet
from portal.guidance.routes import routes
from portal.i18n import TAGS, current_locale, place_name

_LONGEST_SEARCH = 40
HOME_PROVINCE = "220000"


@routes.get("/policies")
def policies() -> str:
    wanted = request.args.get("find", "").strip()[:_LONGEST_SEARCH]
    return render_template(
        "guidance/policies.html",
        documents=partial(reading.documents, current(), day=clock.today()),
        wanted=wanted,
        found=reading.find(current(), wanted, day=clock.today()) if wanted else (),
        programmes=current().rulebook.programmes,
    )


@routes.get("/policies/<norm>")
def policy(norm: str) -> str:
    document = reading.document(current(), norm, day=clock.today())
    if document is None:
        abort(404)
    wanted = request.args.get("find", "").strip()[:_LONGEST_SEARCH]
    return render_template(
        "guidance/policy.html",
        document=document,
        policy=current().policy(norm),
        cited=partial(reading.cited_clauses, current(), norm),
        place=place_name(document.norm.jurisdiction),
        wanted=wanted,
        found=reading.find(current(), wanted, day=clock.today(), norm=norm) if wanted else (),
    )


@routes.get("/rules/<programme>")
def rules(programme: str) -> str:
    table = current().rulebook.programmes.get(programme)
    if table is None:
        abort(404)
    return render_template(
        "guidance/rules.html",
        table=table,
        rows=partial(reading.rule_rows, current(), table, day=clock.today()),
        rulebook=current().rulebook,
    )


@routes.get("/leaflets/<programme>")
def leaflet_page(programme: str) -> str:
    """One printable page about a programme, for one province; the QR code opens the estimate."""
    settings: Settings = current_app.extensions["doudi_settings"]
    table = current().rulebook.programmes.get(programme)
    if table is None:
        abort(404)
    asked = regions.place(request.args.get("region", ""))
    region = asked.code if asked is not None else HOME_PROVINCE
    made = partial(
        leaflet,
        current(),
        table,
        region=region,
        day=clock.today(),
        address=settings.public_url + url_for("guidance.estimate"),
        lang=TAGS[current_locale()],
    )
    return render_template(
        "guidance/leaflet.html",
        leaflet=made,
        programme=table.id,
        region=region,
        place=place_name(region),
        provinces=partial(regions.children, "000000"),
        today=clock.today(),
    )
