"""What we are built from: every library is locked by hash and listed; a known weakness fails, silence is announced."""

from __future__ import annotations

import hashlib
import json
import re

import pytest

from tests.support import dependency_audit as audit

CLEAN = {"name": "flask", "version": "3.1.2", "vulns": []}
WEAK = {"name": "x", "version": "1", "vulns": [{"id": "PYSEC-1", "fix_versions": ["2"]}]}
UNKNOWN = {"name": "y", "version": "1", "skip_reason": "not found"}


def test_the_bill_of_materials_is_that_of_the_lock() -> None:
    assert audit.BILL.read_text(encoding="utf-8") == audit.bill(), "run: make audit"
    told = json.loads(audit.BILL.read_text(encoding="utf-8"))
    assert told["bomFormat"] == "CycloneDX"
    lock = (audit.ROOT / "requirements.lock").read_bytes()
    assert told["metadata"]["properties"][0]["value"] == hashlib.sha256(lock).hexdigest()
    assert len(told["components"]) == len(audit.pinned("requirements.lock")) > 50


@pytest.mark.parametrize("lock", audit.LOCKS)
def test_every_library_is_pinned_with_its_hashes_and_comes_from_no_other_place(lock: str) -> None:
    text = (audit.ROOT / lock).read_text(encoding="utf-8")
    entries = re.split(r"\n(?=\S)", text.strip())
    bare = [
        entry.split("\n")[0]
        for entry in entries
        if "--hash=sha256:" not in entry and not entry.startswith("#")
    ]
    assert not bare
    assert not re.search(r"git\+|https?://|--(extra-)?index-url|--find-links|file:", text)


@pytest.mark.parametrize(
    ("dependencies", "strict", "code"),
    [
        ([CLEAN], True, 0),
        ([CLEAN, WEAK], False, 1),
        ([CLEAN, UNKNOWN], False, 0),
        ([CLEAN, UNKNOWN], True, 1),
    ],
)
def test_a_known_weakness_fails_and_what_was_not_asked_is_said(
    dependencies: list[dict[str, object]], strict: bool, code: int
) -> None:
    verdict = audit.judge("a.lock", json.dumps({"dependencies": dependencies}), "", strict=strict)
    assert verdict.code == code
    assert ("WEAK" in str(verdict.lines)) is (WEAK in dependencies)
    assert ("NOT AUDITED" in str(verdict.lines)) is (UNKNOWN in dependencies)


@pytest.mark.parametrize("answer", ["", "Traceback …", "[]", "{}"])
def test_a_service_out_of_reach_is_announced_and_fails_only_where_it_must_not_be_missing(answer: str) -> None:
    for strict in (False, True):
        verdict = audit.judge("a.lock", answer, "x\nConnectionError: no route", strict=strict)
        assert verdict.code == int(strict)
        assert "NOT AUDITED" in verdict.lines[0]


def test_every_place_of_cryptography_stands_in_the_security_sheet() -> None:
    sheet = (audit.ROOT / "portal" / "operations" / "ASVS.md").read_text(encoding="utf-8")
    listed = r"^Where it is used, in portal/: (.*)\. Elsewhere only digests of files: (.*)\.$"
    told = re.findall(listed, sheet, re.MULTILINE)
    libraries = "hashlib|hmac|secrets|ssl|cryptography|argon2|pyotp|authlib|joserfc|http_message_signatures"
    imports = re.compile(rf"^\s*(?:import|from) (?:{libraries}|itsdangerous)\b", re.MULTILINE)
    used = {
        file.relative_to(audit.ROOT).as_posix()
        for package in ("portal", "estimator", "faq")
        for file in (audit.ROOT / package).rglob("*.py")
        if imports.search(file.read_text(encoding="utf-8"))
    }
    assert {f"portal/{file}" for file in told[0][0].split(", ")} | set(told[0][1].split(", ")) == used
