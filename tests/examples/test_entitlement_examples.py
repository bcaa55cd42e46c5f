"""Help by category, case by case: who is likely to get it, which figures stand beside it, and where no rule speaks.

The cases stand in `estimator/entitlements/<programme>.toml` beside this file; `README.md` there says how to read one.
"""

from __future__ import annotations

import tomllib
from datetime import date
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from estimator import default_rulebook, estimate
from estimator.norms import default_norms
from estimator.rulebook import PROGRAMMES
from estimator.truth import Truth
from tests.support.households import changed, family, lines

FOLDER = Path(__file__).parent / "estimator" / "entitlements"
CASES = [
    (path.stem, row)
    for path in sorted(FOLDER.glob("*.toml"))
    for row in tomllib.loads(path.read_text(encoding="utf-8"))["case"]
]
BY_CATEGORY = PROGRAMMES[PROGRAMMES.index("yiliao") : PROGRAMMES.index("doudi")]
REGIONS = ("220104", "222401", "430722", "441702", "510104")
DAYS = (
    *("2014-05-01", "2016-12-31", "2017-01-01", "2017-12-01", "2020-12-31", "2021-01-01"),
    *("2023-10-18", "2023-10-19", "2026-06-30", "2026-07-01"),
)


@pytest.mark.parametrize(("programme", "row"), CASES, ids=[f"{of}-{row['id']}" for of, row in CASES])
def test_a_household_gets_what_its_category_gets(programme: str, row: dict[str, Any]) -> None:
    region, area, day = row["place"]
    told = family(row.get("size", 2), region=region, area=area, day=day)
    facts = changed({**told, "area": None if area == "?" else area}, row.get("changes", {}))
    found = lines(estimate(facts, as_of=date(2026, 11, 22)))
    for subject, expected in row["expect"].items():
        line = found[programme, subject]
        figures = expected.get("details", {})
        assert {key: line[key] for key in expected if key not in ("details", "low")} == {
            key: value for key, value in expected.items() if key not in ("details", "low")
        }, row["why"]
        assert {key: line["details"].get(key, "") for key in figures} == figures, row["why"]
        if "low" in expected:
            assert (line["amount"] or {"low": ""})["low"] == expected["low"], row["why"]


@pytest.mark.parametrize(("region", "area", "day"), [*product(REGIONS, ("urban", "rural"), DAYS)])
def test_every_programme_has_its_line_and_cites_only_norms_of_the_place_and_day(
    region: str, area: str, day: str
) -> None:
    norms = default_norms()
    answer = estimate(family(2, region=region, area=area, day=day), as_of=date(2026, 11, 22))
    assert {line["id"] for line in answer["programmes"]} == set(PROGRAMMES)
    for line in answer["programmes"]:
        if line["id"] not in BY_CATEGORY:
            continue
        told = [*line["reasons"], *line["steps"]]
        for citation in (*line["citations"], *(one for part in told for one in part["citations"])):
            norm = norms.of(citation)
            assert norm is not None
            assert norm.applies_in(region), (line["id"], citation)
            began = norm.status(date.fromisoformat(day)) is not Truth.FALSE
            # 002 says “from 2017” of medical aid, before its day of issue (A30).
            assert began or citation == "yj-2017-8#2.1.4", (line["id"], citation)


def test_every_programme_by_category_has_cases_for_a_yes_and_for_a_no() -> None:
    seen = {
        (programme, expected["outcome"]) for programme, row in CASES for expected in row["expect"].values()
    }
    wanted = {(programme, outcome) for programme in BY_CATEGORY for outcome in ("likely", "unlikely")}
    assert wanted - seen == set()


def test_ratios_name_their_base_wherever_one_is_given() -> None:
    rows = default_rulebook().programmes["yiliao"].details
    with_floor = {name for row in rows if row.key == "ratio_floor" for name in row.decisions}
    with_base = {name for row in rows if row.key == "ratio_base" for name in row.decisions}
    assert with_floor == with_base
