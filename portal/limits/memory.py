"""Counts of requests in the memory of one process, behind the counting library's own interface."""

from __future__ import annotations

import threading

from limits.storage import Storage

from portal import clock

SWEEP_SECONDS = 30.0


class OwnMemory(Storage):
    """Counts of this process, each until its window ends; what is over is swept in passing.

    The library's own storage in memory starts a thread to sweep at nearly every request.
    """

    STORAGE_SCHEME = None

    def __init__(self) -> None:
        super().__init__()
        self._lock = threading.Lock()
        self._counted: dict[str, tuple[int, float]] = {}  # how often, and when that window ends
        self._sweep_at = 0.0

    @property
    def base_exceptions(self) -> tuple[type[Exception], ...]:
        return ()  # nothing here can be lost

    def incr(self, key: str, expiry: float, amount: int = 1) -> int:
        now = _now()
        with self._lock:
            if now >= self._sweep_at:
                self._sweep_at = now + SWEEP_SECONDS
                self._counted = {one: held for one, held in self._counted.items() if held[1] > now}
            count, ends = self._counted.get(key, (0, 0.0))
            if ends <= now:
                count, ends = 0, now + expiry
            self._counted[key] = (count + amount, ends)
            return count + amount

    def get(self, key: str) -> int:
        count, ends = self._counted.get(key, (0, 0.0))
        return count if ends > _now() else 0

    def get_expiry(self, key: str) -> float:
        return self._counted.get(key, (0, _now()))[1]

    def check(self) -> bool:
        return True

    def reset(self) -> int:
        with self._lock:
            held, self._counted = len(self._counted), {}
        return held

    def clear(self, key: str) -> None:
        with self._lock:
            self._counted.pop(key, None)


def _now() -> float:
    return clock.now().timestamp()
