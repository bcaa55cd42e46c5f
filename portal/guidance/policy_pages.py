"""The documents to read: a list with their standing, a page each with an anchor per clause, and the rule tables in words."""

from __future__ import annotations

from flask import abort, render_template, request

from portal import clock, regions
from portal.guidance import reading
from portal.guidance.advice import current
from portal.guidance.routes import routes

_LONGEST_SEARCH = 40


@routes.get("/policies")
def policies() -> str:
    wanted = request.args.get("find", "").strip()[:_LONGEST_SEARCH]
    return render_template(
        "guidance/policies.html",
        documents=reading.documents(current(), day=clock.today()),
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
        cited=reading.cited_clauses(current(), norm),
        place=regions.full_name(document.norm.jurisdiction),
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
        rows=reading.rule_rows(current(), table, day=clock.today()),
        rulebook=current().rulebook,
    )
