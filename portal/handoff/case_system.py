"""The only module that speaks HTTP: one call to a case system, and what its answer means for us.

Every call has an end (5 s to connect, 20 s in all), follows no redirect and reads a bounded answer.
"""

from __future__ import annotations

import ipaddress
import json
import re
import socket
import ssl
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from functools import cache
from typing import Any
from urllib.parse import quote

import httpx

from portal import tracing
from portal.handoff import schedule
from portal.handoff.events import MEDIA_TYPE

CONNECT_SECONDS = 5.0
TOTAL_SECONDS = 20.0
LARGEST_ANSWER = 64 * 1024
LARGEST_LIST = 64 * 1024 * 1024
_BROADCAST = ipaddress.IPv4Address("255.255.255.255")
_HEX = re.compile(r"[0-9a-f]{64}")

Sign = Callable[[str, str, dict[str, str], bytes], dict[str, str]]


class Outcome(StrEnum):
    """What an answer means (contract: Answers)."""

    STORED = "stored"
    ACCEPTED = "accepted"
    REFUSED = "refused"
    UNAUTHORISED = "unauthorised"
    RETRY = "retry"
    UNKNOWN = "unknown"
    ABSENT = "absent"


@dataclass(frozen=True, slots=True)
class Receipt:
    """What the case system says it holds. `content_hash` is the SHA-256 of the canonical data it received."""

    case_number: str
    received_at: datetime | None
    content_hash: str


@dataclass(frozen=True, slots=True)
class Answer:
    """The end of one call; `problem` is a short type, never a text from the wire."""

    outcome: Outcome
    milliseconds: int
    status: int | None = None
    problem: str | None = None
    receipt: Receipt | None = None
    retry_after: timedelta | None = None


@dataclass(frozen=True, slots=True)
class Reply:
    """Status, headers and bounded body of an HTTP answer."""

    status: int
    headers: httpx.Headers
    body: bytes


@dataclass(frozen=True, slots=True)
class NoReply:
    """No usable answer. `sent` says whether the other side may have got the request."""

    sent: bool
    problem: str


@dataclass(frozen=True, slots=True)
class CaseSystem:
    """A case system at `url`; `sign` returns the headers that prove who is calling."""

    url: str
    sign: Sign
    clock: Callable[[], datetime]
    connect_seconds: float = CONNECT_SECONDS
    total_seconds: float = TOTAL_SECONDS

    def send(self, key: str, body: bytes, expected_hash: str) -> Answer:
        """Deliver an event under its idempotency key; never raises for what the network or the peer does."""
        headers = {"Content-Type": MEDIA_TYPE, "Idempotency-Key": key, "Accept": "application/json"}
        started = time.monotonic()
        reply = self._call("POST", f"{self.url}/events", headers, body)
        return self._judge(reply, started, expected_hash, asked_for_receipt=False)

    def receipt(self, key: str, expected_hash: str) -> Answer:
        """Ask whether an event of unknown outcome arrived; ABSENT means it never did."""
        started = time.monotonic()
        url = f"{self.url}/receipts/{quote(key, safe='')}"
        reply = self._call("GET", url, {"Accept": "application/json"}, b"")
        return self._judge(reply, started, expected_hash, asked_for_receipt=True)

    def fetch(self, path: str) -> Reply | NoReply:
        """Read a list or a stored event of the case system; for operators, so the answer may be large."""
        url = self.url + path
        headers = {"Accept": "application/json"}
        return call("GET", url, {**headers, **self.sign("GET", url, headers, b"")}, b"", largest=LARGEST_LIST)

    def _call(self, method: str, url: str, headers: dict[str, str], body: bytes) -> Reply | NoReply:
        return call(
            method,
            url,
            {**headers, **self.sign(method, url, headers, body)},
            body,
            connect_seconds=self.connect_seconds,
            total_seconds=self.total_seconds,
        )

    def _judge(
        self, reply: Reply | NoReply, started: float, expected_hash: str, *, asked_for_receipt: bool
    ) -> Answer:
        took = int((time.monotonic() - started) * 1000)
        if isinstance(reply, NoReply):
            outcome = Outcome.UNKNOWN if reply.sent else Outcome.RETRY
            return Answer(outcome, took, problem=reply.problem)
        outcome, problem, receipt = judge(reply.status, reply.body, expected_hash, asked_for_receipt)
        pause = schedule.retry_after(reply.headers.get("Retry-After"), self.clock())
        return Answer(outcome, took, reply.status, problem, receipt, pause)


def judge(
    status: int, body: bytes, expected_hash: str, asked_for_receipt: bool
) -> tuple[Outcome, str | None, Receipt | None]:
    """What a status and body mean: outcome, short problem type, receipt where there is one."""
    if status in (200, 201):
        receipt = read_receipt(body)
        if receipt is None:
            return Outcome.UNKNOWN, "receipt-unreadable", None
        if receipt.content_hash != expected_hash:
            return Outcome.UNKNOWN, "content-hash-differs", receipt
        return Outcome.STORED, None, receipt
    if status == 202:
        return Outcome.ACCEPTED, None, None
    if status in (401, 403):
        return Outcome.UNAUTHORISED, f"status-{status}", None
    if status == 404 and asked_for_receipt:
        return Outcome.ABSENT, None, None
    if status == 409:
        return Outcome.UNKNOWN, "still-running", None
    if status in (408, 425, 429) or status >= 500:
        return Outcome.RETRY, f"status-{status}", None
    if 300 <= status < 400:
        # Not followed: the settings fix the target. A moved address is ours to mend, not the citizen's loss.
        return Outcome.RETRY, "redirect-not-followed", None
    if status >= 400:
        return Outcome.REFUSED, f"status-{status}", None
    return Outcome.UNKNOWN, f"status-{status}", None


def read_receipt(body: bytes) -> Receipt | None:
    """The receipt in an answer, or None where there is none that can be trusted to mean something."""
    try:
        found: Any = json.loads(body)
    except (ValueError, RecursionError):
        return None
    if not isinstance(found, dict):
        return None
    number, digest, moment = found.get("caseNumber"), found.get("contentHash"), found.get("receivedAt")
    if not isinstance(number, str) or not 0 < len(number) <= 80:
        return None
    if not isinstance(digest, str) or not _HEX.fullmatch(digest):
        return None
    return Receipt(number, _moment(moment), digest)


def _moment(text: object) -> datetime | None:
    try:
        found = datetime.fromisoformat(text) if isinstance(text, str) else None
    except ValueError:
        return None
    return found if found is not None and found.tzinfo is not None else None


class _NotCalled(Exception):
    """The name leads to an address we never speak to."""


def is_loopback(host: str) -> bool:
    """Whether an operator wrote this machine itself."""
    return host in ("127.0.0.1", "localhost", "::1")


def may_be_called(host: str, address: str) -> bool:
    """Whether `address`, which the configured `host` led to, can be a case system.

    Case systems live in closed networks, so private addresses are allowed. A name that suddenly leads to this
    machine, to the link-local range (where clouds keep their secrets) or to nobody is not what was configured.
    """
    try:
        found = ipaddress.ip_address(address.split("%")[0])
    except ValueError:
        return True  # a name, judged again when it is connected to
    if isinstance(found, ipaddress.IPv6Address) and found.ipv4_mapped:
        found = found.ipv4_mapped
    if found.is_loopback:
        return is_loopback(host)
    return not (found.is_link_local or found.is_multicast or found.is_unspecified or found == _BROADCAST)


@cache
def _tls() -> ssl.SSLContext:
    return ssl.create_default_context()  # reading the authorities costs more than a call, so once a process


def call(
    method: str,
    url: str,
    headers: dict[str, str],
    body: bytes,
    *,
    connect_seconds: float = CONNECT_SECONDS,
    total_seconds: float = TOTAL_SECONDS,
    largest: int = LARGEST_ANSWER,
) -> Reply | NoReply:
    """One request over one connection that is cut when `total_seconds` are over, even if bytes still drip."""
    with tracing.calling(method, url) as traced:
        headers = {**headers, **traced.headers}
        reply = _exchange(method, url, headers, body, connect_seconds, total_seconds, largest)
        if isinstance(reply, Reply):
            traced.answered(reply.status)
        else:
            traced.failed(reply.problem)
    return reply


def _exchange(
    method: str,
    url: str,
    headers: dict[str, str],
    body: bytes,
    connect_seconds: float,
    total_seconds: float,
    largest: int,
) -> Reply | NoReply:
    connected: list[Any] = []

    def watch(event: str, info: dict[str, Any]) -> None:
        if event in ("connection.connect_tcp.complete", "connection.start_tls.complete"):
            stream = info["return_value"]
            peer = stream.get_extra_info("server_addr")
            if peer and not may_be_called(httpx.URL(url).host, str(peer[0])):
                stream.close()
                raise _NotCalled
            connected.append(stream)

    def cut() -> None:
        for stream in connected[-1:]:
            try:
                stream.get_extra_info("socket").shutdown(socket.SHUT_RDWR)
            except OSError:
                return  # it was closed in the meantime, which is as good

    guard = threading.Timer(total_seconds, cut)
    guard.daemon = True
    guard.start()
    plain = {"Accept-Encoding": "identity", "User-Agent": "doudi", **headers}
    timeout = httpx.Timeout(total_seconds, connect=connect_seconds)
    try:
        with (
            httpx.Client(timeout=timeout, follow_redirects=False, trust_env=False, verify=_tls()) as client,
            client.stream(method, url, headers=plain, content=body, extensions={"trace": watch}) as answer,
        ):
            received = bytearray()
            for part in answer.iter_raw():
                received += part
                if len(received) > largest:
                    return NoReply(sent=True, problem="answer-too-large")
            return Reply(answer.status_code, answer.headers, bytes(received))
    except _NotCalled:
        return NoReply(sent=False, problem="address-not-allowed")
    except (httpx.ConnectError, httpx.ConnectTimeout, httpx.UnsupportedProtocol) as failed:
        return NoReply(sent=False, problem=type(failed).__name__)
    except (httpx.HTTPError, httpx.InvalidURL, OSError) as failed:
        return NoReply(sent=bool(connected), problem=type(failed).__name__)
    finally:
        guard.cancel()
