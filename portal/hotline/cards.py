"""What is read out on the telephone: a card for an answer, a clause, a programme or a local value.

Short sentences in the language of the call; clause, number and status for the operator.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from flask_babel import force_locale, format_date
from flask_babel import gettext as _

from portal import regions
from portal.guidance import finding, reading, words
from portal.guidance.advice import Advice
from portal.guidance.finding import LocalValueFound
from portal.guidance.result import yuan
from portal.guidance.wording import rule_plain
from portal.i18n import SOURCE

ANSWER, ENTRY, CLAUSE, PROGRAMME, STANDARD = "answer", "entry", "clause", "programme", "standard"


_SENTENCE_ENDS = re.compile(r"(?<=[。！？])|(?<=[.!?])\s+")


@dataclass(frozen=True, slots=True)
class Call:
    """What is known of the call when something is asked: the place, the day in question, its language."""

    region: str | None
    day: date
    lang: str = SOURCE


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


def sentences(text: str) -> tuple[str, ...]:
    """A text cut into sentences, to be read out one by one."""
    return tuple(part for found in _SENTENCE_ENDS.split(text) if (part := found.strip()))


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


def standard_title(found: LocalValueFound) -> str:
    place = regions.place(found.place)
    area = {"urban": str(_("城镇")), "rural": str(_("农村")), None: ""}[found.area]
    return " ".join(filter(None, [place.name if place else "", area, str(_(found.standard.title))]))


def amount(found: LocalValueFound) -> str:
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


def standard_card(advice: Advice, id: str, call: Call) -> Card | None:
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
        str(_("%(what)s：%(amount)s。", what=standard_title(found), amount=amount(found))),
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
        title=standard_title(found),
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


def clause_card(advice: Advice, citation: str, call: Call) -> Card | None:
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


def programme_card(advice: Advice, id: str, call: Call) -> Card | None:
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
