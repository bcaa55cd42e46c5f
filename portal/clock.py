"""The only place that reads the clock. Storage is UTC; people see Asia/Shanghai."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

LOCAL_ZONE = ZoneInfo("Asia/Shanghai")


def now() -> datetime:
    """The current time, aware, in UTC."""
    return datetime.now(UTC)


def today() -> date:
    """The current day where the citizens live."""
    return now().astimezone(LOCAL_ZONE).date()


def local(moment: datetime) -> datetime:
    """A stored moment as people read it."""
    return moment.astimezone(LOCAL_ZONE)
