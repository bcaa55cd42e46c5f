"""The turn of talk: slots of a question, what a follow-up takes over, and two asks in one."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from faq.editions import Home, home_of
from faq.gazetteer import find_place, name_of
from faq.lexicon import Role
from faq.matching import Match, Matcher, Reading
from faq.model import Slots

_YEAR = re.compile(r"(?<!\d)(20[0-3]\d)\s*年?(?!\d)")
_SHORT_YEAR = re.compile(r"(?<!\d)(1[0-9]|2[0-9])年(?!\d)")
# A year in a life story is not the year of the rule that is asked for.
_STORY = re.compile(
    r"现在|目前|如今|今年|至今|到现在|从|自|得了|患|查出|住院|受伤|去世|离婚|结婚|出生|毕业|就|因|起|开始|以来"
    r"|交|缴|盖|买|搬|我家|我们家|我是|我的|合并|评上|评了|吃了|领了|办了|脱贫|贫困户"
)
_POLICY = re.compile(r"标准|政策|规定|文件|时候|时|渐退|条件|怎么|多少|几|吗|的")
# Where a son works or a patient lies is told of; help is sought at home.
_AWAY = re.compile(
    r"^.{0,6}?(上班|打工|务工|工作|读书|上学|上大学|读大学|当兵|做工|厂|工地|住院|看病|手术|治疗|医院)"
)
_AT_HOME = re.compile(
    r"儿子|女儿|子女|儿女|孩子|寄|老家|回家|弟弟|哥哥|姐姐|妹妹|父母|父亲|母亲|我爸|我妈|爸妈|老人"
)
_FOLLOW_UP = re.compile(r"^(那么|那|还有|另外|如果|要是|换成|再问|and|what about|그럼)|呢[?？]?$")
_SHORT = 22
# A lighter anchor (残疾人, 困难户) may be said of the programme before; a heavier one begins a new subject.
_OWN_SUBJECT = 2.5
# What a clause must weigh to be a question of its own, and to be one beside another.
_CLEARLY_ASKED = 6.0
_ALSO_ASKED = 5.0
_MOST_QUESTIONS = 12
_ONE_CLAUSE = 1.0


@dataclass(frozen=True, slots=True)
class Turn:
    """What is kept of an answered turn, and sent back as the opaque context."""

    region: str | None = None
    concepts: tuple[str, ...] = ()
    entry: str | None = None
    programme: str | None = None
    year: int | None = None
    asked: bool = False

    def to_context(self) -> dict[str, object]:
        return {
            "v": 1,
            "region": self.region,
            "concepts": list(self.concepts),
            "entry": self.entry,
            "programme": self.programme,
            "year": self.year,
            "asked": self.asked,
        }


def turn_of(context: Mapping[str, object] | None) -> Turn:
    """The turn a context stands for; anything odd in it counts as absent. Never raises."""
    if not isinstance(context, Mapping):
        return Turn()
    concepts = context.get("concepts")
    year = context.get("year")
    return Turn(
        region=_text(context.get("region")),
        concepts=tuple(c for c in concepts if isinstance(c, str))[:20] if isinstance(concepts, list) else (),
        entry=_text(context.get("entry")),
        programme=_text(context.get("programme")),
        year=year if isinstance(year, int) and not isinstance(year, bool) and 2000 <= year < 2100 else None,
        asked=context.get("asked") is True,
    )


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None


def stated_year(text: str, as_of: date) -> int | None:
    """The year whose rules are asked for; None where a year only belongs to the story."""
    for pattern in (_YEAR, _SHORT_YEAR):
        for found in pattern.finditer(text):
            year = int(found.group(1))
            year += 2000 if year < 100 else 0
            after = text[found.end() : found.end() + 24]
            if 2010 <= year <= as_of.year and not _STORY.search(text) and _POLICY.search(after):
                return year
    return None


def slots_of(reading: Reading, matcher: Matcher, region: str | None, turn: Turn, as_of: date) -> Slots:
    """Place, group, aspect and year; a named place wins over the given one, that over the last."""
    found = find_place(reading.text)
    if found is not None and _AWAY.search(reading.text[found.end :]) and _AT_HOME.search(reading.text):
        found = None if home_of(found.code) is Home.ELSEWHERE else found
    code = region
    if found is not None and not (region and region.startswith(found.code.rstrip("0"))):
        code = found.code
    if code is None:
        code = turn.region
    return Slots(
        region=code,
        region_name=name_of(code) if code else None,
        group=_first(reading, matcher, Role.GROUP),
        aspect=_first(reading, matcher, Role.ASPECT),
        year=stated_year(reading.text, as_of),
    )


def _first(reading: Reading, matcher: Matcher, role: Role) -> str | None:
    return next((hit.concept for hit in reading.hits if matcher.role(hit.concept) is role), None)


def continued(reading: Reading, matcher: Matcher, turn: Turn) -> Reading:
    """The reading with what a follow-up leaves unsaid: programme, and aspect unless it names another.

    A turn that names its own programme keeps only the aspect before, and that only if it asks nothing else.
    """
    if not turn.concepts:
        return reading
    text = reading.text.strip()
    follows = _FOLLOW_UP.search(text) is not None
    if len(text) > _SHORT and not follows:
        return reading
    if not (
        reading.concepts or follows or find_place(text) or _YEAR.search(text) or _SHORT_YEAR.search(text)
    ):
        # A word of thanks asks nothing.
        return reading
    roles = {matcher.role(name) for name in reading.concepts}
    own = any(matcher.role(n) is Role.ANCHOR and matcher.weight(n) >= _OWN_SUBJECT for n in reading.concepts)
    kept: list[str] = []
    for name in turn.concepts:
        role = matcher.role(name)
        if (
            (role in (Role.ANCHOR, Role.HARDSHIP) and not own)
            or (role is Role.ASPECT and Role.ASPECT not in roles)
            or (role in (Role.GROUP, None) and not roles & {Role.GROUP, Role.ANCHOR, Role.ASPECT})
        ):
            kept.append(name)
    return reading.with_concepts(kept)


def asks_of(reading: Reading, matcher: Matcher, threshold: float) -> tuple[Match, ...]:
    """What is asked, at most two: clauses that ask for different things by name, else the best match and another."""
    asked: list[Match] = []
    questions = [number for number, (_, _, is_question) in enumerate(reading.segments) if is_question]
    # A long letter asks at its end.
    for number in questions[-_MOST_QUESTIONS:] if len(reading.segments) > 1 else ():
        best = next(iter(matcher.find(reading.only([number]))), None)
        if best is not None and best.score >= _CLEARLY_ASKED and _is_other(best, asked, matcher):
            asked.append(best)
    if len(asked) >= 2:
        return tuple(asked[:2])
    first = next(iter(matcher.find(reading)), None)
    if first is None or first.score < threshold:
        return ()
    if asked and asked[0].score >= first.score - _ONE_CLAUSE and len(first.segments) > 1:
        # What one clause asks by itself is surer than what is pieced together from the story.
        first = asked[0]
    second = _second_ask(reading, first, matcher)
    return (first,) if second is None else (first, second)


def _is_other(match: Match, asked: Sequence[Match], matcher: Matcher) -> bool:
    """Whether a match is about something that no match before names."""
    named = _anchors(set(match.parts), matcher)
    return bool(named) and all(not set(named) & set(before.parts) for before in asked)


def _second_ask(reading: Reading, first: Match, matcher: Matcher) -> Match | None:
    """A second question in the clauses the first leaves over: with its own anchor, and asked."""
    rest = [n for n in range(len(reading.segments)) if n not in first.segments]
    for match in matcher.find(reading.only(rest)) if rest else ():
        asked = any(reading.segments[n][2] for n in match.segments)
        fresh = set(match.parts) - set(first.parts)
        if match.owner != first.owner and asked and match.score >= _ALSO_ASKED and _anchors(fresh, matcher):
            return match
    return None


def _anchors(parts: set[str], matcher: Matcher) -> list[str]:
    return [part for part in parts if matcher.role(part) in (Role.ANCHOR, Role.MARK)]
