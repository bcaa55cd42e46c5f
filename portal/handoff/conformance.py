"""The conformance kit: what a case system must do with our events, tried against a real endpoint."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from portal import codes
from portal.config import Settings
from portal.handoff import events, keys, signatures
from portal.handoff.canonical import canonical, content_hash
from portal.handoff.case_system import NoReply, Reply, call, read_receipt
from portal.handoff.snapshot import NUMBER_LENGTH, TEST_PREFIX

STORED = (200, 201)
TAKEN = (200, 201, 202)
REFUSED = (400, 401, 403)


@dataclass(frozen=True, slots=True)
class Check:
    """One rule of the contract: whether it held, and what was seen instead."""

    name: str
    passed: bool
    seen: str


@dataclass(slots=True)
class _Kit:
    """The endpoint under test and what was found so far."""

    settings: Settings
    url: str
    now: Callable[[], datetime]
    number: str = field(default_factory=lambda: _test_number())
    results: list[Check] = field(default_factory=list)

    def expect(self, name: str, passed: bool, seen: object) -> None:
        self.results.append(Check(name, passed, _words(seen)))

    def call(
        self,
        method: str,
        path: str,
        body: bytes = b"",
        *,
        key: str | None = None,
        sign: bool = True,
        skew: timedelta = timedelta(0),
        nonce: str | None = None,
        stranger: bool = False,
        sent_body: bytes | None = None,
    ) -> Reply | NoReply:
        headers = {"Content-Type": events.MEDIA_TYPE} if method == "POST" else {}
        if key is not None:
            headers["Idempotency-Key"] = key
        if sign:
            key_id, own = next(iter(keys.own(self.settings).items()))
            headers |= signatures.sign(
                method,
                self.url + path,
                headers,
                body,
                key_id=key_id,
                key=Ed25519PrivateKey.generate() if stranger else own,
                now=self.now() + skew,
                nonce=nonce,
            )
        return call(method, self.url + path, headers, body if sent_body is None else sent_body)

    def event(self, id_: str, version: int = 1, **changes: Any) -> bytes:
        """An event about a made-up household, marked as a test."""
        data = {**sample(), "applicationNumber": self.number, "applicationVersion": version, **changes}
        type_ = events.SUBMITTED if version == 1 else events.AMENDED
        return canonical(
            {
                "specversion": "1.0",
                "id": id_,
                "source": self.settings.public_url,
                "type": events.PREFIX + type_,
                "subject": self.number,
                "time": self.now().isoformat(),
                "datacontenttype": "application/json",
                "applicationversion": version,
                "partitionkey": self.number,
                "data": data,
            }
        )


def sample() -> dict[str, Any]:
    """The data of a made-up application; no such person, number or address exists."""
    return {
        "programmes": ["dibao"],
        "region": "220104",
        "area": "urban",
        "reason": {"codes": ["illness"], "text": "一致性测试"},
        "applicant": {
            "memberId": "applicant", "name": "一致性测试", "idNumber": "110101190001010009",
            "phone": "13800000000", "address": "测试地址",
        },
        "members": [{"memberId": "applicant", "name": "一致性测试", "relation": "self", "coLiving": True}],
        "supporters": [],
        "income": {"period": "last_12_months", "currency": "CNY"},
        "property": {"deposits": "0.00"},
        "spending": {"period": "month"},
        "attachments": [],
        "consents": [],
        "declarations": [],
        "channel": {"mode": "conformance"},
        "form": {"version": "0", "sha256": "0" * 64},
        "estimate": None,
        "submittedAt": "2026-11-23T09:00:00+08:00",
    }  # fmt: skip


def check(settings: Settings, url: str, now: Callable[[], datetime]) -> list[Check]:
    """Try every rule; what the endpoint stores of it has numbers that begin with TEST."""
    kit = _Kit(settings, url, now)
    id_ = str(uuid.uuid4())
    body = kit.event(id_)
    first = kit.call("POST", "/events", body, key=id_)
    kit.expect("a new event is stored or accepted", _status(first) in TAKEN, first)
    if _status(first) in STORED and isinstance(first, Reply):
        _receipts(kit, id_, body, first)
    _idempotency(kit, id_, body, first)
    _authenticity(kit)
    _oddities(kit)
    return kit.results


def _receipts(kit: _Kit, id_: str, body: bytes, first: Reply) -> None:
    receipt = read_receipt(first.body)
    kit.expect("the receipt has caseNumber, receivedAt and contentHash", receipt is not None, first)
    wanted = content_hash(json.loads(body)["data"])
    kit.expect(
        "contentHash is the SHA-256 of the RFC 8785 spelling of data",
        receipt is not None and receipt.content_hash == wanted,
        first,
    )
    asked = kit.call("GET", f"/receipts/{id_}")
    kit.expect("a receipt can be asked for", _status(asked) == 200 and _same_case(asked, first), asked)
    listed = kit.call("GET", "/reconciliation?days=35")
    kit.expect(
        "the list for reconciliation names the application", _lists(listed, kit.number, wanted), listed
    )


def _idempotency(kit: _Kit, id_: str, body: bytes, first: Reply | NoReply) -> None:
    again = kit.call("POST", "/events", body, key=id_)
    same = isinstance(again, Reply) and isinstance(first, Reply)
    same = same and (again.status, again.body) == (first.status, first.body)  # type: ignore[union-attr]  # both are replies
    kit.expect("the same key and body get the original answer", same, again)
    other = kit.call("POST", "/events", kit.event(id_, area="rural"), key=id_)
    kit.expect("the same key with another body is refused with 422", _status(other) == 422, other)
    none = kit.call("POST", "/events", kit.event(str(uuid.uuid4())), key=None)
    kit.expect("a missing Idempotency-Key is refused", _status(none) in REFUSED, none)
    second = str(uuid.uuid4())
    doubled = kit.call("POST", "/events", kit.event(second), key=second)
    kit.expect(
        "the same application version under another key makes no second case",
        _status(doubled) == 409 or _same_case(doubled, first) or _status(doubled) == 202,
        doubled,
    )
    third = str(uuid.uuid4())
    newer = kit.call("POST", "/events", kit.event(third, version=2), key=third)
    kit.expect(
        "a newer version belongs to the same case", _same_case(newer, first) or _status(newer) == 202, newer
    )
    unknown = kit.call("GET", f"/receipts/{uuid.uuid4()}")
    kit.expect("the receipt of an unknown key is 404", _status(unknown) == 404, unknown)
    fresh = _Kit(kit.settings, kit.url, kit.now)
    fourth = str(uuid.uuid4())
    parallel = fresh.event(fourth)
    with ThreadPoolExecutor(4) as pool:
        replies = [pool.submit(fresh.call, "POST", "/events", parallel, key=fourth) for _ in range(4)]
        statuses = sorted(_status(reply.result()) for reply in replies)
    kit.expect(
        "four times at once: stored, the original answer, or 409 while it runs",
        set(statuses) <= {200, 201, 202, 409} and statuses[0] in TAKEN,
        statuses,
    )


def _authenticity(kit: _Kit) -> None:
    def attempt(name: str, **how: Any) -> None:
        id_ = str(uuid.uuid4())
        body = _Kit(kit.settings, kit.url, kit.now).event(id_)
        sent = how.pop("tamper", None)
        reply = kit.call("POST", "/events", body, key=id_, sent_body=sent and body + sent, **how)
        kit.expect(name, _status(reply) in REFUSED, reply)

    attempt("a request without signature is refused", sign=False)
    attempt("a signature by another key is refused", stranger=True)
    attempt("an expired signature is refused", skew=timedelta(minutes=-10))
    attempt("a signature from the future is refused", skew=timedelta(minutes=10))
    attempt("a body that does not match its digest is refused", tamper=b" ")
    nonce = uuid.uuid4().hex
    id_ = str(uuid.uuid4())
    body = _Kit(kit.settings, kit.url, kit.now).event(id_)
    kit.call("POST", "/events", body, key=id_, nonce=nonce)
    replayed = kit.call("POST", "/events", body, key=id_, nonce=nonce)
    kit.expect("a nonce counts once", _status(replayed) in REFUSED, replayed)


def _oddities(kit: _Kit) -> None:
    for name, body in (
        ("a body that is no JSON is refused", b"{"),
        (
            "an event without subject is refused",
            b'{"specversion":"1.0","id":"x","source":"s","type":"t","data":{}}',
        ),
    ):
        reply = kit.call("POST", "/events", body, key=str(uuid.uuid4()))
        kit.expect(name, _status(reply) in (400, 422), reply)


def _test_number() -> str:
    body = TEST_PREFIX + codes.new_code(NUMBER_LENGTH - len(TEST_PREFIX))[:-1]
    return body + codes.check_character(body)


def _status(reply: Reply | NoReply) -> int:
    return reply.status if isinstance(reply, Reply) else 0


def _same_case(reply: Reply | NoReply, first: Reply | NoReply) -> bool:
    if not isinstance(reply, Reply) or not isinstance(first, Reply):
        return False
    one, other = read_receipt(reply.body), read_receipt(first.body)
    return one is not None and other is not None and one.case_number == other.case_number


def _lists(reply: Reply | NoReply, number: str, digest: str) -> bool:
    if not isinstance(reply, Reply) or reply.status != 200:
        return False
    try:
        rows = json.loads(reply.body)["applications"]
        return any(row["applicationNumber"] == number and row["contentHash"] == digest for row in rows)
    except (ValueError, KeyError, TypeError):
        return False


def _words(seen: object) -> str:
    if isinstance(seen, Reply):
        return f"status {seen.status}"
    if isinstance(seen, NoReply):
        return f"no answer ({seen.problem})"
    return str(seen)
