"""The doctor: whether this installation is set up well, one line for each thing it needs, with the cure."""

from __future__ import annotations

import base64
import re
import secrets
import shutil
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from pathlib import Path
from urllib.parse import urlsplit

from cryptography.fernet import InvalidToken
from flask import Flask
from limits.storage import storage_from_string
from sqlalchemy import Engine, func, inspect, select, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from portal import attachments, chores, clock, db
from portal.attachments import intake
from portal.attachments.storage import Storage
from portal.config import SECRETS_FILE, ConfigError, Settings
from portal.drafts import Draft
from portal.guidance import advice
from portal.handoff import Submission, operations, route_table
from portal.handoff.case_system import NoReply, Reply, call
from portal.operations import backup

LOOPBACK = ("127.0.0.1", "localhost", "::1")
SKEW = timedelta(seconds=30)
LEAST_FREE = 512 * 1024 * 1024
BACKUP_AGE = timedelta(hours=26)
RETENTION_AGE = timedelta(hours=50)


# A picture of one dot and an empty sheet, to be opened as people's papers are.
_DOT = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
_SHEET = (
    b"%PDF-1.4\n"
    b"1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n"
    b"2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"
    b"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 72 72]>>endobj\n"
    b"xref\n"
    b"0 4\n"
    b"0000000000 65535 f \n"
    b"0000000009 00000 n \n"
    b"0000000052 00000 n \n"
    b"0000000101 00000 n \n"
    b"trailer<</Root 1 0 R/Size 4>>\n"
    b"startxref\n"
    b"162\n"
    b"%%EOF\n"
)


class Verdict(Enum):
    """`NOTE` is worth knowing and not a fault."""

    WELL = "ok"
    NOTE = "note"
    ILL = "FAIL"


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the examination; `words` of what is ill end with what to do."""

    verdict: Verdict
    what: str
    words: str


def examine(app: Flask) -> Iterator[Finding]:
    """Look at everything; a part that breaks while it is looked at is ill, and the rest is still looked at."""
    settings: Settings = app.extensions["doudi_settings"]
    engine: Engine = app.extensions["doudi_engine"]
    storage: Storage = app.extensions["doudi_files"]
    parts: tuple[tuple[str, Callable[[], Iterator[Finding]]], ...] = (
        ("settings", lambda: _settings(settings)),
        ("rules and texts", lambda: _tables(app)),
        ("database", lambda: _database(engine, settings)),
        ("keys", lambda: _keys(engine)),
        ("clock", lambda: _clock(engine)),
        ("disk", lambda: _disk(settings, engine, storage)),
        ("file store", lambda: _files(storage)),
        ("decoder of uploads", _decoder),
        ("malware scanner", lambda: _scanner(settings)),
        ("case system", lambda: _case_systems(settings)),
        ("sign-in of staff", lambda: _sign_in(settings)),
        ("counters of requests", lambda: _limits(settings)),
        ("backup program", lambda: _backup_program(engine)),
        ("chores", lambda: _chores(engine)),
    )
    for what, look in parts:
        try:
            yield from look()
        except Exception as broken:  # an examination must not end at the first broken part
            yield Finding(
                Verdict.ILL, what, f"could not be examined ({type(broken).__name__}); see what is said above"
            )


def _settings(settings: Settings) -> Iterator[Finding]:
    address = urlsplit(settings.public_url)
    if address.scheme != "https" and address.hostname not in LOOPBACK:
        yield Finding(
            Verdict.ILL, "settings", "DOUDI_PUBLIC_URL is not https; set the address that people use"
        )
    elif address.hostname in LOOPBACK:
        yield Finding(
            Verdict.NOTE, "settings", "DOUDI_PUBLIC_URL is this machine; links for signers lead nowhere else"
        )
    else:
        yield Finding(Verdict.WELL, "settings", f"people come to {settings.public_url}")
    if address.scheme == "https" and not settings.trusted_proxies:
        yield Finding(
            Verdict.ILL,
            "settings",
            "DOUDI_TRUSTED_PROXIES is 0 behind https: everybody counts as one address; set 1",
        )
    if settings.database_url.startswith("sqlite") and address.hostname not in LOOPBACK:
        yield Finding(
            Verdict.NOTE, "settings", "SQLite serves one machine and one writer; counties use PostgreSQL"
        )
    if (kept := settings.instance / SECRETS_FILE).exists() and kept.stat().st_mode & 0o077:
        yield Finding(Verdict.ILL, "settings", f"others on this machine can read the keys; run 'chmod 600 {kept}'")
    if not settings.hand_off_keys:
        yield Finding(
            Verdict.NOTE,
            "settings",
            "DOUDI_HAND_OFF_KEYS is not set: the signing key hangs on DOUDI_SECRET_KEY",
        )
    if settings.read_only:
        yield Finding(Verdict.NOTE, "settings", "DOUDI_READ_ONLY is on: nobody can apply or sign")


def _tables(app: Flask) -> Iterator[Finding]:
    book = app.extensions[advice.KEY].rulebook
    yield Finding(Verdict.WELL, "rules and texts", f"loaded, rulebook {book.version}")


def _database(engine: Engine, settings: Settings) -> Iterator[Finding]:
    try:
        at = backup.revision(engine)
    except SQLAlchemyError as away:
        yield Finding(
            Verdict.ILL,
            "database",
            f"does not answer ({type(away).__name__}); look at DOUDI_DATABASE_URL and the server",
        )
        return
    from alembic.script import ScriptDirectory

    head = ScriptDirectory.from_config(db.migrations(settings.database_url)).get_current_head()
    if at != head:
        yield Finding(
            Verdict.ILL,
            "database",
            f"tables are at {at or 'nothing'}, not at {head}; run 'flask database upgrade'",
        )
    elif missing := sorted(set(db.Base.metadata.tables) - set(inspect(engine).get_table_names())):
        yield Finding(
            Verdict.ILL, "database", f"at {at}, yet without {', '.join(missing)}; restore the last backup"
        )
    else:
        yield Finding(Verdict.WELL, "database", f"{engine.dialect.name}, tables at {at}")
    if engine.dialect.name == "sqlite":
        with engine.connect() as connection:
            told = str(connection.execute(text("PRAGMA quick_check(1)")).scalar())
        if told != "ok":
            yield Finding(Verdict.ILL, "database", "the SQLite file is damaged; restore the last backup")


def _keys(engine: Engine) -> Iterator[Finding]:
    """The newest and the oldest row that somebody's data key must open."""
    with Session(bind=engine) as session:
        for newest in (Draft.created_at.desc(), Draft.created_at.asc()):
            found = session.scalar(select(Draft.id).order_by(newest).limit(1))
            try:
                if found is not None:
                    session.get_one(Draft, found)
            except InvalidToken:
                yield Finding(
                    Verdict.ILL,
                    "keys",
                    "no key of DOUDI_DATA_KEYS opens what is stored; put the old key back behind",
                )
                return
    yield Finding(Verdict.WELL, "keys", "the data keys open what is stored")


def _clock(engine: Engine) -> Iterator[Finding]:
    ours = clock.now()
    with Session(bind=engine) as session:
        if engine.dialect.name == "postgresql":
            theirs: datetime = session.execute(text("SELECT clock_timestamp()")).scalar_one()
            if abs(theirs - ours) > SKEW:
                apart = (theirs - ours).total_seconds()
                yield Finding(
                    Verdict.ILL,
                    "clock",
                    f"the database's clock is {apart:+.0f} s off; run NTP on both machines",
                )
                return
        newest = session.scalar(select(func.max(Submission.submitted_at)))
    if newest is not None and newest > ours + SKEW:
        yield Finding(Verdict.ILL, "clock", "behind the newest application; run NTP before serving anybody")
        return
    yield Finding(Verdict.WELL, "clock", clock.local(ours).isoformat(timespec="seconds"))


def _disk(settings: Settings, engine: Engine, storage: Storage) -> Iterator[Finding]:
    """Every disk of this machine that something of ours lies on, once."""
    places = {"the instance folder lies": settings.instance}
    if engine.dialect.name == "sqlite" and engine.url.database:
        places["the database lies"] = Path(engine.url.database).parent
    if storage.is_local:
        places["the files lie"] = Path(storage.folder)
    disks: set[int] = set()
    for words, wanted in places.items():
        folder = next(path for path in (wanted, *wanted.absolute().parents) if path.exists())
        if (disk := folder.stat().st_dev) in disks:
            continue
        disks.add(disk)
        free = shutil.disk_usage(folder).free
        told = f"{free // 1024**2} MB free where {words}"
        if free < LEAST_FREE:
            yield Finding(Verdict.ILL, "disk", f"{told}; make room: at least {LEAST_FREE // 1024**2} MB")
        else:
            yield Finding(Verdict.WELL, "disk", told)


def _files(storage: Storage) -> Iterator[Finding]:
    name, content = f"doctor{secrets.token_hex(8)}", b"a line that says nothing about anybody"
    try:
        storage.write(name, content)
        same = storage.read(name) == content
        storage.remove(name)
    except attachments.StorageError as failed:
        yield Finding(Verdict.ILL, "file store", f"{failed}; look at DOUDI_FILES_URL and its rights")
        return
    verdict = Verdict.WELL if same else Verdict.ILL
    yield Finding(
        verdict, "file store", "writes, reads and removes" if same else "does not give back what was written"
    )


def _decoder() -> Iterator[Finding]:
    """Whether the process that opens uploaded files does so on this machine, shut in as it is."""
    for sample in (_DOT, _SHEET):
        kind = intake.kind_of(sample) or ""
        try:
            intake.made_anew(sample, kind)
        except intake.NotTaken:
            yield Finding(
                Verdict.ILL,
                "decoder of uploads",
                f"does not open a {kind} here, so people's papers are refused; run "
                f"'python -I portal/attachments/decoder.py {kind} < FILE' and see how it ends",
            )
            return
    yield Finding(Verdict.WELL, "decoder of uploads", "opens pictures and PDFs")


def _scanner(settings: Settings) -> Iterator[Finding]:
    what = "malware scanner"
    if not settings.clamd:
        yield Finding(Verdict.NOTE, what, "DOUDI_CLAMD is not set: files are kept as not scanned")
    elif attachments.scan(b"a line that says nothing about anybody", settings.clamd) is attachments.Scan.CLEAN:
        yield Finding(Verdict.WELL, what, "answers")
    else:
        yield Finding(
            Verdict.ILL, what, "does not answer, so files wait for it; look at DOUDI_CLAMD and at clamd itself"
        )


def _sign_in(settings: Settings) -> Iterator[Finding]:
    """Whether the province's OpenID Connect says where staff are to sign in."""
    if not settings.oidc_issuer:
        return
    url = f"{settings.oidc_issuer}/.well-known/openid-configuration"
    reply = call("GET", url, {"Accept": "application/json"}, b"")
    if isinstance(reply, Reply) and reply.status == 200:
        yield Finding(Verdict.WELL, "sign-in of staff", "the issuer answers")
        return
    said = reply.problem if isinstance(reply, NoReply) else str(reply.status)
    yield Finding(
        Verdict.ILL,
        "sign-in of staff",
        f"the issuer does not say where to sign in ({said}); look at DOUDI_OIDC_ISSUER and the network",
    )


def _case_systems(settings: Settings) -> Iterator[Finding]:
    for name in route_table.table(settings):
        reply = operations.case_system(settings, name).fetch("/reconciliation?days=1")
        what = f"case system {name}"
        if isinstance(reply, NoReply):
            yield Finding(
                Verdict.ILL, what, f"does not answer ({reply.problem}); look at its address and the network"
            )
        elif reply.status in (401, 403):
            yield Finding(
                Verdict.ILL,
                what,
                f"refuses our key ({reply.status}); give its people what 'flask handoff keys' prints",
            )
        elif reply.status >= 500:
            yield Finding(Verdict.ILL, what, f"answers {reply.status}; ask its people")
        else:
            yield Finding(Verdict.WELL, what, f"answers {reply.status}")


def _limits(settings: Settings) -> Iterator[Finding]:
    if settings.limits_url.startswith("memory:"):
        yield Finding(
            Verdict.NOTE, "counters of requests", "each process counts for itself; set DOUDI_LIMITS_URL"
        )
        return
    try:
        answers = storage_from_string(settings.limits_url).check()
    except Exception as unknown:
        raise ConfigError("DOUDI_LIMITS_URL leads to no store") from unknown
    if answers:
        yield Finding(Verdict.WELL, "counters of requests", "Redis answers")
    else:
        yield Finding(
            Verdict.ILL,
            "counters of requests",
            "Redis does not answer; look at DOUDI_LIMITS_URL and the server",
        )


def _backup_program(engine: Engine) -> Iterator[Finding]:
    """pg_dump refuses a server that is newer than itself."""
    if engine.dialect.name != "postgresql":
        return
    what, program = "backup program", shutil.which("pg_dump")
    if program is None:
        cure = "no backup can be made from here; on Debian: apt-get install postgresql-client"
        yield Finding(Verdict.ILL, what, f"pg_dump is missing: {cure}")
        return
    with engine.connect() as connection:
        server = int(str(connection.execute(text("SHOW server_version_num")).scalar())) // 10_000
    told = subprocess.run([program, "--version"], capture_output=True, text=True, check=False).stdout  # noqa: S603
    own = int(next(iter(re.findall(r"\) (\d+)", told)), "0"))
    if own < server:
        cure = f"apt-get install postgresql-client-{server}"
        yield Finding(Verdict.ILL, what, f"pg_dump {own} cannot back up PostgreSQL {server}; {cure}")
    else:
        yield Finding(Verdict.WELL, what, f"pg_dump {own} for PostgreSQL {server}")


def _chores(engine: Engine) -> Iterator[Finding]:
    with Session(bind=engine) as session:
        done = {chore.name: chore.done_at for chore in chores.done(session)}
    last = done.get("backup")
    if last is None:
        yield Finding(Verdict.NOTE, "chores", "there was no backup yet; run 'flask backup create FILE' daily")
    elif clock.now() - last > BACKUP_AGE:
        yield Finding(
            Verdict.ILL,
            "chores",
            f"the last backup is of {clock.local(last):%Y-%m-%d %H:%M}; look at its timer",
        )
    else:
        yield Finding(Verdict.WELL, "chores", f"last backup {clock.local(last):%Y-%m-%d %H:%M}")
    kept = done.get("retention")
    if kept is not None and clock.now() - kept > RETENTION_AGE:
        yield Finding(
            Verdict.ILL,
            "chores",
            f"what is over was last let go {clock.local(kept):%Y-%m-%d %H:%M}; run 'flask retention run'",
        )
