"""The estimate: facts in, for each programme an outcome with reasons, amounts and what is still missing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import Any

from estimator.evaluate import HOUSEHOLD, Case, Evaluator, Scope, Verdict, memberships
from estimator.feel import Interval, Value, hull, interval
from estimator.feel.values import has_unknown
from estimator.figures import amount_json, amount_value, details_of
from estimator.intake import NOWHERE, Intake, Question, not_told
from estimator.model import Outcome, Programme, Rulebook, Status
from estimator.norms import place_prefix
from estimator.opened import Open, open_in_verdict
from estimator.plan import Plan, make_plan
from estimator.reasons import conflict_reason, no_rule_reason, reasons_of, steps_of
from estimator.rulebook import default_rulebook, names_of
from estimator.standards import Standard
from estimator.truth import UNKNOWN, Truth

_OUTCOMES: Mapping[Truth, Outcome] = {Truth.TRUE: "likely", Truth.FALSE: "unlikely", UNKNOWN: "undetermined"}


def estimate(
    facts: Mapping[str, object],
    *,
    rulebook: Rulebook | None = None,
    as_of: date,
    region: str | None = None,
) -> dict[str, Any]:
    """The estimate for one household, in the shape of the contract.

    `facts` as the contract names them; `as_of` and `region` stand in where the facts carry none. Raises
    FactError where an answer cannot be read; an answer that is missing is simply not told.
    """
    engine = engine_for(rulebook or default_rulebook())
    return engine.estimate(engine.intake.read(facts, as_of=as_of, region=region))


@dataclass(frozen=True, slots=True)
class CaseOutcome:
    """A programme's outcome for one subject in one case, with the main reading's verdict."""

    outcome: Outcome
    status: Status
    verdict: Verdict
    rival: Verdict | None
    opened: tuple[Open, ...]


class Engine:
    """One rulebook, ready to answer; plans and local values are kept between questions."""

    def __init__(self, book: Rulebook) -> None:
        self.book = book
        self.intake = Intake(book.facts)
        self.evaluator = Evaluator(book)
        prefixes = {place_prefix(rule.scope.jurisdiction) for rule in book.rules.values()}
        self._prefixes = sorted(prefixes)
        self._used = {name.removesuffix("_annual") for rule in book.rules.values() for name in names_of(rule)}
        self._plan = lru_cache(maxsize=2048)(self._make_plan)
        self.local = lru_cache(maxsize=4096)(self._local)

    def plan(self, region: str, area: str | None, day: date) -> Plan:
        """The plan of a place and day; places that the same norms govern share one."""
        inside = max((prefix for prefix in self._prefixes if region.startswith(prefix)), key=len, default="")
        return self._plan(inside, area, day)

    def _make_plan(self, prefix: str, area: str | None, day: date) -> Plan:
        return make_plan(self.book, prefix, area, day)

    def _local(
        self, region: str, area: str | None, day: date
    ) -> tuple[Mapping[str, Value], Mapping[str, Standard]]:
        """Every local value of a place: exact where fresh, at least itself where stale or guidance."""
        scope: dict[str, Value] = {}
        found: dict[str, Standard] = {}
        for spec in self.book.facts.values():
            if spec.level == "standards":
                scope[spec.id] = not_told(spec)
        for name in self.book.standards.names:
            standard = self.book.standards.lookup(name, region, area, day) if region != NOWHERE else None
            if standard is not None:
                found[name] = standard
                scope[f"standards.{name}"] = interval(
                    standard.monthly, None if standard.at_least else standard.monthly
                )
                if standard.unit.endswith("/year"):
                    yearly = standard.value
                    scope[f"standards.{name}_annual"] = interval(
                        yearly, None if standard.at_least else yearly
                    )
        return scope, found

    def cases(self, question: Question) -> list[Case]:
        """Every completion of area and membership that the told facts allow, evaluated."""
        areas: Iterable[str | None] = (question.area,) if question.area else ("urban", "rural")
        cases = []
        for area in areas:
            plan = self.plan(question.region, area, question.as_of)
            local = self.standards(question, area)
            for members in list(memberships(question.persons)) or [()]:
                cases.append(self.evaluator.case(question, area, plan, local, members))
        return cases

    def standards(self, question: Question, area: str | None) -> Scope:
        """The local values by name, what was typed before what the tables hold."""
        table, _ = self.local(question.region, area, question.as_of)
        scope: Scope = dict(table)
        typed = dict(question.typed)
        by_area = typed.get(f"standards.{area}_dibao_standard")
        if by_area is not None:
            typed.setdefault("standards.dibao_standard", by_area)
        if "standards.dibao_standard" in typed and f"standards.{area}_dibao_standard" not in typed:
            typed[f"standards.{area}_dibao_standard"] = typed["standards.dibao_standard"]
        for name, value in typed.items():
            scope.pop(f"{name}_annual", None)
            scope[name] = value
        for name in ("standards.dibao_standard", "standards.disposable_income_last_year"):
            if f"{name}_annual" not in scope:
                scope[f"{name}_annual"] = _times_12(scope[name])
        return scope

    def estimate(self, question: Question) -> dict[str, Any]:
        """The whole estimate of a question already read."""
        cases = self.cases(question)
        programmes: list[dict[str, Any]] = []
        for programme in self.book.programmes.values():
            subjects = (
                [person.id for person in question.persons] if programme.subject == "member" else [HOUSEHOLD]
            )
            lines = [self.line(programme, subject, cases, question) for subject in subjects]
            if programme.subject == "member" and (programme.summary or not lines):
                lines.insert(0, summary(programme, lines))
            programmes += lines
        return {
            "region": question.region or None,
            "as_of": question.as_of.isoformat(),
            "rulebook": {"version": self.book.version, "sha256": self.book.sha256},
            "standards": self.standards_json(question),
            "programmes": programmes,
            "next_question": None,
            "ignored": list(question.ignored),
        }

    def standards_json(self, question: Question) -> list[dict[str, Any]]:
        """The local values that stood behind the estimate, what was typed first."""
        table = self.book.standards
        typed = {
            name.removeprefix("standards."): value
            for name, value in question.typed.items()
            if isinstance(value, Decimal)
        }
        items = [table.typed(name, value).to_json() for name, value in typed.items()]
        for area in (question.area,) if question.area else ("urban", "rural"):
            _, found = self.local(question.region, area, question.as_of)
            for name, standard in found.items():
                if f"standards.{name}" not in self._used:
                    continue
                item = standard.to_json()
                if name not in typed and item not in items:
                    items.append(item)
        return items

    def line(
        self, programme: Programme, subject: str, cases: list[Case], question: Question
    ) -> dict[str, Any]:
        """One programme for one subject: the cases drawn together."""
        found = [self.case_outcome(programme, subject, case) for case in cases]
        outcomes = {one.outcome for one in found}
        outcome: Outcome = found[0].outcome if len(outcomes) == 1 else "undetermined"
        opened: dict[Open, None] = {}
        if outcome == "undetermined":
            opened = {fact: None for one in found for fact in one.opened}
            if len(outcomes) > 1:
                opened.update(_open_cases(question))
        if question.region == NOWHERE:
            outcome, opened = "undetermined", {("region", "place"): None, **opened}
        lead = next((one for one in found if one.outcome == outcome), found[0])
        status: Status = next((one.status for one in found if one.status != "firm"), "firm")
        result = self._render(programme, subject, cases, found, lead, outcome, status)
        result["missing"] = list(dict.fromkeys(fact for fact, _ in opened))
        result["open"] = [{"fact": fact, "subject": of} for fact, of in opened]
        return result

    def _render(
        self,
        programme: Programme,
        subject: str,
        cases: list[Case],
        found: list[CaseOutcome],
        lead: CaseOutcome,
        outcome: Outcome,
        status: Status,
    ) -> dict[str, Any]:
        case = cases[found.index(lead)]
        stage = case.stages[0]
        verdict = lead.verdict
        members = tuple(person.id for person in case.members)
        if verdict.planned is None:
            reasons = [no_rule_reason()]
        else:
            reasons = reasons_of(self.book, stage, members, verdict, subject)
            if lead.rival is not None and lead.status == "norms_conflict":
                reasons.insert(0, conflict_reason(self.book, stage.day, verdict, lead.rival))
                seen = {reason["rule"] for reason in reasons}
                reasons += [
                    reason
                    for reason in reasons_of(self.book, stage, members, lead.rival, subject)
                    if reason["rule"] not in seen
                ]
        amount: Value = None
        details: dict[str, Any] = {}
        if verdict.planned is not None:
            amount = amount_value(verdict)
            details = details_of(verdict, stage, members)
        for other, other_case in zip(found, cases, strict=True):
            if other is lead or other.verdict.planned is None:
                continue
            amount = hull(amount, amount_value(other.verdict))
            other_details = details_of(
                other.verdict, other_case.stages[0], tuple(person.id for person in other_case.members)
            )
            details = {
                key: value if other_details.get(key) == value else None for key, value in details.items()
            }
        paid = amount_json(verdict, amount)
        return {
            "id": programme.id,
            "subject": subject,
            "outcome": outcome,
            "amount": paid if outcome == "likely" else None,
            "amount_if_likely": paid if outcome == "undetermined" else None,
            "details": details,
            "reasons": reasons,
            "missing": [],
            "open": [],
            "to_change": None,
            "citations": list(
                dict.fromkeys(citation for reason in reasons for citation in reason["citations"])
            ),
            "status": status,
            "steps": steps_of(self.book, programme, case.plan, verdict.scope),
        }

    def case_outcome(self, programme: Programme, subject: str, case: Case) -> CaseOutcome:
        """The readings of one case drawn together: agreed, in conflict, or open."""
        verdicts = [stage.verdicts[programme.id, subject] for stage in case.stages]
        main = next((verdict for verdict in verdicts if verdict.truth is not None), verdicts[0])
        if main.truth is None:
            return CaseOutcome("no_rule", "firm", main, None, ())
        speaking = [verdict for verdict in verdicts if verdict.truth is not None]
        truths = {verdict.truth for verdict in speaking}
        rival = next((verdict for verdict in speaking if verdict.truth is not main.truth), None)
        if len(truths) == 1 and main.truth is not UNKNOWN:
            return CaseOutcome(
                _OUTCOMES[main.truth], self._agreed(programme, subject, case, main), main, None, ()
            )
        status: Status = (
            "norms_conflict"
            if {Truth.TRUE, Truth.FALSE} <= truths
            else self._agreed(programme, subject, case, main)
        )
        members = tuple(person.id for person in case.members)
        opened: dict[Open, None] = {}
        for stage in case.stages:
            opened.update(dict.fromkeys(open_in_verdict(self.book, stage, members, programme.id, subject)))
        return CaseOutcome("undetermined", status, main, rival, tuple(opened))

    def _agreed(self, programme: Programme, subject: str, case: Case, main: Verdict) -> Status:
        """Firm, unless only an unverified norm says so, or it alone gives these figures."""
        if not any(stage.world.without for stage in case.stages):
            return "firm"
        members = tuple(person.id for person in case.members)
        figures = (amount_value(main), details_of(main, case.stages[0], members)) if main.planned else None
        for stage in case.stages:
            if not stage.world.without or not stage.world.local_prevails:
                continue
            verdict = stage.verdicts[programme.id, subject]
            if verdict is main:
                continue
            if (
                verdict.truth is None
                or (amount_value(verdict), details_of(verdict, stage, members)) != figures
            ):
                return "norm_unverified"
        return "firm"


def summary(programme: Programme, lines: list[dict[str, Any]]) -> dict[str, Any]:
    """One line for the household over its members' lines: likely where somebody's is."""
    order = ("likely", "undetermined", "unlikely", "no_rule")
    best = min(lines, key=lambda line: order.index(line["outcome"]), default=None)
    if best is None:
        opened = [{"fact": "members", "subject": HOUSEHOLD}]
        return {
            "id": programme.id,
            "subject": HOUSEHOLD,
            "outcome": "undetermined",
            "amount": None,
            "amount_if_likely": None,
            "details": {},
            "reasons": [],
            "missing": ["members"],
            "open": opened,
            "to_change": None,
            "citations": [],
            "status": "firm",
            "steps": [],
        }
    opened = [one for line in lines for one in line["open"]] if best["outcome"] == "undetermined" else []
    return {
        **best,
        "subject": HOUSEHOLD,
        "members": [line["subject"] for line in lines if line["outcome"] == best["outcome"]],
        "missing": list(dict.fromkeys(one["fact"] for one in opened)),
        "open": opened,
    }


@lru_cache(maxsize=8)
def engine_for(book: Rulebook) -> Engine:
    """The engine of a rulebook, made once."""
    return Engine(book)


def _open_cases(question: Question) -> dict[Open, None]:
    opened: dict[Open, None] = {}
    if question.area is None:
        opened["area", "place"] = None
    for person in question.persons:
        if person.co_living is UNKNOWN:
            opened["member.co_living", person.id] = None
    return opened


def _times_12(value: Value) -> Value:
    if isinstance(value, Interval):
        return interval(
            None if value.low is None else value.low * 12, None if value.high is None else value.high * 12
        )
    return value * 12 if isinstance(value, Decimal) else UNKNOWN


__all__ = ["Engine", "engine_for", "estimate", "has_unknown"]
