"""What of a line is the same for every household: made once for a plan, so that only the numbers are said anew."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from estimator.feel import Expression, Value
from estimator.words import names_in, unfilled, worded


@dataclass(frozen=True, slots=True)
class Frame:
    """A row of a line as JSON, its text still a template; `same` where nothing in it is to be filled in."""

    row: dict[str, Any]
    citations: tuple[str, ...]
    same: bool
    of_person: bool
    """Whether what it says may differ from person to person."""
    when: Expression | None
    left: Expression | None
    right: Expression | None

    def again(self) -> dict[str, Any]:
        """A copy from the top down, so that nobody else holds what is in it."""
        return {**self.row, "citations": [*self.citations]}

    def said(self, names: Mapping[str, Value], sides: Mapping[str, Value] | None = None) -> dict[str, Any]:
        """The row with its text said of one household."""
        row = self.again()
        row["text"] = worded(row["text"], names=names, sides=sides)
        return row


def copied(row: Mapping[str, Any], citations: Iterable[str]) -> dict[str, Any]:
    """A row of one's own."""
    return {**row, "citations": [*citations]}


def frame(
    row: Mapping[str, Any],
    citations: tuple[str, ...],
    *,
    when: Expression | None = None,
    left: Expression | None = None,
    right: Expression | None = None,
) -> Frame:
    """The frame of a row whose `text` is a template; `left` and `right` are the sides it shows."""
    text = unfilled(row["text"])
    same = text is not None and left is None
    sides = [one.names for one in (left, right) if one is not None]
    of_person = any(name.startswith("member.") for name in names_in(row["text"]).union(*sides))
    said = row["text"] if text is None else text
    return Frame({**row, "text": said, "citations": None}, citations, same, of_person, when, left, right)
