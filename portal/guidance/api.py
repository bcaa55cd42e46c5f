"""The guidance interface for other systems: estimates, answers, policies, rule tables; RFC 9457 for what is wrong."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from typing import Any

from flask import Blueprint, Response, make_response, request

from estimator import FactError
from portal import clock, errors
from portal.guidance import openapi, reading, service
from portal.guidance.advice import current

api = Blueprint("guidance_api", __name__, url_prefix="/api/v1")

LONGEST_QUESTION = 2000
# What is said here is made fresh and stands in no circle, so none is looked for.
_ENCODER = json.JSONEncoder(ensure_ascii=False, check_circular=False)
LARGEST_FACTS = 256 * 1024


@api.post("/estimates")
def estimates() -> Response:
    """Facts in, estimate out; neither is stored or logged."""
    if (request.content_length or 0) > LARGEST_FACTS:
        return errors.problem(413, "Content Too Large", f"at most {LARGEST_FACTS} bytes")
    try:
        facts = json.loads(request.get_data(cache=False).decode(), object_pairs_hook=_once)
    except (ValueError, RecursionError):
        return errors.problem(400, "Bad Request", "the body is not JSON")
    if not isinstance(facts, dict):
        return _unprocessable([("", "is not an object", 'send {"region": …, "members": […]}')])
    members = facts.get("members")
    if isinstance(members, list) and len(members) > openapi.MOST_MEMBERS:
        cure = f"send at most {openapi.MOST_MEMBERS}"
        return _unprocessable([("members", f"names {len(members)} people", cure)])
    try:
        estimate = current().estimate(facts, as_of=clock.today())
    except FactError as bad:
        return _unprocessable([(problem.path, problem.problem, problem.cure) for problem in bad.problems])
    return _json(estimate)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """A JSON object; a name that stands there twice would mean one thing here and another elsewhere."""
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a name stands there twice")
    return found


def _unprocessable(found: list[tuple[str, str, str]]) -> Response:
    listed = [{"pointer": path, "problem": problem, "cure": cure} for path, problem, cure in found]
    return errors.problem(422, "Unprocessable Content", "some facts cannot be read", errors=listed)


@api.get("/answers")
def answers() -> Response:
    question = request.args.get("q", "").strip()
    if not question:
        return errors.problem(400, "Bad Request", "the query parameter q is missing or empty")
    answer = current().answer(
        question[:LONGEST_QUESTION],
        region=request.args.get("region") or None,
        as_of=_day(request.args.get("as_of")) or clock.today(),
        lang=request.args.get("lang", ""),
    )
    service.count_question(answer, current())
    return _json(answer)


def _day(text: str | None) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        return None


@api.get("/policies")
def policies() -> Response:
    return _json({"policies": [_head(found) for found in reading.documents(current(), day=clock.today())]})


@api.get("/policies/<norm>")
def policy(norm: str) -> Response:
    found = reading.document(current(), norm, day=clock.today())
    if found is None:
        return errors.problem(404, "Not Found", "no such document")
    text = current().policy(norm)
    clauses = (
        [
            {"id": clause.id, "label": clause.label, "heading": clause.heading, "text": clause.text}
            for clause in text.clauses
        ]
        if text
        else [
            {"id": f"{norm}#{one.path}", "label": one.label} for one in reading.cited_clauses(current(), norm)
        ]
    )
    source = {"source_sha256": text.source_sha256} if text else {}
    return _json({**_head(found), **source, "clauses": clauses})


def _head(found: reading.Document) -> dict[str, Any]:
    norm = found.norm
    return {
        "norm": norm.id,
        "title": norm.title,
        "document_number": norm.document_number,
        "issuer": norm.issuer,
        "level": norm.level,
        "jurisdiction": norm.jurisdiction,
        "in_force_from": norm.in_force_from.isoformat(),
        "status": found.status,
        "superseded_by": norm.superseded_by,
        "full_text": found.full_text,
    }


@api.get("/rulebook")
def rulebook() -> Response:
    """Every row of every table; the ETag is the rulebook's own digest."""
    book = current().rulebook
    answer = _json(
        {
            "version": book.version,
            "sha256": book.sha256,
            "facts": [openapi.fact(spec) for spec in book.facts.values()],
            "tables": [
                {
                    "id": programme.id,
                    "title": programme.title,
                    "rules": [
                        _rule(row) for row in reading.rule_rows(current(), programme, day=clock.today())
                    ],
                }
                for programme in book.programmes.values()
            ],
        }
    )
    answer.set_etag(book.sha256)
    return answer.make_conditional(request)  # type: ignore[return-value]  # werkzeug names its base class


def _rule(row: reading.RuleRow) -> dict[str, Any]:
    rule = row.rule
    return {
        "id": rule.id,
        "kind": row.kind,
        "norm": rule.scope.norm,
        "jurisdiction": rule.scope.jurisdiction,
        "area": rule.scope.area,
        "from": rule.scope.start.isoformat(),
        "to": rule.scope.end.isoformat() if rule.scope.end else None,
        "text": rule.text,
        "citations": list(rule.citations),
    }


@api.get("/openapi.json")
def description() -> Response:
    return _json(openapi.description(current()))


def _json(value: Mapping[str, Any]) -> Response:
    answer = make_response(_ENCODER.encode(value))
    answer.headers["Content-Type"] = "application/json; charset=utf-8"
    return answer
