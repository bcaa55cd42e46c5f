"""One box: what the bot answers, then entries, clauses, programmes and local values, each as a script to read out.

Pure: rules and texts in, rows and cards out. Words are said in the language of the call.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from flask_babel import format_date
from flask_babel import gettext as _

from portal import regions
from portal.guidance import finding, words
from portal.guidance.advice import Advice
from portal.hotline.cards import (
    ANSWER,
    CLAUSE,
    ENTRY,
    PROGRAMME,
    STANDARD,
    Call,
    Card,
    Quote,
    amount,
    clause_card,
    programme_card,
    quote,
    sentences,
    standard_card,
    standard_flags,
    standard_title,
)
from portal.i18n import SOURCE, TAGS

LONGEST = 500


_PATTERN = re.compile(r"pattern '(.+)' scored ([\d.]+)|door by (.+)|like the variant '(.+)' \(([\d.]+)\)")


_GUARD = re.compile(r"guard (\w+)")


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the list; `pick` opens it."""

    kind: str
    pick: str
    title: str
    about: str
    status: str = ""


@dataclass(frozen=True, slots=True)
class Found:
    """Everything found for one question: the bot's answer, rows by kind, and the row to open first."""

    query: str
    answer: Card | None
    rows: tuple[Row, ...]
    place: str
    day: date
    first: str = ""

    def of_kind(self, kind: str) -> tuple[Row, ...]:
        return tuple(row for row in self.rows if row.kind == kind)


def search(advice: Advice, query: str, call: Call, context: Mapping[str, Any] | None = None) -> Found:
    """What is found for a question, whatever is typed; nothing typed finds nothing. Never raises."""
    text = query.strip()[:LONGEST]
    if not text:
        return Found("", None, (), "", call.day)
    call = replace(call, day=finding.day_named(text, call.day) or call.day)
    said = advice.answer(text, region=call.region, as_of=call.day, lang=_tag(call), context=context)
    place = said["trace"]["slots"]["region"] or call.region
    here = replace(call, region=place)
    answer = _answer(advice, said, here)
    rows = [
        *_entry_rows(advice, text, said, here),
        *_standard_rows(advice, text, here),
        *_clause_rows(advice, text, said, here),
        *_programme_rows(advice, text, said),
    ]
    named = finding.named_clauses(text)
    first = f"clause:{named[0]}" if named else answer.pick
    return Found(text, answer, tuple(rows), regions.full_name(place) if place else "", call.day, first)


def opened(advice: Advice, pick: str, call: Call) -> Card | None:
    """The card behind a row; None for what there is not."""
    kind, _colon, id = pick.partition(":")
    match kind:
        case "entry":
            said = advice.chosen(id, region=call.region, as_of=call.day, lang=_tag(call))
            return _answer(advice, said, call, kind=ENTRY) if said else None
        case "clause":
            return clause_card(advice, id, call)
        case "programme":
            return programme_card(advice, id, call)
        case "standard":
            return standard_card(advice, id, call)
        case _:
            return None


def _tag(call: Call) -> str:
    return "" if call.lang == SOURCE else TAGS[call.lang]


def _answer(advice: Advice, said: Mapping[str, Any], call: Call, kind: str = ANSWER) -> Card:
    quotes = tuple(_quote(advice, one, call.day) for one in said["citations"])
    more = said["choices"] or said["follow_up"]
    entry = str(said["entry"] or "")
    script = sentences(said["text"]) + sentences(said["lacks"] or "")
    for other in said["also"]:
        script += sentences(other["text"])
        quotes += tuple(_quote(advice, one, call.day) for one in other["citations"])
    return Card(
        kind=kind,
        pick=f"entry:{entry}" if entry else ANSWER,
        title=_title(advice, said),
        script=script,
        quotes=tuple({quote.citation: quote for quote in reversed(quotes)}.values())[::-1],
        flags=tuple(_flags(said)),
        why=tuple(_why(said, quotes, call)),
        ask=tuple((one["label"], f"entry:{one['entry']}") for one in more),
        status=quotes[0].status if quotes else "",
        distress=advice.is_distress(said),
        answered=said["kind"] in ("answer", "rule_only"),
        entry=entry,
        estimate=said["estimate"] is not None,
    )


def _title(advice: Advice, said: Mapping[str, Any]) -> str:
    entry = advice.bot.knowledge.entries.get(said["entry"] or "")
    if entry is not None:
        return entry.title
    door = advice.bot.knowledge.doors.get(said["trace"]["entry"] or "")
    if door is not None:
        return door.title
    if advice.is_distress(said):
        return str(_("先顾人，再办事"))
    if said["kind"] == "clarify":
        return str(_("先问清楚是哪一件"))
    return str(_("没有把握回答"))


def _flags(said: Mapping[str, Any]) -> Iterator[str]:
    if said["lacks"]:
        yield str(_("文件没写全，别自己补"))
    if said["hotline"]:
        yield str(_("转 %(number)s", number=said["hotline"]["number"]))


def _quote(advice: Advice, cited: Mapping[str, Any], day: date) -> Quote:
    return quote(advice, cited["clause"], day, words=cited["quote"], status=cited["status"])


def _why(said: Mapping[str, Any], quotes: tuple[Quote, ...], call: Call) -> Iterator[str]:
    """The trace in words: how it was read, what it met, for which place and day."""
    trace = said["trace"]
    if trace["normalised"]:
        yield str(_("听成：%(text)s", text=trace["normalised"]))
    met = _PATTERN.match(trace["why"])
    guard = _GUARD.match(trace["why"])
    if met and met[4]:
        yield str(_("和主管加的问法相像：%(text)s", text=met[4]))
    elif met:
        yield str(_("对上了：%(words)s", words=(met[1] or met[3]).replace(" ", " + ")))
        if said["confidence"]:
            yield str(_("把握 %(percent)s%%", percent=round(said["confidence"] * 100)))
    elif guard:
        yield str(_("先顾人或先拦下：%(name)s", name=guard[1]))
    elif said["kind"] == "clarify":
        yield str(_("只说了项目，没说问什么"))
    elif trace["why"] == "no anchor":
        yield str(_("没有听出是哪个项目"))
    region = trace["slots"]["region"] or call.region
    yield (
        str(_("地区：%(place)s", place=regions.full_name(region))) if region else str(_("地区没说，先按吉林"))
    )
    if trace["slots"]["year"]:
        yield str(_("问的是 %(year)s 年", year=trace["slots"]["year"]))
    if quotes:
        yield str(
            _(
                "%(day)s 那天：%(label)s，%(status)s",
                day=format_date(call.day, "long"),
                label=quotes[0].label,
                status=words.status_word(quotes[0].status),
            )
        )


def _entry_rows(advice: Advice, text: str, said: Mapping[str, Any], call: Call) -> Iterator[Row]:
    """The answer's own entry first, then what it leads to, then what is near in words."""
    knowledge = advice.bot.knowledge
    first = [said["entry"], *(other["entry"] for other in said["also"])]
    offered = [one["entry"] for one in said["choices"]]
    ids = dict.fromkeys([*filter(None, first), *offered, *finding.entries(advice, text)])
    for id in [one for one in ids if one in knowledge.entries][:6]:
        entry = knowledge.entries[id]
        name = knowledge.programmes.get(entry.programme)
        yield Row(ENTRY, f"entry:{id}", entry.title, name.name if name else "")


def _clause_rows(advice: Advice, text: str, said: Mapping[str, Any], call: Call) -> Iterator[Row]:
    near = [one.citation for one in finding.clauses(advice, text, region=call.region)]
    cited = [one["clause"] for one in said["citations"][:2]]
    for citation in list(dict.fromkeys([*finding.named_clauses(text), *cited, *near]))[:5]:
        found = quote(advice, citation, call.day)
        yield Row(
            CLAUSE, f"clause:{citation}", found.label, finding.clause(citation).words[:36], found.status
        )


def _programme_rows(advice: Advice, text: str, said: Mapping[str, Any]) -> Iterator[Row]:
    named = said["programme"] or said["trace"]["slots"]["programme"]
    for id in finding.programmes(advice, text, named):
        purpose = str(words.PURPOSES.get(id, ""))
        yield Row(PROGRAMME, f"programme:{id}", words.programme_name(id), purpose)


def _standard_rows(advice: Advice, text: str, call: Call) -> Iterator[Row]:
    for one in finding.local_values(advice, text, region=call.region, day=call.day):
        yield Row(
            STANDARD,
            f"standard:{one.standard.name}@{one.place}@{one.area or ''}@{call.day}",
            standard_title(one),
            " · ".join([amount(one), *standard_flags(one, call.day)]),
            "fresh" if one.standard.fresh and not one.standard.at_least else "floor",
        )


__all__ = [
    "ANSWER",
    "CLAUSE",
    "ENTRY",
    "PROGRAMME",
    "STANDARD",
    "Call",
    "Card",
    "Found",
    "Quote",
    "Row",
    "opened",
    "search",
    "sentences",
]
