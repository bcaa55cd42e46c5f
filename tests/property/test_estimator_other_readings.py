"""A reading of norms in doubt or dispute, worked out from the main one where they part, is the reading walked whole."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from estimator import default_rulebook, engine_for
from estimator.evaluate import Case, Stage, Verdict
from estimator.opened import open_in_verdict, turned_about
from tests.property.test_estimator_soundness import CHOICES, told_families
from tests.support.households import Facts, changed, family

BOOK = default_rulebook()
ENGINE = engine_for(BOOK)
SETTINGS = settings(
    max_examples=40, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow]
)


@st.composite
def half_told(draw: st.DrawFn) -> Facts:
    """A family of which much is told or next to nothing."""
    facts = draw(told_families())
    left_out = draw(st.lists(st.sampled_from(sorted(CHOICES)), unique=True, max_size=25))
    if draw(st.booleans()):
        return changed(facts, dict.fromkeys(left_out, "?"))
    told = {key: facts[key] for key in ("region", "area", "as_of")}
    members = [{"id": one["id"], "age": one["age"], "co_living": True} for one in facts["members"]]
    return {**told, "members": members}


def cases_of(facts: Facts) -> list[Case]:
    return ENGINE.cases(ENGINE.intake.read(facts, as_of=date(2026, 11, 22)))


def walked_whole(case: Case, stage: Stage) -> Stage:
    """The reading of a stage walked from the first node to the last, with nothing taken over."""
    whole = replace(
        stage,
        scope=dict(case.stages[0].scope),
        persons={person: dict(scope) for person, scope in case.stages[0].persons.items()},
        verdicts={},
        signatures=stage.world.signatures,
        opened={},
        reasons={},
    )
    ENGINE.evaluator._walk(whole, case.plan.order, case.members)
    return whole


def said(stage: Stage, key: tuple[str, str]) -> tuple[Any, ...]:
    """What a reading says of a programme, and on what it turns."""
    verdict: Verdict = stage.verdicts[key]
    return (
        verdict.truth,
        verdict.planned.decision.id if verdict.planned else None,
        [(condition.id, truth) for condition, truth in verdict.truths],
        open_in_verdict(BOOK, stage, *key),
        turned_about(BOOK, stage, *key),
    )


@SETTINGS
@given(half_told())
def test_every_reading_is_what_it_would_be_walked_whole(facts: Facts) -> None:
    for case in cases_of(facts):
        for stage in case.stages:
            whole = walked_whole(case, stage)
            assert {key: said(stage, key) for key in stage.verdicts} == {
                key: said(whole, key) for key in whole.verdicts
            }
            values = [stage.scope[name] for name in whole.scope]
            assert values == list(whole.scope.values())
            for person, scope in whole.persons.items():
                assert [stage.persons[person][name] for name in scope] == list(scope.values())


def test_where_the_readings_agree_what_builds_on_them_is_worked_out_once() -> None:
    facts = family(2, region="222401", area="urban", day="2024-06-01")
    main, *others = cases_of(facts)[0].stages
    shared = [key for key in main.verdicts if all(one.verdicts[key] is main.verdicts[key] for one in others)]
    parted = {key[0] for key in main.verdicts if key not in shared}
    own = {node.removeprefix("likely.") for one in others for node in one.world.own}
    assert others
    assert parted == own
    assert any(len(one.world.differs) > len(one.world.own) for one in others)
