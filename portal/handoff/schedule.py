"""When to try again: the schedule of the hand-off contract, its end, and what `Retry-After` may change."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

FIRST_DELAYS = tuple(timedelta(seconds=s) for s in (5, 30, 120, 600, 1800, 3600))
LONG_DELAY = timedelta(hours=2)
JITTER = 0.2
GIVE_UP_AFTER = timedelta(days=7)


def delay(attempts: int, chance: float) -> timedelta:
    """Pause after the attempt with this number (from 1); `chance` in 0..1 spreads the long ones by 20 %."""
    if attempts <= len(FIRST_DELAYS):
        return FIRST_DELAYS[attempts - 1]
    return LONG_DELAY * (1 - JITTER + 2 * JITTER * chance)


def retry_after(header: str | None, now: datetime) -> timedelta | None:
    """What the receiver asked for, in seconds or as a date (RFC 9110), between 0 and our longest pause.

    An unreadable value is no value; an absurd one cannot silence us for longer than the schedule would.
    """
    if header is None:
        return None
    text = header.strip()
    if text.isascii() and text.isdigit():
        seconds = min(int(text[:12]), int(LONG_DELAY.total_seconds()))
        return timedelta(seconds=seconds)
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, TypeError, OverflowError):
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return min(max(moment - now, timedelta(0)), LONG_DELAY)
