"""Who may open what: every view of the hotline carries a rule, and one guard keeps them all.

A view is marked by `allow(...)` or `public()`; `check_rules` stops the start where a mark is missing.
A person without session is sent to sign in (401 problem for scripts), a wrong role gets a 403 page, and what
belongs to another county answers 404, as if it did not exist.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Any, TypeVar

from flask import Flask, Request, abort, current_app, g, redirect, render_template, request, url_for
from flask_login import LoginManager, UserMixin, current_user
from werkzeug.wrappers import Response

from portal import clock, db, errors, log, regions
from portal.config import Settings
from portal.hotline import sessions

EVERYWHERE = "*"
DEVICE = "doudi-desk"  # the mark of a browser in which staff have signed in before
View = TypeVar("View", bound=Callable[..., Any])


class Role(Enum):
    """What a person is here for."""

    OPERATOR = "operator"
    SUPERVISOR = "supervisor"
    AUDITOR = "auditor"


@dataclass(frozen=True, slots=True)
class Rule:
    """Who may open a view: anybody, or these roles; `region` tells whose county the thing asked for is."""

    roles: frozenset[Role] = frozenset()
    anybody: bool = False
    setting_up: bool = False
    region: Callable[..., str | None] | None = None


@dataclass(frozen=True, slots=True)
class Staff(UserMixin):
    """The person behind this request. `counties` are place codes, or `*`."""

    id: str
    login: str
    name: str
    role: Role
    counties: tuple[str, ...]
    session_id: str
    setting_up: bool = False
    until: datetime | None = None  # when the session ends if nothing more is asked for


def allow(*roles: Role, county: Callable[..., str | None] | None = None) -> Callable[[View], View]:
    """Open a view to these roles. `county` gets the view's arguments and returns the place code of what is asked
    for (None where there is no such thing); whoever does not serve that place gets 404."""
    if not roles:
        raise ValueError("say which roles may open the view")
    return _mark(Rule(frozenset(roles), region=county))


def public() -> Callable[[View], View]:
    """Open a view to anybody: signing in, and nothing else."""
    return _mark(Rule(anybody=True))


def while_setting_up() -> Callable[[View], View]:
    """Open a view only to a person who is setting up the account with a start code."""
    return _mark(Rule(setting_up=True))


def current() -> Staff:
    """The signed-in person; behind a guarded view there always is one."""
    found = signed_in()
    if found is None:
        raise RuntimeError("nobody is signed in; the view lacks access.allow(...)")
    return found


def signed_in() -> Staff | None:
    """The signed-in person, or None."""
    user = current_user._get_current_object()  # the proxy itself is never None
    return user if isinstance(user, Staff) else None


def desk_browser() -> bool:
    """Whether this is a browser of the staff: somebody is signed in here, or has been."""
    settings: Settings = current_app.extensions["doudi_settings"]
    return bool({settings.cookie_name(DEVICE), cookie_name(settings)} & set(request.cookies))


def home_of(role: Role) -> str:
    """The endpoint where a role's work begins."""
    return "hotline_audit.home" if role is Role.AUDITOR else "hotline_console.home"


def home() -> str:
    """The endpoint where the person behind this request begins: the sign-in page where there is none."""
    staff = signed_in()
    if staff is None:
        return "hotline_account.sign_in"
    return "hotline_account.set_up" if staff.setting_up else home_of(staff.role)


def may_see(region: str | None) -> bool:
    """Whether the signed-in person serves this place; a thing without a place is for those who serve all."""
    return serves(current().counties, region)


def serves(counties: Sequence[str], region: str | None) -> bool:
    """Whether these place codes cover `region`: itself, or a place above it."""
    if EVERYWHERE in counties:
        return True
    found = regions.place(region)
    if found is None:
        return False
    return not {found.code, *(above.code for above in regions.ancestors(found.code))}.isdisjoint(counties)


def visible_regions() -> tuple[str, ...] | None:
    """The counties, cities and provinces the signed-in person sees, for queries; None where there is no limit."""
    counties = current().counties
    if EVERYWHERE in counties:
        return None
    seen: dict[str, None] = {}
    for code in counties:
        seen.update(dict.fromkeys([code, *(below.code for below in _below(code))]))
    return tuple(seen)


def _below(code: str) -> list[regions.Place]:
    return [place for child in regions.children(code) for place in (child, *_below(child.code))]


def init_app(app: Flask) -> None:
    """Let Flask-Login find the person by our own cookie, and put the guard before everything else."""
    manager = LoginManager()
    manager.session_protection = None  # the session is a row of ours, not a part of the citizens' cookie
    manager.request_loader(_load)
    # Not `manager.init_app`: it would open the citizens' session on every answer, static files included, only to
    # look for a remember-me cookie, which staff do not get.
    app.login_manager = manager  # type: ignore[attr-defined]  # where Flask-Login looks for it
    # First of all: whoever may not open a page learns nothing from it, not even that a token is missing.
    app.before_request_funcs.setdefault(None, []).insert(0, _guard)
    app.jinja_env.globals["signed_in_staff"] = signed_in


def check_rules(app: Flask) -> None:
    """Stop the start where a view of the hotline has no rule, or a path of the hotline is somebody else's."""
    for route in app.url_map.iter_rules():
        ours = route.endpoint.startswith("hotline_")
        if ours and not isinstance(rule_of(app, route.endpoint), Rule):
            raise RuntimeError(
                f"{route.endpoint} ({route.rule}) has no access rule; mark it with access.allow(...)"
            )
        if not ours and route.rule.startswith("/hotline"):
            raise RuntimeError(f"{route.endpoint} ({route.rule}) lies under /hotline but is not guarded")


def rule_of(app: Flask, endpoint: str) -> Rule | None:
    found = getattr(app.view_functions[endpoint], "access_rule", None)
    return found if isinstance(found, Rule) else None


def cookie_name(settings: Settings) -> str:
    """The staff's own cookie, apart from the citizens'."""
    return settings.cookie_name("doudi-staff")


def set_cookie(response: Response, token: str) -> None:
    """Give the browser the token of a fresh session; it ends with the browser."""
    settings: Settings = current_app.extensions["doudi_settings"]
    response.set_cookie(
        cookie_name(settings), token, path="/", httponly=True, samesite="Lax", secure=settings.secure_cookies
    )


def drop_cookie(response: Response) -> None:
    settings: Settings = current_app.extensions["doudi_settings"]
    response.delete_cookie(
        cookie_name(settings), path="/", httponly=True, samesite="Lax", secure=settings.secure_cookies
    )


def _mark(rule: Rule) -> Callable[[View], View]:
    def mark(view: View) -> View:
        view.access_rule = rule  # type: ignore[attr-defined]  # functions carry attributes
        return view

    return mark


def _load(incoming: Request) -> Staff | None:
    settings: Settings = current_app.extensions["doudi_settings"]
    token = incoming.cookies.get(cookie_name(settings))
    if not token:
        return None
    now = clock.now()
    found = sessions.find(db.session(), token, key=settings.secret_key, now=now)
    if found is None:
        g.staff_session_over = True
        return None
    staff = Staff(
        id=found.account.id,
        login=found.account.login,
        name=found.account.name,
        role=Role(found.account.role),
        counties=tuple(found.account.counties),
        session_id=found.session.id,
        setting_up=found.session.stage == sessions.Stage.SETTING_UP.value,
        until=min(found.session.until, (now if found.stale else found.session.last_seen_at) + sessions.IDLE),
    )
    if found.stale and not settings.read_only:
        with db.transaction() as opened:
            sessions.touch(opened, staff.session_id, now)
    return staff


def _guard() -> Response | tuple[str, int] | None:
    endpoint = request.endpoint or ""
    if not endpoint.startswith("hotline_"):
        return None
    rule = rule_of(current_app, endpoint)
    if rule is None:
        abort(500)
    if rule.anybody:
        return None
    staff = signed_in()
    if staff is None or staff.setting_up != rule.setting_up:
        return _send_to_sign_in(staff)
    if rule.setting_up:
        return None
    if staff.role not in rule.roles:
        log.event("hotline.refused", endpoint=endpoint, role=staff.role.value)
        if _by_script():
            return errors.problem(403, "this role may not do that")
        return render_template("hotline/refused.html", roles=rule.roles, Role=Role), 403
    if rule.region is not None:
        region = rule.region(**(request.view_args or {}))
        if region is None or not serves(staff.counties, region):
            abort(404)
    return None


def _send_to_sign_in(staff: Staff | None) -> Response:
    if _by_script():
        return errors.problem(401, "sign in first")
    if staff is not None:
        goal = "hotline_account.set_up" if staff.setting_up else "hotline_account.me"
        return redirect(url_for(goal), code=302)
    over = "1" if g.get("staff_session_over") else None
    return redirect(url_for("hotline_account.sign_in", over=over), code=302)


def _by_script() -> bool:
    """Whether a script asks rather than a person who opens a page."""
    best = request.accept_mimetypes.best_match(["text/html", "application/json"])
    return request.headers.get("Sec-Fetch-Dest") == "empty" or best == "application/json"
