"""The exported decisions, run in an independent FEEL engine, say what the estimator says."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections import Counter
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from estimator import Rulebook, Truth, default_rulebook
from estimator.dmn import export_dmn
from estimator.samples import load_samples
from tests.support.dmn_cases import Expected, completed, differences, expectations
from tests.support.worked_cases import load_cases

HERE = Path(__file__).parent
WORKED = HERE.parent / "examples" / "estimator" / "worked"
DAYS = ("2019-05-01", "2021-03-01", "2024-05-01", "2026-11-22")

pytestmark = pytest.mark.node


@pytest.fixture(scope="module")
def book() -> Rulebook:
    return default_rulebook()


@pytest.fixture(scope="module")
def decisions(book: Rulebook, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the exported tables, and the packages that read them in place."""
    if not (HERE / "node_modules").is_dir():
        npm = shutil.which("npm") or "npm"
        subprocess.run([npm, "ci", "--no-audit", "--no-fund"], cwd=HERE, check=True, capture_output=True)
    folder = tmp_path_factory.mktemp("dmn")
    export_dmn(book, folder)
    return folder


def answers(decisions: Path, book: Rulebook, asked: list[Expected]) -> Iterator[dict[str, object]]:
    ran = subprocess.run(
        ["node", str(HERE / "run.mjs"), str(decisions)],
        input=json.dumps([one.as_case(book) for one in asked]),
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    yield from (one["values"] for one in json.loads(ran.stdout))


def all_households(book: Rulebook) -> list[Expected]:
    """Every worked case whose family is told, and every third sample household on a day of each period."""
    worked = [(one.id, one.facts) for one in load_cases(WORKED) if one.facts["members"]]
    samples = [
        (f"{one.id}/{day}", {**one.facts, "as_of": day})
        for number, one in enumerate(load_samples())
        for day in DAYS[number % 3 :: 3]
    ]
    return [
        expected
        for name, facts in (*worked, *samples)
        for expected in expectations(book, name, completed(book, dict(facts), name))
    ]


def test_an_independent_engine_finds_what_the_estimator_finds_in_every_complete_example(
    book: Rulebook, decisions: Path
) -> None:
    asked = all_households(book)
    found = zip(asked, answers(decisions, book, asked), strict=True)
    assert [line for one, values in found for line in differences(book, one, values)] == []
    said = Counter((programme, verdict.truth) for one in asked for programme, verdict in one.verdicts())
    assert min(said[programme, Truth.FALSE] for programme in book.programmes) > 0
    assert sum(said[programme, Truth.TRUE] > 0 for programme in book.programmes) > 20
    assert not [key for key in said if key[1] is Truth.UNKNOWN], "an example was not complete"


def test_a_table_changed_behind_the_estimators_back_is_noticed(
    book: Rulebook, decisions: Path, tmp_path: Path
) -> None:
    shutil.copytree(decisions, tmp_path / "dmn")
    path = tmp_path / "dmn" / "dmn-js" / "dibao.dmn"
    text = path.read_text(encoding="utf-8")
    path.write_text(
        text.replace("12 * income_total &lt; standards", "24 * income_total &lt; standards"), "utf-8"
    )
    family = completed(book, {**load_samples()[2].facts, "as_of": date(2024, 5, 1).isoformat()}, "changed")
    family["standards"]["dibao_standard"] = "700"
    asked = list(expectations(book, "changed", family))
    found = zip(asked, answers(tmp_path / "dmn", book, asked), strict=True)
    assert any("dibao household" in line for one, values in found for line in differences(book, one, values))
