"""A portal served as in an installation: gunicorn with the set-up that ships, its own folder and database."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from portal.config import Settings, create_instance_secrets, load_settings
from tests.support import postgres

ROOT = Path(__file__).resolve().parents[2]
GUNICORN = ROOT / "portal" / "operations" / "gunicorn.conf.py"
NGINX = GUNICORN.with_name("nginx.conf.example")
FLASK = (sys.executable, "-m", "flask", "--app", "portal.wsgi")
UNLIMITED = {
    f"DOUDI_LIMITS_{who}": "100000000" for who in ("VISIT", "ADDRESS", "API", "SEND")
}  # counted, never shed


@dataclass
class Site:
    """One installation's folder and environment, and the processes started for it."""

    folder: Path
    environ: dict[str, str]
    running: list[subprocess.Popen[bytes]] = field(default_factory=list)

    @property
    def settings(self) -> Settings:
        return load_settings(self.environ)

    def flask(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run a command of the installation to its end."""
        return subprocess.run(
            [*FLASK, *arguments], cwd=ROOT, env=self.environ, capture_output=True, text=True, check=False
        )

    def start(self, name: str, *command: str, **more: str) -> subprocess.Popen[bytes]:
        """Start a process with the site's environment; what it says goes to `<name>.log`."""
        with (self.folder / f"{name}.log").open("ab") as log:
            process = subprocess.Popen(
                command,
                cwd=ROOT,
                env={**self.environ, **more},
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self.running.append(process)
        return process

    def serve(self, port: int, *, app: str = "portal.wsgi:app", name: str = "web", **more: str) -> Web:
        """gunicorn on a loopback port; returns when it answers."""
        begun = time.monotonic()
        command = (sys.executable, "-m", "gunicorn", "--config", str(GUNICORN), app)
        process = self.start(name, *command, DOUDI_BIND=f"127.0.0.1:{port}", **more)
        web = Web(process, port)
        web.wait()
        web.started_in = time.monotonic() - begun
        return web

    def end(self) -> None:
        for process in self.running:
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
        for process in self.running:
            try:
                process.wait(timeout=40)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


@dataclass
class Web:
    """A gunicorn with its workers."""

    process: subprocess.Popen[bytes]
    port: int
    started_in: float = 0.0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def wait(self, seconds: float = 60) -> None:
        until = time.monotonic() + seconds
        while time.monotonic() < until and self.process.poll() is None:
            try:
                with urllib.request.urlopen(f"{self.url}/readyz", timeout=5) as answer:  # noqa: S310  # our own
                    if answer.status == 200:
                        return
            except (urllib.error.URLError, OSError):
                time.sleep(0.02)
        raise AssertionError(f"no answer at {self.url}")

    def workers(self) -> list[int]:
        found = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text()
        return [int(pid) for pid in found.split()]

    def memory(self) -> list[tuple[int, int]]:
        """(resident, own share) in MB of the master and each worker."""
        return [memory(pid) for pid in (self.process.pid, *self.workers())]

    def cpu_seconds(self) -> float:
        """Processor time of master and workers so far, those that have ended included."""
        ticks = os.sysconf("SC_CLK_TCK")
        total = 0
        for pid in (self.process.pid, *self.workers()):
            fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
            total += sum(map(int, fields[11:15]))  # its own in user and system mode, and of children it waited for
        return total / ticks

    def stop(self) -> None:
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(timeout=60)


def behind_nginx(made: Site, web: Web) -> Web:
    """nginx as the example sets it up, but without TLS, before this one group; needs DOUDI_TRUSTED_PROXIES=1."""
    port, folder = free_port(), made.folder / "nginx"
    folder.mkdir()
    shipped = NGINX.read_text(encoding="utf-8")
    shipped = re.sub(r"server \{\s+listen 80;.*?\n\}\n", "", shipped, flags=re.DOTALL)
    shipped = re.sub(r"(?m)^ +(ssl_.*|server 127\.0\.0\.1:8011 .*)\n", "", shipped)
    shipped = shipped.replace("127.0.0.1:8010", f"127.0.0.1:{web.port}").replace("/var/log/nginx", str(folder))
    shipped = shipped.replace("listen 443 ssl;", f"listen 127.0.0.1:{port};")
    places = "".join(
        f"{kind}_temp_path {folder}/{kind};\n" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    (folder / "nginx.conf").write_text(
        f"pid {folder}/pid;\nerror_log {folder}/error.log warn;\nworker_processes 1;\n"
        f"events {{ worker_connections 4096; }}\nhttp {{\n{places}{shipped}\n}}\n",
        encoding="utf-8",
    )
    command = ("nginx", "-p", str(folder), "-c", str(folder / "nginx.conf"), "-g", "daemon off;")
    proxy = Web(made.start("nginx", *command), port)
    proxy.wait()
    return proxy


def memory(pid: int) -> tuple[int, int]:
    """Resident and proportional set size of a process in MB; the latter splits what processes share."""
    told: Mapping[str, int] = {
        line.split(":")[0]: int(line.split()[1])
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()[1:]
    }
    return told["Rss"] // 1024, told["Pss"] // 1024


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def site(folder: Path, database: str = "", **more: str) -> Iterator[Site]:
    """A migrated installation in `folder`; `database` is an URL, or SQLite in the folder where it is empty."""
    instance = folder / "instance"
    create_instance_secrets(instance)
    made = Site(
        folder,
        {
            **{name: value for name, value in os.environ.items() if not name.startswith("DOUDI_")},
            "DOUDI_INSTANCE": str(instance),
            **({"DOUDI_DATABASE_URL": database} if database else {}),
            **more,
        },
    )
    done = made.flask("database", "upgrade")
    assert done.returncode == 0, done.stderr
    try:
        yield made
    finally:
        made.end()


@contextmanager
def postgresql() -> Iterator[str]:
    """The URL of an empty database on a PostgreSQL that writes to disk as it must."""
    server = postgres.new_server(durable=True)
    try:
        yield postgres.new_database(server)
    finally:
        postgres.end(server)
