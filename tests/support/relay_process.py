"""A relay or a sandbox as a process of its own: `python -m tests.support.relay_process FOLDER [PORT]`.

FOLDER holds `settings.json` (fields of Settings, and `pace` for the relay); with PORT it is the sandbox.
"""

from __future__ import annotations

import atexit
import json
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path

from portal import db, encryption
from portal.config import Settings
from portal.handoff.relay import Pace, run_relay
from portal.handoff.sandbox import run_sandbox

ROOT = Path(__file__).resolve().parents[2]


def start(settings: Settings, pace: Pace) -> subprocess.Popen[bytes]:
    """Start a relay process for these settings; its log goes to the instance folder."""
    return _start(settings, pace)


def start_sandbox(settings: Settings, port: int) -> subprocess.Popen[bytes]:
    """Start a sandbox process on a loopback port."""
    return _start(settings, Pace(), str(port))


def _start(settings: Settings, pace: Pace, *more: str) -> subprocess.Popen[bytes]:
    file = settings.instance / "settings.json"
    file.write_text(json.dumps({"settings": asdict(settings), "pace": asdict(pace)}, default=str))
    with (settings.instance / "process.log").open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.support.relay_process", str(settings.instance), *more],
            cwd=ROOT,
            stdout=log,
            stderr=log,
        )
    atexit.register(process.kill)  # a failed test leaves nothing running
    return process


def main(folder: str, *port: str) -> None:
    """Be that process."""
    given = json.loads((Path(folder) / "settings.json").read_text())
    fields = {k: tuple(v) if isinstance(v, list) else v for k, v in given["settings"].items()}
    settings = Settings(**{**fields, "instance": Path(fields["instance"])})
    encryption.configure(settings.data_keys)
    if port:
        run_sandbox(settings, int(port[0]))
    else:
        run_relay(db.make_engine(settings.database_url), settings, pace=Pace(**given["pace"]))


if __name__ == "__main__":
    main(*sys.argv[1:])
