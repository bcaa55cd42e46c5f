"""`flask staff …` and `flask audit …`: accounts without a browser, and the proof that the audit is whole."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import click
from flask import current_app
from flask.cli import AppGroup
from sqlalchemy.orm import Session

from portal import clock, db
from portal.config import Settings
from portal.hotline import accounts
from portal.hotline import audit as ledger
from portal.hotline import sessions as signed_in
from portal.hotline.access import Role
from portal.hotline.accounts import AccountError
from portal.hotline.models import StaffAccount

staff = AppGroup("staff", help="Accounts of the hotline's staff.")
audit = AppGroup("audit", help="The record of what staff did.")

BY_COMMAND = "command"


@contextmanager
def _work() -> Iterator[Session]:
    try:
        with db.writing(db.engine()) as session:
            yield session
    except AccountError as refusal:
        click.echo(str(refusal), err=True)
        sys.exit(1)


def _known(session: Session, login: str) -> StaffAccount:
    account = accounts.by_login(session, login)
    if account is None:
        raise AccountError(f"there is no account {login!r}; see: flask --app portal.wsgi staff list")
    return account


def _log(session: Session, action: str, account: StaffAccount, fields: Sequence[str] = ()) -> None:
    about = [f"account:{account.login}", *fields]
    ledger.record(session, staff=BY_COMMAND, action=action, subject=None, fields=about, reason="命令行")


def _key() -> str:
    settings: Settings = current_app.extensions["doudi_settings"]
    return settings.secret_key


@staff.command("add")
@click.argument("login")
@click.option("--name", default=None, help="As colleagues know her; default: the account name.")
@click.option(
    "--role", type=click.Choice([role.value for role in Role]), default="operator", show_default=True
)
@click.option(
    "--county", "counties", multiple=True, help="Place code, also of a city or province; * for all."
)
@click.option("--email", default=None, help="For the province's sign-in.")
def add(login: str, name: str | None, role: str, counties: tuple[str, ...], email: str | None) -> None:
    """Make an account and print its start code, once. Without --county it sees no county's work."""
    with _work() as session:
        fresh = accounts.add(
            session,
            login=login,
            name=name or login,
            role=Role(role),
            counties=counties,
            email=email,
            key=_key(),
            now=clock.now(),
        )
        _log(session, "staff.added", fresh.account, [f"role:{role}", *(f"county:{c}" for c in counties)])
    _say_code(fresh.account.login, fresh.start_code)


@staff.command("list")
def show() -> None:
    """Every account: name, role, places, and whether it can be used."""
    with Session(bind=db.engine()) as session:
        for account in accounts.everybody(session):
            state = (
                "disabled" if account.disabled_at else "ready" if account.totp_secret else "waits for set-up"
            )
            places = ",".join(account.counties) or "no county"
            click.echo(f"{account.login}\t{account.role}\t{places}\t{state}")


@staff.command("disable")
@click.argument("login")
def disable(login: str) -> None:
    """Close an account and end its sessions at once."""
    with _work() as session:
        account = _known(session, login)
        accounts.disable(session, account, now=clock.now())
        _log(session, "staff.disabled", account)
    click.echo(f"{login} is closed.")


@staff.command("enable")
@click.argument("login")
def enable(login: str) -> None:
    """Open a closed account again."""
    with _work() as session:
        account = _known(session, login)
        accounts.enable(account)
        _log(session, "staff.enabled", account)
    click.echo(f"{login} is open.")


@staff.command("reset")
@click.argument("login")
def reset(login: str) -> None:
    """Take away password, telephone and sessions, and print a new start code, once."""
    with _work() as session:
        account = _known(session, login)
        code = accounts.reset(session, account, key=_key(), now=clock.now())
        _log(session, "staff.reset", account)
    _say_code(login, code)


@staff.command("sessions")
@click.argument("login")
@click.option("--end", is_flag=True, help="End them all.")
def sessions(login: str, end: bool) -> None:
    """The browsers in which an account is signed in."""
    now = clock.now()
    with _work() as session:
        account = _known(session, login)
        for one in signed_in.living(session, account.id, now):
            since = clock.local(one.created_at).strftime("%Y-%m-%d %H:%M")
            click.echo(f"since {since}\t{one.method}\t{one.browser}")
        if end:
            ended = signed_in.end_all(session, account.id, signed_in.End.REVOKED, now=now)
            _log(session, "staff.sessions_ended", account)
            click.echo(f"{ended} ended.")


@audit.command("verify")
@click.option(
    "--noted", default="", help="An end written down elsewhere before, as this command prints it: 12:ab34…"
)
def verify(noted: str) -> None:
    """Recompute every hash; exit 1 and one line a problem where an entry was changed or removed."""
    number, _colon, fingerprint = noted.partition(":")
    if noted and not number.isdigit():
        raise click.BadParameter("it looks like 12:ab34…", param_hint="--noted")
    with Session(bind=db.engine()) as session:
        problems = ledger.verify(session)
        length, head = ledger.end(session)
        if noted and not ledger.still_there(session, int(number), fingerprint):
            problems.append((int(number), "it is not the one that was noted"))
    for sequence, words in problems:
        click.echo(f"entry {sequence}: {words}", err=True)
    if problems:
        sys.exit(1)
    click.echo(f"The audit is whole: {length} entries. Note its end elsewhere: {length}:{head}")


def _say_code(login: str, code: str) -> None:
    settings: Settings = current_app.extensions["doudi_settings"]
    click.echo(f"Start code of {login}, valid for 72 hours, shown only now: {code}")
    click.echo(f"Sign in with it at {settings.public_url}/hotline/sign-in")
