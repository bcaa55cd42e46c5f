"""Evaluates a case again with some facts replaced, which exactness needs, as long as the work of one estimate lasts.

Work is counted, not timed, so that the same question has the same answer on every machine.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Final

from estimator.evaluate import Case, Evaluator, Scope
from estimator.exact import Override
from estimator.feel import Value
from estimator.intake import Question

# Values and verdicts of one person or household under one reading that one estimate may work out again.
MOST_WORK: Final = 100_000


class Retries:
    """The retries of one question. `work` is what is left; `needed` names what a programme builds on."""

    def __init__(
        self,
        question: Question,
        evaluator: Evaluator,
        standards: Callable[[Question, str | None], Scope],
        needed: Callable[[str], frozenset[str]],
    ) -> None:
        self.question, self.evaluator, self.standards, self.needed = question, evaluator, standards, needed
        self.work = MOST_WORK

    def lasts(self, case: Case, programme: str, times: int) -> bool:
        """Whether there is work left for so many retries; if so it is taken."""
        once = self.evaluator.work(self.needed(programme), len(self.question.persons))
        cost = times * once * len(case.plan.worlds)
        if cost > self.work:
            return False
        self.work -= cost
        return True

    def __call__(self, case: Case, programme: str, override: Override) -> Case:
        """The case evaluated anew for one programme (and what it builds on) with some facts replaced."""
        question = self.question
        household = dict(question.household)
        local = dict(self.standards(question, case.area))
        told: dict[str, dict[str, Value]] = {}
        for (fact, subject), value in override.items():
            if fact.startswith("member."):
                told.setdefault(subject, {})[fact] = value
            elif fact.startswith("household."):
                household[fact] = value
            elif fact.startswith("standards."):
                local[fact] = value
        people = tuple(
            [
                replace(person, facts={**person.facts, **told[person.id]}) if person.id in told else person
                for person in question.persons
            ]
        )
        changed = replace(question, household=household, persons=people)
        inside = {person.id for person in case.members}
        members = tuple(person for person in people if person.id in inside)
        return self.evaluator.case(changed, case.area, case.plan, local, members, self.needed(programme))
