"""Backup and restore: the database and the encrypted files of one moment in one tar file, with digests.

The keys are never inside: a backup without its keys says nothing about anybody, so they are kept elsewhere.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import shutil
import sqlite3
import subprocess
import tarfile
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from psycopg.pq import Conninfo
from sqlalchemy import Engine
from sqlalchemy.engine import URL, make_url

from portal import clock
from portal.attachments.storage import Storage
from portal.config import Settings

FORMAT = 1
MANIFEST = "manifest.json"
DATABASE = "database"
FILES = "files/"
_CHUNK = 1 << 20


class BackupError(Exception):
    """It cannot be done; the text says why and what to do."""


@dataclass(frozen=True, slots=True)
class Contents:
    """What a backup holds."""

    made_at: str
    database: str
    revision: str
    files: int
    bytes: int


def create(settings: Settings, engine: Engine, storage: Storage, target: Path) -> Contents:
    """Write a backup of the running installation; raises BackupError. The file appears whole or not at all.

    The database comes first: a file added meanwhile is merely in excess, while one missing would be a loss.
    """
    if target.exists():
        raise BackupError(f"{target} exists; a backup never overwrites another.")
    if not target.parent.is_dir():
        raise BackupError(f"There is no folder {target.parent}.")
    url = make_url(settings.database_url)
    members: dict[str, dict[str, Any]] = {}
    part = target.with_name(target.name + ".part")
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=".doudi-backup-") as folder:
        try:
            dump = Path(folder) / DATABASE
            _dump(url, dump)
            descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with os.fdopen(descriptor, "wb") as out, tarfile.open(fileobj=out, mode="w") as tar:
                with dump.open("rb") as whole:
                    members[DATABASE] = _add(tar, DATABASE, whole)
                for name, _written in storage.listed():
                    try:
                        content = storage.files.cat_file(f"{storage.folder}/{name}")
                    except FileNotFoundError:
                        continue  # its case system has fetched it since the list was made
                    members[FILES + name] = _add(tar, FILES + name, io.BytesIO(content))
                manifest = {
                    "format": FORMAT,
                    "made_at": clock.now().isoformat(),
                    "database": url.get_backend_name(),
                    "revision": revision(engine),
                    "keys": {"inside": False, "marks": [mark(key) for key in settings.data_keys]},
                    "members": members,
                }
                _add(tar, MANIFEST, io.BytesIO(json.dumps(manifest, indent=1).encode()))
                out.flush()
                os.fsync(out.fileno())
            part.rename(target)
        except OSError as failed:
            raise BackupError(f"The backup could not be written: {failed.strerror}.") from failed
        finally:
            part.unlink(missing_ok=True)
    return _contents(manifest)


def check(source: Path) -> Contents:
    """Compare every member with its digest; raises BackupError where anything is missing or changed."""
    manifest = _manifest(source)
    seen = {name: _digest(content) for name, content in _members(source)}
    for name, said in manifest["members"].items():
        if seen.get(name) != said["sha256"]:
            raise BackupError(f"{source}: {name} is missing or not what was written.")
    return _contents(manifest)


def restore(settings: Settings, engine: Engine, storage: Storage, source: Path, *, replace: bool) -> Contents:
    """Put a backup in the place of the database and add its files; raises BackupError before anything is changed.

    Stop portal and relays first. Afterwards `handoff reconcile --yes` fetches back what was sent since.
    """
    contents = check(source)
    manifest = _manifest(source)
    url = make_url(settings.database_url)
    if manifest["database"] != url.get_backend_name():
        raise BackupError(
            f"The backup is of {manifest['database']}, this installation uses {url.get_backend_name()}."
        )
    if manifest["keys"]["marks"][0] not in {mark(key) for key in settings.data_keys}:
        raise BackupError(
            "None of DOUDI_DATA_KEYS is the key of this backup; what it holds could not be read."
        )
    if not replace and revision(engine):
        raise BackupError(
            "The database holds tables already; say --replace to put the backup in their place."
        )
    engine.dispose()
    with tempfile.TemporaryDirectory(prefix=".doudi-restore-") as folder:
        dump = Path(folder) / DATABASE
        for name, content in _members(source):
            if name == DATABASE:
                with dump.open("wb") as whole:
                    shutil.copyfileobj(content, whole, _CHUNK)
                _load(url, dump)
            elif name.startswith(FILES):
                storage.files.makedirs(storage.folder, exist_ok=True)
                storage.files.pipe_file(f"{storage.folder}/{name.removeprefix(FILES)}", content.read())
    return contents


def mark(key: str) -> str:
    """What tells a data key from another without telling the key."""
    return hashlib.sha256(f"doudi backup mark:{key}".encode()).hexdigest()[:16]


def revision(engine: Engine) -> str:
    """The revision the tables are at; empty where there are none."""
    from alembic.runtime.migration import MigrationContext

    with engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision() or ""


def _dump(url: URL, target: Path) -> None:
    if url.get_backend_name() == "sqlite":
        with closing(sqlite3.connect(str(url.database))) as source, closing(sqlite3.connect(target)) as copy:
            source.backup(copy)
    else:
        _run(["pg_dump", "--format=custom", "--no-owner", f"--file={target}"], url)


def _load(url: URL, dump: Path) -> None:
    if url.get_backend_name() == "sqlite":
        with closing(sqlite3.connect(dump)) as source, closing(sqlite3.connect(str(url.database))) as target:
            source.backup(target)
    else:
        options = ["--clean", "--if-exists", "--no-owner", "--single-transaction", "--exit-on-error"]
        _run(["pg_restore", *options, f"--dbname={url.database}", str(dump)], url)


def _run(command: Sequence[str], url: URL) -> None:
    """A program of PostgreSQL; where to connect goes by the environment, so that no password is in a process list."""
    if shutil.which(command[0]) is None:
        raise BackupError(f"{command[0]} is missing. On Debian: apt-get install postgresql-client")
    environ = {**os.environ, **_variables(url)}
    done = subprocess.run(command, env=environ, capture_output=True, text=True, check=False)  # noqa: S603  # our own
    if done.returncode:
        said = done.stderr.strip().splitlines() or [f"exit code {done.returncode}"]
        raise BackupError(f"{command[0]} failed: {said[0]}")


def _variables(url: URL) -> dict[str, str]:
    """The address as PostgreSQL's own variables, what stands behind its question mark (host, sslmode, …) too."""
    told = {**url.query, **url.translate_connect_args(username="user", database="dbname")}
    return {
        option.envvar.decode(): str(told[option.keyword.decode()])
        for option in Conninfo.get_defaults()
        if option.envvar and option.keyword.decode() in told
    }


def _add(tar: tarfile.TarFile, name: str, content: IO[bytes]) -> dict[str, Any]:
    """Copied in pieces: the dump of a province is larger than the memory."""
    digest = _digest(content)
    entry = tarfile.TarInfo(name)
    entry.size, entry.mode, entry.mtime = content.tell(), 0o600, int(clock.now().timestamp())
    content.seek(0)
    tar.addfile(entry, content)
    return {"size": entry.size, "sha256": digest}


def _digest(content: IO[bytes]) -> str:
    digest = hashlib.sha256()
    while piece := content.read(_CHUNK):
        digest.update(piece)
    return digest.hexdigest()


def _members(source: Path) -> Iterator[tuple[str, IO[bytes]]]:
    """Each member's name and its content, which is read before the next one is asked for."""
    try:
        with tarfile.open(source, mode="r|") as tar:
            for entry in tar:
                held = tar.extractfile(entry)
                if held is None:
                    raise BackupError(f"{source}: {entry.name} is not a file.")
                yield entry.name, held
    except (OSError, tarfile.TarError) as broken:
        raise BackupError(f"{source} cannot be read as a backup: {broken}.") from broken


def _manifest(source: Path) -> dict[str, Any]:
    for name, content in _members(source):
        if name == MANIFEST:
            try:
                found: dict[str, Any] = json.load(content)
                if found["format"] == FORMAT and found["members"] and found["keys"]["marks"]:
                    return found
            except (ValueError, KeyError, TypeError) as broken:
                raise BackupError(f"{source}: the manifest cannot be read.") from broken
    raise BackupError(f"{source} has no manifest of this format; it is not a whole backup.")


def _contents(manifest: dict[str, Any]) -> Contents:
    members = manifest["members"]
    return Contents(
        made_at=manifest["made_at"],
        database=manifest["database"],
        revision=manifest["revision"],
        files=sum(name.startswith(FILES) for name in members),
        bytes=sum(one["size"] for one in members.values()),
    )
