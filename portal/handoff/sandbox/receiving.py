"""The machine side of the sandbox: deliveries, receipts, faults, with the idempotency rules."""

from __future__ import annotations

import hashlib
import json
import socket
import time
from collections.abc import Iterator
from dataclasses import asdict
from datetime import datetime, timedelta
from functools import partial
from typing import Any, assert_never

from flask import Blueprint, Response, current_app, make_response, request

from portal import errors
from portal.config import Settings
from portal.db import writing
from portal.handoff import canonical, events, keys, signatures
from portal.handoff.sandbox import faults, fetching, store
from portal.handoff.sandbox.faults import Fault, Faults, Kind
from portal.handoff.sandbox.store import Store, StoredEvent

routes = Blueprint("receiving", __name__)


def settings() -> Settings:
    found: Settings = current_app.extensions["doudi_settings"]
    return found


def the_store() -> Store:
    found: Store = current_app.extensions["sandbox_store"]
    return found


def the_faults() -> Faults:
    found: Faults = current_app.extensions["sandbox_faults"]
    return found


def now() -> datetime:
    """The sandbox's clock, which a test may turn."""
    moment: datetime = current_app.extensions["sandbox_clock"]()
    return moment


@routes.before_request
def authenticate() -> Response | None:
    if request.endpoint in ("receiving.ask_for_fault", "receiving.show_faults", "receiving.clear_faults"):
        return None if request.method == "GET" or request.is_json else errors.problem(415, "send JSON")
    required = ("content-type", "idempotency-key") if request.method == "POST" else ()
    try:
        found = signatures.verify(
            request.method,
            request.url,
            list(request.headers.items()),
            request.get_data(),
            keys=keys.public(keys.own(settings())),
            now=now(),
            required=required,
        )
    except signatures.SignatureError as refused:
        return errors.problem(401, "not authenticated", kind=f"urn:doudi:problem:{refused.kind}")
    if not the_store().first_use(found.nonce, found.expires, now()):
        return errors.problem(401, "nonce used before", kind="urn:doudi:problem:nonce-replayed")
    return None


@routes.post("/events")
def receive() -> Response:
    """Take an event: 201 with a receipt; 400, 409, 422 by the idempotency rules."""
    key = request.headers.get("Idempotency-Key", "").strip().strip('"')
    if not key or len(key) > 64:
        return errors.problem(400, "Idempotency-Key is missing")
    body = request.get_data()
    if not the_store().begin(key):
        return _busy()
    try:
        return _play(the_faults().next("events"), key, body)
    finally:
        the_store().end(key)


@routes.get("/receipts/<key>")
def receipt(key: str) -> Response:
    """The receipt of a key: 200, 202 while it is running, 404 where it never came."""
    fault = the_faults().next("receipts")
    if fault is not None and fault.kind == Kind.STATUS:
        return _plain(fault)
    if fault is not None and fault.kind == Kind.UNCONFIRMED:
        return make_response("", 202)
    if key in the_store().running:
        return make_response("", 202)
    with the_store().reading() as session:
        stored = session.get(StoredEvent, key)
        if stored is None:
            return errors.problem(404, "no event with this key")
        if fault is not None and fault.kind == Kind.WRONG_HASH:
            return make_response({**stored.answer, "contentHash": "0" * 64}, 200)
        return make_response(stored.answer, 200)


@routes.get("/reconciliation")
def listing() -> Response:
    """What is held, for the nightly comparison."""
    days = min(max(request.args.get("days", 35, type=int), 1), 400)
    with the_store().reading() as session:
        held = store.held_since(session, now() - timedelta(days=days))
    rows = [
        {"applicationNumber": e.application_number, "applicationVersion": e.application_version,
         "contentHash": e.content_hash}
        for e in held
    ]  # fmt: skip
    return make_response({"count": len(rows), "applications": rows})


@routes.get("/events/<number>/<int:version>")
def stored_event(number: str, version: int) -> Response:
    """An event as it arrived, for a portal that lost it."""
    with the_store().reading() as session:
        found = next((e for e in store.versions(session, number) if e.application_version == version), None)
        if found is None:
            return errors.problem(404, "no such event")
        return make_response(found.event)


@routes.get("/faults")
def show_faults() -> Response:
    waiting = [asdict(fault) for fault in the_faults().waiting()]
    return make_response({"waiting": waiting, "running": sorted(the_store().running)})


@routes.post("/faults")
def ask_for_fault() -> Response:
    try:
        the_faults().ask_for(faults.parse(request.get_json(silent=True)))
    except faults.FaultError as wrong:
        return errors.problem(400, "no such fault", str(wrong))
    return make_response("", 204)


@routes.delete("/faults")
def clear_faults() -> Response:
    the_faults().clear()
    return make_response("", 204)


def _play(fault: Fault | None, key: str, body: bytes) -> Response:
    if fault is None:
        return _take(key, body)
    match fault.kind:
        case Kind.STATUS:
            return _plain(fault)
        case Kind.UNCONFIRMED:
            return make_response("", 202)
        case Kind.RESET:
            return _cut()
        case Kind.LOST_ANSWER:
            _take(key, body)
            return _cut()
        case Kind.SLOW:
            answer = _take(key, body)
            time.sleep(fault.seconds)
            return answer
        case Kind.GARBAGE:
            _take(key, body)
            return make_response("<html>ok</html>", 200)
        case Kind.WRONG_HASH:
            answer = _take(key, body)
            return make_response({**(answer.get_json() or {}), "contentHash": "0" * 64}, 201)
        case Kind.DRIP:
            answer = _take(key, body)
            return Response(_drip(answer.get_data(), fault.seconds), 201, mimetype="application/json")
        case Kind.HUGE:
            _take(key, body)
            return make_response(b" " * 5_000_000, 200)
        case Kind.REDIRECT:
            return make_response("", 307, {"Location": "/elsewhere"})
        case _:
            assert_never(fault.kind)


def _take(key: str, body: bytes) -> Response:
    fingerprint = hashlib.sha256(body).hexdigest()
    with writing(the_store().engine) as session:
        known = session.get(StoredEvent, key)
        if known is not None:
            if known.fingerprint != fingerprint:
                return errors.problem(422, "this Idempotency-Key came with another body before")
            return make_response(known.answer, 201)
        try:
            fields = _read(body)
        except events.EventError as broken:
            return errors.problem(400, "not a readable event", str(broken))
        stored = store.keep(session, key=key, fingerprint=fingerprint, now=now(), **fields)
        answer = dict(stored.answer)
        number = stored.application_number
    taken = make_response(answer, 201)
    taken.call_on_close(partial(fetching.fetch, the_store(), settings(), number, now=now()))
    return taken


def _read(body: bytes) -> dict[str, Any]:
    event = events.read(body, {"content-type": request.content_type or ""})
    version = event.get_attributes().get("applicationversion")
    number, data = event.get_subject(), event.get_data()
    if not isinstance(version, int) or not number or not isinstance(data, dict):
        raise events.EventError("subject, applicationversion or data is missing")
    try:
        digest = canonical.content_hash(data)
    except ValueError:
        raise events.EventError("data has a fraction; amounts are decimal strings") from None
    return {
        "type_": event.get_type().removeprefix(events.PREFIX),
        "number": number,
        "version": version,
        "content_hash": digest,
        "event": json.loads(body),
    }


def _busy() -> Response:
    answer = errors.problem(409, "a request with this key is still running")
    answer.headers["Retry-After"] = "1"
    return answer


def _plain(fault: Fault) -> Response:
    answer = errors.problem(fault.status, "scripted fault")
    if fault.retry_after:
        answer.headers["Retry-After"] = fault.retry_after
    return answer


def _drip(body: bytes, seconds: float) -> Iterator[bytes]:
    for byte in body:
        time.sleep(seconds / max(1, len(body)))
        yield bytes([byte])


def _cut() -> Response:
    """Cut the connection instead of answering, as a broken network does."""
    connection: socket.socket | None = request.environ.get("werkzeug.socket")
    if connection is not None:
        connection.shutdown(socket.SHUT_RDWR)
    return make_response("", 500)
