"""A private PostgreSQL for tests, started from Debian's binaries on a loopback port as an ordinary user."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest

PACKAGED = Path("/usr/lib/postgresql")


@dataclass
class Server:
    """A running cluster; `restart` ends it the hard way, as a power cut would."""

    programs: Path
    folder: Path
    port: int
    durable: bool = False

    def url(self, database: str) -> str:
        return f"postgresql+psycopg://doudi@127.0.0.1:{self.port}/{database}"

    def start(self) -> None:
        options = (
            f"-p {self.port} -c listen_addresses=127.0.0.1 -c unix_socket_directories= "
            f"-c max_connections=200 -c fsync={'on' if self.durable else 'off'}"
        )
        self._run(
            "pg_ctl",
            "-D",
            str(self.folder / "data"),
            "-o",
            options,
            "-l",
            str(self.folder / "log"),
            "-w",
            "-t",
            "60",
            "start",
        )

    def stop(self, mode: str = "immediate") -> None:
        self._run("pg_ctl", "-D", str(self.folder / "data"), "-m", mode, "-w", "-t", "60", "stop")

    def restart(self) -> None:
        self.stop("immediate")
        self.start()

    def create(self) -> None:
        """A new cluster in the folder."""
        self._run(
            "initdb", "-D", str(self.folder / "data"), "-U", "doudi", "-A", "trust", "-E", "UTF8", "--no-sync"
        )

    def _run(self, program: str, *arguments: str) -> None:
        done = subprocess.run(
            [str(self.programs / program), *arguments],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            stdin=subprocess.DEVNULL,
            user=_owner(),
            group=_group(),
            extra_groups=None if _owner() is None else [],
            check=False,
            cwd="/",
        )
        assert done.returncode == 0, f"{program}: {done.stderr.decode(errors='replace')}"


def programs() -> Path | None:
    """Where the server's programs are: Debian's folder of the newest version, or on the path."""
    versions = sorted(PACKAGED.glob("*/bin/initdb"), key=lambda found: int(found.parts[-3]))
    if versions:
        return versions[-1].parent
    found = shutil.which("initdb")
    return Path(found).resolve().parent if found else None


def new_server(*, durable: bool = False) -> Server:
    """Create and start a cluster; the caller ends it with `end`."""
    found = programs()
    assert found is not None, "PostgreSQL is missing: apt-get install postgresql"
    folder = Path(tempfile.mkdtemp(prefix="doudi-postgres-"))
    owner, group = _owner(), _group()
    if owner is not None:
        os.chown(folder, owner, group or -1)
    server = Server(found, folder, _free_port(), durable)
    server.create()
    server.start()
    return server


def end(server: Server) -> None:
    server.stop()
    shutil.rmtree(server.folder, ignore_errors=True)


def new_database(server: Server) -> str:
    """The URL of a fresh, empty database."""
    name = f"test_{uuid.uuid4().hex[:12]}"
    with psycopg.connect(
        host="127.0.0.1", port=server.port, user="doudi", dbname="postgres", autocommit=True
    ) as link:
        link.execute(f'CREATE DATABASE "{name}"')
    return server.url(name)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[Server]:
    """One cluster for all tests of this process."""
    server = new_server()
    yield server
    end(server)


@pytest.fixture
def postgres_url(postgres_server: Server) -> str:
    """A database of its own for one test."""
    return new_database(postgres_server)


def _owner() -> int | None:
    """PostgreSQL refuses to run as root: then it runs as `postgres` or `nobody`."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name).pw_uid
        except KeyError:
            continue
    return 65534


def _group() -> int | None:
    owner = _owner()
    if owner is None:
        return None
    try:
        return pwd.getpwuid(owner).pw_gid
    except KeyError:
        return owner


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
