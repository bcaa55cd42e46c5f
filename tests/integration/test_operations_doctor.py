"""The doctor finds what is ill, says the cure, and ends with exit code 1; a well installation gives 0."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from alembic import command
from cryptography.fernet import Fernet
from flask import Flask

from portal import chores, clock, db, drafts, encryption
from portal.attachments import intake
from portal.config import ConfigError, Settings, create_instance_secrets
from portal.db import migrations
from portal.factory import create_app
from portal.handoff import Submission
from portal.operations import doctor
from tests.support import papers
from tests.support.handoff import sandbox


def lines(app: Flask) -> tuple[int, dict[str, list[str]]]:
    """Exit code, and the lines by their first word."""
    done = app.test_cli_runner().invoke(args=["doctor"])
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    found: dict[str, list[str]] = {"ok": [], "note": [], "FAIL": []}
    for line in done.output.splitlines():
        word, _, rest = line.partition(" ")
        found.setdefault(word, []).append(rest.strip())
    return done.exit_code, found


@contextmanager
def portal_of(settings: Settings) -> Iterator[Flask]:
    app = create_app(settings)
    yield app
    app.extensions["doudi_engine"].dispose()


def ill(app: Flask, what: str) -> str:
    """The one line about this part, which must be ill."""
    code, found = lines(app)
    assert code == 1
    return next(line for line in found["FAIL"] if line.startswith(what))


@pytest.fixture
def served(settings: Settings, app: Flask) -> Iterator[Settings]:
    """Settings of an installation whose case system answers; the tables are there."""
    settings.instance.mkdir(exist_ok=True)
    with sandbox(settings, clock.now) as system:
        yield replace(settings, case_system_url=system.url)


def test_a_well_installation_passes_and_says_what_was_looked_at(served: Settings) -> None:
    with portal_of(served) as app, chores.recorded(app.extensions["doudi_engine"], "backup"):
        pass
    with portal_of(served) as app:
        code, found = lines(app)
    assert (code, found["FAIL"]) == (0, [])
    looked_at = {line.split(":")[0] for told in found.values() for line in told}
    assert {"settings", "rules and texts", "database", "keys", "clock", "disk", "file store"} <= looked_at
    assert {"case system default", "counters of requests", "chores"} <= looked_at


def test_a_case_system_that_does_not_answer(app: Flask) -> None:
    assert "does not answer" in ill(app, "case system default")


def test_a_case_system_that_refuses_our_key(served: Settings) -> None:
    other = replace(served, secret_key="another installation's secret", case_system_keys=())
    with portal_of(other) as app:
        assert "flask handoff keys" in ill(app, "case system default")


def test_tables_that_are_missing_or_old(settings: Settings, tmp_path: Path, app: Flask) -> None:
    with portal_of(replace(settings, database_url=f"sqlite:///{tmp_path / 'empty.sqlite'}")) as empty:
        assert "run 'flask database upgrade'" in ill(empty, "database")
    with app.extensions["doudi_engine"].begin() as connection:
        connection.exec_driver_sql("DROP TABLE chore")
    assert "without chore" in ill(app, "database")


def test_a_database_that_is_away(settings: Settings) -> None:
    with portal_of(replace(settings, database_url="postgresql+psycopg://doudi@127.0.0.1:1/doudi")) as app:
        assert "DOUDI_DATABASE_URL" in ill(app, "database")


def test_keys_that_open_nothing(app: Flask, settings: Settings) -> None:
    with app.app_context(), db.transaction() as session:
        drafts.start(session, "estimate", {"facts": {}}, now=clock.now(), days=30, key=settings.secret_key)
    try:
        encryption.configure((Fernet.generate_key().decode(),))
        assert "put the old key back" in ill(app, "keys")
    finally:
        encryption.configure(settings.data_keys)


def test_a_file_store_nobody_can_write(app: Flask, settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "not-a-folder").write_text("")
    with portal_of(replace(settings, files_url=str(tmp_path / "not-a-folder"))) as broken:
        assert "DOUDI_FILES_URL" in ill(broken, "file store")


def test_a_full_disk(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "LEAST_FREE", 1 << 60)
    assert "make room" in ill(app, "disk")


def test_a_redis_that_does_not_answer(app: Flask, settings: Settings) -> None:
    with portal_of(replace(settings, limits_url="redis://127.0.0.1:1/0")) as lonely:
        assert "DOUDI_LIMITS_URL" in ill(lonely, "counters of requests")


def test_a_decoder_of_uploads_that_does_not_run_on_this_machine(
    app: Flask, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    assert "decoder of uploads: opens pictures and PDFs" in lines(app)[1]["ok"]
    unable = tmp_path / "decoder.py"
    unable.write_text("import sys; sys.exit(31)")
    monkeypatch.setattr(intake, "_DECODER", unable)
    assert "people's papers are refused" in ill(app, "decoder of uploads")
    assert '"event": "attachments.decoder_ended"' in caplog.text


def test_a_malware_scanner_that_is_away_and_none(app: Flask, settings: Settings) -> None:
    assert any(line.startswith("malware scanner: DOUDI_CLAMD is not set") for line in lines(app)[1]["note"])
    with portal_of(replace(settings, clamd="127.0.0.1:1")) as unprotected:
        assert "DOUDI_CLAMD" in ill(unprotected, "malware scanner")
    with papers.clamd() as address, portal_of(replace(settings, clamd=address)) as protected:
        assert "malware scanner: answers" in lines(protected)[1]["ok"]


def test_a_sign_in_of_staff_that_leads_nowhere(app: Flask, settings: Settings) -> None:
    given = {"oidc_client_id": "doudi", "oidc_client_secret": "x"}
    with portal_of(replace(settings, oidc_issuer="https://127.0.0.1:1", **given)) as lost:
        assert "DOUDI_OIDC_ISSUER" in ill(lost, "sign-in of staff")
    assert not any(line.startswith("sign-in") for told in lines(app)[1].values() for line in told)


def test_a_clock_behind_what_was_sent_before(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    sent_at = clock.now() + timedelta(minutes=2)
    columns = {"number": "X1", "version": 1, "region": "220102", "query_code_hash": "x", "content_hash": "x"}
    with db.writing(app.extensions["doudi_engine"]) as session:
        session.add(Submission(**columns, document={}, submitted_at=sent_at))
    assert "run NTP" in ill(app, "clock")
    monkeypatch.setattr(clock, "now", lambda: sent_at)
    assert any(line.startswith("clock") for line in lines(app)[1]["ok"])


@pytest.fixture
def large(settings: Settings, postgres_url: str) -> Iterator[Flask]:
    command.upgrade(migrations(postgres_url), "head")
    with portal_of(replace(settings, database_url=postgres_url)) as portal:
        yield portal


@pytest.mark.postgres
def test_a_clock_that_differs_from_the_databases(large: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    assert any(line.startswith("clock") for line in lines(large)[1]["ok"])
    later = clock.now() + timedelta(seconds=90)
    monkeypatch.setattr(clock, "now", lambda: later)
    assert "s off; run NTP on both machines" in ill(large, "clock")


@pytest.mark.postgres
def test_a_backup_program_that_is_missing_or_too_old(
    large: Flask, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert any(line.startswith("backup program: pg_dump") for line in lines(large)[1]["ok"])
    old = tmp_path / "pg_dump"
    old.write_text("#!/bin/sh\necho 'pg_dump (PostgreSQL) 9.6.24'\n")
    old.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert "pg_dump 9 cannot back up PostgreSQL" in ill(large, "backup program")
    old.unlink()
    assert "pg_dump is missing" in ill(large, "backup program")


def test_secrets_that_others_on_the_machine_can_read(app: Flask, settings: Settings) -> None:
    file = create_instance_secrets(settings.instance)
    assert not any("chmod" in line for line in lines(app)[1]["FAIL"])
    file.chmod(0o640)
    assert f"chmod 600 {file}" in ill(app, "settings")


def test_every_disk_that_something_lies_on_is_looked_at_once(
    app: Flask, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert len([line for line in lines(app)[1]["ok"] if line.startswith("disk")]) == 1
    with (
        TemporaryDirectory(dir=Path("/dev") / "shm") as memory,
        portal_of(replace(settings, files_url=memory)) as apart,
    ):
        told = [line for line in lines(apart)[1]["ok"] if line.startswith("disk")]
    assert [line.rpartition("where ")[2] for line in told] == ["the instance folder lies", "the files lie"]


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"data_keys": ("a-secret-that-is-cut",)}, "DOUDI_DATA_KEYS"),
        ({"database_url": "a-secret-without-a-scheme"}, "DOUDI_DATABASE_URL"),
        ({"database_url": "mysql://doudi:a-secret@127.0.0.1/doudi"}, "DOUDI_DATABASE_URL"),
        ({"database_url": "martian://doudi:a-secret@127.0.0.1/doudi"}, "DOUDI_DATABASE_URL"),
    ],
)
def test_a_start_that_is_refused_names_the_setting_and_not_its_value(
    settings: Settings, wrong: dict[str, Any], said: str
) -> None:
    try:
        with pytest.raises(ConfigError, match=said) as refused:
            create_app(replace(settings, **wrong))
    finally:
        encryption.configure(settings.data_keys)
    assert "a-secret" not in str(refused.value)
    assert refused.value.__suppress_context__


def test_a_retention_that_stands_still(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    for chore in ("backup", "retention"):
        with chores.recorded(app.extensions["doudi_engine"], chore):
            pass
    later = clock.now() + timedelta(hours=51)
    monkeypatch.setattr(clock, "now", lambda: later)
    assert "run 'flask retention run'" in next(
        line for line in lines(app)[1]["FAIL"] if line.startswith("chores: what is over")
    )


def test_an_old_backup_and_none(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    assert any(line.startswith("chores: there was no backup") for line in lines(app)[1]["note"])
    with chores.recorded(app.extensions["doudi_engine"], "backup"):
        pass
    later = clock.now() + timedelta(days=2)
    monkeypatch.setattr(clock, "now", lambda: later)
    assert "look at its timer" in ill(app, "chores")


def test_https_without_a_trusted_proxy_and_plain_http_for_strangers(app: Flask, settings: Settings) -> None:
    with portal_of(replace(settings, public_url="https://doudi.example")) as open_:
        assert "DOUDI_TRUSTED_PROXIES" in ill(open_, "settings")
    with portal_of(replace(settings, public_url="http://doudi.example")) as plain:
        assert "is not https" in ill(plain, "settings")


def test_a_part_that_breaks_while_it_is_looked_at_is_ill_and_the_rest_is_still_looked_at(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_looked_at: object) -> Iterator[doctor.Finding]:
        raise RuntimeError("13900001111")

    monkeypatch.setattr(doctor, "_disk", broken)
    code, found = lines(app)
    assert (code, "13900001111" in str(found)) == (1, False)
    assert any(line.startswith("disk: could not be examined (RuntimeError)") for line in found["FAIL"])
    assert any(line.startswith("file store") for line in found["ok"])
