"""Puts an outcome into words: an entry's answer, a door, a question back, or "I don't know" with a way on."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache
from pathlib import Path

from faq.dialogue import Turn
from faq.editions import DRAFT, Governing, Home, Sources, cite, governing, home_of
from faq.entries import ClauseRef, Door, Entry, Guard, Knowledge, Programme
from faq.lexicon import Role
from faq.matching import Match, Matcher, Reading
from faq.model import Answer, Choice, Citation, Hotline, Kind, Layer, Slots, Trace
from faq.normalise import to_traditional
from faq.passages import Passages

PHRASES = Path(__file__).with_name("phrases.toml")
HOTLINE = "12345"
MOST_CHOICES = 3
_PLACE_NOTES = {Layer.JILIN: "jilin_shown", Layer.HUNAN: "hunan_shown", Layer.YANGJIANG: "yangjiang_shown"}
_UNVERIFIED = (Layer.HUNAN, Layer.YANGJIANG)


@dataclass(frozen=True, slots=True)
class Question:
    """One question on its way through the bot; `nearest` are related clauses of its place."""

    raw: str
    text: str
    reading: Reading
    slots: Slots
    turn: Turn
    language: str
    as_of: date
    nearest: tuple[str, ...] = ()
    distress: Guard | None = None

    @property
    def home(self) -> Home:
        return home_of(self.slots.region)

    @property
    def day(self) -> date:
        """The day whose edition answers: the stated year's last, else the day asked for."""
        year = self.slots.year
        return self.as_of if year is None or year >= self.as_of.year else date(year, 12, 31)


class Replies:
    """Words for every outcome, from the curated knowledge and the phrases file."""

    def __init__(self, sources: Sources, knowledge: Knowledge, passages: Passages, matcher: Matcher) -> None:
        self._sources = sources
        self._knowledge = knowledge
        self._passages = passages
        self._matcher = matcher
        # The same few texts answer most questions of a day.
        self._governing = lru_cache(maxsize=512)(self._govern)
        self._phrases: dict[str, dict[str, str]] = tomllib.loads(PHRASES.read_text(encoding="utf-8"))

    def answer(self, question: Question, match: Match, entry: Entry) -> Answer:
        """What an entry says for the place and the day; where no layer speaks for the place, who does."""
        found = self._governing(entry.id, question.home, question.day, question.as_of)
        instead = found is None and question.day != question.as_of
        if instead:
            found = self._governing(entry.id, question.home, question.as_of, question.as_of)
        slots = replace(question.slots, programme=entry.programme)
        trace = Trace(question.text, slots, entry.id, f"pattern {match.pattern!r} scored {match.score:.1f}")
        place = slots.region_name or self.say("your_place", question.language)
        if found is None:
            return self.plain(question, "no_local", trace, programme=entry.programme, place=place)
        kind, text = self._text(question, entry, found, instead, place)
        lacks = found.ruling.lacks
        hotline = (
            Hotline(HOTLINE, self.say("place_hotline", question.language)) if lacks or entry.hotline else None
        )
        if (guard := question.distress) is not None:
            text = guard.translations.get(question.language, guard.text) + text
            hotline = Hotline(guard.number, guard.reason)
        turn = Turn(question.slots.region, match.parts, entry.id, entry.programme, question.slots.year)
        return Answer(
            kind=kind,
            text=text,
            trace=trace,
            entry=entry.id,
            programme=entry.programme,
            citations=found.citations if found.layer is not Layer.DRAFT else (self._draft(question, entry),),
            lacks=lacks
            if lacks is None or question.language not in ("en", "ko")
            else self.say("lacks", question.language),
            nearest=question.nearest,
            confidence=match.score / (match.score + 1.5),
            follow_up=self.choices(entry.follow_ups),
            context=turn.to_context(),
            hotline=hotline,
            estimate=_estimate(question, entry),
            you_ask=self._you_ask(question, entry),
        )

    def refuse(self, question: Question, to: Door | Guard, why: str) -> Answer:
        """Not answered here: the door's or guard's words, number and clauses (never a draft's)."""
        citations = tuple(
            cite(ref, to.text, None, question.as_of, self._sources) for ref in to.clauses if ref.norm != DRAFT
        )
        return Answer(
            kind=Kind.REFUSAL,
            text=to.translations.get(question.language, to.text),
            trace=Trace(question.text, question.slots, to.id, why),
            citations=citations,
            nearest=question.nearest,
            context=replace(question.turn, region=question.slots.region).to_context(),
            hotline=Hotline(to.number, to.reason),
        )

    def clarify(self, question: Question, programme: Programme) -> Answer:
        """One question back, once; the second time a person is offered."""
        slots = replace(question.slots, programme=programme.id)
        trace = Trace(question.text, slots, None, f"only {programme.name} was named")
        if question.turn.asked:
            return self.plain(question, "person", trace, programme=programme.id)
        lasting = (Role.ANCHOR, Role.GROUP, Role.ASPECT)
        turn = Turn(
            region=question.slots.region,
            concepts=tuple(name for name in question.reading.concepts if self._matcher.role(name) in lasting),
            programme=programme.id,
            asked=True,
        )
        name = programme.translations.get(question.language, programme.name)
        return Answer(
            kind=Kind.CLARIFY,
            text=self.say("clarify", question.language, name=name),
            trace=trace,
            programme=programme.id,
            choices=self.choices(programme.choices)[:MOST_CHOICES],
            nearest=question.nearest,
            context=turn.to_context(),
            you_ask=programme.name,
        )

    def plain(
        self, question: Question, phrase: str, trace: Trace, *, programme: str | None = None, **words: str
    ) -> Answer:
        """A refusal in a fixed phrase, with the hotline."""
        return Answer(
            kind=Kind.REFUSAL,
            text=self.say(phrase, question.language, **words),
            trace=trace,
            programme=programme,
            nearest=question.nearest,
            context=replace(question.turn, region=question.slots.region, asked=False).to_context(),
            hotline=Hotline(HOTLINE, "社会救助服务热线"),
        )

    def say(self, phrase: str, language: str, **words: str) -> str:
        """A fixed phrase in a language, Chinese where there is none."""
        forms = self._phrases[phrase]
        return forms.get(language, forms["zh"]).format(**words)

    def choices(self, ids: tuple[str, ...]) -> tuple[Choice, ...]:
        """Entries as questions to choose from."""
        entries = self._knowledge.entries
        return tuple(Choice(entries[one].title, one) for one in ids if one in entries)

    def _text(
        self, question: Question, entry: Entry, found: Governing, instead: bool, place: str
    ) -> tuple[Kind, str]:
        language = question.language
        text = found.ruling.translations.get(language, found.ruling.text)
        if question.home is Home.ELSEWHERE and found.ruling.lacks:
            # The figure is set there, and nothing here holds it: say so, name the rule, give the number.
            return Kind.REFUSAL, self.say("no_local_figure", language, place=place, text=text)
        notes = []
        if instead:
            notes.append(self.say("now_instead", language, year=str(question.slots.year)))
        if found.old:
            notes.append(self.say("old_edition", language, **self._succession()))
        elif found.layer in _UNVERIFIED and any(c.status == "unverified" for c in found.citations):
            notes.append(self.say("unverified", language, year="2017"))
        if question.home is Home.UNKNOWN and found.layer in _PLACE_NOTES:
            notes.append(self.say(_PLACE_NOTES[found.layer], language))
        kind = Kind.RULE_ONLY if found.ruling.lacks else Kind.ANSWER
        return kind, " ".join([text, *notes])

    def _govern(self, entry: str, home: Home, day: date, as_of: date) -> Governing | None:
        return governing(self._knowledge.entries[entry], home, day, as_of, self._sources)

    def _succession(self) -> dict[str, str]:
        """Which document gave way to which, from the registry of norms."""
        old = self._sources.norms["jl-2017-76"]
        new = self._sources.norms[old.superseded_by or "jl-2020-46"]
        return {"year": str(old.in_force_from.year), "old": old.document_number, "new": new.document_number}

    def _draft(self, question: Question, entry: Entry) -> Citation:
        """The draft's clause that the question is nearest to; its status says that it is a draft."""
        before = self._knowledge.entries.get(question.turn.entry or "")
        asked = question.text + (before.title if before is not None else "")
        ids = self._passages.nearest(asked, 1, (f"{DRAFT}#",))
        ref = ClauseRef(ids[0]) if ids else entry.layers[Layer.DRAFT].clauses[0]
        return cite(ref, question.text, entry.programme, question.as_of, self._sources)

    def _you_ask(self, question: Question, entry: Entry) -> str:
        programme = self._knowledge.programmes.get(entry.programme)
        name = programme.name if programme is not None else ""
        return "·".join(part for part in (question.slots.region_name or "", name, entry.title) if part)


def _estimate(question: Question, entry: Entry) -> Mapping[str, str] | None:
    """Slots for the link to the estimator; None where the entry has none."""
    if entry.estimate is None:
        return None
    filled = {"programme": entry.programme, **entry.estimate}
    if question.slots.region:
        filled["region"] = question.slots.region
    if "农村户" in question.reading.concepts:
        filled["area"] = "rural"
    elif "城镇户" in question.reading.concepts:
        filled["area"] = "urban"
    return filled


def in_traditional(answer: Answer) -> Answer:
    """Our own words in Traditional writing; quotes and titles stay as the documents print them."""
    return replace(
        answer,
        text=to_traditional(answer.text),
        lacks=to_traditional(answer.lacks) if answer.lacks else None,
        choices=tuple(Choice(to_traditional(c.label), c.entry) for c in answer.choices),
        follow_up=tuple(Choice(to_traditional(c.label), c.entry) for c in answer.follow_up),
        also=tuple(in_traditional(other) for other in answer.also),
    )
