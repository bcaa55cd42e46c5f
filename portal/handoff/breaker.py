"""The circuit breaker of a route: ten failures in a row open it, one probe a minute tests it.

While it is open no attempts are used up. Three refusals of our key in a row stop the route
until a person acts.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import assert_never

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from portal.handoff.case_system import Outcome
from portal.handoff.models import OutboxMessage, OutboxState, RouteHealth

OPENS_AFTER = 10
STOPS_AFTER = 3
PROBE_EVERY = timedelta(minutes=1)


def allowance(session: Session, route: str, *, now: datetime, wanted: int) -> int:
    """How many messages may go now: `wanted`, one probe, or none. Taking the probe is a compare-and-set."""
    health = session.get(RouteHealth, route)
    if health is None:
        return wanted
    if health.stopped_at is not None:
        return 0
    if health.opened_at is None or health.probe_at is None:
        return wanted
    if health.probe_at > now or wanted < 1:
        return 0
    taken = session.connection().execute(
        update(RouteHealth)
        .where(RouteHealth.route == route, RouteHealth.probe_at == health.probe_at)
        .values(probe_at=now + PROBE_EVERY)
    )
    session.expire(health)
    return 1 if taken.rowcount == 1 else 0


def record(session: Session, route: str, outcome: Outcome, now: datetime) -> None:
    """Count a call's end for its route."""
    health = session.get(RouteHealth, route, with_for_update=True)
    if health is None:
        health = RouteHealth(route=route, failures=0, refusals=0)
        session.add(health)
    match outcome:
        case Outcome.RETRY | Outcome.UNKNOWN:
            health.refusals = 0
            health.failures += 1
            if health.failures >= OPENS_AFTER and health.opened_at is None:
                health.opened_at, health.probe_at = now, now + PROBE_EVERY
        case Outcome.UNAUTHORISED:
            health.refusals += 1
            if health.refusals >= STOPS_AFTER and health.stopped_at is None:
                health.stopped_at = now
        case Outcome.STORED | Outcome.ACCEPTED | Outcome.REFUSED | Outcome.ABSENT:
            if health.opened_at is not None:
                _wake(session, route, now)
            health.failures = health.refusals = 0
            health.opened_at = health.probe_at = None
        case _:
            assert_never(outcome)


def restart(session: Session, route: str, now: datetime) -> bool:
    """Start a stopped route again, after its key was mended; False where no such route was stopped."""
    health = session.get(RouteHealth, route)
    if health is None or health.stopped_at is None:
        return False
    health.stopped_at = health.opened_at = health.probe_at = None
    health.failures = health.refusals = 0
    _wake(session, route, now)
    return True


def standing(session: Session) -> list[RouteHealth]:
    """All routes that were ever called."""
    return list(session.scalars(select(RouteHealth).order_by(RouteHealth.route)))


def _wake(session: Session, route: str, now: datetime) -> None:
    """The case system is back: what waited only because of it goes now, not in two hours."""
    session.execute(
        update(OutboxMessage)
        .where(
            OutboxMessage.route == route,
            OutboxMessage.state.in_((OutboxState.RETRY_WAIT, OutboxState.UNKNOWN)),
            OutboxMessage.next_attempt_at > now,
        )
        .values(next_attempt_at=now)
        .execution_options(synchronize_session=False)
    )
