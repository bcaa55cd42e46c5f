"""The units that ship, run by a systemd of their own: `python -m tests.fault.under_systemd` (as root on Debian).

A private systemd boots in namespaces of its own on a copy-on-write view of this machine, installs the working tree
in /opt/doudi as the README says, and starts the shipped units; the only change is a drop-in that lets the timers fire
within seconds. Then a family applies, parts are killed and restarted, and the journal is searched for the family.
Nothing of it touches the machine outside, and it all ends with the systemd.
"""

from __future__ import annotations

import http.client
import io
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable
from functools import partial
from pathlib import Path

from flask import Flask, Response, request

from tests.integration.test_apply_canaries import canaries
from tests.support import applying, papers
from tests.support.pages import LintedClient, Page
from tests.support.served import ROOT

PORT = 8010
SERVICES = ("web", "relay", "backup", "daily", "scan")
TIMERS = ("backup", "daily", "scan")
EXPOSURE = 20  # tenths, as systemd-analyze counts: 0 is a locked room, 100 the open street
SCRIPT = ROOT / "tests" / "fault" / "under_systemd.sh"


class Private:
    """A systemd in namespaces of its own."""

    def __init__(self, folder: Path) -> None:
        groups = [
            line.split()[1] for line in Path("/proc/mounts").read_text().splitlines() if " cgroup" in line
        ]
        self.groups = [
            Path(point) / f"doudi-rehearsal-{os.getpid()}" for point in groups if point != "/sys/fs/cgroup"
        ]
        for group in self.groups:
            group.mkdir()
        enter = "".join(f"echo $$ > {group}/cgroup.procs; " for group in self.groups)
        self.log = (folder / "boot.log").open("w+b")
        self.process = subprocess.Popen(
            ["unshare", "--mount", "--propagation", "private", "/bin/sh", "-c", f'{enter}exec /bin/bash "$0" "$@"',
             str(SCRIPT), "build", str(folder)],
            stdout=self.log, stderr=self.log, start_new_session=True,
        )  # fmt: skip
        self.pid = 0

    def wait(self, seconds: float = 300) -> None:
        until = time.monotonic() + seconds
        while time.monotonic() < until and self.process.poll() is None:
            children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
            for child in children:
                if Path(f"/proc/{child}/comm").read_text().strip() == "systemd":
                    self.pid = int(child)
            if self.pid and self.run("systemctl", "is-system-running", check=False) in (
                "running",
                "degraded",
            ):
                return
            time.sleep(0.5)
        self.log.seek(0)
        raise AssertionError(f"no systemd: {self.log.read().decode(errors='replace')[-2000:]}")

    def enter(self, *command: str) -> list[str]:
        return ["nsenter", "-t", str(self.pid), "-p", "-m", "-n", "-u", "-i", "-C",
                "env", "-i", "PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LANG=C.UTF-8", *command]  # fmt: skip

    def run(self, *command: str, check: bool = True) -> str:
        done = subprocess.run(self.enter(*command), capture_output=True, text=True, check=False)
        assert not check or done.returncode == 0, (
            f"{command[:3]!s:.80}: {(done.stdout + done.stderr)[-1500:]}"
        )
        return done.stdout.strip()

    def script(self, part: str) -> str:
        return self.run("/bin/bash", f"/opt/doudi/{SCRIPT.relative_to(ROOT)}", part)

    def of(self, unit: str, *names: str) -> list[str]:
        """Properties of a unit, in this order."""
        return [self.run("systemctl", "show", "-P", name, unit) for name in names]

    def here(self, *arguments: str) -> subprocess.Popen[str]:
        """This module with other arguments, in the network of the private systemd."""
        command = ["nsenter", "-t", str(self.pid), "-n", sys.executable, "-m", __spec__.name, *arguments]
        return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)

    def end(self) -> None:
        self.process.kill()  # with it goes every process of its namespaces
        self.process.wait()
        time.sleep(1)
        for group in self.groups:
            for inner in sorted(group.rglob("*/"), reverse=True):
                if inner.is_dir():
                    inner.rmdir()
            group.rmdir()


def forwarding() -> Flask:
    """A browser's way to the served portal for a test client: every request goes over the socket."""
    app = Flask(__name__, static_folder=None)
    app.test_client_class = LintedClient

    def forward(path: str) -> Response:
        line = http.client.HTTPConnection("127.0.0.1", PORT, timeout=60)
        headers = {key: value for key, value in request.headers if key != "Host"}
        line.request(
            request.method, request.full_path, request.get_data(), {**headers, "Host": f"127.0.0.1:{PORT}"}
        )
        answer = line.getresponse()
        made = Response(answer.read(), answer.status)
        made.headers.clear()
        for key, value in answer.getheaders():
            if key.lower() not in ("transfer-encoding", "connection"):
                made.headers.add(key, value.replace(f"http://127.0.0.1:{PORT}", ""))
        return made

    methods = ["GET", "POST"]
    app.add_url_rule("/", "root", forward, defaults={"path": ""}, methods=methods)
    app.add_url_rule("/<path:path>", "any", forward, methods=methods)
    return app


def walk(number: int) -> None:
    """A made-up person applies by the pages; prints the traits that nobody may find."""
    person = canaries(20261123, number + 1)[number]
    client = forwarding().test_client()
    assert isinstance(client, LintedClient)
    applying.begin(client)
    applying.tell(client, "place", region=applying.NANGUAN, township="南湖街道", area="urban")
    own = {key: person[key] for key in ("name", "id_number", "phone", "address")}
    applying.tell(client, "applicant", hukou="here", **own)
    applying.adult_situation(client, "m1", work="flexible")
    applying.fill_rest(client)
    applying.tell(client, "reason", codes=["illness"], text=f"{person['illness']}，{person['diagnosis']}")
    shown = Page(client.get("/apply/papers").get_data(as_text=True))
    photo = {
        "csrf_token": next(form for form in shown.forms if "kind" in form.fields).fields["csrf_token"][0],
        "kind": "diagnosis",
        "member": "m1",
        "file": (io.BytesIO(papers.jpeg()), f"{person['name']}.jpg"),
    }
    # Made anew by a decoder that is shut in twice, by the unit and by itself.
    taken = client.post("/apply/papers", data=photo, content_type="multipart/form-data")
    assert taken.status_code == 303, taken.status_code
    applying.sign_own(client, person["name"])
    answer = applying.send(client)
    assert answer.request.path == "/apply/receipt", answer.request.path
    print(json.dumps(sorted({person[key] for key in (*own, "illness", "diagnosis")})))


def read(seconds: float) -> None:
    """Read pages for so long on connections of their own; prints how each ended."""
    counted: Counter[str] = Counter()
    until = time.monotonic() + seconds

    def ask() -> None:
        while time.monotonic() < until:
            line = http.client.HTTPConnection("127.0.0.1", PORT, timeout=60)
            try:
                line.request("GET", "/policies")
                answer = line.getresponse()
                answer.read()
                counted[str(answer.status)] += 1
            except (OSError, http.client.HTTPException) as failed:
                counted[type(failed).__name__] += 1
            line.close()
            time.sleep(0.02)

    threads = [threading.Thread(target=ask) for _n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    print(json.dumps(counted))


def told(process: subprocess.Popen[str]) -> object:
    output, _errors = process.communicate(timeout=300)
    assert process.returncode == 0
    return json.loads(output.strip().splitlines()[-1])


class Judge:
    """Says each claim with what was seen, and remembers whether all held."""

    good = True

    def say(self, what: str, good: bool, seen: object) -> None:
        self.good &= good
        print(f"{'PASS' if good else 'FAIL'}  {what}: {seen}", flush=True)


def until(what: Callable[[], object], seconds: float = 120) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if what():
            return True
        time.sleep(0.5)
    return False


def confined(judge: Judge, house: Private) -> None:
    """What the kernel says about the running processes, and what they can no longer do."""
    for name in SERVICES:
        verdict = house.run("systemd-analyze", "security", "--no-pager", f"--threshold={EXPOSURE}",
                            f"doudi-{name}.service", check=False).splitlines()[-1]  # fmt: skip
        exposed = float(re.search(r": ([\d.]+) ", verdict).group(1))  # type: ignore[union-attr]
        judge.say(f"doudi-{name} is confined", exposed * 10 <= EXPOSURE, f"exposure {exposed} of 10")
    for name in ("web", "relay"):
        pid = house.of(f"doudi-{name}.service", "MainPID")[0]
        facts = dict(re.findall(r"^(\w+):\s+(.+)$", house.run("cat", f"/proc/{pid}/status"), re.MULTILINE))
        seen = {key: facts[key].split()[0] for key in ("Uid", "CapEff", "CapBnd", "NoNewPrivs", "Seccomp")}
        user = house.run("id", "-u", "doudi")
        wished = {"Uid": user, "CapEff": "0" * 16, "CapBnd": "0" * 16, "NoNewPrivs": "1", "Seccomp": "2"}
        judge.say(f"doudi-{name} runs without rights", seen == wished, seen)
        core = re.search(r"Max core file size\s+(\d+)", house.run("cat", f"/proc/{pid}/limits"))
        judge.say(
            f"doudi-{name} leaves no core", core is not None and core.group(1) == "0", core and core.group(1)
        )
        for place, may in (
            ("/opt/doudi", False),
            ("/etc/doudi", False),
            ("/root", False),
            ("/var/lib/doudi", True),
        ):
            tried = subprocess.run(
                house.enter("nsenter", "-t", pid, "-m", "touch", f"{place}/written"),
                capture_output=True,
                check=False,
            )
            judge.say(f"doudi-{name} {'writes' if may else 'cannot write'} {place}", (tried.returncode == 0) is may,
                      tried.stderr.decode().strip() or "written")  # fmt: skip


def killed_and_restarted(judge: Judge, house: Private) -> None:
    for name in ("web", "relay"):
        unit = f"doudi-{name}.service"
        before, times = house.of(unit, "MainPID", "NRestarts")
        readers = house.here("read", "12")
        time.sleep(2)
        house.run("kill", "-9", before)
        came = until(lambda: house.of(unit, "ActiveState", "NRestarts") == ["active", str(int(times) + 1)])  # noqa: B023
        counted = told(readers)
        assert isinstance(counted, dict)
        # What was being answered breaks with its process; nobody is refused, because the socket is systemd's.
        good = (
            came
            and not counted.get("ConnectionRefusedError")
            and "500" not in counted
            and counted["200"] > 50
        )
        judge.say(f"{unit} killed (-9) comes back", good, counted)
    readers = house.here("read", "20")
    time.sleep(2)
    for _round in range(2):
        house.run("systemctl", "restart", "doudi-web", "doudi-relay")
        time.sleep(2)
    counted = told(readers)
    judge.say("Restarted twice under readers, nobody gets an error", list(counted) == ["200"], counted)  # type: ignore[call-overload]
    begun = time.monotonic()
    house.run("systemctl", "stop", "doudi-web", "doudi-relay")
    ended = [house.of(f"doudi-{name}.service", "Result", "ExecMainStatus") for name in ("web", "relay")]
    judge.say("Both stop by themselves when told to", ended == [["success", "0"]] * 2,
              f"{ended}, {time.monotonic() - begun:.1f} s")  # fmt: skip
    house.run("systemctl", "start", "doudi-web", "doudi-relay")


def timers(judge: Judge, house: Private) -> None:
    house.run("systemctl", "start", *(f"doudi-{name}.timer" for name in TIMERS))
    for name in TIMERS:
        said = partial(house.run, "journalctl", "--no-pager", "-o", "cat", "-u", f"doudi-{name}.service")
        ended = until(lambda: re.search("^(Finished|Failed to start) doudi-", said(), re.MULTILINE), 240)  # noqa: B023
        good = ended and "Failed" not in said()
        judge.say(
            f"doudi-{name}.timer fires, its work goes well", good, f"{said().count('Finished doudi-')} times"
        )
        if not good:
            print(said()[-1500:])
    house.run("systemctl", "stop", *(f"doudi-{name}.timer" for name in TIMERS))
    made = house.run("find", "/var/backups/doudi", "-name", "*.tar", "-printf", "%m %s\n").splitlines()
    judge.say(
        "A backup is there, for its owner only",
        bool(made) and all(line.startswith("600 ") for line in made),
        made,
    )


def rehearse() -> bool:
    judge, folder = Judge(), Path(tempfile.mkdtemp(prefix="doudi-systemd-"))
    house = Private(folder)
    try:
        house.wait()
        print(house.run("systemctl", "--version").splitlines()[0])
        house.script("install")
        states = [
            house.of(f"doudi-{name}", "ActiveState")[0]
            for name in ("web.socket", "web.service", "relay.service")
        ]
        judge.say("The units start", states == ["active"] * 3, states)
        ours = "/etc/systemd/system/doudi-*.service /etc/systemd/system/doudi-*.timer"
        complaints = house.run("/bin/sh", "-c", f"systemd-analyze verify {ours} 2>&1", check=False)
        judge.say(
            "systemd has nothing to say against them", "doudi" not in complaints, complaints or "nothing"
        )
        traits = told(house.here("walk", "0"))
        confined(judge, house)
        killed_and_restarted(judge, house)
        more = told(house.here("walk", "1"))
        arrived = until(
            lambda: "acknowledged" in house.script("status") or "delivered      2" in house.script("status")
        )
        judge.say(
            "Two applications are at the case system", arrived, house.script("status").splitlines()[:10]
        )
        timers(judge, house)
        journal = house.run("journalctl", "-o", "export", "--no-pager")
        assert isinstance(traits, list)
        assert isinstance(more, list)
        found = [trait for trait in (*traits, *more) if trait in journal]
        events = journal.count('"event": "request"')
        good = not found and events > 100 and journal.count("application.sent") == 2
        size = f"{len(journal) // 1024} KB, {events} requests"
        searched = f"{len(traits) + len(more)} traits, {len(found)} found"
        judge.say("The journal holds nothing of the people", good, f"{size}; {searched}")
    finally:
        house.end()
        shutil.rmtree(folder, ignore_errors=True)
    return judge.good


def main() -> int:
    match sys.argv[1:]:
        case ["walk", number]:
            walk(int(number))
        case ["read", seconds]:
            read(float(seconds))
        case _:
            missing = [name for name in ("/lib/systemd/systemd", "/usr/bin/nsenter", "/usr/bin/pg_createcluster")
                       if not Path(name).exists()]  # fmt: skip
            if os.geteuid() or missing:
                print(f"Needs root on Debian with systemd and postgresql. Missing: {missing or 'root'}")
                return 1
            signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
            return 0 if rehearse() else 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
