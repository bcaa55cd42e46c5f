"""Completes examples, writes them as inputs of exported decisions, and compares the answers of another engine."""

from __future__ import annotations

import copy
import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from estimator import FactSpec, Programme, Rulebook, engine_for
from estimator.evaluate import HOUSEHOLD, Case, Stage, Verdict
from estimator.feel import Interval, Value, has_unknown
from estimator.figures import amount_value, details_of
from estimator.truth import Truth

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Expected:
    """One complete household under one reading: what the estimator found."""

    id: str
    stage: Stage
    case: Case
    inputs: Json

    def as_case(self, book: Rulebook) -> Json:
        """The household as the other engine is asked about it."""
        wanted = [
            [f"dmn-js/{programme.id}.dmn", name]
            for programme in book.programmes.values()
            for name in decisions_of(programme, likely=self._somebody(programme))
        ]
        return {"id": self.id, "inputs": self.inputs, "wanted": wanted}

    def verdicts(self) -> Iterator[tuple[str, Verdict]]:
        """Each programme's verdict on each who lives there."""
        there = {HOUSEHOLD, *(person.id for person in self.case.members)}
        for (programme, subject), verdict in self.stage.verdicts.items():
            if subject in there:
                yield programme, verdict

    def _somebody(self, programme: Programme) -> bool:
        return any(
            found == programme.id and verdict.truth is Truth.TRUE for found, verdict in self.verdicts()
        )


def decisions_of(programme: Programme, *, likely: bool) -> list[str]:
    """The decisions an answer is read from: the programme's own, and for a yes its amount and its figures."""
    if not likely:
        return [programme.id]
    keys = dict.fromkeys(row.key for row in programme.details)
    return [
        programme.id,
        *(f"{programme.id}_{key}" for key in (*(("amount",) if programme.amounts else ()), *keys)),
    ]


def completed(book: Rulebook, facts: Json, seed: str) -> Json:
    """The same household with every untold fact told, by dice that fall alike each time."""
    dice = random.Random(seed)  # noqa: S311  # dice for examples, no secret
    whole = copy.deepcopy(facts)
    whole.setdefault("area", dice.choice(["urban", "rural"]))
    household = whole.setdefault("household", {})
    for spec in book.facts.values():
        if spec.level == "household":
            _tell(household, spec, dice)
    for member in whole["members"]:
        for spec in book.facts.values():
            if spec.level == "member" and not (spec.id == "member.age" and member.get("birth_date")):
                _tell(member, spec, dice)
    engine = engine_for(book)
    question = engine.intake.read(whole, as_of=date.max)
    typed = whole.setdefault("standards", {})
    for name, value in engine.standards(question, question.area).items():
        bare = name.removeprefix("standards.")
        if bare.endswith("_annual") or not has_unknown(value):
            continue
        spec = book.facts.get(name)
        if spec is not None and spec.type == "truth":
            typed[bare] = dice.random() < 0.5
        elif isinstance(value, Interval) and value.low:
            typed[bare] = str(value.low)
        else:
            high = value.high if isinstance(value, Interval) and value.high is not None else Decimal(1500)
            typed[bare] = str(high * dice.randint(0, 4) // 4 if high > 1 else high * dice.randint(0, 4) / 4)
    return whole


def _tell(holder: Json, spec: FactSpec, dice: random.Random) -> None:
    if spec.type in ("date", "text", "group"):
        return
    *groups, leaf = spec.id.split(".")[1:]
    for group in groups:
        if holder.get(group) is None:
            holder[group] = {}
        holder = holder[group]
    if holder.get(leaf) is not None:
        return
    match spec.type:
        case "truth":
            holder[leaf] = leaf == "co_living" or dice.random() < 0.4
        case "choice":
            holder[leaf] = dice.choice(list(spec.options))
        case _:
            most = 900 if spec.high is None else min(900, int(spec.high))
            holder[leaf] = dice.choice(["0", "0", str(dice.randint(0, most))])


def expectations(book: Rulebook, name: str, facts: Json) -> Iterator[Expected]:
    """What the estimator finds for a complete household: each programme under each reading."""
    engine = engine_for(book)
    question = engine.intake.read(facts, as_of=date.max)
    cases = engine.cases(question)
    assert len(cases) == 1, f"{name} is not complete"
    for number, stage in enumerate(cases[0].stages):
        inputs = _inputs(cases[0], stage, question.region)
        yield Expected(f"{name}/{number}", stage, cases[0], inputs)


def _inputs(case: Case, stage: Stage, region: str) -> Json:
    inputs: Json = {
        "region": region,
        "area": case.area,
        "as_of": stage.day.isoformat(),
        "reading": {"left_out": sorted(stage.world.without), "local_prevails": stage.world.local_prevails},
        "standards": {},
        "household": {},
        "members": [{} for _ in case.members],
    }
    for name, value in stage.scope.items():
        if name.startswith("standards."):
            inputs["standards"][name.removeprefix("standards.")] = _plain(value)
        elif name.startswith("household."):
            _put(inputs["household"], name.split(".")[1:], _plain(value))
    for person, entry in zip(case.members, inputs["members"], strict=True):
        entry["id"] = person.id
        for name, value in person.facts.items():
            _put(entry, name.split(".")[1:], _plain(value))
    return inputs


def _put(holder: Json, path: list[str], value: object) -> None:
    *groups, leaf = path
    for group in groups:
        holder = holder.setdefault(group, {})
    holder[leaf] = value


def _plain(value: Value) -> object:
    match value:
        case Truth.TRUE | Truth.FALSE:
            return value is Truth.TRUE
        case Decimal():
            return int(value) if value == value.to_integral_value() else float(value)
        case str():
            return value
        case _:
            return None  # a date that no expression reads, or nothing


def differences(book: Rulebook, expected: Expected, values: Mapping[str, Any]) -> Iterator[str]:
    """Where the other engine's answers are not the estimator's."""
    for programme in book.programmes.values():
        yield from _differences(programme, expected, values)


def _differences(programme: Programme, expected: Expected, values: Mapping[str, Any]) -> Iterator[str]:
    members = [person.id for person in expected.case.members]
    subjects = members if programme.subject == "member" else [HOUSEHOLD]
    decided = values[programme.id]
    for place, subject in enumerate(subjects):
        verdict = expected.stage.verdicts[programme.id, subject]

        def of(answer: Any, place: int = place) -> Any:
            listed = programme.subject == "member" and isinstance(answer, list)
            return answer[place] if listed else answer

        truth, rule = _of_verdict(verdict)
        there = of(decided["holds"]), of(decided["rule"])
        if there != (truth, rule):
            yield f"{expected.id} {programme.id} {subject}: {truth} by {rule}, there {there[0]} by {there[1]}"
        if verdict.truth is not Truth.TRUE:
            continue
        if programme.amounts:
            ours, theirs = amount_value(verdict), of(values[f"{programme.id}_amount"])
            if not _alike(None if ours is None else str(ours), theirs):
                yield f"{expected.id} {programme.id} {subject}: amount {ours}, there {theirs}"
        figures = details_of(verdict, expected.stage)
        for key in {row.key for row in programme.details}:
            theirs = of(values[f"{programme.id}_{key}"])
            ours = figures.get(key)
            if isinstance(ours, dict):
                ours = [ours.get(member) for member in members]
            if not _alike(ours, theirs):
                yield f"{expected.id} {programme.id} {subject}: {key} {ours}, there {theirs}"


def _of_verdict(verdict: Verdict) -> tuple[bool | None, str]:
    if verdict.truth is None or verdict.planned is None:
        return None, "no_rule"
    return verdict.truth is Truth.TRUE, verdict.planned.decision.id


def _alike(ours: Any, theirs: Any) -> bool:
    if isinstance(theirs, list):
        theirs = [item for item in theirs if item is not None]
        return not theirs if not ours else all(map(_alike, [one for one in ours if one], _filled(theirs)))
    if isinstance(theirs, (int, float)) and not isinstance(theirs, bool) and ours is not None:
        return abs(Decimal(str(ours)) - Decimal(str(theirs))) < Decimal("0.011")
    return bool(ours == theirs)


def _filled(items: list[Any]) -> list[Any]:
    return [item for item in items if item not in ([], [None] * len(item) if isinstance(item, list) else [])]
