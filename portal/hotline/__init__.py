"""The hotline: what its staff use for people who cannot do it themselves.

Each area is a blueprint in its own module `*_pages.py`; every view carries its access rule. Where to look:

- coming in: access, accounts, sessions, signing_in, credentials, guessable, oidc, kept; account, own, people pages
- during a call: calls, search, cards, caller_check, phone_form, phone_estimate, assisted, read_out; console, call,
  caller, assisted pages
- after it: work, deliveries, learning; pages of the same names
- looking back: audit, figures, disclosure, charts; audit and figures pages
"""

from __future__ import annotations

from flask import Flask

from portal import clock, errors
from portal.guidance import finding
from portal.hotline import (
    access,
    account_pages,
    assisted,
    assisted_pages,
    audit_pages,
    call_pages,
    caller_pages,
    commands,
    console_pages,
    delivery_pages,
    figures_pages,
    kept,
    learning_pages,
    menu,
    oidc,
    own_pages,
    people_pages,
    read_out,
    sessions,
    words,
    work_pages,
)

__all__ = ["init_app"]

PAGES = (
    console_pages,
    call_pages,
    work_pages,
    delivery_pages,
    learning_pages,
    figures_pages,
    audit_pages,
    account_pages,
)
# Importing them adds their pages to those of the accounts and of the call.
MORE_PAGES = (own_pages, people_pages, caller_pages, assisted_pages)
COMMANDS = (commands.staff, commands.audit)


def init_app(app: Flask) -> None:
    """Register pages and commands; a view without access rule stops the start."""
    access.init_app(app)
    errors.wear(app, "/hotline", "hotline/error.html")
    oidc.init_app(app, app.extensions["doudi_settings"])
    kept.init_app(app)
    assisted.init_app(app)
    read_out.init_app(app)
    finding.index()  # now, not while the first caller waits
    for module in PAGES:
        app.register_blueprint(module.routes)
    for group in COMMANDS:
        app.cli.add_command(group)
    app.jinja_env.globals.update(
        idle_seconds=lambda: int(sessions.IDLE.total_seconds()),
        idle_warning=lambda: int(sessions.WARN.total_seconds()),
        hotline_menu=menu.entries,
        role_word=words.role_word,
        action_word=words.action_word,
        staff_home=access.home,
        local_time=clock.local,
    )
    app.jinja_env.filters["audit_field"] = words.field_word
    access.check_rules(app)
