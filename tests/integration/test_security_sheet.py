"""The security sheets say what is true: counts add up, every named test and file exists, a gap says what is missing."""

from __future__ import annotations

import re
from collections import Counter
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
ASVS = ROOT / "portal" / "operations" / "ASVS.md"
DENGBAO = ROOT / "portal" / "operations" / "DENGBAO.md"
STATES = ("met", "partly", "not met", "operator", "n/a")
PUBLISHED = {"1": 70, "2": 183, "3": 92}  # requirements of ASVS 5.0.0 by level


@cache
def rows(sheet: Path) -> list[list[str]]:
    """Cells of every row that begins with an id."""
    found = [
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in sheet.read_text(encoding="utf-8").splitlines()
        if re.match(r"\| \d+(\.\d+)+ \|", line)
    ]
    assert found
    return found


@cache
def names_of_tests() -> dict[str, set[str]]:
    """Test names by the file's stem without `test_`."""
    return {
        file.stem.removeprefix("test_"): {
            name.removeprefix("test_")
            for name in re.findall(
                r"^(?:async )?def (test_\w+)", file.read_text(encoding="utf-8"), re.MULTILINE
            )
        }
        for file in (ROOT / "tests").rglob("test_*.py")
    }


def evidence(cell: str) -> list[str]:
    return [] if cell == "-" else [part.strip() for part in cell.split(",")]


def missing(named: str) -> str | None:
    """Why a named test or file is no evidence; None where it is."""
    if "::" not in named:
        return None if (ROOT / named).exists() else f"{named}: no such file"
    stem, begins = named.split("::")
    tests = names_of_tests().get(stem)
    if tests is None:
        return f"{named}: no file test_{stem}.py"
    return None if any(name.startswith(begins) for name in tests) else f"{named}: no such test"


def test_every_requirement_stands_there_once_with_a_known_state() -> None:
    ids = [row[0] for row in rows(ASVS)]
    assert len(ids) == len(set(ids))
    assert Counter(row[1] for row in rows(ASVS)) == PUBLISHED
    assert {row[5] for row in rows(ASVS)} <= set(STATES)
    assert all(len(row) == 6 and row[2] and row[3] for row in rows(ASVS))


def test_the_counts_at_the_top_are_those_of_the_rows() -> None:
    counted = Counter((row[1], row[5]) for row in rows(ASVS))
    for level in PUBLISHED:
        told = " | ".join(str(counted[level, state]) for state in STATES)
        assert f"| {level} | {told} | {PUBLISHED[level]} |" in ASVS.read_text(encoding="utf-8")
    totals = " | ".join(str(sum(counted[level, state] for level in PUBLISHED)) for state in STATES)
    assert f"| all | {totals} | 345 |" in ASVS.read_text(encoding="utf-8")


@pytest.mark.parametrize("sheet", [ASVS, DENGBAO], ids=lambda sheet: sheet.stem)
def test_every_named_test_and_file_exists(sheet: Path) -> None:
    wrong = [f"{row[0]}: {why}" for row in rows(sheet) for one in evidence(row[4]) if (why := missing(one))]
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("sheet", [ASVS, DENGBAO], ids=lambda sheet: sheet.stem)
def test_what_is_met_names_its_evidence(sheet: Path) -> None:
    bare = [
        row[0]
        for row in rows(sheet)
        if row[5] in ("met", "partly", "符合", "部分符合") and not evidence(row[4])
    ]
    assert not bare


def test_the_look_up_finds_what_is_wrong() -> None:
    assert missing("security_sheet::the_look_up_finds") is None
    assert missing("security_sheet::no_such_thing")
    assert missing("no_such_file::x")
    assert missing("portal/no_such_file.py")
