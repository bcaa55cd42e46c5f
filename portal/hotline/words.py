"""What the staff's pages call roles, states and actions."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from portal.hotline.access import Role

ROLES = {Role.OPERATOR: _l("接线员"), Role.SUPERVISOR: _l("组长"), Role.AUDITOR: _l("审计员")}


def role_word(role: Role | str) -> str:
    """The role as colleagues say it."""
    return str(ROLES[Role(role)])
