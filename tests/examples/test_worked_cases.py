"""Every worked case, written from the documents and not from the engine, comes out of the command line.

The cases stand in `estimator/worked/*.toml` beside this file; `README.md` there says how to read and add one.
"""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.support.worked_cases import WorkedCase, disagreements, load_cases

ROOT = Path(__file__).parents[2]
CASES = load_cases(Path(__file__).parent / "estimator" / "worked")

PROGRAMMES = {
    *("dibao", "dibao_danren", "dibao_jiantui", "dishouru", "zhichuxing", "tekun", "linshi", "doudi"),
    *("yiliao", "jiaoyu", "zhufang", "jiuye", "canji_shenghuo", "canji_huli", "canji_kangfu", "ertong"),
    *("shouzai", "liulang", "qunuan", "dianjia", "binzang", "falv", "wujia"),
}


@pytest.fixture(scope="module")
def estimates() -> dict[str, dict[str, Any]]:
    lines = "".join(json.dumps(case.facts, ensure_ascii=False) + "\n" for case in CASES)
    run = subprocess.run(
        [sys.executable, "-m", "estimator", "estimate", "--batch", "-"],
        input=lines,
        capture_output=True,
        text=True,
        cwd=ROOT,
        timeout=120,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    answers = [json.loads(line) for line in run.stdout.splitlines()]
    assert len(answers) == len(CASES)
    return {case.id: answer for case, answer in zip(CASES, answers, strict=True)}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_a_worked_case_comes_out_as_the_documents_say(
    case: WorkedCase, estimates: dict[str, dict[str, Any]]
) -> None:
    found = disagreements(case, estimates[case.id])
    assert not found, f"{case.why}\n" + "\n".join(found)


def test_every_programme_is_answered_in_every_case(estimates: dict[str, dict[str, Any]]) -> None:
    for case_id, answer in estimates.items():
        assert {entry["id"] for entry in answer["programmes"]} >= PROGRAMMES, case_id


def test_the_draft_of_2018_is_never_cited(estimates: dict[str, dict[str, Any]]) -> None:
    for case_id, answer in estimates.items():
        for entry in answer["programmes"]:
            cited = [*entry["citations"], *(c for reason in entry["reasons"] for c in reason["citations"])]
            assert not [c for c in cited if c.startswith("jl-2018-draft")], (case_id, entry["id"])


def test_there_are_enough_cases_and_their_names_differ() -> None:
    assert len(CASES) >= 150
    assert len({case.id for case in CASES}) == len(CASES)
