"""What an operator may do with the outbox: list, replay, park, reconcile; every act is logged with its author."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from portal import clock, db, log
from portal.config import Settings
from portal.handoff import authenticity, reconciliation, route_table, schedule
from portal.handoff.case_system import CaseSystem, NoReply
from portal.handoff.models import SETTLED, OutboxMessage, OutboxState
from portal.handoff.reconciliation import Differences

ALONE_AT_MOST = 100


class OperationError(Exception):
    """The act is not possible; the text says why and what to do."""


@dataclass(frozen=True, slots=True)
class Selection:
    """Which parked messages an operator means; empty fields do not narrow."""

    number: str | None = None
    route: str | None = None
    problem: str | None = None
    since: datetime | None = None
    until: datetime | None = None


def parked(session: Session, wanted: Selection) -> Sequence[OutboxMessage]:
    """Parked messages, oldest first."""
    query = select(OutboxMessage).where(OutboxMessage.state == OutboxState.PARKED)
    if wanted.number:
        query = query.where(OutboxMessage.application_number == wanted.number)
    if wanted.route:
        query = query.where(OutboxMessage.route == wanted.route)
    if wanted.problem:
        query = query.where(OutboxMessage.problem == wanted.problem)
    if wanted.since:
        query = query.where(OutboxMessage.created_at >= wanted.since)
    if wanted.until:
        query = query.where(OutboxMessage.created_at < wanted.until)
    return session.scalars(query.order_by(OutboxMessage.position)).all()


def replay(session: Session, wanted: Selection, by: Sequence[str], *, now: datetime) -> int:
    """Let parked messages go again with their old id, time and key; raises OperationError.

    What was ever sent is asked for first, so that a replay cannot make a second case. More than a hundred
    need two different people.
    """
    messages = parked(session, wanted)
    people = {person.strip() for person in by if person.strip()}
    if not people:
        raise OperationError("Say who does this: --by NAME.")
    if len(messages) > ALONE_AT_MOST and len(people) < 2:
        raise OperationError(
            f"{len(messages)} messages are more than {ALONE_AT_MOST}: --by a second person, too."
        )
    for message in messages:
        message.state = OutboxState.UNKNOWN if message.attempts else OutboxState.PENDING
        message.state_since, message.problem = now, "replayed"
        message.next_attempt_at, message.give_up_at = now, now + schedule.GIVE_UP_AFTER
    log.event("handoff.replayed", count=len(messages), by="+".join(sorted(people)))
    return len(messages)


def park(session: Session, number: str, by: str, *, now: datetime) -> int:
    """Take an application's undelivered messages off the road for a person to look at; raises OperationError."""
    if not by.strip():
        raise OperationError("Say who does this: --by NAME.")
    open_ = session.scalars(
        select(OutboxMessage).where(
            OutboxMessage.application_number == number,
            OutboxMessage.state.not_in((*SETTLED, OutboxState.PARKED, OutboxState.SENDING)),
        )
    ).all()
    for message in open_:
        message.state, message.state_since, message.problem = OutboxState.PARKED, now, "parked-by-operator"
    log.event("handoff.parked", application=number, count=len(open_), by=by)
    return len(open_)


def reconcile(engine: Engine, settings: Settings, route: str, *, mend: bool) -> Differences:
    """Compare both lists, note what agrees and, with `mend`, close the gaps; OperationError where there is no list."""
    system = case_system(settings, route)
    held = _list(system)
    with db.writing(engine) as session:
        found = reconciliation.compare(session, route, held, now=clock.now())
        reconciliation.mark_agreed(session, found.agreed, now=clock.now())
        if mend:
            reconciliation.send_again(session, found.missing_there, now=clock.now())
    if mend:
        for number, version in found.missing_here:
            event = _fetch(system, number, version)
            with db.writing(engine) as session:
                reconciliation.write_back(session, event, held[number, version], route, now=clock.now())
    log.event(
        "handoff.reconciled",
        route=route,
        agreed=len(found.agreed),
        missing_there=len(found.missing_there),
        missing_here=len(found.missing_here),
        hash_differs=len(found.hash_differs),
        mended=mend,
    )
    return found


def routes_in_use(session: Session, settings: Settings) -> list[str]:
    """The routes that anything was ever sent by; all of the table where nothing was, as after a total loss."""
    used = session.scalars(select(OutboxMessage.route).distinct()).all()
    return sorted(used or route_table.table(settings))


def case_system(settings: Settings, route: str) -> CaseSystem:
    """The client of a route; raises OperationError for an unknown one."""
    routes = route_table.table(settings)
    if route not in routes:
        raise OperationError(f"There is no route {route!r}; there are {', '.join(sorted(routes))}.")
    return CaseSystem(routes[route].url, authenticity.for_route(settings, route, clock.now), clock.now)


def _list(system: CaseSystem) -> dict[reconciliation.Key, str]:
    reply = system.fetch(f"/reconciliation?days={reconciliation.SPAN.days}")
    if isinstance(reply, NoReply) or reply.status != 200:
        why = reply.problem if isinstance(reply, NoReply) else f"status {reply.status}"
        raise OperationError(f"The case system gave no list: {why}.")
    try:
        return reconciliation.read_list(json.loads(reply.body))
    except ValueError as broken:
        raise OperationError(f"The case system's list cannot be read: {broken}.") from None


def _fetch(system: CaseSystem, number: str, version: int) -> dict[str, object]:
    reply = system.fetch(f"/events/{number}/{version}")
    if isinstance(reply, NoReply) or reply.status != 200:
        return {}
    try:
        found = json.loads(reply.body)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
