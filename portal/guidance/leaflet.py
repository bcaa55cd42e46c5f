"""The one-page leaflet of a programme (政策明白纸): curated answers and rule tables of one place on one day."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

import segno

from estimator import Programme
from portal.guidance import bring
from portal.guidance.advice import Advice, Source

MOST_ANSWERS = 5
# What the conditions and the advice on going there already say.
SAID_ELSEWHERE = ("tiaojian", "shenqing", "cailiao", "shixian")


@dataclass(frozen=True, slots=True)
class Told:
    """A question and its answer, with the clause it stands on."""

    title: str
    text: str
    lacks: str
    source: Source | None


@dataclass(frozen=True, slots=True)
class Condition:
    """One condition in words, with its clauses."""

    text: str
    sources: tuple[Source, ...]


@dataclass(frozen=True, slots=True)
class Leaflet:
    """All that stands on the page; `qr` is an image as a data address."""

    programme: str
    conditions: tuple[Condition, ...]
    told: tuple[Told, ...]
    bring: bring.Bring
    qr: str


def leaflet(
    advice: Advice, programme: Programme, *, region: str, day: date, address: str, lang: str
) -> Leaflet:
    """The leaflet of a programme for a place; `address` is what the QR code opens, `lang` the page's language tag."""
    return Leaflet(
        programme=programme.id,
        conditions=tuple(_conditions(advice, programme, region, day)),
        told=tuple(_told(advice, programme.id, region, day, lang))[:MOST_ANSWERS],
        bring=bring.of(programme.id),
        qr=segno.make(address, error="m").svg_data_uri(scale=4, border=2),
    )


def _conditions(advice: Advice, programme: Programme, region: str, day: date) -> Iterator[Condition]:
    """What the conditions of the narrowest document in force say, and of one in force that says otherwise."""
    standing = [
        decision
        for decision in programme.decisions
        if decision.scope.covers(region, None, day)
        and advice.norms()[decision.scope.norm].status_word(day, programme.id) == "in_force"
    ]
    depth = max((decision.scope.depth for decision in standing), default=0)
    narrowest = [decision for decision in standing if decision.scope.depth == depth]
    disputed = {other for decision in narrowest for other in decision.disputes}
    said: set[str] = set()
    for decision in standing:
        if (
            decision not in narrowest
            and decision.id not in disputed
            and not set(decision.disputes) & {d.id for d in narrowest}
        ):
            continue
        for condition in decision.conditions:
            if condition.scope.covers(region, None, day) and condition.text not in said:
                said.add(condition.text)
                sources = tuple(advice.source(one, day=day) for one in condition.citations)
                yield Condition(condition.text, sources)


def _told(advice: Advice, programme: str, region: str, day: date, lang: str) -> Iterator[Told]:
    for entry in advice.bot.knowledge.entries.values():
        if entry.programme != programme or entry.id.partition(".")[2] in SAID_ELSEWHERE:
            continue
        answer = advice.chosen(entry.id, region=region, as_of=day, lang=lang)
        if answer is None or answer["kind"] not in ("answer", "rule_only"):
            continue
        first = next(iter(answer["citations"]), None)
        source = advice.source(first["clause"], day=day) if first else None
        yield Told(entry.title, answer["text"], answer["lacks"] or "", source)
