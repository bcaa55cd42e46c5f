"""The estimate: facts in, for each programme an outcome with reasons, amounts and what is still missing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import Any

from estimator.evaluate import HOUSEHOLD, Case, Evaluator, Scope, memberships
from estimator.feel import Interval, Value, interval
from estimator.intake import NOWHERE, Intake, Question, not_told
from estimator.interview import next_question
from estimator.lines import line_of, summary
from estimator.model import Programme, Rulebook
from estimator.norms import place_prefix
from estimator.outcomes import draw
from estimator.plan import Plan, make_plan
from estimator.retries import Retries
from estimator.rulebook import default_rulebook, dependencies, names_of
from estimator.standards import Standard
from estimator.truth import UNKNOWN


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


class Engine:
    """One rulebook, ready to answer; plans and local values are kept between questions."""

    def __init__(self, book: Rulebook) -> None:
        self.book = book
        self.intake = Intake(book.facts)
        self.evaluator = Evaluator(book)
        prefixes = {place_prefix(rule.scope.jurisdiction) for rule in book.rules.values()}
        self._prefixes = sorted(prefixes)
        self._used = {name.removesuffix("_annual") for rule in book.rules.values() for name in names_of(rule)}
        self._closures: dict[str, frozenset[str]] = {}
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

    def cases(self, question: Question, programmes: Iterable[str] | None = None) -> list[Case]:
        """Every completion of area and membership that the told facts allow, evaluated.

        `programmes` limits the walk to some programmes and what they build on.
        """
        needed = None if programmes is None else frozenset().union(*map(self._needed, programmes))
        areas: Iterable[str | None] = (question.area,) if question.area else ("urban", "rural")
        cases = []
        for area in areas:
            plan = self.plan(question.region, area, question.as_of)
            local = self.standards(question, area)
            for members in list(memberships(question.persons, 1 if question.area else 2)) or [()]:
                cases.append(self.evaluator.case(question, area, plan, local, members, needed))
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
        scope["standards.rigid_expenditure_ratio_or_none"] = (
            value if isinstance(value := scope["standards.rigid_expenditure_ratio"], Decimal) else Decimal(0)
        )
        for name in ("standards.dibao_standard", "standards.disposable_income_last_year"):
            if f"{name}_annual" not in scope:
                scope[f"{name}_annual"] = _times_12(scope[name])
        return scope

    def estimate(self, question: Question, *, ask: bool = True) -> dict[str, Any]:
        """The whole estimate of a question already read; `ask` False leaves the next question out."""
        cases = self.cases(question)
        again = self.retries(question)
        programmes: list[dict[str, Any]] = []
        for programme in self.book.programmes.values():
            lines = []
            for subject in subjects_of(programme, question):
                drawn = draw(self.book, programme.id, subject, cases, question, again)
                lines.append(line_of(self.book, programme, subject, drawn))
            if programme.subject == "member" and (programme.summary or not lines):
                lines.insert(0, summary(programme, lines))
            programmes += lines
        return {
            "region": question.region or None,
            "as_of": question.as_of.isoformat(),
            "rulebook": {"version": self.book.version, "sha256": self.book.sha256},
            "standards": self.standards_json(question),
            "programmes": programmes,
            "next_question": next_question(self.book, programmes) if ask else None,
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
                if name in typed:
                    continue
                item = standard.to_json()
                if question.area is not None or item not in items:  # of either area once
                    items.append(item)
        return items

    def retries(self, question: Question) -> Retries:
        """What evaluates a case of the question again with some facts replaced."""
        return Retries(question, self.evaluator, self.standards, self._needed)

    def _needed(self, programme: str) -> frozenset[str]:
        """A programme and everything it builds on, as nodes of the order of evaluation."""
        if programme not in self._closures:
            graph = dependencies(self.book)
            needed: set[str] = set()
            rest = [f"likely.{programme}"]
            while rest:
                node = rest.pop()
                if node not in needed:
                    needed.add(node)
                    rest += graph[node]
            self._closures[programme] = frozenset(needed)
        return self._closures[programme]


def subjects_of(programme: Programme, question: Question) -> list[str]:
    """The household, or each listed person."""
    return [person.id for person in question.persons] if programme.subject == "member" else [HOUSEHOLD]


@lru_cache(maxsize=8)
def engine_for(book: Rulebook) -> Engine:
    """The engine of a rulebook, made once."""
    return Engine(book)


def _times_12(value: Value) -> Value:
    if isinstance(value, Interval):
        return interval(
            None if value.low is None else value.low * 12, None if value.high is None else value.high * 12
        )
    return value * 12 if isinstance(value, Decimal) else UNKNOWN
