"""Every rule of the catalogue stands in some row, and the official figures come out of the formulas."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from estimator import default_rulebook, estimate
from estimator.model import Decision, Step
from tests.support.households import changed, family, lines

DOCUMENTS = {"J17": 27, "HN": 15, "YJ": 22, "D": 21, "J20": 51}
CATALOGUE = [f"{name}-{number:02}" for name, last in DOCUMENTS.items() for number in range(1, last + 1)]
TIME_AND_PLACE = [f"T{number}" for number in range(1, 7)]


@pytest.mark.parametrize("rule", [*CATALOGUE, *TIME_AND_PLACE])
def test_a_rule_of_the_catalogue_is_carried_by_a_row(rule: str) -> None:
    assert [row.id for row in default_rulebook().rules.values() if rule in row.catalogue]


def test_the_draft_of_2018_is_only_ever_a_draft() -> None:
    rows = [row for row in default_rulebook().rules.values() if row.scope.norm == "jl-2018-draft"]
    assert len(rows) >= 21
    assert all(isinstance(row, Step) and row.kind == "draft" for row in rows)
    cited = {
        citation
        for row in default_rulebook().rules.values()
        if not (isinstance(row, Step) and row.kind == "draft")
        for citation in row.citations
    }
    assert not [citation for citation in cited if citation.startswith("jl-2018-draft")]


def test_what_a_person_decides_is_never_a_decision_of_the_tables() -> None:
    assert not [
        row.id
        for row in default_rulebook().rules.values()
        if isinstance(row, Decision) and row.rule_class in ("D", "S", "DR")
    ]


# Official figures (prior-year line, mode, published figure): Jilin City 2022, Linjiang 2024, Yanji.
VECTORS = [
    ("600", "dispersed", "780.00"),
    ("410", "dispersed", "533.00"),
    ("600", "institution", "1200.00"),
    ("410", "institution", "820.00"),
    ("550", "dispersed", "715.00"),
    ("650", "dispersed", "845.00"),
    ("415", "dispersed", "540.00"),
]


@pytest.mark.parametrize(("line", "mode", "figure"), VECTORS)
def test_an_official_tekun_figure_is_the_multiple_rounded_up_to_the_yuan(
    line: str, mode: str, figure: str
) -> None:
    assert tekun(line, mode)["details"]["basic_standard_floor"] == figure


def tekun(line: str, mode: str) -> dict[str, Any]:
    alone = {
        "m1.age": 70,
        "m1.no_livelihood_source": True,
        "m1.no_capable_supporter": True,
        "m1.tekun_care_mode": mode,
    }
    facts = changed(family(1, region="220284", area="urban", day="2023-06-01", line=line), alone)
    return lines(estimate(facts, as_of=date(2026, 11, 22)))["tekun", "m1"]


def test_three_people_at_632_with_1894_get_two_and_not_three() -> None:
    facts = changed(
        family(3, region="220104", area="urban", day="2024-06-01", line="632"),
        {"m1.income_monthly.wage": "1894"},
    )
    amount = lines(estimate(facts, as_of=date(2026, 11, 22)))["dibao", "household"]["amount"]
    assert (amount["low"], amount["high"]) == ("2.00", "2.00")
