"""Faults that the sandbox plays on request, one per call, in the order in which they were asked for."""

from __future__ import annotations

import threading
from collections import deque
from dataclasses import dataclass, field
from enum import StrEnum


class Kind(StrEnum):
    """What goes wrong. All but `status`, `reset` and `unconfirmed` store the event first."""

    SLOW = "slow"
    RESET = "reset"
    LOST_ANSWER = "lost_answer"
    GARBAGE = "garbage"
    WRONG_HASH = "wrong_hash"
    STATUS = "status"
    UNCONFIRMED = "unconfirmed"
    DRIP = "drip"
    HUGE = "huge"
    REDIRECT = "redirect"


class FaultError(Exception):
    """The request for a fault makes no sense; the text says why."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault, `times` times in a row, for deliveries (`events`) or receipt questions (`receipts`)."""

    kind: Kind
    times: int = 1
    target: str = "events"
    status: int = 500
    seconds: float = 5.0
    retry_after: str | None = None


@dataclass(slots=True)
class Faults:
    """The queue of faults."""

    queue: deque[Fault] = field(default_factory=deque)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def ask_for(self, fault: Fault) -> None:
        with self.lock:
            self.queue.append(fault)

    def clear(self) -> None:
        with self.lock:
            self.queue.clear()

    def waiting(self) -> list[Fault]:
        with self.lock:
            return list(self.queue)

    def next(self, target: str) -> Fault | None:
        """The fault to play in this call, if any; counts it down."""
        with self.lock:
            for place, fault in enumerate(self.queue):
                if fault.target == target:
                    if fault.times <= 1:
                        del self.queue[place]
                    else:
                        self.queue[place] = Fault(
                            fault.kind,
                            fault.times - 1,
                            fault.target,
                            fault.status,
                            fault.seconds,
                            fault.retry_after,
                        )
                    return fault
        return None


def parse(given: object) -> Fault:
    """A fault from JSON or a form; raises FaultError."""
    if not isinstance(given, dict):
        raise FaultError("a fault is an object with kind, times, target, status, seconds, retryAfter")
    try:
        fault = Fault(
            kind=Kind(str(given.get("kind"))),
            times=int(given.get("times") or 1),
            target=str(given.get("target") or "events"),
            status=int(given.get("status") or 500),
            seconds=float(given.get("seconds") or 5),
            retry_after=str(given["retryAfter"])[:80] if given.get("retryAfter") else None,
        )
    except (ValueError, TypeError):
        raise FaultError("kind must be one of " + ", ".join(Kind) + "; the others are numbers") from None
    if fault.target not in ("events", "receipts") or not 1 <= fault.times <= 100_000:
        raise FaultError("target is events or receipts, times is 1 to 100000")
    if not 200 <= fault.status <= 599 or not 0 <= fault.seconds <= 120:
        raise FaultError("status is 200 to 599, seconds is 0 to 120")
    return fault
