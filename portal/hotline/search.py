"""One box: what the bot answers, then entries, clauses, programmes and local values, each as a script to read out.

Pure: rules and texts in, rows and cards out. Words are said in the language of the call.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from flask_babel import force_locale, format_date
from flask_babel import gettext as _

from portal import regions
from portal.guidance import finding, reading, words
from portal.guidance.advice import Advice
from portal.guidance.finding import LocalValueFound
from portal.guidance.result import yuan
from portal.guidance.wording import rule_plain
from portal.i18n import SOURCE, TAGS

ANSWER, ENTRY, CLAUSE, PROGRAMME, STANDARD = "answer", "entry", "clause", "programme", "standard"
LONGEST = 500
_SENTENCE_ENDS = re.compile(r"(?<=[。！？])|(?<=[.!?])\s+")
_PATTERN = re.compile(r"pattern '(.+)' scored ([\d.]+)|door by (.+)|like the variant '(.+)' \(([\d.]+)\)")
_GUARD = re.compile(r"guard (\w+)")


@dataclass(frozen=True, slots=True)
class Call:
    """What is known of the call when something is asked: the place, the day in question, its language."""

    region: str | None
    day: date
    lang: str = SOURCE


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the list; `pick` opens it."""

    kind: str
    pick: str
    title: str
    about: str
    status: str = ""


@dataclass(frozen=True, slots=True)
class Quote:
    """A clause to quote: its label, the document with its number and status, and its words if we hold them."""

    citation: str
    label: str
    document: str
    number: str
    status: str
    words: str
    verbatim: bool
    since: date | None


@dataclass(frozen=True, slots=True)
class Card:
    """What is read out: short sentences in the language of the call, clauses, flags, and why it is this."""

    kind: str
    pick: str
    title: str
    script: tuple[str, ...]
    quotes: tuple[Quote, ...] = ()
    flags: tuple[str, ...] = ()
    why: tuple[str, ...] = ()
    ask: tuple[tuple[str, str], ...] = ()
    status: str = ""
    distress: bool = False
    answered: bool = True
    entry: str = ""
    estimate: bool = False

    @property
    def copied(self) -> str:
        """The script with clause and number, as it goes to the clipboard."""
        grounds = [
            f"{quote.label}（{quote.document}{quote.number and ' ' + quote.number}）" for quote in self.quotes
        ]
        return "\n".join(["".join(self.script), *grounds])


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
            return _clause_card(advice, id, call)
        case "programme":
            return _programme_card(advice, id, call)
        case "standard":
            return _standard_card(advice, id, call)
        case _:
            return None


def sentences(text: str) -> tuple[str, ...]:
    """A text cut into sentences, to be read out one by one."""
    return tuple(part for found in _SENTENCE_ENDS.split(text) if (part := found.strip()))


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


def quote(advice: Advice, citation: str, day: date, *, words: str = "", status: str = "") -> Quote:
    """A clause as it is quoted on the telephone."""
    found = finding.clause(citation)
    norm = advice.norms().get(citation.partition("#")[0])
    return Quote(
        citation=citation,
        label=found.label,
        document=norm.title if norm else citation,
        number=norm.document_number if norm else "",
        status=reading.norm_status(norm, day) if norm else status or "unverified",
        words=words or (found.words if found.verbatim else ""),
        verbatim=found.verbatim,
        since=norm.in_force_from if norm else None,
    )


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
            _standard_title(one),
            " · ".join([_amount(one), *standard_flags(one, call.day)]),
            "fresh" if one.standard.fresh and not one.standard.at_least else "floor",
        )


def _standard_title(found: LocalValueFound) -> str:
    place = regions.place(found.place)
    area = {"urban": str(_("城镇")), "rural": str(_("农村")), None: ""}[found.area]
    return " ".join(filter(None, [place.name if place else "", area, str(_(found.standard.title))]))


def _amount(found: LocalValueFound) -> str:
    value = found.standard
    figure = f"{yuan(str(value.value))} {words.unit_word(value.unit)}"
    return str(_("至少 %(amount)s", amount=figure)) if value.at_least else figure


def standard_flags(found: LocalValueFound, day: date) -> list[str]:
    """What an operator must know before reading a local value out."""
    value = found.standard
    flags = []
    if value.effective_from:
        flags.append(str(_("%(day)s 起", day=value.effective_from.isoformat())))
    if value.level == "guidance":
        flags.append(str(_("省里的最低线，当地可能更高")))
    if not value.fresh:
        flags.append(str(_("过了复核日期，可能又提高了")))
    if value.confidence != "high":
        flags.append(str(_("来源没有完全核实")))
    return flags


def _standard_card(advice: Advice, id: str, call: Call) -> Card | None:
    name, place, area, day_text = (*id.split("@"), "", "", "")[:4]
    try:
        day = date.fromisoformat(day_text)
    except ValueError:
        day = call.day
    value = advice.rulebook.standards.lookup(name, place, area or None, day)
    if value is None:
        return None
    found = LocalValueFound(place, area or None, value)
    since = format_date(value.effective_from, "long") if value.effective_from else ""
    script = [
        str(_("%(what)s：%(amount)s。", what=_standard_title(found), amount=_amount(found))),
        *([str(_("从 %(day)s 起执行。", day=since))] if since else []),
        *(
            [str(_("这个数可能已经提高。准数以当地公布的为准。"))]
            if value.at_least or not value.fresh
            else []
        ),
    ]
    return Card(
        kind=STANDARD,
        pick=f"standard:{id}",
        title=_standard_title(found),
        script=tuple(script),
        flags=tuple(standard_flags(found, day)),
        why=(
            str(_("来源：%(document)s", document=value.document)),
            str(_("公布的地方：%(place)s", place=regions.full_name(value.place_code))),
            str(_("查的是 %(day)s 那天", day=format_date(day, "long"))),
            *(
                [str(_("该在 %(day)s 前复核", day=format_date(value.review_by, "long")))]
                if value.review_by
                else []
            ),
        ),
        status="in_force" if value.fresh else "unverified",
    )


def _clause_card(advice: Advice, citation: str, call: Call) -> Card | None:
    found = finding.clause(citation)
    if not found.words:
        return None
    cited = quote(advice, citation, call.day, words=found.words if found.verbatim else "")
    with force_locale(call.lang):
        opening = str(_("%(label)s是这样规定的：", label=found.label))
        said = sentences(found.words) if found.verbatim else tuple(_taken(advice, citation))
    return Card(
        kind=CLAUSE,
        pick=f"clause:{citation}",
        title=found.label,
        script=(opening, *said),
        quotes=(cited,),
        flags=() if found.verbatim else (str(_("这里没有原文，念的是本站规则的说法")),),
        why=(str(_("文件：%(title)s", title=cited.document)),),
        status=cited.status,
    )


def _taken(advice: Advice, citation: str) -> Iterator[str]:
    """What rules take from a clause whose text is not held, in the language of the call."""
    said = dict.fromkeys(says for cited, says in reading.uses(advice) if cited == citation and says)
    if said:
        return (rule_plain(one) for one in said)
    return iter(sentences(finding.clause(citation).words))


def _programme_card(advice: Advice, id: str, call: Call) -> Card | None:
    table = advice.rulebook.programmes.get(id)
    if table is None:
        return None
    region = call.region or "000000"
    ruling = [
        decision
        for decision in table.decisions
        if decision.scope.covers(region, None, call.day) and not advice.norms()[decision.scope.norm].is_draft
    ]
    conditions = dict.fromkeys(condition.text for decision in ruling for condition in decision.conditions)
    steps = [
        step
        for step in table.steps
        if step.scope.covers(region, None, call.day) and step.kind in ("procedure", "time_limit", "document")
    ]
    citations = dict.fromkeys(one for decision in ruling for one in decision.citations)
    quotes = tuple(quote(advice, one, call.day) for one in list(citations)[:4])
    with force_locale(call.lang):
        name, purpose = words.programme_name(id), str(words.PURPOSES.get(id, ""))
        script = (
            *([str(_("%(name)s：%(purpose)s。", name=name, purpose=purpose))] if purpose else []),
            *map(rule_plain, conditions),
            *(rule_plain(step.text) for step in steps[:5]),
        )
    return Card(
        kind=PROGRAMME,
        pick=f"programme:{id}",
        title=words.programme_name(id),
        script=script,
        quotes=quotes,
        why=(str(_("规则表里现在管这一项的 %(n)s 组条件", n=len(ruling))),),
        status=quotes[0].status if quotes else "",
        estimate=True,
    )
