"""The house keeps its walls: imports point one way, modules stay short and rightly named."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("estimator", "faq", "portal")
SOURCES = sorted(file for package in PACKAGES for file in (ROOT / package).rglob("*.py"))
TESTS = sorted((ROOT / "tests").rglob("*.py"))
VAGUE = {"common", "utils", "util", "helpers", "helper", "misc", "base"}


def lines(file: Path) -> int:
    return len(file.read_text(encoding="utf-8").splitlines())


def test_imports_keep_to_the_contracts() -> None:
    answer = subprocess.run(
        [str(Path(sys.executable).with_name("lint-imports")), "--no-cache"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert answer.returncode == 0, answer.stdout + answer.stderr


@pytest.mark.parametrize("file", SOURCES, ids=lambda f: str(f.relative_to(ROOT)))
def test_a_module_is_short_says_what_it_is_and_has_a_telling_name(file: Path) -> None:
    assert lines(file) <= 400
    assert file.stem not in VAGUE
    assert ast.get_docstring(ast.parse(file.read_text(encoding="utf-8"))), "a module opens with its purpose"


@pytest.mark.parametrize("file", TESTS, ids=lambda f: str(f.relative_to(ROOT)))
def test_a_test_module_is_at_most_600_lines(file: Path) -> None:
    assert lines(file) <= 600


def test_only_the_clock_and_the_programs_read_the_time() -> None:
    allowed = {"portal/clock.py", "portal/__main__.py", "estimator/__main__.py", "faq/__main__.py"}
    forbidden = {
        ("datetime", "now"),
        ("datetime", "utcnow"),
        ("datetime", "today"),
        ("date", "today"),
        ("time", "time"),
    }
    readers = set()
    for file in SOURCES:
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            named = isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name)
            if named and (node.value.id, node.attr) in forbidden:
                readers.add(str(file.relative_to(ROOT)))
    assert readers <= allowed


def test_the_top_level_stays_as_it_is() -> None:
    tracked = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    folders = {line.split("/")[0] for line in tracked.splitlines() if "/" in line}
    assert folders == {".ci", "estimator", "faq", "portal", "tests", "translations"}
