"""Several machines rehearsed on one: nginx before two groups of web workers, two relays, PostgreSQL and Redis.

`python -m tests.fault.several_machines` (needs nginx, redis-server and PostgreSQL) restarts, migrates, loses and
freezes parts while a crowd reads and sends, and counts: no error to anybody, no application lost, none twice.
"""

from __future__ import annotations

import argparse
import datetime
import http.client
import itertools
import os
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from alembic import command
from alembic.script import ScriptDirectory
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from flask import Flask
from sqlalchemy import create_engine, func, inspect, select, text

from portal.db import migrations
from portal.factory import create_app
from portal.handoff import Submission
from portal.handoff.models import OutboxMessage, OutboxState
from tests.benchmarks import load_crowd
from tests.benchmarks.load_crowd import Crowd
from tests.support import postgres
from tests.support.served import FLASK, GUNICORN, ROOT, UNLIMITED, Site, Web, free_port, site

HOST = "portal.example"
EXAMPLE = ROOT / "portal" / "operations" / "nginx.conf.example"


class Group:
    """One machine's web workers behind a socket that stands while they restart, as with systemd's."""

    def __init__(self, made: Site, name: str) -> None:
        self.made, self.name = made, name
        self.socket = socket.create_server(("127.0.0.1", 0), backlog=512)
        self.port = int(self.socket.getsockname()[1])
        self.more: dict[str, str] = {}
        self.start()

    def start(self) -> None:
        wrapped = 'exec 3<&"$DOUDI_SOCKET"; LISTEN_PID=$$ LISTEN_FDS=1 exec "$@"'
        command = [sys.executable, "-m", "gunicorn", "--config", str(GUNICORN), "portal.wsgi:app"]
        number = self.socket.fileno()
        environ = {**self.made.environ, "DOUDI_WORKERS": "1", "DOUDI_SOCKET": str(number), **self.more}
        with (self.made.folder / f"{self.name}.log").open("ab") as log:
            self.process = subprocess.Popen(
                ["/bin/sh", "-c", wrapped, "sh", *command],
                cwd=ROOT, env=environ, stdout=log, stderr=log, pass_fds=(number,), start_new_session=True,
            )  # fmt: skip
        self.made.running.append(self.process)

    def wait(self) -> None:
        Web(self.process, self.port).wait()

    def stop(self) -> None:
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(timeout=60)

    def restart(self, **more: str) -> None:
        self.more = more
        self.stop()
        self.start()
        self.wait()


@dataclass
class Crowds:
    """Threads that ask over TLS through nginx and count what they get."""

    port: int
    statuses: Counter[int] = field(default_factory=Counter)
    broken: list[str] = field(default_factory=list)
    slowest: float = 0.0
    sent: int = 0
    stopping: threading.Event = field(default_factory=threading.Event)
    threads: list[threading.Thread] = field(default_factory=list)

    def begin(self, requests: list[bytes], threads: int, *, once: bool = False, pause: float = 0.0) -> None:
        turn = iter(requests) if once else itertools.cycle(requests)
        lock = threading.Lock()

        def work() -> None:
            while not self.stopping.is_set():
                with lock:
                    raw = next(turn, None)
                if raw is None:
                    return
                self.ask(raw)
                time.sleep(pause)

        for _number in range(threads):
            self.threads.append(threading.Thread(target=work, daemon=True))
            self.threads[-1].start()

    def ask(self, raw: bytes) -> int:
        begun = time.monotonic()
        try:
            status, place = ask(self.port, raw)
        except (OSError, http.client.HTTPException) as failed:
            self.broken.append(f"{raw.split(b' HTTP')[0].decode()}: {failed!r}")
            return 0
        self.slowest = max(self.slowest, time.monotonic() - begun)
        self.statuses[status] += 1
        if raw.startswith(b"POST /apply/send") and (status, place) == (303, "/apply/receipt"):
            self.sent += 1
        return status

    def end(self) -> None:
        self.stopping.set()
        for thread in self.threads:
            thread.join(timeout=60)

    def faults(self, waits: bool = False) -> int:
        """How often somebody got an error; a page that asks to come back (503) is none where it is expected."""
        wrong = [status for status in self.statuses if status >= 500 and not (waits and status == 503)]
        return len(self.broken) + sum(self.statuses[status] for status in wrong)

    def words(self) -> str:
        total = sum(self.statuses.values())
        counted = dict(sorted(self.statuses.items()))
        return f"{total} answers {counted}, {len(self.broken)} broken, slowest {self.slowest:.1f} s"


def ask(port: int, raw: bytes) -> tuple[int, str]:
    """One request on a connection of its own; (status, where it leads)."""
    context = ssl._create_unverified_context()  # noqa: S323  # our own certificate of a minute ago
    own = f"Host: {HOST}\r\nReferer: https://{HOST}/\r\nConnection: close".encode()
    with (
        socket.create_connection(("127.0.0.1", port), timeout=30) as plain,
        context.wrap_socket(plain, server_hostname=HOST) as line,
    ):
        line.sendall(raw.replace(b"Host: 127.0.0.1", own))
        answer = http.client.HTTPResponse(line)
        answer.begin()
        answer.read()
        return answer.status, (answer.getheader("Location") or "").removeprefix(f"https://{HOST}")


@dataclass
class Nginx:
    """The example that ships, with our ports and certificate in the place of its capitals."""

    folder: Path
    port: int
    groups: list[Group]
    down: set[str] = field(default_factory=set)

    def command(self, *more: str) -> list[str]:
        return ["nginx", "-p", str(self.folder), "-c", str(self.folder / "nginx.conf"), *more]

    def write(self) -> None:
        text_ = EXAMPLE.read_text(encoding="utf-8").replace("PORTAL.EXAMPLE", HOST)
        for group, shipped in zip(self.groups, ("8010", "8011"), strict=True):
            mark = " down" if group.name in self.down else ""
            text_ = text_.replace(f"127.0.0.1:{shipped} ", f"127.0.0.1:{group.port}{mark} ")
        text_ = text_.replace("listen 80;", f"listen 127.0.0.1:{free_port()};")
        text_ = text_.replace("listen 443 ssl;", f"listen 127.0.0.1:{self.port} ssl;")
        text_ = text_.replace("/etc/ssl/doudi/", f"{self.folder}/").replace(
            "/var/log/nginx/", f"{self.folder}/"
        )
        temporary = "".join(
            f"{kind}_temp_path {self.folder}/{kind};\n"
            for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        )
        (self.folder / "nginx.conf").write_text(
            f"pid {self.folder}/nginx.pid;\nerror_log {self.folder}/nginx-error.log warn;\nworker_processes 1;\n"
            f"events {{ worker_connections 1024; }}\nhttp {{\n{temporary}{text_}\n}}\n",
            encoding="utf-8",
        )

    def start(self, made: Site) -> None:
        certificate(self.folder)
        self.write()
        tested = subprocess.run(self.command("-t"), capture_output=True, text=True, check=False)
        assert tested.returncode == 0, tested.stderr
        made.start("nginx", *self.command("-g", "daemon off;"))
        until = time.monotonic() + 10
        while time.monotonic() < until:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            time.sleep(0.05)
        raise AssertionError("nginx did not start")

    def take_out(self, *names: str) -> None:
        """Send visitors elsewhere; what is under way is finished."""
        self.down = set(names)
        self.write()
        subprocess.run(self.command("-s", "reload"), check=True, capture_output=True)
        time.sleep(1.5)


def certificate(folder: Path) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, HOST)])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(minutes=5))
        .not_valid_after(now + datetime.timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    (folder / "fullchain.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    (folder / "privkey.pem").write_bytes(private)


@dataclass
class House:
    """Everything that runs, and what it is asked."""

    made: Site
    app: Flask
    crowd: Crowd
    nginx: Nginx
    groups: list[Group]
    relays: list[subprocess.Popen[bytes]]
    redis: subprocess.Popen[bytes]
    database: postgres.Server
    cases: Path
    promised: int = 0
    good: bool = True

    def relay(self, number: int) -> None:
        self.relays[number] = self.made.start(f"relay-{number}", *FLASK, "relay")

    def under_load(
        self,
        what: str,
        act: Callable[[], None],
        *,
        presses: int = 150,
        grace: float = 1.0,
        waits: bool = False,
    ) -> Crowds:
        """Do something while a crowd reads, steps and sends; nobody may get an error, or only be asked to wait."""
        with self.app.app_context():
            _pages, sends = load_crowd.senders(self.crowd, presses)
        crowds = Crowds(self.nginx.port)
        crowds.begin(self.readers, 6, pause=0.02)
        crowds.begin(sends, 2, once=True, pause=0.1)
        time.sleep(grace)
        begun = time.monotonic()
        act()
        took = time.monotonic() - begun
        time.sleep(grace)
        crowds.end()
        self.promised += crowds.sent
        self.say(
            what,
            not crowds.faults(waits) and crowds.sent > 0,
            f"{took:.1f} s; {crowds.sent} sent; {crowds.words()}",
        )
        for line in crowds.broken[:3]:
            print(f"      {line}")
        return crowds

    def say(self, what: str, good: bool, words: str) -> None:
        self.good &= good
        print(f"{'PASS' if good else 'FAIL'}  {what}: {words}", flush=True)

    def settle(self) -> None:
        """Every promised application is one case, delivered, and none is there twice."""
        engine = self.app.extensions["doudi_engine"]
        until = time.monotonic() + 180
        ours = Submission.draft_id.is_not(None)
        while time.monotonic() < until:
            with engine.connect() as link:
                waiting = link.scalar(
                    select(func.count()).where(
                        OutboxMessage.state.not_in((OutboxState.DELIVERED, OutboxState.ACKNOWLEDGED))
                    )
                )
            if not waiting:
                break
            with engine.begin() as link:
                link.execute(
                    text(
                        "UPDATE outbox_message SET next_attempt_at = now() WHERE state IN ('retry_wait', 'unknown')"
                    )
                )
            time.sleep(0.5)
        with engine.connect() as link:
            numbers = set(link.scalars(select(Submission.number).where(ours)))
        held_engine = create_engine(f"sqlite:///{self.cases}")
        with held_engine.connect() as link:
            held = [str(row[0]) for row in link.exec_driver_sql("SELECT application_number FROM event")]
        held_engine.dispose()
        lost, doubled = numbers - set(held), len(held) - len(set(held))
        good = not lost and not doubled and not waiting and len(numbers) >= self.promised
        words = (
            f"{self.promised} promised, {len(numbers)} kept, {len(held)} at the case system, "
            f"{len(lost)} lost, {doubled} twice"
        )
        self.say("Every application arrived exactly once", good, words)

    @property
    def readers(self) -> list[bytes]:
        if not hasattr(self, "_readers"):
            with self.app.app_context():
                asked = [*load_crowd.readers(self.crowd)[:600], *load_crowd.estimators(self.crowd, 200)]
                asked += [self.crowd.api(load_crowd.facts(self.crowd)) for _n in range(50)]
            self.crowd.chance.shuffle(asked)
            self._readers = asked
        return self._readers


@contextmanager
def house() -> Iterator[House]:
    folder = Path(tempfile.mkdtemp(prefix="doudi-machines-"))
    server = postgres.new_server(durable=True)
    store, port, cases = free_port(), free_port(), free_port()
    more = {
        "DOUDI_PUBLIC_URL": f"https://{HOST}:{port}",
        "DOUDI_TRUSTED_PROXIES": "1",
        "DOUDI_LIMITS_URL": f"redis://127.0.0.1:{store}/0",
        "DOUDI_CASE_SYSTEM_URL": f"http://127.0.0.1:{cases}",
        **UNLIMITED,
    }
    try:
        with site(folder, postgres.new_database(server), **more) as made:
            redis = made.start("redis", *redis_command(store, folder))
            made.start("cases", *FLASK, "case-system-sandbox", "--port", str(cases))
            groups = [Group(made, "a"), Group(made, "b")]
            for group in groups:
                group.wait()
            nginx = Nginx(folder, port, groups)
            nginx.start(made)
            app = create_app(made.settings)
            relays = [made.start(f"relay-{number}", *FLASK, "relay") for number in (0, 1)]
            held = made.settings.instance / "sandbox.sqlite"
            yield House(made, app, Crowd(app, folder), nginx, groups, relays, redis, server, held)
            app.extensions["doudi_engine"].dispose()
            for group in groups:
                group.socket.close()
    finally:
        postgres.end(server)
        shutil.rmtree(folder, ignore_errors=True)


def redis_command(port: int, folder: Path) -> tuple[str, ...]:
    return ("redis-server", "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", str(folder))


def rolling_restart(found: House) -> None:
    def act() -> None:
        for _round in range(2):
            for group in found.groups:
                group.restart()

    found.under_load("Rolling restart, twice, sockets kept by the system", act)


def machine_taken_out(found: House) -> None:
    """As for a new kernel: nginx leaves the machine out, it goes away with its socket, and comes back."""

    def act() -> None:
        for group in found.groups:
            found.nginx.take_out(group.name)
            group.stop()
            group.socket.close()
            group.socket = socket.create_server(("127.0.0.1", group.port), backlog=512)
            group.start()
            group.wait()
        found.nginx.take_out()

    found.under_load("Each machine taken out and brought back", act)


def relays_lost(found: House) -> None:
    def act() -> None:
        found.relays[0].send_signal(signal.SIGTERM)
        found.relays[1].send_signal(signal.SIGKILL)
        for number in (0, 1):
            found.relays[number].wait(timeout=60)
            found.relay(number)
        time.sleep(2)

    found.under_load("One relay told to end, the other killed, both started again", act)


def database_restarted(found: House) -> None:
    """PostgreSQL ends as in a power cut, stays away and comes back: what showed a receipt must be there."""
    away = 3.0

    def act() -> None:
        found.database.stop("immediate")
        time.sleep(away)
        found.database.start()
        for group in found.groups:
            group.wait()
        time.sleep(3)

    crowds = found.under_load(
        f"PostgreSQL cut off, {away:.0f} s away, back again", act, waits=True, grace=4.0
    )
    came = [ask(found.nginx.port, raw)[0] for raw in found.readers[:40]]
    found.say("Afterwards nobody is asked to wait", max(came) < 500, f"{crowds.statuses[503]} were meanwhile")


NEXT = '''"""What a next version may do to tables in use: new columns, an index beside running work."""

import sqlalchemy as sa
from alembic import op

revision, down_revision, branch_labels, depends_on = "next", "{head}", None, None


def upgrade():
    op.add_column("submission", sa.Column("of_the_next", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("draft", sa.Column("of_the_next", sa.String(40), nullable=True))
    with op.get_context().autocommit_block():
        op.create_index("ix_of_the_next", "outbox_message", ["created_at"], postgresql_concurrently=True)
'''


def migration(found: House, applications: int) -> None:
    """This program on the tables of a next version, brought there under load with so many applications in them."""
    engine = found.app.extensions["doudi_engine"]
    config = migrations(found.made.settings.database_url)
    versions = found.made.folder / "versions"
    versions.mkdir()
    head = ScriptDirectory.from_config(config).get_current_head()
    (versions / "next.py").write_text(NEXT.format(head=head), encoding="utf-8")
    ours = Path(config.get_main_option("script_location") or "") / "versions"
    config.set_main_option("path_separator", "newline")
    config.set_main_option("version_locations", f"{ours}\n{versions}")
    with engine.begin() as link:
        link.execute(
            text(
                "INSERT INTO submission"
                " (number, version, region, query_code_hash, document, content_hash, submitted_at)"
                " SELECT 'LOAD' || n, 1, '220102', md5(n::text), s.document, s.content_hash, now() - interval '40 day'"
                " FROM generate_series(1, :many) n, (SELECT document, content_hash FROM submission LIMIT 1) s"
            ),
            {"many": applications},
        )
        link.execute(
            text(
                "INSERT INTO outbox_message (id, application_number, application_version, type, source, route, state,"
                " attempts, created_at, next_attempt_at, give_up_at, state_since, delivered_at)"
                " SELECT gen_random_uuid()::text, 'LOAD' || n, 1, 'load', 'load', 'default', 'acknowledged', 1,"
                " now() - interval '40 day', now(), now(), now(), now() FROM generate_series(1, :many) n"
            ),
            {"many": applications},
        )
    took: list[float] = []

    def act() -> None:
        begun = time.monotonic()
        command.upgrade(config, "head")
        took.append(time.monotonic() - begun)
        for group in found.groups:
            group.restart()

    crowds = found.under_load(f"Migration of {applications} applications, then a rolling restart", act)
    print(f"      the upgrade itself took {took[0]:.1f} s; slowest answer {crowds.slowest:.1f} s")
    columns = {column["name"] for column in inspect(engine).get_columns("submission")}
    found.say(
        "The tables are the next version's", "of_the_next" in columns, "and this program serves on them"
    )


def sessions_shared(found: House) -> None:
    with found.app.app_context():
        cookie, _draft = next(load_crowd.applicants(found.crowd, 1))
    answers = []
    for group in found.groups:
        line = http.client.HTTPConnection("127.0.0.1", group.port, timeout=20)
        headers = {
            "Cookie": cookie,
            "Host": HOST,
            "X-Forwarded-Proto": "https",
            "X-Forwarded-For": "192.0.2.1",
        }
        line.request("GET", "/apply/tasks", headers=headers)
        answers.append(line.getresponse().status)
        line.close()
    found.say("A session goes on at the other machine", answers == [200, 200], str(answers))


def limits_shared(found: House) -> None:
    """Thirty requests a minute for a visit, forty sent to each machine in turn; then Redis goes away."""
    for group in found.groups:
        group.restart(DOUDI_LIMITS_VISIT="30", DOUDI_LIMITS_WAIT="0")
    raw = found.crowd.get("/", found.crowd.cookie())
    time.sleep(61 - time.time() % 60 if time.time() % 60 > 45 else 0)  # all within one minute of the counter
    counted = Counter(ask(found.nginx.port, raw)[0] for _n in range(40))
    found.say("Limits are counted together", counted == {200: 30, 429: 10}, str(dict(counted)))
    for group in found.groups:
        group.restart()

    def act() -> None:
        found.redis.send_signal(signal.SIGKILL)
        found.redis.wait()
        time.sleep(3)

    found.under_load("Redis killed", act, presses=60)
    port = int(found.made.environ["DOUDI_LIMITS_URL"].rsplit(":", 1)[1].split("/")[0])
    found.redis = found.made.start("redis", *redis_command(port, found.made.folder))


def read_only(found: House) -> None:
    for group in found.groups:
        group.restart(DOUDI_READ_ONLY="yes")
    with found.app.app_context():
        _pages, presses = load_crowd.senders(found.crowd, 1)
    crowds = Crowds(found.nginx.port)
    for raw in found.readers[:300]:
        crowds.ask(raw)
    refused, _place = ask(found.nginx.port, presses[0])
    good = not crowds.faults() and refused == 503
    found.say(
        "Read only: reading, asking, estimating go on; sending waits",
        good,
        f"{crowds.words()}; send {refused}",
    )
    for group in found.groups:
        group.restart()
    sent, place = ask(found.nginx.port, presses[0])
    found.promised += 1
    found.say(
        "What was filled in before can be sent afterwards", place == "/apply/receipt", f"{sent} {place}"
    )


def main() -> int:
    for program in ("nginx", "redis-server"):
        if shutil.which(program) is None:
            print(f"{program} is missing. On Debian: apt-get install nginx redis-server postgresql")
            return 1
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # what was started is ended, too
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--applications", type=int, default=100_000, help="0 leaves the migration out")
    given = parser.parse_args()
    print(f"load average {os.getloadavg()[0]:.1f} before, {os.cpu_count()} processors for everything")
    with house() as found:
        sessions_shared(found)
        rolling_restart(found)
        machine_taken_out(found)
        relays_lost(found)
        database_restarted(found)
        if given.applications:
            migration(found, given.applications)
        limits_shared(found)
        read_only(found)
        found.settle()
        return 0 if found.good else 1


if __name__ == "__main__":
    sys.exit(main())
