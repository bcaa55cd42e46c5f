"""`python -m tests.support.dependency_audit`: known weaknesses of the locked libraries, and the list of all of them.

Asks the advisory service through pip-audit. A service that is out of reach is announced and does not fail a machine
without network; with DOUDI_AUDIT=strict (a release, a nightly run) it does. A known weakness always fails. Without
strict only what runs in production is asked about. Then writes the bill of materials (CycloneDX) from the lock, which
needs no network.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.output.json import JsonV1Dot6
from packageurl import PackageURL

ROOT = Path(__file__).resolve().parents[2]
LOCKS = ("requirements.lock", "requirements-dev.lock")
BILL = ROOT / "portal" / "operations" / "sbom.cdx.json"
_PINNED = re.compile(r"^([A-Za-z0-9._-]+)(?:\[[^\]]*\])?==([^\s;\\]+)", re.MULTILINE)


@dataclass(frozen=True)
class Verdict:
    """What came of asking: the exit code and the lines to say."""

    code: int
    lines: tuple[str, ...]


def judge(lock: str, answer: str, error: str, *, strict: bool) -> Verdict:
    """What pip-audit's JSON means; anything that is no full answer was not an audit."""
    try:
        found: list[dict[str, Any]] = json.loads(answer)["dependencies"]
    except (ValueError, KeyError, TypeError):
        reason = (error.strip().splitlines() or ["no answer"])[-1][:160]
        return Verdict(
            int(strict), (f"NOT AUDITED: {lock}: the advisory service is out of reach ({reason})",)
        )
    weak = [
        f"WEAK: {entry['name']} {entry['version']}: {one['id']}, mended in {one['fix_versions'] or 'no version yet'}"
        for entry in found
        for one in entry.get("vulns", [])
    ]
    unknown = [entry["name"] for entry in found if "skip_reason" in entry]
    asked = len(found) - len(unknown)
    lines = [f"{lock}: {asked} libraries audited, {len(weak)} known weaknesses", *weak]
    if unknown:
        lines.append(
            f"NOT AUDITED: {lock}: the advisory service knows nothing of {len(unknown)} of {len(found)} asked for"
        )
    return Verdict(int(bool(weak) or (strict and bool(unknown))), tuple(lines))


def audit(lock: str, *, strict: bool) -> Verdict:
    """Ask about every library of a lock file; about none where the service does not know the first three."""
    entries = re.split(r"\n(?=\S)", (ROOT / lock).read_text(encoding="utf-8").strip())
    with tempfile.TemporaryDirectory() as folder:
        probe = Path(folder) / "probe.txt"
        probe.write_text("\n".join(entries[:3]) + "\n", encoding="utf-8")
        first = judge(lock, *_ask(probe), strict=strict)
    if any(line.startswith("NOT AUDITED") for line in first.lines):
        return Verdict(int(strict), first.lines[-1:])
    return judge(lock, *_ask(ROOT / lock), strict=strict)


def _ask(file: Path) -> tuple[str, str]:
    """What pip-audit says about a requirements file: (JSON, errors)."""
    program = Path(sys.executable).with_name("pip-audit")
    options = [
        "--disable-pip",
        "--no-deps",
        "--require-hashes",
        "--progress-spinner",
        "off",
        "--timeout",
        "5",
    ]
    done = subprocess.run(
        [str(program), "-r", str(file), "-f", "json", *options], capture_output=True, text=True, check=False
    )
    return done.stdout, done.stderr


def pinned(lock: str) -> list[tuple[str, str]]:
    """(name, version) of every library in a lock file, by name."""
    return sorted(set(_PINNED.findall((ROOT / lock).read_text(encoding="utf-8"))))


def bill() -> str:
    """The bill of materials of what runs in production; the same lock gives the same bytes."""
    lock = ROOT / LOCKS[0]
    components = [
        Component(name=name, version=version, type=ComponentType.LIBRARY, purl=PackageURL("pypi", None, name, version),
                  bom_ref=f"{name}=={version}")
        for name, version in pinned(LOCKS[0])
    ]  # fmt: skip
    made = json.loads(JsonV1Dot6(Bom(components=components)).output_as_string())
    digest = hashlib.sha256(lock.read_bytes()).hexdigest()
    made["serialNumber"] = (
        f"urn:uuid:{digest[:8]}-{digest[8:12]}-5{digest[13:16]}-8{digest[17:20]}-{digest[20:32]}"
    )
    made["metadata"] = {
        "component": {"type": "application", "name": "doudi", "bom-ref": "doudi"},
        "properties": [{"name": "doudi:requirements.lock:sha256", "value": digest}],
    }
    return json.dumps(made, indent=1, sort_keys=True, ensure_ascii=False) + "\n"


def main() -> int:
    strict = os.environ.get("DOUDI_AUDIT") == "strict"
    BILL.write_text(bill(), encoding="utf-8")
    verdicts = [audit(lock, strict=strict) for lock in (LOCKS if strict else LOCKS[:1])]
    for verdict in verdicts:
        print("\n".join(verdict.lines))  # a command for people
    return max(verdict.code for verdict in verdicts)


if __name__ == "__main__":
    sys.exit(main())
