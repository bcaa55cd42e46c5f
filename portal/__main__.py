"""`python -m portal`: portal, relay and sandbox case system in one terminal, for trying and for small offices."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

from portal.config import DEFAULT_INSTANCE, ROOT, create_instance_secrets

PORT = int(os.environ.get("PORT", "8000"))
GUNICORN = ROOT / "portal" / "operations" / "gunicorn.conf.py"
READY_WITHIN = 60


def main() -> int:
    """Start everything, wait until it answers, stop everything when one part ends or on Ctrl-C."""
    for port in (PORT, PORT + 1):
        if _taken(port):
            print(f"Port {port} is in use. Stop the other program, or choose another: make run PORT=8010")
            return 1
    create_instance_secrets(Path(os.environ.get("DOUDI_INSTANCE", DEFAULT_INSTANCE)))
    environ = {
        "DOUDI_PUBLIC_URL": f"http://127.0.0.1:{PORT}",
        "DOUDI_CASE_SYSTEM_URL": f"http://127.0.0.1:{PORT + 1}",
        "DOUDI_LOG_REQUESTS": "no",
        **os.environ,
    }
    flask = [sys.executable, "-m", "flask", "--app", "portal.wsgi"]
    upgrade = [*flask, "database", "upgrade"]
    if subprocess.run(upgrade, cwd=ROOT, env=environ, check=False).returncode:  # noqa: S603  # our own command
        return 1  # it has said why
    gunicorn = [sys.executable, "-m", "gunicorn", "--config", str(GUNICORN), "--bind", f"127.0.0.1:{PORT}"]
    commands = {
        "portal": [*gunicorn, "--workers", "2", "portal.wsgi:app"],
        "relay": [*flask, "relay"],
        "case system sandbox": [*flask, "case-system-sandbox", "--port", str(PORT + 1)],
    }
    running = {
        name: subprocess.Popen(command, cwd=ROOT, env=environ)  # noqa: S603  # our own commands
        for name, command in commands.items()
    }
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    try:
        if not _answers(f"http://127.0.0.1:{PORT}/readyz"):
            print("The portal did not answer in time; its messages above say why.")
            return 1
        print(f"Doudi is ready:        http://127.0.0.1:{PORT}", flush=True)
        print(f"Sandbox case system:   http://127.0.0.1:{PORT + 1}", flush=True)
        print(f"For staff:             http://127.0.0.1:{PORT}/hotline/sign-in, after", flush=True)
        print("  .venv/bin/flask --app portal.wsgi staff add NAME --role supervisor --county '*'", flush=True)
        while True:
            for name, process in running.items():
                if process.poll() is not None:
                    print(f"The {name} ended with code {process.returncode}; stopping the rest.")
                    return 1
            time.sleep(0.5)
    except (KeyboardInterrupt, SystemExit):
        return 0
    finally:
        for process in running.values():
            process.terminate()
        for process in running.values():
            process.wait(timeout=15)


def _taken(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return True
    return False


def _answers(url: str) -> bool:
    until = time.monotonic() + READY_WITHIN
    while time.monotonic() < until:
        try:
            with urllib.request.urlopen(url, timeout=2) as answer:  # noqa: S310  # our own loopback address
                if answer.status == 200:
                    return True
        except (urllib.error.URLError, OSError):
            time.sleep(0.3)
    return False


if __name__ == "__main__":
    sys.exit(main())
