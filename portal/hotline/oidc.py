"""The province's own sign-in (OpenID Connect, authorization code with PKCE, state and nonce) through Authlib.

The person must have an account here, matched by the provider's `sub` or once by a verified e-mail address; only
where the settings map the provider's roles does a first sign-in make one, and then each sign-in renews its rights.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from flask import Flask, current_app, redirect, url_for
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from portal import codes, log
from portal.config import Settings
from portal.hotline import accounts, audit
from portal.hotline.access import Role
from portal.hotline.models import StaffAccount


def init_app(app: Flask, settings: Settings) -> None:
    """Make the client known; without an issuer in the settings there is none."""
    if settings.oidc_issuer:
        from portal.hotline import oidc_client

        oidc_client.init_app(app, settings)


def start(return_to: str) -> Response:
    """The way to the provider, or back to the sign-in page where it cannot be reached."""
    settings: Settings = current_app.extensions["doudi_settings"]
    if settings.oidc_issuer:
        from portal.hotline import oidc_client

        answer = oidc_client.start(return_to)
        if answer is not None:
            return answer
    return redirect(url_for("hotline_account.sign_in", over="oidc"), code=303)


def claims(settings: Settings) -> Mapping[str, Any] | None:
    """What the provider says of the person who came back, or None where any proof is missing or wrong."""
    if not settings.oidc_issuer:
        return None
    from portal.hotline import oidc_client

    return oidc_client.claims(settings)


def account_for(
    session: Session, told: Mapping[str, Any], settings: Settings, *, now: datetime
) -> StaffAccount | None:
    """The account of this person, made or renewed where roles are mapped; None where she has none or it is closed."""
    subject = codes.keyed_hash(
        f"{settings.oidc_issuer} {told['sub']}", key=settings.secret_key, purpose="staff-oidc"
    )
    account = session.scalars(
        select(StaffAccount).where(StaffAccount.oidc_subject == subject).with_for_update()
    ).one_or_none()
    account = account or _by_verified_email(session, told)
    rights = _mapped_rights(told, settings)
    if account is None and rights is not None:
        account = _made(session, told, rights, settings, now)
    if account is None or account.disabled_at is not None:
        return None
    account.oidc_subject = subject
    if rights is not None and accounts.change_rights(
        session, account, role=rights[0], counties=rights[1], now=now
    ):
        _log(session, account, "staff.rights_changed")
    session.flush()
    return account


def _by_verified_email(session: Session, told: Mapping[str, Any]) -> StaffAccount | None:
    email = told.get("email")
    if not isinstance(email, str) or told.get("email_verified") is not True:
        return None
    return session.scalars(
        select(StaffAccount)
        .where(StaffAccount.email == email.strip().lower(), StaffAccount.oidc_subject.is_(None))
        .with_for_update()
    ).one_or_none()


def _mapped_rights(told: Mapping[str, Any], settings: Settings) -> tuple[Role, list[str]] | None:
    """The highest mapped role and the known places of the claims, where the settings map roles."""
    mapping = dict(pair.split("=", 1) for pair in settings.oidc_roles)
    given = {mapping[name] for name in _strings(told.get(settings.oidc_role_claim)) if name in mapping}
    for role in (Role.SUPERVISOR, Role.OPERATOR, Role.AUDITOR):
        if role.value in given:
            return role, _places(_strings(told.get(settings.oidc_county_claim)))
    return None


def _places(named: Sequence[str]) -> list[str]:
    try:
        return accounts.known_places(named)
    except accounts.AccountError:
        log.event("hotline.oidc_unknown_place")
        return []  # rather nobody's county than the wrong one


def _strings(claim: object) -> list[str]:
    if isinstance(claim, str):
        return claim.replace(",", " ").split()
    return [one for one in claim if isinstance(one, str)] if isinstance(claim, list) else []


def _made(
    session: Session,
    told: Mapping[str, Any],
    rights: tuple[Role, list[str]],
    settings: Settings,
    now: datetime,
) -> StaffAccount:
    wanted = str(told.get("preferred_username") or told.get("email") or "staff").split("@")[0].lower()
    login = re.sub(r"[^a-z0-9._-]", "", wanted)[:30]
    if not accounts.LOGIN.fullmatch(login) or accounts.by_login(session, login) is not None:
        login = f"staff.{codes.new_code(8).lower()}"
    fresh = accounts.add(
        session,
        login=login,
        name=str(told.get("name") or login)[:40],
        role=rights[0],
        counties=rights[1],
        key=settings.secret_key,
        now=now,
    )
    fresh.account.start_code_hash = fresh.account.start_code_until = (
        None  # only the province's sign-in opens it
    )
    _log(session, fresh.account, "staff.added")
    return fresh.account


def _log(session: Session, account: StaffAccount, action: str) -> None:
    fields = [
        f"account:{account.login}",
        f"role:{account.role}",
        *(f"county:{code}" for code in account.counties),
    ]
    audit.record(session, staff="oidc", action=action, subject=None, fields=fields, reason="统一登录")
