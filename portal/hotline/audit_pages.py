"""The auditor's page: who did what with whose data, when and why; as a list and as a table for a spreadsheet."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from typing import Any

from flask import Blueprint, abort, make_response, render_template, request
from flask_babel import lazy_gettext as _l
from werkzeug.wrappers import Response
from wtforms import DateField, SelectField, StringField
from wtforms.validators import Length, Optional, Regexp

from portal import clock, db
from portal.forms import PageForm
from portal.hotline import access, audit
from portal.hotline.access import Role
from portal.hotline.models import AuditEntry
from portal.hotline.words import action_word

routes = Blueprint("hotline_audit", __name__, url_prefix="/hotline")
PAGE = 100
MOST = 20_000
# A cell that begins with one of these is run as a formula by spreadsheets; an apostrophe before it makes it text.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


class FilterForm(PageForm):
    """What to look for; everything may stay empty."""

    class Meta:
        csrf = False  # it changes nothing

    staff = SelectField(_l("谁"), [Optional()])
    action = SelectField(_l("做了什么"), [Optional()])
    subject = StringField(
        _l("看了谁的资料（化名）"),
        [Optional(), Length(max=64), Regexp("^[0-9a-f]+$", message=_l("化名只有数字和字母 a 到 f。"))],
        description=_l("从下面的表里抄开头几位就行。"),
    )
    since = DateField(_l("从哪天"), [Optional()])
    until = DateField(_l("到哪天"), [Optional()])


@routes.get("/audit")
@access.allow(Role.AUDITOR)
def home() -> tuple[str, int]:
    return _page()


@routes.post("/audit/verify")
@access.allow(Role.AUDITOR)
def verify() -> tuple[str, int]:
    """Recompute the whole chain now and say what does not fit."""
    return _page(audit.verify(db.session()))


def _page(problems: list[tuple[int, str]] | None = None) -> tuple[str, int]:
    form, wanted = _wanted(request.args)
    before = request.args.get("before", type=int)
    found = audit.entries(db.session(), wanted, limit=PAGE + 1, before=before) if wanted else []
    length, head = audit.end(db.session())
    page = render_template(
        "hotline/audit.html",
        form=form,
        entries=found[:PAGE],
        older=found[PAGE - 1].sequence if len(found) > PAGE else None,
        asked={key: value for key, value in request.args.items() if key in form and value},
        length=length,
        head=head,
        local=clock.local,
        problems=problems,
    )
    return page, 200 if wanted else 422


@routes.post("/audit/export")
@access.allow(Role.AUDITOR)
def export() -> Response:
    """The filtered entries as CSV, newest first; that they were taken out is itself recorded."""
    _form, wanted = _wanted(request.form)
    if wanted is None:
        abort(422)
    with db.transaction() as opened:
        found = audit.entries(opened, wanted, limit=MOST)
        audit.record(
            opened,
            staff=access.current(),
            action="audit.exported",
            subject=None,
            fields=[f"entries:{len(found)}"],
            reason="审计页",
        )
    answer = make_response("\ufeff" + _table(found))  # the mark tells spreadsheets that it is UTF-8
    answer.headers["Content-Type"] = "text/csv; charset=utf-8"
    answer.headers["Content-Disposition"] = f"attachment; filename=audit-{clock.today().isoformat()}.csv"
    answer.headers["Cache-Control"] = "no-store"
    return answer


def spreadsheet_safe(cell: object) -> str:
    """A cell as text that no spreadsheet runs."""
    text = str(cell)
    return f"'{text}" if text.lstrip(" ").startswith(_FORMULA) else text


def _table(found: Iterable[AuditEntry]) -> str:
    out = io.StringIO()
    rows = csv.writer(out)
    rows.writerow(["sequence", "at", "staff", "role", "action", "subject", "fields", "reason", "hash"])
    for entry in found:
        at = clock.local(entry.at).isoformat(timespec="seconds")
        fields, reason = " ".join(entry.details["fields"]), entry.details["reason"]
        cells = (
            entry.sequence,
            at,
            entry.staff,
            entry.role,
            entry.action,
            entry.subject or "",
            fields,
            reason,
            entry.hash,
        )
        rows.writerow([spreadsheet_safe(cell) for cell in cells])
    return out.getvalue()


def _wanted(given: Any) -> tuple[FilterForm, audit.Filter | None]:
    form = FilterForm(given)
    opened = db.session()
    everything = [("", _l("全部"))]
    form.staff.choices = everything + [(name, name) for name in audit.people(opened)]
    form.action.choices = everything + [(name, action_word(name)) for name in audit.actions(opened)]
    if not form.validate():
        return form, None
    return form, audit.Filter(
        staff=form.staff.data or "",
        action=form.action.data or "",
        subject=form.subject.data or "",
        since=_start_of(form.since.data) if form.since.data else None,
        until=_start_of(form.until.data + timedelta(days=1)) if form.until.data else None,
    )


def _start_of(day: date) -> datetime:
    return datetime.combine(day, time(), clock.LOCAL_ZONE)
