"""`flask handoff …`: the operator's commands. Whatever changes something shows first what it would do."""

from __future__ import annotations

import sys
from datetime import datetime, timedelta

import click
from flask import current_app
from flask.cli import AppGroup

from portal import clock, codes, db, log
from portal.config import Settings
from portal.handoff import breaker, keys, operations, retention, standing
from portal.handoff.conformance import check
from portal.handoff.operations import OperationError, Selection

handoff = AppGroup("handoff", help="The hand-off to the case systems: what is on its way, what is stuck.")


def _settings() -> Settings:
    found: Settings = current_app.extensions["doudi_settings"]
    return found


def _stop(error: Exception) -> None:
    click.echo(str(error), err=True)
    sys.exit(1)


@handoff.command("status")
@click.argument("number", required=False)
def status(number: str | None) -> None:
    """Counts, routes and parked messages; with NUMBER, every attempt for one application."""
    session = db.session()
    if number is not None:
        _one(codes.normalise(number))
        return
    figures = standing.figures(session)
    for state, count in figures.by_state.items():
        click.echo(f"{state:13} {count}")
    click.echo(f"oldest undelivered: {figures.oldest_undelivered_seconds:.0f} s")
    for route in breaker.standing(session):
        condition = "stopped" if route.stopped_at else "open" if route.opened_at else "closed"
        click.echo(f"route {route.route}: circuit {condition}, {route.failures} failures in a row")
    for message in operations.parked(session, Selection()):
        click.echo(
            f"parked {message.application_number} v{message.application_version} {message.route} "
            f"{message.problem} after {message.attempts} attempts since "
            f"{clock.local(message.state_since).isoformat(timespec='minutes')}"
        )


def _one(number: str) -> None:
    found = standing.delivery(db.session(), number)
    if found is None:
        _stop(OperationError(f"There is no application {number}."))
        return
    click.echo(f"{found.number} {found.state} case {found.case_number or '-'} {found.case_state or '-'}")
    for attempt in standing.attempts(db.session(), number):
        click.echo(
            f"{clock.local(attempt.at).isoformat(timespec='seconds')} #{attempt.attempt} {attempt.call} "
            f"{attempt.outcome} {attempt.status or '-'} {attempt.milliseconds} ms {attempt.problem or ''}"
        )


@handoff.command("replay")
@click.option("--number", help="only this application")
@click.option("--route", help="only this route")
@click.option("--problem", help="only parked for this reason, e.g. status-422")
@click.option("--since", type=click.DateTime(), help="only written at or after this local time")
@click.option("--until", type=click.DateTime(), help="only written before this local time")
@click.option("--by", multiple=True, help="who does this; twice for more than 100 messages")
@click.option("--yes", is_flag=True, help="do it; without, only show")
def replay(
    number: str | None, route: str | None, problem: str | None, since: datetime | None, until: datetime | None,
    by: tuple[str, ...], yes: bool,
) -> None:  # fmt: skip
    """Let parked messages go again."""
    wanted = Selection(
        codes.normalise(number) if number else None, route, problem, _local(since), _local(until)
    )
    if not yes:
        for message in operations.parked(db.session(), wanted):
            click.echo(
                f"would replay {message.application_number} v{message.application_version} {message.problem}"
            )
        return
    try:
        with db.transaction() as session:
            click.echo(f"replayed {operations.replay(session, wanted, by, now=clock.now())}")
    except OperationError as refused:
        _stop(refused)


@handoff.command("park")
@click.argument("number")
@click.option("--by", default="", help="who does this")
@click.option("--yes", is_flag=True, help="do it; without, only show")
def park(number: str, by: str, yes: bool) -> None:
    """Take an application's undelivered messages off the road."""
    number = codes.normalise(number)
    if not yes:
        found = standing.delivery(db.session(), number)
        click.echo(f"would park what is undelivered of {number} (now {found.state if found else 'unknown'})")
        return
    try:
        with db.transaction() as session:
            click.echo(f"parked {operations.park(session, number, by, now=clock.now())}")
    except OperationError as refused:
        _stop(refused)


@handoff.command("restart-route")
@click.argument("route")
@click.option("--yes", is_flag=True, help="do it; without, only show")
def restart_route(route: str, yes: bool) -> None:
    """Start a route again that was stopped because the case system refused our key."""
    if not yes:
        click.echo(f"would start route {route} again")
        return
    with db.transaction() as session:
        started = breaker.restart(session, route, clock.now())
    log.event("handoff.route_restarted", route=route, started=started)
    click.echo("started" if started else "was not stopped")


@handoff.command("reconcile")
@click.option("--route", help="only this one; without, every route that anything was sent by")
@click.option("--yes", is_flag=True, help="close the gaps; without, only show them")
def reconcile(route: str | None, yes: bool) -> None:
    """Compare our list with each case system's; exit code 1 where they differ. Meant to run every night.

    What agrees is noted, so that retention may let go of it when its term is over.
    """
    routes = [route] if route else operations.routes_in_use(db.session(), _settings())
    well = [_reconciled(name, mend=yes) for name in routes]  # one that gives no list does not keep the others waiting
    if not all(well):
        sys.exit(1)


def _reconciled(route: str, *, mend: bool) -> bool:
    try:
        found = operations.reconcile(db.engine(), _settings(), route, mend=mend)
    except OperationError as refused:
        click.echo(f"{route}: {refused}", err=True)
        return False
    click.echo(f"{route}: agreed {len(found.agreed)}")
    for words, differing in (
        ("missing at the case system", found.missing_there),
        ("missing here", found.missing_here),
        ("content differs", found.hash_differs),
    ):
        for number, version in differing:
            click.echo(f"{words}: {number} v{version}")
    return not found.count


@handoff.command("prune")
@click.option("--older-than-days", type=click.IntRange(min=365), required=True, help="the retention term")
@click.option("--yes", is_flag=True, help="do it; without, only show")
def prune(older_than_days: int, yes: bool) -> None:
    """Delete closed applications whose term is over; exit code 1 where an old one had to be held back."""
    term = timedelta(days=older_than_days)
    with db.transaction() as session:
        found = retention.due(session, now=clock.now(), term=term)
        if yes:
            for number in found.deletable:
                retention.remove(session, number)
    click.echo(f"{'deleted' if yes else 'would delete'} {len(found.deletable)}")
    log.event("handoff.pruned", deleted=len(found.deletable) if yes else 0, held_back=len(found.held_back))
    if found.held_back:
        click.echo(f"held back, not yet settled: {len(found.held_back)}", err=True)
        sys.exit(1)


@handoff.command("keys")
def show_keys() -> None:
    """Our public keys, for the case system's configuration; the first one signs."""
    for key_id, key in keys.public(keys.own(_settings())).items():
        click.echo(keys.written(key_id, key))


@handoff.command("conformance")
@click.argument("url")
def conformance(url: str) -> None:
    """Try a case system's endpoint against the contract; exit code 1 where a check fails.

    Applications of the check carry the channel mode `conformance` and made-up people.
    """
    results = check(_settings(), url.rstrip("/"), clock.now)
    for result in results:
        click.echo(
            f"{'pass' if result.passed else 'FAIL'}  {result.name}{'' if result.passed else ': ' + result.seen}"
        )
    failed = sum(not result.passed for result in results)
    click.echo(f"{len(results) - failed} of {len(results)} checks passed")
    if failed:
        sys.exit(1)


def _local(moment: datetime | None) -> datetime | None:
    return None if moment is None else moment.replace(tzinfo=clock.LOCAL_ZONE)
