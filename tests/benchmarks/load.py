"""How much the portal bears: a bounded crowd on timetables beside the server, on SQLite and on PostgreSQL.

`python -m tests.benchmarks.load mixed|ratio|burst|soak [--database …] [--seconds …] [--scale …]` (needs wrk).
Latencies are the visitor's; a page counts from the moment its request left until its answer is whole.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from portal.factory import create_app
from portal.guidance import advice
from tests.benchmarks import load_crowd
from tests.benchmarks.load_crowd import Crowd
from tests.support.served import UNLIMITED, Site, Web, behind_nginx, free_port, postgresql, site

LUA = Path(__file__).with_name("load.lua")
SESSIONS = 2000


@dataclass(frozen=True)
class Part:
    """One kind of visitor: its file, how many requests a second, and the goal for the 95th percentile in ms."""

    name: str
    file: Path
    rate: float
    goal: float | None = None
    connections: int = 32


def wrk(web: Web, part: Part, seconds: float) -> subprocess.Popen[str]:
    # A connection that waits longer than the server's keepalive is closed, which wrk would count as broken.
    connections = min(part.connections, max(2, int(part.rate * 2))) if part.rate else part.connections
    command = [
        *("wrk", "-t1", f"-c{connections}", f"-d{seconds:.0f}s", "--timeout", "20s", "-s", str(LUA)),
        *(web.url, "--", str(part.file), str(part.rate)),
    ]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def measured(process: subprocess.Popen[str]) -> dict[str, Any]:
    out, _none = process.communicate()
    found: dict[str, Any] = json.loads(out.splitlines()[-1])
    return found


def together(web: Web, parts: list[Part], seconds: float) -> dict[str, dict[str, Any]]:
    """All parts at once; what each measured."""
    started = {part.name: wrk(web, part, seconds) for part in parts}
    return {name: measured(process) for name, process in started.items()}


@contextmanager
def served(database: str, app: str = "portal.wsgi:app", **more: str) -> Iterator[tuple[Site, Web, Crowd]]:
    """A running installation and its crowd."""
    with tempfile.TemporaryDirectory(prefix="doudi-load-") as folder:
        chosen = postgresql() if database == "postgresql" else _none()
        with chosen as url, site(Path(folder), url, **{"DOUDI_LOG_REQUESTS": "yes", **more}) as made:
            portal = create_app(made.settings)
            with portal.app_context():
                web = made.serve(free_port(), app=app)
                yield made, web, Crowd(portal, Path(folder))
            portal.extensions["doudi_engine"].dispose()


@contextmanager
def _none() -> Iterator[str]:
    yield ""


def mixed(database: str, seconds: float, scale: float) -> bool:
    """60 % read and ask, 30 % steps of estimates, 10 % applications; estimates by the interface and submits beside."""
    with served(database, **UNLIMITED) as (_made, web, crowd):
        pages, presses = load_crowd.senders(crowd, int(20 * scale * (seconds + 8)) + 20)
        parts = [
            Part("read and ask", crowd.write("read", load_crowd.readers(crowd)), 180 * scale, 150),
            Part(
                "steps of an estimate",
                crowd.write("steps", load_crowd.estimators(crowd, SESSIONS)),
                90 * scale,
                150,
            ),
            Part("pages of an application", crowd.write("apply", pages), 30 * scale, 150),
            Part("estimates by the interface", _api(crowd), 100 * scale, 50),
            Part("submits", crowd.write("send", presses), 20 * scale, 500),
        ]
        warm = [Part(part.name, part.file, part.rate / 2) for part in parts[:-1]]
        together(web, warm, 4)
        cpu = web.cpu_seconds()
        found = together(web, parts, seconds)
        cpu = web.cpu_seconds() - cpu
        print(f"\n{database}, {seconds:.0f} s, {web_words(web)}, {SESSIONS} sessions of estimates")
        good = True
        for part in parts:
            told = found[part.name]
            reached = told["requests"] / told["seconds"]
            kept = told["p95"] <= (part.goal or 1e9) and reached >= 0.95 * part.rate
            good &= kept and not (told["failed"] or told["broken"])
            print(
                f"  {part.name:28} {reached:6.1f}/s of {part.rate:5.0f}  p50 {told['p50']:7.1f}  "
                f"p95 {told['p95']:7.1f}  p99 {told['p99']:7.1f} ms  goal {part.goal or 0:4.0f}  "
                f"{'ok' if kept else 'MISSED'}  {_faults(told)}"
            )
        total = sum(told["requests"] for told in found.values())
        print(
            f"  {total / seconds:.0f} requests/s in all, {1000 * cpu / total:.2f} ms of processor a request"
        )
        return good


def ratio(database: str, seconds: float, _scale: float) -> bool:
    """The interfaces beside an empty Flask view: requests a second flat out, and processor time a request."""
    with served(database, app="tests.benchmarks.load_app:app", **UNLIMITED) as (_made, web, crowd):
        questions = [
            crowd.get(f"/api/v1/answers?q={quote(words)}&region={crowd.chance.choice(load_crowd.COUNTIES)}")
            for words in advice.current().suggestions()
        ]
        views = {
            "empty Flask": crowd.write("empty", [crowd.get("/empty/")]),
            "empty view of the portal": crowd.write("bare", [crowd.get("/bare")]),
            "estimate interface": _api(crowd),
            "ask interface": crowd.write("answers", questions),
            "home page": crowd.write("home", [crowd.get("/")]),
        }
        together(web, [Part("warm", file, 0, connections=4) for file in views.values()], 2)
        spent: dict[str, list[tuple[float, float]]] = {name: [] for name in views}
        for _round in range(3):
            for name, file in views.items():
                cpu = web.cpu_seconds()
                told = together(web, [Part(name, file, 0, connections=8)], seconds / 3)[name]
                assert not told["failed"] and not told["refused"], told  # noqa: PT018  # one fact: all were answered
                cpu = web.cpu_seconds() - cpu
                spent[name].append((told["requests"] / told["seconds"], 1000 * cpu / told["requests"]))
        print(f"\n{database}, {web_words(web)}; best of three rounds, all views in each round")
        best = {name: (max(r for r, _c in found), min(c for _r, c in found)) for name, found in spent.items()}
        whole, cost = best["empty Flask"]
        for name, (rate, spends) in best.items():
            print(
                f"  {name:26} {rate:7.0f}/s  {rate / whole:6.1%} of empty   "
                f"{spends:6.3f} ms of processor a request, {cost / spends:6.1%}"
            )
        return True


def burst(database: str, seconds: float, _scale: float) -> bool:
    """Ten times the crowd through nginx under the limits that ship: kindly sent away, but nobody who applies."""
    if shutil.which("nginx") is None:
        print("nginx is missing. On Debian: apt-get install nginx")
        return False
    with served(database, DOUDI_TRUSTED_PROXIES="1") as (made, web, crowd):
        pages, presses = load_crowd.senders(crowd, int(5 * seconds) + 20)
        applying = [
            Part("pages of an application", crowd.write("apply", pages), 10, 2500, connections=16),
            Part("submits", crowd.write("send", presses), 5, 2500, connections=16),
        ]
        crowds = [
            Part("read and ask", crowd.write("read", load_crowd.readers(crowd)), 1800, 2500, connections=256),
            Part(
                "steps of an estimate",
                crowd.write("steps", load_crowd.estimators(crowd, 500)),
                900,
                2500,
                connections=128,
            ),
            Part("estimates by the interface", _api(crowd), 1000, 2500, connections=128),
        ]
        found = together(behind_nginx(made, web), [*applying, *crowds], seconds)
        print(f"\n{database}, tenfold burst through nginx, {seconds:.0f} s, {web_words(web)}")
        for name, told in found.items():
            print(
                f"  {name:28} {told['requests'] / told['seconds']:6.0f}/s  p50 {told['p50']:7.1f}  "
                f"p95 {told['p95']:7.1f} ms  {_faults(told)}"
            )
        shed = sum(told["shed"] for told in found.values())
        good = not any(told["failed"] or told["broken"] for told in found.values())
        return good and shed > 0 and not any(found[part.name]["shed"] for part in applying)


def soak(database: str, seconds: float, scale: float) -> bool:
    """The same crowd for long, below the limit: memory at the start and at the end, and errors."""
    with served(database, **UNLIMITED) as (_made, web, crowd):
        pages, _presses = load_crowd.senders(crowd, 60)
        parts = [
            Part("read and ask", crowd.write("read", load_crowd.readers(crowd)), 60 * scale),
            Part(
                "steps of an estimate",
                crowd.write("steps", load_crowd.estimators(crowd, SESSIONS)),
                30 * scale,
            ),
            Part("pages of an application", crowd.write("apply", pages), 10 * scale),
            Part("estimates by the interface", _api(crowd), 20 * scale),
        ]
        together(web, parts, min(60.0, seconds / 5))  # what is made once has been made
        first, begun, grown = _own(web), time.monotonic(), 0.0
        faults = answered = 0
        print(f"\n{database}, {web_words(web)}; MB of each worker's own share after each round", flush=True)
        print(f"     0 min  {first}", flush=True)
        while (left := seconds - (time.monotonic() - begun)) > 1:
            found = together(web, parts, min(60.0, left))
            answered += sum(told["requests"] for told in found.values())
            faults += sum(told["failed"] + told["broken"] for told in found.values())
            now = _own(web)
            grown = sum(now) / sum(first) - 1
            minutes = (time.monotonic() - begun) / 60
            print(
                f"  {minutes:4.0f} min  {now}  {grown:+.1%}  {answered} answers, {faults} errors", flush=True
            )
        return grown <= 0.05 and not faults


def _own(web: Web) -> list[int]:
    return [own for _resident, own in web.memory()[1:]]


def _api(crowd: Crowd) -> Path:
    return crowd.write("api", [crowd.api(load_crowd.facts(crowd)) for _number in range(1000)])


def _faults(told: dict[str, Any]) -> str:
    return ", ".join(f"{told[kind]} {kind}" for kind in ("shed", "refused", "failed", "broken") if told[kind])


def web_words(web: Web) -> str:
    own = web.memory()
    return (
        f"{len(own) - 1} workers, started in {web.started_in:.2f} s, resident/own share "
        + ", ".join(f"{resident}/{share}" for resident, share in own[1:])
        + f" MB, {os.cpu_count()} processors shared with the generator"
    )


def main() -> int:
    if shutil.which("wrk") is None:
        print("wrk is missing. On Debian: apt-get install wrk")
        return 1
    scenes = {"mixed": mixed, "ratio": ratio, "burst": burst, "soak": soak}
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # what was started is ended, too
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("scene", choices=(*scenes, "all"))
    parser.add_argument("--database", choices=("sqlite", "postgresql", "both"), default="both")
    parser.add_argument("--seconds", type=float, default=15)
    parser.add_argument("--scale", type=float, default=1.0, help="1: the goals; 0.5: half of every rate")
    given = parser.parse_args()
    databases = ("sqlite", "postgresql") if given.database == "both" else (given.database,)
    wanted = ("mixed", "ratio", "burst") if given.scene == "all" else (given.scene,)
    print(f"load average {os.getloadavg()[0]:.1f} before")
    good = True
    for scene in wanted:
        for database in databases:
            good &= scenes[scene](database, given.seconds, given.scale)
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
