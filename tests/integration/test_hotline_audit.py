"""The audit is append-only and says so: whatever is changed, removed or cut off is found by its number."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from portal import db
from portal.hotline import audit, words
from portal.hotline.access import Role, Staff
from portal.hotline.audit_pages import spreadsheet_safe
from portal.hotline.models import AuditEntry
from tests.support.hotline import staff_client
from tests.support.pages import page_text
from tests.support.staff_accounts import Clock

LI_NA = Staff("1", "li.na", "李娜", Role.OPERATOR, ("222401",), "s")
WANG_WU = Staff("2", "wang.wu", "王五", Role.SUPERVISOR, ("*",), "t")
NUMBER = "ABCDEFGH23"


@pytest.fixture
def hands(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock(monkeypatch)


@pytest.fixture
def filled(app: Flask, hands: Clock) -> Flask:
    reads = [
        (LI_NA, "application.read", NUMBER, ["state", "deadline"], "caller checked by code"),
        (LI_NA, "application.read", "OTHER23456", ["state"], '=HYPERLINK("http://x","y")'),
        (WANG_WU, "delivery.replay", NUMBER, [], "parked since Friday"),
    ]
    for staff, action, subject, fields, reason in reads:
        with app.app_context(), db.transaction() as session:
            audit.record(session, staff=staff, action=action, subject=subject, fields=fields, reason=reason)
        hands.forward(days=1)
    return app


def verify(app: Flask) -> tuple[int, str]:
    answer = app.test_cli_runner().invoke(args=["audit", "verify"])
    return answer.exit_code, answer.output


def test_an_untouched_audit_is_whole_and_says_how_long_it_is(filled: Flask) -> None:
    code, said = verify(filled)
    assert code == 0
    assert said.startswith("The audit is whole: 3 entries")


def test_an_end_that_was_noted_elsewhere_shows_up_a_chain_written_anew(filled: Flask) -> None:
    run = filled.test_cli_runner().invoke
    noted = verify(filled)[1].split("elsewhere: ")[1].strip()
    assert run(args=["audit", "verify", "--noted", noted]).exit_code == 0
    with filled.app_context(), db.writing(filled.extensions["doudi_engine"]) as session:
        session.execute(text("DELETE FROM audit_entry"))
        session.execute(text("DELETE FROM audit_head"))
        session.expire_all()
        for _entry in range(4):
            audit.record(
                session, staff=WANG_WU, action="x.y", subject=None, fields=[], reason="nothing happened"
            )
    assert verify(filled)[0] == 0
    answer = run(args=["audit", "verify", "--noted", noted])
    assert answer.exit_code == 1
    assert "entry 3: it is not the one that was noted" in answer.output
    assert run(args=["audit", "verify", "--noted", "yesterday"]).exit_code == 2


def test_the_auditor_checks_the_chain_on_the_page(filled: Flask) -> None:
    auditor = staff_client(filled, Role.AUDITOR)
    assert "3 条都没有被动过" in page_text(auditor.submit("/hotline/audit", button="核对全部记录"))
    with filled.app_context(), db.writing(filled.extensions["doudi_engine"]) as session:
        session.execute(text("UPDATE audit_entry SET staff = 'nobody' WHERE sequence = 2"))
    assert "第 2 条对不上" in page_text(auditor.submit("/hotline/audit", button="核对全部记录"))


def test_an_empty_audit_is_whole(app: Flask) -> None:
    assert verify(app)[0] == 0


def sql(statement: str) -> Callable[[Session], None]:
    return lambda session: session.execute(text(statement)) and None


def forge_reason(session: Session) -> None:
    entry = session.get_one(AuditEntry, 2)
    details = {**entry.details, "reason": "something nicer"}
    session.execute(AuditEntry.__table__.update().where(AuditEntry.sequence == 2).values(details=details))


@pytest.mark.parametrize(
    ("tamper", "said"),
    [
        (
            sql("UPDATE audit_entry SET staff = 'wang.wu' WHERE sequence = 1"),
            "entry 1: the event or its record was changed",
        ),
        (
            sql("UPDATE audit_entry SET action = 'x' WHERE sequence = 3"),
            "entry 3: the event or its record was changed",
        ),
        (
            sql("UPDATE audit_entry SET subject = NULL WHERE sequence = 2"),
            "entry 2: the event or its record was changed",
        ),
        (sql("UPDATE audit_entry SET at = '2020-01-01 00:00:00' WHERE sequence = 2"), "entry 2: the event"),
        (forge_reason, "entry 2: the event or its record was changed"),
        (
            sql("DELETE FROM audit_entry WHERE sequence = 2"),
            "entry 3: the event before it is missing or was replaced",
        ),
        (sql("DELETE FROM audit_entry WHERE sequence = 1"), "entry 2: the event before it is missing"),
        (
            sql("DELETE FROM audit_entry WHERE sequence = 3"),
            "entry 2: the end of the chain does not match its seal",
        ),
        (sql("DELETE FROM audit_entry"), "entry 0: the end of the chain does not match its seal"),
        (sql("DELETE FROM audit_head"), "entry 3: the seal of the chain is missing"),
    ],
)
def test_whoever_changes_one_row_is_found_out_by_its_number(
    filled: Flask, tamper: Callable[[Session], None], said: str
) -> None:
    with filled.app_context(), db.writing(filled.extensions["doudi_engine"]) as session:
        tamper(session)
    code, output = verify(filled)
    assert code == 1
    assert said in output


def test_the_program_itself_cannot_change_or_remove_an_entry(filled: Flask) -> None:
    def change(session: Session) -> None:
        session.get_one(AuditEntry, 1).action = "nothing"
        session.flush()

    def remove(session: Session) -> None:
        session.delete(session.get_one(AuditEntry, 1))
        session.flush()

    for attempt in (change, remove):
        with (
            pytest.raises(RuntimeError, match="cannot be changed or removed"),
            db.writing(filled.extensions["doudi_engine"]) as session,
        ):
            attempt(session)


def test_the_person_read_about_is_a_pseudonym_and_the_reason_is_encrypted(filled: Flask) -> None:
    engine = filled.extensions["doudi_engine"]
    with engine.connect() as connection:
        rows = connection.exec_driver_sql("SELECT * FROM audit_entry").all()
    assert not [row for row in rows if NUMBER in str(row) or "caller checked" in str(row)]
    with Session(bind=engine) as session:
        subjects = session.scalars(select(AuditEntry.subject).order_by(AuditEntry.sequence)).all()
    assert subjects[0] == subjects[2] != subjects[1]
    assert len(subjects[0] or "") == 64


def test_the_auditor_looks_by_person_action_day_and_pseudonym(filled: Flask) -> None:
    auditor = staff_client(filled, Role.AUDITOR)
    everything = page_text(auditor.get("/hotline/audit"))
    assert everything.rindex("重新送达") < everything.rindex("caller checked by code")
    assert "接线员" in everything
    for query, there, gone in (
        ("staff=wang.wu", "parked since Friday", "caller checked by code"),
        ("action=application.read", "caller checked by code", "parked since Friday"),
        ("since=2026-11-24&until=2026-11-24", "HYPERLINK", "caller checked by code"),
    ):
        page = page_text(auditor.get(f"/hotline/audit?{query}"))
        assert there in page, query
        assert gone not in page, query
    with Session(bind=filled.extensions["doudi_engine"]) as session:
        pseudonym = session.get_one(AuditEntry, 1).subject or ""
    page = page_text(auditor.get(f"/hotline/audit?subject={pseudonym[:12]}"))
    assert "caller checked by code" in page
    assert "HYPERLINK" not in page


@pytest.mark.parametrize("query", ["subject=不是化名", "since=yesterday", "staff=nobody"])
def test_an_odd_filter_is_refused_with_words(filled: Flask, query: str) -> None:
    assert staff_client(filled, Role.AUDITOR).get(f"/hotline/audit?{query}").status_code == 422


def test_a_long_audit_is_read_page_by_page(app: Flask, hands: Clock) -> None:
    with app.app_context(), db.transaction() as session:
        for number in range(150):
            audit.record(session, staff=LI_NA, action="x.y", subject=None, fields=[f"f{number}"], reason="")
    auditor = staff_client(app, Role.AUDITOR)
    first = auditor.get("/hotline/audit?action=x.y")
    assert "f149" in page_text(first)
    assert "f49 " not in page_text(first)
    older = auditor.get("/hotline/audit?action=x.y&before=51")
    assert "f49" in page_text(older)
    assert "更早的" not in page_text(older)


def test_the_table_for_spreadsheets_runs_no_formula_and_is_itself_recorded(filled: Flask) -> None:
    auditor = staff_client(filled, Role.AUDITOR)
    answer = auditor.submit("/hotline/audit?staff=li.na", button="导出表格")
    assert answer.mimetype == "text/csv"
    rows = list(csv.DictReader(io.StringIO(answer.get_data(as_text=True).removeprefix("\ufeff"))))
    assert [row["staff"] for row in rows] == ["li.na", "li.na"]
    assert rows[0]["reason"] == '\'=HYPERLINK("http://x","y")'
    with Session(bind=filled.extensions["doudi_engine"]) as session:
        last = session.get_one(AuditEntry, 4)
    assert (last.action, last.details["fields"]) == ("audit.exported", ["entries:2"])
    assert verify(filled)[0] == 0


def test_a_table_for_an_odd_filter_is_not_made(filled: Flask) -> None:
    auditor = staff_client(filled, Role.AUDITOR)
    answer = auditor.submit("/hotline/audit", {"subject": "不是化名"}, button="导出表格")
    assert answer.status_code == 422
    assert verify(filled)[1].startswith("The audit is whole: 3 entries")


@pytest.mark.parametrize("cell", ["=1+1", "+1", "-1", "@x", "\t=1", "\r=1", "  =1"])
def test_a_cell_that_a_spreadsheet_would_run_becomes_text(cell: str) -> None:
    assert spreadsheet_safe(cell) == "'" + cell


def test_ordinary_cells_stay_as_they_are() -> None:
    assert [spreadsheet_safe(cell) for cell in ("li.na", 12, "", "a=b")] == ["li.na", "12", "", "a=b"]


@pytest.mark.parametrize(
    ("field", "said"),
    [
        ("query_code", "查询码"),
        ("shown_to:li.na", "谁看过查询码 li.na"),
        ("network:58eb44db214a820d", "网络"),
        ("account:li.na", "account:li.na"),
        ("consent.v1", "consent.v1"),
    ],
)
def test_the_auditor_reads_fields_in_words(app: Flask, field: str, said: str) -> None:
    with app.test_request_context():
        assert words.field_word(field) == said
