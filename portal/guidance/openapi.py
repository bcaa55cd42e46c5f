"""The OpenAPI 3.1 description of the guidance interface, with the facts taken from the estimator's own list."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from estimator import FactSpec
from portal.guidance.advice import Advice

MOST_MEMBERS = 30  # more people than a household has would only keep the program busy
_PROBLEM = {
    "description": "What is wrong (RFC 9457)",
    "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
}
_WAIT = {
    **_PROBLEM,
    "description": "Too many requests from one address in this minute (RFC 9457)",
    "headers": {"Retry-After": {"description": "seconds to wait", "schema": {"type": "integer"}}},
}
_MONEY = {"type": ["string", "number", "null"], "description": "a decimal; null or absent means not told"}


def fact(spec: FactSpec) -> dict[str, Any]:
    """One fact of the estimator's list."""
    return {
        "id": spec.id,
        "level": spec.level,
        "type": spec.type,
        "unit": spec.unit,
        "low": None if spec.low is None else str(spec.low),
        "high": None if spec.high is None else str(spec.high),
        "options": dict(spec.options),
        "question": spec.question,
        "sensitive": spec.sensitive,
    }


def _schema(spec: FactSpec) -> dict[str, Any]:
    match spec.type:
        case "truth":
            found: dict[str, Any] = {"type": ["boolean", "null"]}
        case "choice":
            found = {"enum": [*spec.options, None]}
        case "integer":
            found = {"type": ["integer", "string", "null"]}
        case "date":
            found = {"type": ["string", "null"], "format": "date"}
        case "text":
            found = {"type": ["string", "null"]}
        case _:
            found = dict(_MONEY)
    return {**found, "title": spec.question}


def _facts(advice: Advice) -> dict[str, Any]:
    """The schema of the facts object, nested as the ids are."""
    household: dict[str, Any] = {"type": "object", "properties": {}}
    member: dict[str, Any] = {"type": "object", "properties": {"id": {"type": "string"}}}
    standards: dict[str, Any] = {"type": "object", "properties": {}}
    roots = {"household": household, "member": member, "standards": standards}
    top: dict[str, Any] = {
        "region": {"type": "string", "pattern": "^[0-9]{6}$"},
        "as_of": {"type": "string", "format": "date"},
        "household": household,
        "members": {"type": "array", "items": member, "maxItems": MOST_MEMBERS},
        "standards": standards,
    }
    for spec in advice.rulebook.facts.values():
        if spec.type == "group":
            continue  # the object itself; its facts follow
        first, *path = spec.id.split(".")
        if not path:
            top[first] = _schema(spec)
            continue
        place = roots[first]
        for part in path[:-1]:
            place = place["properties"].setdefault(part, {"type": "object", "properties": {}})
        place["properties"][path[-1]] = _schema(spec)
    return {"type": "object", "properties": top}


def _query(name: str, words: str, required: bool = False) -> dict[str, Any]:
    return {
        "name": name,
        "in": "query",
        "required": required,
        "description": words,
        "schema": {"type": "string"},
    }


def _json(words: str, schema: Mapping[str, Any] | None = None) -> dict[str, Any]:
    return {
        "description": words,
        "content": {"application/json": {"schema": dict(schema or {"type": "object"})}},
    }


def description(advice: Advice) -> dict[str, Any]:
    """The whole document."""
    norm = {"name": "norm", "in": "path", "required": True, "schema": {"type": "string"}}
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Doudi guidance",
            "version": "1",
            "description": "Estimates and answers on social assistance. An estimate is not a decision.",
        },
        "servers": [{"url": "/api/v1"}],
        "paths": {
            "/estimates": {
                "post": {
                    "summary": "Facts in, estimate out; nothing is stored",
                    "requestBody": {
                        "required": True,
                        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Facts"}}},
                    },
                    "responses": {
                        "200": _json("The estimate", {"$ref": "#/components/schemas/Estimate"}),
                        "400": _PROBLEM,
                        "413": _PROBLEM,
                        "422": _PROBLEM,
                        "429": _WAIT,
                    },
                }
            },
            "/answers": {
                "get": {
                    "summary": "One answer with its clauses",
                    "parameters": [
                        _query("q", "the question", required=True),
                        _query("region", "six-digit code or name of a place"),
                        _query("lang", "language tag: zh-Hans, zh-Hant, en, ko"),
                        _query("as_of", "day whose rules are asked for, YYYY-MM-DD"),
                    ],
                    "responses": {"200": _json("The answer"), "400": _PROBLEM, "429": _WAIT},
                }
            },
            "/policies": {
                "get": {
                    "summary": "All documents and how they stand",
                    "responses": {"200": _json("The list")},
                }
            },
            "/policies/{norm}": {
                "get": {
                    "summary": "One document with its clauses",
                    "parameters": [norm],
                    "responses": {"200": _json("The document"), "404": _PROBLEM},
                }
            },
            "/rulebook": {
                "get": {
                    "summary": "Every rule table, with version and digest (ETag)",
                    "responses": {"200": _json("The tables"), "304": {"description": "unchanged"}},
                }
            },
            "/openapi.json": {
                "get": {"summary": "This document", "responses": {"200": _json("OpenAPI 3.1")}}
            },
        },
        "components": {
            "schemas": {"Facts": _facts(advice), "Estimate": _estimate(advice), "Problem": _problem()}
        },
    }


def _estimate(advice: Advice) -> dict[str, Any]:
    programme = {
        "type": "object",
        "required": [
            "id",
            "subject",
            "outcome",
            "amount",
            "details",
            "reasons",
            "missing",
            "to_change",
            "citations",
            "status",
        ],
        "properties": {
            "id": {"enum": list(advice.rulebook.programmes)},
            "subject": {"type": "string", "description": "household, or a member's id"},
            "outcome": {"enum": ["likely", "unlikely", "undetermined", "no_rule"]},
            "status": {"enum": ["firm", "norm_unverified", "norms_conflict"]},
            "amount": {"type": ["object", "null"]},
            "details": {"type": "object"},
            "reasons": {"type": "array", "items": {"type": "object"}},
            "missing": {"type": "array", "items": {"type": "string"}},
            "to_change": {"type": ["object", "null"]},
            "citations": {"type": "array", "items": {"type": "string"}},
        },
    }
    return {
        "type": "object",
        "required": ["region", "as_of", "rulebook", "standards", "programmes", "next_question"],
        "properties": {
            "region": {"type": ["string", "null"]},
            "as_of": {"type": "string", "format": "date"},
            "rulebook": {"type": "object", "required": ["version", "sha256"]},
            "standards": {"type": "array", "items": {"type": "object"}},
            "programmes": {"type": "array", "items": programme},
            "next_question": {"type": ["object", "null"]},
        },
    }


def _problem() -> dict[str, Any]:
    entry = {
        "type": "object",
        "properties": {key: {"type": "string"} for key in ("pointer", "problem", "cure")},
    }
    return {
        "type": "object",
        "required": ["type", "title", "status"],
        "properties": {
            "type": {"type": "string"},
            "title": {"type": "string"},
            "status": {"type": "integer"},
            "detail": {"type": "string"},
            "errors": {"type": "array", "items": entry},
        },
    }
