"""The menu of the staff: which areas a role sees, and how much waits in each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask import current_app
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from portal import db
from portal.hotline import access, figures_pages, learning_pages, work_pages
from portal.hotline.access import Staff

# An area tells how much waits by a function `waiting(session, staff) -> int` in its pages module.
_AREAS: tuple[tuple[str, Any, object], ...] = (
    ("hotline_console.home", _l("接听"), None),
    ("hotline_work.home", _l("待办"), work_pages),
    ("hotline_learning.home", _l("没答上"), learning_pages),
    ("hotline_figures.home", _l("数字"), figures_pages),
    ("hotline_audit.home", _l("审计"), None),
    ("hotline_account.people", _l("人员"), None),
)


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the menu: endpoint, words, and how many things wait there (None: not counted)."""

    endpoint: str
    words: str
    waiting: int | None


def entries() -> list[Entry]:
    """What the signed-in person may open, in the menu's order."""
    staff = access.signed_in()
    if staff is None or staff.setting_up:
        return []
    shown = []
    for endpoint, words, module in _AREAS:
        rule = access.rule_of(current_app, endpoint)
        if rule is not None and staff.role in rule.roles:
            shown.append(Entry(endpoint, str(words), _waiting(module, staff)))
    return shown


def _waiting(module: object, staff: Staff) -> int | None:
    count: Callable[[Session, Staff], int] | None = getattr(module, "waiting", None)
    return count(db.session(), staff) if count else None
