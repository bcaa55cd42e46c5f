"""Every condition of the rule tables has an example that makes it true, one false, one unknown.

The examples stand in `estimator/rules/*.toml` beside this file; `families.toml` says how to read them.
"""

from __future__ import annotations

import tomllib
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from estimator import default_rulebook, engine_for
from estimator.evaluate import as_truth
from estimator.model import Condition
from tests.support.households import changed, family

FOLDER = Path(__file__).parent / "estimator" / "rules"
FAMILIES = tomllib.loads((FOLDER / "families.toml").read_text(encoding="utf-8"))
EXAMPLES = [
    row
    for path in sorted(FOLDER.glob("*.toml"))
    if path.name != "families.toml"
    for row in tomllib.loads(path.read_text(encoding="utf-8"))["rule"]
]
CASES = [(row, truth) for row in EXAMPLES for truth in ("true", "false", "unknown")]


@pytest.mark.parametrize(("row", "truth"), CASES, ids=[f"{row['id']}-{truth}" for row, truth in CASES])
def test_an_example_makes_its_condition_come_out_as_it_says(row: dict[str, Any], truth: str) -> None:
    region, area, day = FAMILIES[row["family"]]["place"]
    facts = changed(family(row.get("size", 2), region=region, area=area, day=day), row[truth])
    assert truths_of(row["id"], row.get("subject", "household"), facts) == {truth}


def truths_of(rule: str, subject: str, facts: dict[str, Any]) -> set[str]:
    """What a condition comes out as wherever a decision in force on the day uses it for the subject."""
    engine = engine_for(default_rulebook())
    question = engine.intake.read(facts, as_of=date(2026, 11, 22))
    condition = default_rulebook().rules[rule]
    assert isinstance(condition, Condition)
    return {
        as_truth(condition.expression.evaluate(verdict.scope)).value
        for case in engine.cases(question)
        for stage in case.stages
        for (_, of), verdict in stage.verdicts.items()
        if of == subject and rule in {used.id for used, _ in verdict.truths}
    }


def test_every_condition_has_its_three_examples() -> None:
    conditions = {rule.id for rule in default_rulebook().rules.values() if isinstance(rule, Condition)}
    shown = {row["id"] for row in EXAMPLES if all(truth in row for truth in ("true", "false", "unknown"))}
    assert sorted(conditions - shown) == []
    assert sorted(shown - conditions) == []
