"""Where case systems call us: status callbacks. Machines only, so no CSRF token but proof of who calls."""

from __future__ import annotations

from datetime import datetime
from typing import assert_never

from flask import Blueprint, Response, current_app, make_response, request

from portal import attachments, clock, db, errors, log
from portal.attachments import StorageError
from portal.config import Settings
from portal.handoff import authenticity, callbacks, events, feed
from portal.handoff.callbacks import Verdict
from portal.handoff.feed import Acknowledgement
from portal.handoff.signatures import SignatureError, Verified

routes = Blueprint("handoff", __name__)
LARGEST_CALLBACK = 256 * 1024
ENDINGS = {"image/jpeg": ".jpg", "application/pdf": ".pdf"}


def _settings() -> Settings:
    found: Settings = current_app.extensions["doudi_settings"]
    return found


@routes.post("/handoff/callbacks")
def callback() -> Response:
    """One status event of a case system; 2xx only when it is safely stored."""
    if (request.content_length or 0) > LARGEST_CALLBACK:
        return errors.problem(413, "event too large", f"at most {LARGEST_CALLBACK} bytes")
    body = request.get_data(cache=False)
    now = clock.now()
    try:
        route, signed = _caller(body, now)
    except SignatureError as refused:
        return _refuse(refused)
    try:
        event = events.read_case_event(body, {k.lower(): v for k, v in request.headers.items()})
    except events.EventError as broken:
        return errors.problem(400, "not a readable event", str(broken))
    if event is None:
        log.event("callback.unknown_type")
        return make_response("", 202)
    try:
        with db.transaction() as session:
            authenticity.use_nonce(session, signed, now=now)
            verdict = callbacks.receive(session, event, now=now, route=route)
    except SignatureError as replayed:
        return _refuse(replayed)
    log.event(
        "callback.received", application=event.application_number, sequence=event.sequence, verdict=verdict
    )
    return _answer(verdict)


@routes.get("/handoff/events")
def pull() -> Response:
    """The pull list: events of the calling case system after a cursor."""
    body, now = request.get_data(), clock.now()
    try:
        route, signed = _caller(body, now)
        with db.transaction() as session:  # a nonce is used up even by reading: the list holds personal data
            authenticity.use_nonce(session, signed, now=now)
            page = feed.read(
                session,
                route,
                after=request.args.get("after"),
                limit=request.args.get("limit", feed.MOST, int),
            )
    except SignatureError as refused:
        return _refuse(refused)
    except feed.CursorError:
        return errors.problem(400, "unknown cursor", "leave out `after` to begin at the beginning")
    return make_response({"events": page.events, "after": page.after, "more": page.more})


@routes.post("/handoff/events/<id_>/ack")
def acknowledge(id_: str) -> Response:
    """The case system holds an event: its case number and the hash of the data it stored."""
    return _report(id_, ("caseNumber", "contentHash"))


@routes.post("/handoff/events/<id_>/problem")
def report_problem(id_: str) -> Response:
    """The case system cannot work with an event: a short code, no free text."""
    return _report(id_, ("code",))


@routes.get("/handoff/attachments/<token>")
def attachment(token: str) -> Response:
    """A file by its one-time link: good for an hour from the first use, for broken downloads."""
    body, now = request.get_data(), clock.now()
    try:
        route, signed = _caller(body, now)
        with db.transaction() as session:
            authenticity.use_nonce(session, signed, now=now)
            found = attachments.by_link(session, token, key=_settings().secret_key)
            if found is None or not feed.sent_to(session, route, str(found.number)):
                return errors.problem(404, "unknown link")
            if not attachments.use_link(found, now=now):
                return errors.problem(
                    410, "link was used", "ask for a new one at /handoff/attachments/{id}/link"
                )
        data = attachments.content(found)
    except SignatureError as refused:
        return _refuse(refused)
    except StorageError as failed:
        log.event("attachment.storage_failed", why=str(failed))
        answer = errors.problem(503, "file storage does not answer", "try again later")
        answer.headers["Retry-After"] = "60"
        return answer
    log.event("attachment.fetched", attachment=found.id, route=route)
    answer = make_response(data)
    answer.headers["Content-Type"] = found.media_type
    answer.headers["Content-Disposition"] = f'attachment; filename="{found.id}{ENDINGS[found.media_type]}"'
    answer.headers["Cache-Control"] = "no-store"
    return answer


@routes.post("/handoff/attachments/<id_>/link")
def attachment_link(id_: str) -> Response:
    """A new one-time link for a file the case system was told of; the old link ends."""
    body, now = request.get_data(), clock.now()
    try:
        route, signed = _caller(body, now)
        with db.transaction() as session:
            authenticity.use_nonce(session, signed, now=now)
            found = attachments.handed_over(session, id_)
            if found is None or not feed.sent_to(session, route, str(found.number)):
                return errors.problem(404, "unknown attachment")
            entry = attachments.reference(found, now=now)
    except SignatureError as refused:
        return _refuse(refused)
    return make_response(entry)


def _report(id_: str, wanted: tuple[str, ...]) -> Response:
    body, now = request.get_data(), clock.now()
    try:
        route, signed = _caller(body, now)
        given = request.get_json(silent=True)
        texts = [given.get(key) if isinstance(given, dict) else None for key in wanted]
        values = [text for text in texts if isinstance(text, str) and 0 < len(text) <= 80]
        if len(values) != len(wanted):
            return errors.problem(400, "fields missing", f"send {' and '.join(wanted)} as short texts")
        with db.transaction() as session:
            authenticity.use_nonce(session, signed, now=now)
            if len(values) == 2:
                taken = feed.acknowledge(
                    session, route, id_, case_number=values[0], content_hash=values[1], now=now
                )
            else:
                taken = feed.report_problem(session, route, id_, code=values[0], now=now)
    except SignatureError as refused:
        return _refuse(refused)
    log.event("feed.reported", message=id_, taken=taken, route=route)
    match taken:
        case Acknowledgement.TAKEN:
            return make_response("", 204)
        case Acknowledgement.UNKNOWN:
            return errors.problem(404, "unknown event")
        case Acknowledgement.HASH_DIFFERS:
            return errors.problem(
                422, "content hash differs", "fetch the event again; nothing was acknowledged"
            )
        case _:
            assert_never(taken)


def _caller(body: bytes, now: datetime) -> tuple[str, Verified | None]:
    path = request.full_path if request.query_string else request.path
    return authenticity.caller(
        _settings(), request.method, path, list(request.headers.items()), body, now=now
    )


def _refuse(refused: SignatureError) -> Response:
    log.event("callback.refused", why=refused.kind)
    answer = errors.problem(
        401,
        "not authenticated",
        "sign the request as RFC 9421 says",
        kind=f"urn:doudi:problem:{refused.kind}",
    )
    answer.headers["WWW-Authenticate"] = "Signature"
    return answer


def _answer(verdict: Verdict) -> Response:
    match verdict:
        case Verdict.APPLIED | Verdict.DUPLICATE | Verdict.STALE | Verdict.IMPOSSIBLE:
            return make_response({"verdict": verdict.value}, 200)
        case Verdict.UNKNOWN_TYPE:
            return make_response({"verdict": verdict.value}, 202)
        case Verdict.UNKNOWN_CASE:
            return errors.problem(404, "unknown application", "subject names no application of this portal")
        case Verdict.NO_REASON:
            return errors.problem(
                422,
                "reason missing",
                "a refusal carries its written reason (社会救助法 art. 45)",
                errors=[{"pointer": "/data/reason", "detail": "required, not empty"}],
            )
        case _:
            assert_never(verdict)
