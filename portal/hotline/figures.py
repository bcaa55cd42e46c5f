"""The figures of a week: what was asked and how it ended, estimates, applications, what waits.

Everything comes from counters without persons; nothing about fewer than five people leaves this module.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal import counts
from portal.consent import SigningRequest
from portal.counts import DailyCount
from portal.drafts import Draft
from portal.guidance.service import Outcome
from portal.handoff.models import SETTLED, OutboxMessage, OutboxState, Submission
from portal.hotline.disclosure import FEWEST, TOTAL, Cell, Cube, Why, chain, cube
from portal.hotline.work import CallBack, DistressCall, HandOver, State

OUTCOMES = tuple(one for one in Outcome if one is not Outcome.NO_QUESTION)
STEPS = (
    "started", "programmes", "place", "applicant", "family_complete", "income", "property", "reason", "sent",
)  # fmt: skip
WEEK = 7
WEEKS = 8
MOST_ENTRIES = 20

Seen = Sequence[str] | None  # place codes somebody serves; None is everywhere


@dataclass(frozen=True, slots=True)
class Week:
    """The counters of one week within the places that are seen."""

    monday: date
    counted: Mapping[tuple[date, str, str], int]
    county: str = ""

    @property
    def days(self) -> tuple[date, ...]:
        return tuple(self.monday + timedelta(n) for n in range(WEEK))

    @property
    def regions(self) -> tuple[str, ...]:
        """Every place something was counted in, and the one that is asked for; empty for where none was named."""
        return tuple(sorted({*(region for _, region, _ in self.counted), *filter(None, [self.county])}))

    def by(self, prefix: str) -> dict[Cell, int]:
        """(place, day, rest of the name) of all counters that begin with `prefix`."""
        return {
            (region, day.isoformat(), name.removeprefix(prefix)): value
            for (day, region, name), value in self.counted.items()
            if name.startswith(prefix)
        }


@dataclass(frozen=True, slots=True)
class Waiting:
    """What waits just now: (what, number or why there is none)."""

    call_backs_due: int | Why
    call_backs_open: int | Why
    handed_over: int | Why
    distress_open: int | Why
    signatures_missing: int | Why
    undelivered: int | Why
    parked: int | Why
    oldest_undelivered_hours: int | None


def monday_of(day: date) -> date:
    return day - timedelta(days=day.weekday())


def read(session: Session, monday: date, seen: Seen, county: str = "") -> Week:
    """A week's counters, with what this process has not written yet."""
    until = monday + timedelta(days=WEEK)
    rows = session.execute(
        select(DailyCount.day, DailyCount.region, DailyCount.name, DailyCount.value).where(
            DailyCount.day >= monday, DailyCount.day < until
        )
    )
    counted: Counter[tuple[date, str, str]] = Counter()
    for day, region, name, value in rows:
        counted[day, region, name] += value
    for (day, region, name), value in counts.waiting().items():
        if monday <= day < until:
            counted[day, region, name] += value
    if seen is not None:
        served = set(seen)
        counted = Counter({key: value for key, value in counted.items() if key[1] in served})
    return Week(monday, dict(counted), county)


def questions(week: Week) -> Cube:
    """Place × day × outcome."""
    outcomes = [one.value for one in OUTCOMES]
    return cube(week.by("question."), [week.regions, map(date.isoformat, week.days), outcomes])


def entries(week: Week) -> Cube:
    """Place × entry or door."""
    asked = _without_day(week.by("entry."))
    return cube(asked, [week.regions, sorted({entry for _, entry in asked})])


def top(table: Cube, region: str) -> list[tuple[str, int]]:
    """The entries most asked for, of those that may be shown."""
    shown = [(entry, table.shown(region, entry)) for entry in table.axes[1]]
    named = [(entry, number) for entry, number in shown if isinstance(number, int) and number]
    return sorted(named, key=lambda one: (-one[1], one[0]))[:MOST_ENTRIES]


def votes(week: Week) -> Cube:
    """Place × whether an answer was found useful."""
    return cube(_without_day(week.by("vote.")), [week.regions, ("useful", "not_useful")])


def estimates(week: Week) -> tuple[Cube, Cube]:
    """Estimates begun and estimates that came to a result, each place × day.

    Where the two differ by a few people only, the second is not shown.
    """
    counted = week.by("estimate.")
    days = [day.isoformat() for day in week.days]
    begun = cube(_of(counted, "started"), [week.regions, days])
    ended = cube(_of(counted, "result"), [week.regions, days])
    close = [
        cell
        for cell in ended.values
        if cell not in begun.hidden and 0 < abs(begun.values[cell] - ended.values[cell]) < FEWEST
    ]
    return begun, cube(_of(counted, "result"), [week.regions, days], close)


def applications(week: Week) -> dict[str, Cube]:
    """For each step of an application how many came there, by place; close neighbours are not all shown."""
    counted = {step: _places(_of(week.by("application."), step)) for step in STEPS}
    plain = {step: cube(counted[step], [week.regions]) for step in STEPS}
    withheld: dict[str, list[Cell]] = {step: [] for step in STEPS}
    for region in (*week.regions, TOTAL):
        told = chain([plain[step].values[(region,)] for step in STEPS])
        for step, one in zip(STEPS, told, strict=True):
            if one is Why.GUARD:
                withheld[step].append((region,))
    return {step: cube(counted[step], [week.regions], withheld[step]) for step in STEPS}


def waiting(session: Session, seen: Seen, *, now: datetime) -> Waiting:
    """What waits; of signatures nobody knows the place before an application is sent, so only who sees all is told."""
    open_backs = session.execute(
        select(CallBack.due_at, CallBack.region).where(CallBack.state == State.OPEN.value)
    ).all()
    backs = [due for due, region in open_backs if seen is None or region in seen]
    late = sum(due <= now for due in backs)
    undelivered, parked, oldest = _delivery(session, seen, now)
    return Waiting(
        call_backs_due=_number(late),
        call_backs_open=chain([len(backs), late])[0],
        handed_over=_number(_open_rows(session, HandOver.region, HandOver.taken_at, seen)),
        distress_open=_number(_open_rows(session, DistressCall.region, DistressCall.settled_at, seen)),
        signatures_missing=_number(_unsigned(session, now)) if seen is None else Why.GUARD,
        undelivered=_number(undelivered),
        parked=chain([undelivered, parked])[1],
        oldest_undelivered_hours=oldest,
    )


def _number(count: int) -> int | Why:
    return Why.FEW if 0 < count < FEWEST else count


def _open_rows(session: Session, region: object, settled: object, seen: Seen) -> int:
    rows = session.scalars(select(region).where(settled.is_(None))).all()  # type: ignore[call-overload, attr-defined]
    return sum(seen is None or one in seen for one in rows)


def _unsigned(session: Session, now: datetime) -> int:
    """Applications not sent, some of whose people were given a link to sign."""
    linked = select(SigningRequest.application_id).where(SigningRequest.link_hash.is_not(None))
    query = select(func.count()).select_from(Draft)
    waits = Draft.id.in_(linked) & Draft.closed_at.is_(None) & (Draft.expires_at > now)
    return session.scalar(query.where(waits)) or 0


def _delivery(session: Session, seen: Seen, now: datetime) -> tuple[int, int, int | None]:
    """Applications on their way or stuck, those stuck, and for how many hours the oldest waits."""
    rows = session.execute(
        select(OutboxMessage.state, OutboxMessage.created_at, Submission.region)
        .join(Submission, Submission.number == OutboxMessage.application_number)
        .where(Submission.version == 1, OutboxMessage.state.not_in(SETTLED))
    ).all()
    mine = [(state, created) for state, created, region in rows if seen is None or region in seen]
    stuck = sum(state == OutboxState.PARKED for state, _ in mine)
    oldest = min((created for _, created in mine), default=None)
    return len(mine), stuck, int((now - oldest).total_seconds() // 3600) if oldest else None


def _of(counted: Mapping[Cell, int], name: str) -> dict[Cell, int]:
    return {(region, day): value for (region, day, found), value in counted.items() if found == name}


def _places(counted: Mapping[Cell, int]) -> dict[Cell, int]:
    found: Counter[Cell] = Counter()
    for (region, _day), value in counted.items():
        found[(region,)] += value
    return dict(found)


def _without_day(counted: Mapping[Cell, int]) -> dict[Cell, int]:
    found: Counter[Cell] = Counter()
    for (region, _day, name), value in counted.items():
        found[region, name] += value
    return dict(found)


def named(regions: Iterable[str]) -> list[str]:
    """The places to choose from: those that something was counted in."""
    return [region for region in regions if region]
