"""Draws the readings of each case together, and the cases together: agreed, in conflict, or still open."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

from estimator.evaluate import Case, Open, Stage, Verdict
from estimator.exact import Again, repeated, settle, settle_cases
from estimator.feel import Value
from estimator.figures import amount_value, details_of
from estimator.intake import NOWHERE, Question
from estimator.model import Outcome, Rulebook, Status
from estimator.opened import open_in_verdict
from estimator.truth import UNKNOWN, Truth

OUTCOMES: Final[Mapping[Truth, Outcome]] = {
    Truth.TRUE: "likely",
    Truth.FALSE: "unlikely",
    UNKNOWN: "undetermined",
}


class CaseOutcome(NamedTuple):
    """A programme's outcome for one subject in one case: the main verdict, a rival one, what is open."""

    outcome: Outcome
    status: Status
    case: Case
    verdict: Verdict
    stage: Stage
    rival: tuple[Verdict, Stage] | None
    opened: tuple[Open, ...]


class Drawn(NamedTuple):
    """A programme's outcome for one subject over all cases; `lead` is the case it is explained by."""

    outcome: Outcome
    status: Status
    lead: CaseOutcome
    found: tuple[CaseOutcome, ...]
    opened: tuple[Open, ...]


def draw(
    book: Rulebook, programme: str, subject: str, cases: Sequence[Case], question: Question, again: Again
) -> Drawn:
    """The outcome of one programme for one subject."""
    if len(cases) == 1 and question.region != NOWHERE:
        only = case_outcome(book, programme, subject, cases[0], again)
        return Drawn(only.outcome, only.status, only, (only,), only.opened)
    found = tuple(case_outcome(book, programme, subject, case, again) for case in cases)
    outcomes = {one.outcome for one in found}
    outcome: Outcome = found[0].outcome if len(outcomes) == 1 else "undetermined"
    opened: dict[Open, None] = {}
    if outcome == "undetermined":
        opened = {fact: None for one in found for fact in one.opened}
        exact = settle_cases(book, programme, subject, cases, tuple(opened), again)
        opened = dict.fromkeys(exact) if exact is not None else {**opened, **_open_cases(question)}
    if question.region == NOWHERE:
        outcome, opened = "undetermined", {("region", "place"): None, **opened}
    lead = next((one for one in found if one.outcome == outcome), found[0])
    status: Status = next((one.status for one in found if one.status != "firm"), "firm")
    return Drawn(outcome, status, lead, found, tuple(opened))


def case_outcome(book: Rulebook, programme: str, subject: str, case: Case, again: Again) -> CaseOutcome:
    """The readings of one case drawn together."""
    key = (programme, subject)
    stage = case.stages[0]
    first = stage.verdicts[key]
    verdicts = [(first, stage)]
    for other in case.stages[1:]:
        if other.verdicts[key] is not first:
            verdicts = [(one.verdicts[key], one) for one in case.stages]
            break
    else:  # one reading, or all walked to the same end
        if first.truth is not UNKNOWN:
            outcome: Outcome = "no_rule" if first.truth is None else OUTCOMES[first.truth]
            return CaseOutcome(outcome, "firm", case, first, stage, None, ())
    speaking = [pair for pair in verdicts if pair[0].truth is not None]
    if not speaking:
        return CaseOutcome("no_rule", "firm", case, first, stage, None, ())
    main, stage = speaking[0]
    truths = {verdict.truth for verdict, _ in speaking if verdict.truth is not None}
    if len(truths) == 1 and main.truth is not UNKNOWN and main.truth is not None:
        status = _agreed(programme, subject, case, main)
        return CaseOutcome(OUTCOMES[main.truth], status, case, main, stage, None, ())
    rival = next((pair for pair in speaking if pair[0].truth is not main.truth), None)
    opened: dict[Open, None] = {}
    outcome = "undetermined"
    if UNKNOWN in truths:
        for _, one in speaking:
            opened.update(dict.fromkeys(open_in_verdict(book, one, programme, subject)))
        stages = [one for _, one in verdicts]
        twice = repeated(book, stages, programme, subject, len(opened))
        exact = settle(book, programme, subject, twice, tuple(opened), case, again) if twice else None
        if exact is not None:
            truths = {truth for truth in exact.truths if truth is not None}
            opened = dict.fromkeys(exact.opened)
            if len(truths) == 1 and UNKNOWN not in truths:
                outcome, opened = OUTCOMES[truths.pop()], {}
    conflict = outcome == "undetermined" and not opened and rival is not None
    status = "norms_conflict" if conflict or _opposed(speaking) else _agreed(programme, subject, case, main)
    return CaseOutcome(outcome, status, case, main, stage, rival, tuple(opened))


def _opposed(speaking: Sequence[tuple[Verdict, Stage]]) -> bool:
    """Whether one reading says yes and another no."""
    return {Truth.TRUE, Truth.FALSE} <= {verdict.truth for verdict, _ in speaking}


def _agreed(programme: str, subject: str, case: Case, main: Verdict) -> Status:
    """Firm, unless only an unverified norm says so, or it alone gives these figures."""
    if not case.plan.unverified:
        return "firm"
    figures: tuple[Value, dict[str, Any]] | None = None
    for stage in case.stages:
        verdict = stage.verdicts[programme, subject]
        if verdict is main or not stage.world.without or not stage.world.local_prevails:
            continue
        if figures is None:
            figures = (amount_value(main), details_of(main, case.stages[0]))
        if verdict.truth is None or (amount_value(verdict), details_of(verdict, stage)) != figures:
            return "norm_unverified"
    return "firm"


def _open_cases(question: Question) -> dict[Open, None]:
    opened: dict[Open, None] = {}
    if question.area is None:
        opened["area", "place"] = None
    for person in question.persons:
        if person.co_living is UNKNOWN:
            opened["member.co_living", person.id] = None
    return opened
