"""On which days a row of a rule table counts, and in which readings: what a table in DMN has to say in its cells."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from estimator.model import Decision, Rule, Rulebook, Value
from estimator.norms import place_prefix
from estimator.plan import status_of
from estimator.truth import UNKNOWN, Truth


@dataclass(frozen=True, slots=True)
class Stretch:
    """Days on which a row counts in one and the same way; `last` None has no end.

    `unverified`: only in readings that do not leave its norm out. `local_prevails` True or False: only in readings
    in which the local side of a dispute prevails, or does not; None: in both. `conditions`: those in force.
    """

    first: date
    last: date | None
    unverified: bool
    local_prevails: bool | None
    conditions: tuple[str, ...]

    def goes_on_in(self, other: Stretch) -> bool:
        """Whether the other begins on the next day and says the same."""
        same = (self.unverified, self.local_prevails, self.conditions) == (
            other.unverified,
            other.local_prevails,
            other.conditions,
        )
        return same and self.last is not None and self.last + timedelta(days=1) == other.first


def stretches(book: Rulebook, row: Value | Decision, among: Iterable[Decision] = ()) -> list[Stretch]:
    """The stretches of days of a row, in order; `among` holds the decisions it may be in dispute with.

    Raises ValueError where two rows dispute one another in places that are not the same.
    """
    rivals = [other for other in among if other is not row and _in_dispute(row, other)]
    conditions = row.conditions if isinstance(row, Decision) else ()
    marks = {day for one in (row, *rivals, *conditions) for day in _marks(book, one)}
    starts = sorted(day for day in marks | {row.scope.start} if day >= row.scope.start)
    found: list[Stretch] = []
    for index, first in enumerate(starts):
        status = status_of(book, row, first)
        if status is Truth.FALSE or not on(row, first):
            continue
        last = starts[index + 1] - timedelta(days=1) if index + 1 < len(starts) else row.scope.end
        listed = tuple(one.id for one in conditions if on(one, first))
        one = Stretch(first, last, status is UNKNOWN, _side(book, row, rivals, first), listed)
        if found and found[-1].goes_on_in(one):
            one = Stretch(found.pop().first, last, one.unverified, one.local_prevails, listed)
        found.append(one)
    return found


def on(rule: Rule, day: date) -> bool:
    """Whether a day lies between a row's first and last."""
    return rule.scope.start <= day and (rule.scope.end is None or day <= rule.scope.end)


def _marks(book: Rulebook, rule: Rule) -> Iterator[date]:
    """The days on which a row or its norm begins to count otherwise."""
    norm = book.norms[rule.scope.norm]
    spans = [(rule.scope.start, rule.scope.end), (norm.in_force_from, norm.in_force_to)]
    spans += [(period.start or norm.in_force_from, period.end) for period in norm.periods]
    for first, last in spans:
        yield first
        if last is not None:
            yield last + timedelta(days=1)


def _side(book: Rulebook, row: Value | Decision, rivals: Sequence[Decision], day: date) -> bool | None:
    """Whether a row counts where the local side of a dispute prevails, where it does not, or in both."""
    if not isinstance(row, Decision):
        return None
    there = [other for other in rivals if on(other, day) and status_of(book, other, day) is not Truth.FALSE]
    if any(other.id in row.disputes for other in there):
        return False
    return True if any(row.id in other.disputes for other in there) else None


def _in_dispute(row: Value | Decision, other: Decision) -> bool:
    if not isinstance(row, Decision) or not (other.id in row.disputes or row.id in other.disputes):
        return False
    wide = place_prefix(row.scope.jurisdiction).startswith(place_prefix(other.scope.jurisdiction))
    if not wide or (other.scope.area is not None and other.scope.area != row.scope.area):
        raise ValueError(f"{row.id} and {other.id} dispute one another in places that are not the same")
    return True
