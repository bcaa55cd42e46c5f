"""A backup rehearsed: what was there is there again, on SQLite and on PostgreSQL; what is not whole is refused."""

from __future__ import annotations

import tarfile
import tracemalloc
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from alembic import command
from cryptography.fernet import Fernet
from flask import Flask
from sqlalchemy import URL, func, make_url, select, text
from sqlalchemy.orm import Session

from portal import consent, db
from portal.chores import Chore
from portal.config import Settings
from portal.db import migrations
from portal.factory import create_app
from portal.handoff import Submission
from portal.operations import backup
from tests.support import applying
from tests.support.pages import LintedClient

FILE, PICTURE = "a" * 32, b"a picture of a paper"


@pytest.fixture
def small(app: Flask, client: LintedClient) -> Flask:
    """An installation on SQLite with a sent application and a file."""
    return filled(app, client)


@pytest.fixture
def large(settings: Settings, postgres_url: str) -> Iterator[Flask]:
    """The same on PostgreSQL."""
    command.upgrade(migrations(postgres_url), "head")
    portal = create_app(replace(settings, database_url=postgres_url))
    portal.test_client_class = LintedClient
    client = portal.test_client()
    assert isinstance(client, LintedClient)
    yield filled(portal, client)
    portal.extensions["doudi_engine"].dispose()


def filled(app: Flask, client: LintedClient) -> Flask:
    applying.start_filled(client)
    applying.sign_own(client)
    client.submit("/apply/signatures/m2/paper", button="好，到窗口签")
    applying.send(client)
    app.extensions["doudi_files"].write(FILE, PICTURE)
    assert held(app) == (1, True)
    return app


def held(app: Flask) -> tuple[int, bool]:
    """(applications that can be read, whether the ledger is whole)."""
    with Session(bind=app.extensions["doudi_engine"]) as session:
        readable = [one.document["applicant"]["name"] for one in session.scalars(select(Submission))]
        assert all(name == "王小梅" for name in readable)
        return len(readable), consent.verify(session) == []


def run(app: Flask, *arguments: str) -> tuple[int, str]:
    done = app.test_cli_runner().invoke(args=["backup", *arguments])
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    return done.exit_code, done.output


def lose_everything(app: Flask) -> None:
    with db.writing(app.extensions["doudi_engine"]) as session:
        for table in reversed(db.Base.metadata.sorted_tables):
            session.execute(table.delete())
    app.extensions["doudi_files"].remove(FILE)
    assert held(app)[0] == 0


def rehearse(app: Flask, folder: Path) -> None:
    file = folder / "doudi.tar"
    code, told = run(app, "create", str(file))
    assert (code, "1 files" in told, "keys are not inside" in told) == (0, True, True)
    assert file.stat().st_mode & 0o777 == 0o600
    assert [one.name for one in folder.iterdir() if "backup" in one.name or one.name.endswith(".part")] == []
    lose_everything(app)
    assert run(app, "restore", str(file))[0] == 1, "tables that are there are not replaced unasked"
    assert held(app)[0] == 0
    code, told = run(app, "restore", "--replace", str(file))
    assert code == 0, told
    assert held(app) == (1, True)
    assert app.extensions["doudi_files"].read(FILE) == PICTURE


def test_a_backup_of_sqlite_brings_everything_back(small: Flask, tmp_path: Path) -> None:
    rehearse(small, tmp_path)


@pytest.mark.postgres
def test_a_backup_of_postgresql_brings_everything_back(large: Flask, tmp_path: Path) -> None:
    rehearse(large, tmp_path)


@pytest.mark.postgres
def test_where_to_connect_may_stand_behind_the_question_mark(
    large: Flask, settings: Settings, tmp_path: Path
) -> None:
    url = make_url(large.extensions["doudi_settings"].database_url)
    told = {"host": str(url.host), "port": str(url.port), "sslmode": "disable"}
    address = URL.create(url.drivername, username=url.username, database=url.database, query=told)
    portal = create_app(replace(settings, database_url=address.render_as_string()))
    rehearse(portal, tmp_path)
    portal.extensions["doudi_engine"].dispose()


@pytest.mark.postgres
def test_the_demand_for_a_certificate_holds_for_the_backup_too(
    large: Flask, settings: Settings, tmp_path: Path
) -> None:
    address = large.extensions["doudi_settings"].database_url + "?sslmode=require"
    portal = create_app(replace(settings, database_url=address))
    with pytest.raises(backup.BackupError, match=r"pg_dump failed: .*SSL"):
        backup.create(
            replace(settings, database_url=address),
            large.extensions["doudi_engine"],
            portal.extensions["doudi_files"],
            tmp_path / "doudi.tar",
        )
    portal.extensions["doudi_engine"].dispose()


def test_a_backup_needs_no_more_memory_for_a_larger_database(
    small: Flask, settings: Settings, tmp_path: Path
) -> None:
    with db.writing(small.extensions["doudi_engine"]) as session:
        session.execute(text("CREATE TABLE padding AS SELECT randomblob(60000000) AS filling"))
    file = tmp_path / "doudi.tar"
    tracemalloc.start()
    backup.create(settings, small.extensions["doudi_engine"], small.extensions["doudi_files"], file)
    backup.check(file)
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert file.stat().st_size > 60_000_000
    assert most < 20_000_000


def test_an_empty_machine_takes_a_backup_without_being_asked_twice(
    small: Flask, settings: Settings, tmp_path: Path
) -> None:
    run(small, "create", str(tmp_path / "doudi.tar"))
    fresh = replace(
        settings, database_url=f"sqlite:///{tmp_path / 'fresh.sqlite'}", instance=tmp_path / "elsewhere"
    )
    portal = create_app(fresh)
    assert run(portal, "restore", str(tmp_path / "doudi.tar"))[0] == 0
    assert held(portal) == (1, True)
    assert portal.extensions["doudi_files"].read(FILE) == PICTURE
    portal.extensions["doudi_engine"].dispose()


def test_a_backup_holds_neither_keys_nor_anything_about_a_person(
    small: Flask, settings: Settings, tmp_path: Path
) -> None:
    run(small, "create", str(tmp_path / "doudi.tar"))
    content = (tmp_path / "doudi.tar").read_bytes()
    for secret in (
        settings.secret_key,
        *settings.data_keys,
        "王小梅",
        "李桂兰",
        applying.WANG,
        applying.PHONE,
    ):
        assert secret.encode() not in content, secret
    assert PICTURE not in content


def test_a_changed_or_cut_backup_is_refused_before_anything_is_touched(small: Flask, tmp_path: Path) -> None:
    file = tmp_path / "doudi.tar"
    run(small, "create", str(file))
    assert run(small, "check", str(file))[0] == 0
    whole = file.read_bytes()
    with tarfile.open(file) as tar:
        inside = tar.getmember(backup.DATABASE).offset_data + 5000
    file.write_bytes(whole[:inside] + bytes([whole[inside] ^ 1]) + whole[inside + 1 :])
    code, told = run(small, "check", str(file))
    assert (code, "not what was written" in told) == (1, True)
    for broken in (whole[: len(whole) // 2], b"", b"no tar at all" * 100):
        file.write_bytes(broken)
        assert run(small, "restore", "--replace", str(file))[0] == 1
    assert held(small) == (1, True)


def test_a_backup_of_other_keys_or_of_another_database_is_refused(
    small: Flask, settings: Settings, tmp_path: Path
) -> None:
    file = tmp_path / "doudi.tar"
    run(small, "create", str(file))
    storage = small.extensions["doudi_files"]
    engine = small.extensions["doudi_engine"]
    others = replace(settings, data_keys=(Fernet.generate_key().decode(),))
    with pytest.raises(backup.BackupError, match="DOUDI_DATA_KEYS"):
        backup.restore(others, engine, storage, file, replace=True)
    elsewhere = replace(settings, database_url="postgresql+psycopg://doudi@127.0.0.1:1/doudi")
    with pytest.raises(backup.BackupError, match="sqlite"):
        backup.restore(elsewhere, engine, storage, file, replace=True)


def test_a_backup_never_overwrites_another_and_a_failed_one_leaves_nothing(
    small: Flask, tmp_path: Path
) -> None:
    file = tmp_path / "doudi.tar"
    file.write_bytes(b"the one of yesterday")
    assert run(small, "create", str(file))[0] == 1
    assert file.read_bytes() == b"the one of yesterday"
    assert run(small, "create", str(tmp_path / "no-such-folder" / "doudi.tar"))[0] == 1


def test_only_a_backup_that_went_well_is_remembered(small: Flask, tmp_path: Path) -> None:
    def remembered() -> int:
        with Session(bind=small.extensions["doudi_engine"]) as session:
            return session.scalar(select(func.count()).select_from(Chore)) or 0

    run(small, "create", str(tmp_path / "no-such-folder" / "doudi.tar"))
    assert remembered() == 0
    run(small, "create", str(tmp_path / "doudi.tar"))
    assert remembered() == 1
