"""The question bot: normalise, guard, read, match, choose the edition, and say it, or say kindly that it is not known."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from estimator.norms import default_norms
from faq.corpus import default_corpus
from faq.dialogue import Turn, continued, second_ask, slots_of, turn_of
from faq.editions import DRAFT, Home, Quoter, Sources, cite, governing, home_of, norms_of
from faq.entries import Door, Entry, Guard, Knowledge, Programme, load_entries
from faq.errors import DataError, Defect
from faq.gazetteer import place_names, resolve
from faq.lexicon import Lexicon, Role, load_lexicon
from faq.lint import lint
from faq.matching import Match, Matcher, Reading, build_matcher
from faq.model import Answer, Choice, Hotline, Kind, Layer, Slots, Trace
from faq.normalise import Normaliser, to_traditional
from faq.passages import Passages

PHRASES = Path(__file__).with_name("phrases.toml")
HOTLINE = "12345"
# A pattern that weighs less was not really asked.
THRESHOLD = 3.5
_NOTE_OF = {Layer.JILIN: "jilin_shown", Layer.HUNAN: "hunan_shown", Layer.YANGJIANG: "yangjiang_shown"}


@dataclass(frozen=True, slots=True)
class _Question:
    """One question on its way through the bot."""

    raw: str
    text: str
    reading: Reading
    slots: Slots
    turn: Turn
    language: str
    as_of: date
    distress: Guard | None

    @property
    def home(self) -> Home:
        return home_of(self.slots.region)

    @property
    def day(self) -> date:
        year = self.slots.year
        return self.as_of if year is None or year >= self.as_of.year else date(year, 12, 31)


class Bot:
    """All knowledge loaded and checked; `ask` answers and never raises for what a citizen writes."""

    def __init__(self, sources: Sources, knowledge: Knowledge, lexicon: Lexicon) -> None:
        self._sources = sources
        self._knowledge = knowledge
        self._lexicon = lexicon
        self._phrases: dict[str, dict[str, str]] = tomllib.loads(PHRASES.read_text(encoding="utf-8"))
        self._normaliser = Normaliser(lexicon, place_names())
        owners = [
            *((entry.id, entry.patterns, entry.lift) for entry in knowledge.entries.values()),
            *((door.id, door.patterns, door.lift) for door in knowledge.doors.values()),
        ]
        self._matcher: Matcher = build_matcher(lexicon, owners)
        self._passages = Passages((clause.id, clause.text) for clause in sources.corpus)
        self._bare = {concept: p for p in knowledge.programmes.values() for concept in p.concepts}

    @property
    def knowledge(self) -> Knowledge:
        """The curated entries, doors and guards: for leaflets, consoles and tests."""
        return self._knowledge

    def passage_texts(self) -> list[str]:
        """The clauses behind `nearest`, for measurements."""
        return [clause.text for clause in self._sources.corpus]

    def normalise(self, text: str) -> str:
        """The question as the bot reads it."""
        return self._normaliser.normalise(text)

    def ask(
        self,
        text: str,
        *,
        region: str | None = None,
        as_of: date,
        lang: str = "",
        context: Mapping[str, object] | str | None = None,
    ) -> Answer:
        """Answer one question.

        `region` is a six-digit code or a place name, `context` the one of the answer before (or the text of the
        question before), `lang` a language tag (found from the question where empty). Never raises on odd input.
        """
        if isinstance(context, str):
            before = self.ask(context, region=region, as_of=as_of)
            context = before.context
        question = self._read(text, region, as_of, lang, turn_of(context))
        answer = self._decide(question)
        return self._translated(answer, question.language)

    def suggest(self, prefix: str, limit: int = 6) -> tuple[Choice, ...]:
        """Questions that begin with or contain what was typed, shortest first, for suggestions while typing."""
        typed = self._normaliser.normalise(prefix)
        if not typed:
            return ()
        found: list[tuple[bool, int, str, str]] = []
        for entry in self._knowledge.entries.values():
            for label in (entry.title, *entry.examples):
                if typed in label:
                    found.append((not label.startswith(typed), len(label), label, entry.id))
                    break
        return tuple(Choice(label, entry) for *_, label, entry in sorted(found)[:limit])

    def answer_entry(
        self, entry_id: str, *, region: str | None = None, as_of: date, lang: str = ""
    ) -> Answer | None:
        """The answer of a chosen entry (a clarifying choice, a follow-up link, a leaflet); None where unknown."""
        entry = self._knowledge.entries.get(entry_id)
        if entry is None:
            return None
        question = self._read(entry.title, region, as_of, lang, Turn())
        match = Match(entry.id, "", 10.0, tuple(entry.patterns[0].split()), (0,))
        return self._translated(self._answer(question, match, entry), question.language)

    def check(self, as_of: date) -> list[Defect]:
        """Ask every example: each must come back as what it exemplifies. Empty where all is well."""
        owners: list[Entry | Door | Guard] = [
            *self._knowledge.entries.values(),
            *self._knowledge.doors.values(),
            *self._knowledge.guards.values(),
        ]
        defects = []
        for owner in owners:
            for example in owner.examples:
                answer = self.ask(example, as_of=as_of)
                if answer.trace.entry != owner.id and not (
                    owner.id == "distress" and answer.hotline is not None and answer.hotline.reason == owner.reason
                ):
                    found = f"leads to {answer.trace.entry or answer.kind.value} ({answer.trace.why})"
                    defects.append(Defect(owner.file, f"{owner.id}.examples", f"{example!r} {found}", "a pattern for it"))
        return defects

    # --- reading -----------------------------------------------------------------------------------------------

    def _read(self, raw: str, region: str | None, as_of: date, lang: str, turn: Turn) -> _Question:
        text = self._normaliser.normalise(raw)
        reading = self._matcher.read(text)
        slots = slots_of(reading, self._matcher, resolve(region), turn, as_of)
        if slots.year is None and turn.year is not None and turn.concepts:
            slots = replace(slots, year=turn.year)
        reading = continued(reading, self._matcher, turn)
        distress = self._guarded("distress", raw, text)
        return _Question(raw, text, reading, slots, turn, _language(lang, raw), as_of, distress)

    def _guarded(self, name: str, raw: str, text: str) -> Guard | None:
        guard = self._knowledge.guards.get(name)
        if guard is None:
            return None
        lowered = raw.lower()
        return guard if any(term in lowered or term in text for term in guard.terms) else None

    # --- deciding ----------------------------------------------------------------------------------------------

    def _decide(self, question: _Question) -> Answer:
        for name in ("injection", "forgery", "abuse"):
            guard = self._guarded(name, question.raw, question.text)
            if guard is not None:
                return self._refuse(question, guard, f"guard {name}")
        if not question.reading.hits:
            return self._without_match(question)
        matches = [match for match in self._matcher.find(question.reading) if match.score >= THRESHOLD]
        if not matches:
            return self._without_match(question)
        first = matches[0]
        second = second_ask(question.reading, first, self._matcher)
        if second is not None and first.owner in self._knowledge.doors and second.owner in self._knowledge.entries:
            first, second = second, first
        answer = self._of(question, first)
        if second is not None:
            answer = replace(answer, also=(self._of(question, second),))
        return answer

    def _of(self, question: _Question, match: Match) -> Answer:
        entry = self._knowledge.entries.get(match.owner)
        if entry is not None:
            return self._answer(question, match, entry)
        return self._refuse(question, self._knowledge.doors[match.owner], f"door by {match.pattern}")

    def _answer(self, question: _Question, match: Match, entry: Entry) -> Answer:
        found = governing(entry, question.home, question.day, question.as_of, self._sources)
        if found is None and question.day != question.as_of:
            found = governing(entry, question.home, question.as_of, question.as_of, self._sources)
        slots = replace(question.slots, programme=entry.programme)
        trace = Trace(question.text, slots, entry.id, f"pattern {match.pattern!r} scored {match.score:.1f}")
        if found is None:
            return self._plain(
                question, "no_local", trace, programme=entry.programme, place=slots.region_name or ""
            )
        lacks = found.ruling.lacks
        kind = Kind.RULE_ONLY if lacks else Kind.ANSWER
        text = found.ruling.translations.get(question.language, found.ruling.text)
        if question.home is Home.ELSEWHERE and lacks:
            # The figure asked for is set there, and nothing here holds it: say so, name the rule, give the number.
            kind = Kind.REFUSAL
            text = self._say("no_local_figure", question.language, place=slots.region_name or "", text=text)
        else:
            text = " ".join([text, *self._notes(question, found.layer, found.old)]).strip()
        hotline = Hotline(HOTLINE, self._say("place_hotline", question.language)) if lacks or entry.hotline else None
        if question.distress is not None:
            guard = question.distress
            text = guard.translations.get(question.language, guard.text) + text
            hotline = Hotline(guard.number, guard.reason)
        turn = Turn(
            region=question.slots.region,
            concepts=match.parts,
            entry=entry.id,
            programme=entry.programme,
            year=question.slots.year,
        )
        return Answer(
            kind=kind,
            text=text,
            trace=trace,
            entry=entry.id,
            programme=entry.programme,
            citations=found.citations,
            lacks=lacks,
            nearest=self._nearest(question),
            confidence=match.score / (match.score + 1.5),
            follow_up=self._choices(entry.follow_ups),
            context=turn.to_context(),
            hotline=hotline,
            estimate=self._estimate(question, entry),
            you_ask=self._you_ask(question, entry),
        )

    def _notes(self, question: _Question, layer: Layer, old: bool) -> list[str]:
        """What must be said about the edition and the place shown."""
        notes = []
        if old:
            notes.append(self._say("old_edition", question.language, **_OLD))
        elif layer in (Layer.HUNAN, Layer.YANGJIANG) and question.as_of.year > 2020:
            notes.append(self._say("unverified", question.language, year="2017"))
        if question.home is Home.UNKNOWN and layer in _NOTE_OF:
            notes.append(self._say(_NOTE_OF[layer], question.language))
        return notes

    def _estimate(self, question: _Question, entry: Entry) -> Mapping[str, str] | None:
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

    def _you_ask(self, question: _Question, entry: Entry) -> str:
        programme = self._knowledge.programmes.get(entry.programme)
        name = programme.name if programme is not None else ""
        return "·".join(part for part in (question.slots.region_name or "", name, entry.title) if part)

    def _nearest(self, question: _Question) -> tuple[str, ...]:
        return self._passages.nearest(question.text, 5, norms_of(question.home))

    def _choices(self, ids: tuple[str, ...]) -> tuple[Choice, ...]:
        entries = self._knowledge.entries
        return tuple(Choice(entries[one].title, one) for one in ids if one in entries)

    # --- not answering -----------------------------------------------------------------------------------------

    def _without_match(self, question: _Question) -> Answer:
        if not question.text.strip(" ?？!！.。,，…"):
            return self._plain(question, "empty", Trace(question.text, question.slots, None, "empty"))
        if question.distress is not None:
            return self._refuse(question, question.distress, "guard distress")
        for name in question.reading.concepts:
            programme = self._bare.get(name)
            if programme is not None:
                return self._clarify(question, programme)
        return self._plain(question, "unknown", Trace(question.text, question.slots, None, "no anchor"))

    def _clarify(self, question: _Question, programme: Programme) -> Answer:
        slots = replace(question.slots, programme=programme.id)
        trace = Trace(question.text, slots, None, f"only {programme.name} was named")
        if question.turn.asked:
            return self._plain(question, "person", trace, programme=programme.id)
        turn = Turn(
            region=question.slots.region,
            concepts=tuple(name for name in question.reading.concepts if self._lasting(name)),
            programme=programme.id,
            asked=True,
        )
        return Answer(
            kind=Kind.CLARIFY,
            text=self._say("clarify", question.language, name=programme.name),
            trace=trace,
            programme=programme.id,
            choices=self._choices(programme.choices)[:3],
            nearest=self._nearest(question),
            context=turn.to_context(),
            you_ask=programme.name,
        )

    def _lasting(self, name: str) -> bool:
        return self._matcher.role(name) in (Role.ANCHOR, Role.GROUP, Role.ASPECT)

    def _refuse(self, question: _Question, to: Door | Guard, why: str) -> Answer:
        citations = tuple(
            cite(ref, to.text, None, question.as_of, self._sources) for ref in to.clauses if ref.norm != DRAFT
        )
        return Answer(
            kind=Kind.REFUSAL,
            text=to.translations.get(question.language, to.text),
            trace=Trace(question.text, question.slots, to.id, why),
            citations=citations,
            nearest=self._nearest(question),
            context=replace(question.turn, region=question.slots.region).to_context(),
            hotline=Hotline(to.number, to.reason),
        )

    def _plain(
        self, question: _Question, phrase: str, trace: Trace, *, programme: str | None = None, **words: str
    ) -> Answer:
        return Answer(
            kind=Kind.REFUSAL,
            text=self._say(phrase, question.language, **words),
            trace=trace,
            programme=programme,
            nearest=self._nearest(question),
            context=replace(question.turn, region=question.slots.region, asked=False).to_context(),
            hotline=Hotline(HOTLINE, "社会救助服务热线"),
        )

    # --- saying ------------------------------------------------------------------------------------------------

    def _say(self, phrase: str, language: str, **words: str) -> str:
        forms = self._phrases[phrase]
        return forms.get(language, forms["zh"]).format(**words)

    def _translated(self, answer: Answer, language: str) -> Answer:
        """Traditional writing for those who write it; quotes and titles stay as the documents print them."""
        if language != "zh-Hant":
            return answer
        return replace(
            answer,
            text=to_traditional(answer.text),
            lacks=to_traditional(answer.lacks) if answer.lacks else None,
            choices=tuple(Choice(to_traditional(c.label), c.entry) for c in answer.choices),
            follow_up=tuple(Choice(to_traditional(c.label), c.entry) for c in answer.follow_up),
            also=tuple(self._translated(other, language) for other in answer.also),
        )


_OLD = {"year": "2017", "old": "吉民发〔2017〕76号", "new": "吉办发〔2020〕46号"}


def _language(lang: str, raw: str) -> str:
    """zh, zh-Hant, en or ko: the tag given, else the writing of the question."""
    tag = lang.lower()
    if any("\uac00" <= c <= "\ud7a3" for c in raw) or tag.startswith("ko"):
        return "ko"
    if tag.startswith("en"):
        return "en"
    if tag.startswith(("zh-hant", "zh_hant", "zh-tw", "zh-hk")):
        return "zh-Hant"
    return "zh"


def load_bot() -> Bot:
    """Load and check texts, registry, lexicon and entries. Raises DataError with every defect."""
    corpus = default_corpus()
    norms = default_norms()
    lexicon = load_lexicon()
    knowledge = load_entries()
    defects = lint(knowledge, lexicon, corpus, norms)
    if defects:
        raise DataError(defects)
    return Bot(Sources(corpus, norms, Quoter(corpus)), knowledge, lexicon)


__all__ = ["Bot", "load_bot"]
