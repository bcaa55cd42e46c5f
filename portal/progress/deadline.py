"""The legal time limit for deciding an application, from the day the case system accepted it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask_babel import lazy_gettext as _l

from portal import clock
from portal.handoff import Step, working_days

ORDINARY = 30
# Working days and the ground for each (no other number can be set by a case system).
GROUNDS: dict[int, tuple[Any, str]] = {
    30: (_l("一般 30 个工作日"), "民发〔2021〕57号 第二十二条"),
    45: (_l("情况特殊，延长到 45 个工作日"), "民发〔2021〕57号 第二十二条"),
    20: (_l("由乡镇、街道确认的，20 个工作日"), "民政部等部门 2022年10月20日通知 四（一）"),
}


@dataclass(frozen=True, slots=True)
class TimeLimit:
    """Last day, whether it is certain, whether it has passed, and why it is so."""

    day: date
    exact: bool
    passed: bool
    words: Any
    ground: str


def time_limit(timeline: Sequence[Step], today: date) -> TimeLimit | None:
    """The limit counted from acceptance; None while nothing was accepted."""
    accepted = next((step for step in timeline if step.state == "accepted"), None)
    if accepted is None:
        return None
    days = ORDINARY
    for step in timeline:
        told = step.details.get("workingDays")
        if isinstance(told, int) and told in GROUNDS:
            days = told
    found = working_days.deadline(clock.local(accepted.at).date(), days)
    words, ground = GROUNDS[days]
    return TimeLimit(found.day, found.exact, today > found.day, words, ground)
