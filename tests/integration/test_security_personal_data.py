"""The list of personal data is that of the tables: no column without purpose, law and end, none that is gone."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import Column, String, Table

from portal import personal_data
from portal.db import Base
from portal.personal_data import FORMS, PersonalDataError
from tests.support.pages import LintedClient, page_text

PIA = Path(personal_data.__file__).parent / "operations" / "PIA.md"
CLASSES = {  # PIPL art. 28
    "biometric", "religion", "specific_identity", "medical_health", "financial_account", "whereabouts", "under_14",
}  # fmt: skip


def test_every_column_of_every_table_says_what_it_holds_about_persons() -> None:
    listed = list(personal_data.fields())
    assert len(listed) == sum(len(table.columns) for table in Base.metadata.tables.values())


def test_every_encrypted_column_holds_personal_data_and_the_list_says_so() -> None:
    for field in personal_data.fields():
        assert field.encrypted == (field.kind is not None and field.kind.form == "encrypted"), field


def test_every_kind_is_used_and_says_everything_that_must_be_told() -> None:
    used = {field.kind.id for field in personal_data.fields() if field.kind}
    assert used == set(personal_data.kinds())
    for kind in personal_data.kinds().values():
        assert kind.what
        assert kind.holds
        assert kind.purpose
        assert re.search(r"第.{1,6}条", kind.basis), kind.id
        assert kind.kept
        assert kind.form in FORMS
        assert set(kind.sensitive) <= CLASSES
        if set(kind.sensitive) - {"under_14"}:
            assert kind.form in ("encrypted", "pseudonym"), (
                f"{kind.id}: sensitive, and open to whoever reads the table"
            )


def test_a_new_column_without_entry_stops_with_the_cure() -> None:
    table = Base.metadata.tables["draft"]
    planted = Column("planted", String(10))
    _append(table, planted)
    try:
        with pytest.raises(
            PersonalDataError, match=r"draft\.planted has no entry\. Say in \[tables\.draft\]"
        ):
            list(personal_data.fields())
    finally:
        table._columns.remove(planted)


def _append(table: Table, column: Column[str]) -> None:
    table.append_column(column)


def test_an_entry_for_a_column_that_is_gone_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    tables = {**personal_data._file()["tables"], "no_table": {"technical": ["x"]}}
    monkeypatch.setattr(personal_data, "_file", lambda: {"kinds": {}, "tables": tables})
    with pytest.raises(PersonalDataError, match=r"no_table\.x is listed, and no model has it"):
        list(personal_data.fields())


def test_the_command_prints_a_row_for_every_column_about_persons(app: Flask) -> None:
    printed = app.test_cli_runner().invoke(args=["personal-data", "list"])
    assert printed.exit_code == 0, printed.output
    rows = printed.output.splitlines()[2:]
    assert len(rows) == sum(field.kind is not None for field in personal_data.fields())
    assert all(line.count("|") == 7 for line in rows)
    everything = app.test_cli_runner().invoke(args=["personal-data", "list", "--all"])
    assert len(everything.output.splitlines()) > len(rows)


def test_citizens_read_every_kind_about_them_in_words(client: LintedClient) -> None:
    assert "我们存了您的哪些信息" in page_text(client.get("/privacy"))
    page = page_text(client.get("/privacy/list"))
    for kind in personal_data.kinds().values():
        assert (kind.what in page) is not kind.of_staff


def test_the_assessment_speaks_of_every_kind_and_every_part_of_article_56() -> None:
    text = PIA.read_text(encoding="utf-8")
    missing = [kind.id for kind in personal_data.kinds().values() if f"`{kind.id}`" not in text]
    assert not missing, f"say in PIA.md what these kinds mean for people: {missing}"
    for part in ("第五十六条第一项", "第五十六条第二项", "第五十六条第三项", "下次评估"):
        assert part in text
