"""Puts back 年, 月, 日 and 〕 where a page lost them, but only where the digits can be read in one way."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from itertools import chain

from faq.repair_text import Edit, Kind, Repair, Traced

_YEAR = r"(?:19|20)\d\d"
_SOME_LEAP_YEAR = 2000


def restore_dates(text: Traced) -> tuple[Traced, list[Repair]]:
    """Restores what is certain; a date with several readings becomes an unreadable mark."""
    edits: list[Edit] = []
    repairs: list[Repair] = []
    found = list(
        chain.from_iterable(find(text.text) for find in (_document_numbers, _year_months, _whole_dates))
    )
    # 120日 may be a number of days: without a year it is a date only in a text that lost date characters.
    found.extend(_month_days(text.text, only_with_year=not found))
    for start, end, candidates in sorted(found):
        before = text.stood(start, end)
        if len(candidates) == 1:
            why = "lost date characters; the digits can be read in one way only"
            repairs.append(Repair(Kind.LOST_DATE, text.place(start), before, candidates[0], why))
            edits.append(Edit(start, end, candidates[0]))
        elif candidates:
            new = "[[无法辨认：日期]]"
            why = f"lost date characters; could be {' or '.join(candidates)}"
            repairs.append(Repair(Kind.UNREADABLE, text.place(start), before, new, why))
            edits.append(Edit(start, end, new))
    return text.edited(edits), repairs


_Found = Iterator[tuple[int, int, tuple[str, ...]]]
"""(start, end, readings that are dates) of each place."""


def _document_numbers(text: str) -> _Found:
    """〔2016116号 -> 〔2016〕116号."""
    for match in re.finditer(rf"〔({_YEAR})(\d{{1,4}})号", text):
        yield match.start(), match.end(), (f"〔{match[1]}〕{match[2]}号",)


def _year_months(text: str) -> _Found:
    """20173月 -> 2017年3月, and 20174—20188月 -> 2017年4月—2018年8月."""
    for match in re.finditer(rf"(?<![\d〔])({_YEAR})(\d{{1,2}})(月|(?=[—－-]{_YEAR}))", text):
        month = int(match[2])
        if 1 <= month <= 12 and match[2] == str(month):
            yield match.start(), match.end(), (f"{match[1]}年{match[2]}月",)


def _month_days(text: str, *, only_with_year: bool) -> _Found:
    """630日 -> 6月30日; behind a year as well: 2019年121日 could be 1月21日 or 12月1日."""
    for match in re.finditer(rf"(?<![\d.])(?P<year>{_YEAR}年)?(?P<digits>\d{{2,4}})日(?!内)", text):
        year = int(match["year"][:4]) if match["year"] else _SOME_LEAP_YEAR
        candidates = tuple((match["year"] or "") + text_of for text_of in _splits(match["digits"], year))
        # Two digits alone are a day (6月30日); only behind a year is a month missing.
        if candidates and (match["year"] or (len(match["digits"]) > 2 and not only_with_year)):
            yield match.start(), match.end(), candidates


def _whole_dates(text: str) -> _Found:
    """A line that is only 2017324 -> 2017年3月24日."""
    for match in re.finditer(rf"(?m)^[ \t\u3000\xa0]*({_YEAR})(\d{{2,4}})[ \t\u3000\xa0]*$", text):
        candidates = tuple(f"{match[1]}年{rest}" for rest in _splits(match[2], int(match[1])))
        yield match.start(1), match.end(2), candidates


def _splits(digits: str, year: int) -> Iterator[str]:
    for cut in (1, 2):
        month, day = digits[:cut], digits[cut:]
        if not day or month.startswith("0") or day.startswith("0"):
            continue
        try:
            date(year, int(month), int(day))
        except ValueError:
            continue
        yield f"{month}月{day}日"
