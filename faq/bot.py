"""The question bot: normalise, guard, read, match, and say it, or say kindly that it is not known."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from copy import copy
from dataclasses import replace
from datetime import date
from pathlib import Path

from estimator.norms import default_norms
from faq.corpus import default_corpus
from faq.dialogue import Turn, asks_of, continued, slots_of, turn_of
from faq.editions import Quoter, Sources, home_of, norms_of
from faq.entries import ENTRIES, Door, Entry, Guard, Knowledge, load_entries
from faq.errors import DataError, Defect
from faq.gazetteer import place_names, resolve
from faq.lexicon import LEXICON_FILE, Lexicon, Role, load_lexicon
from faq.lint import lint
from faq.matching import Match, build_matcher
from faq.model import Answer, Trace
from faq.normalise import Normaliser
from faq.passages import Passages
from faq.reply import Question, Replies, in_traditional
from faq.variants import LIKE, SAME, Rarity, Refusal, Variant, Variants, refusals

# A pattern that weighs less was not really asked.
THRESHOLD = 3.3
# From this weight on a word names a programme, not only a lot (残疾人, 困难户).
OWN_PROGRAMME = 2.9
# From this weight on a group is somebody (a child, an old person), not only a place or a list.
PERSON = 1.5
# These come before any matching and end the turn; distress only adds a person first.
ENDING_GUARDS = ("injection", "forgery", "abuse")
MOST_NEAREST = 5
DISTRESS = "distress"
COURTESY = "courtesy"
_NOTHING = "(?!)"
_ENGLISH = re.compile(r"\b(the|how|what|who|where|can|my|is|are|for|do|does|get|apply)\b", re.IGNORECASE)


class Bot:
    """All knowledge loaded and checked; `ask` answers and never raises for what a citizen writes."""

    def __init__(self, sources: Sources, knowledge: Knowledge, lexicon: Lexicon) -> None:
        self._sources = sources
        self._knowledge = knowledge
        self._normaliser = Normaliser(lexicon, place_names())
        owners = [
            *((entry.id, entry.patterns, entry.lift) for entry in knowledge.entries.values()),
            *((door.id, door.patterns, door.lift) for door in knowledge.doors.values()),
        ]
        self._matcher = build_matcher(lexicon, owners)
        self._passages = Passages((clause.id, clause.text) for clause in sources.corpus)
        self._replies = Replies(sources, knowledge, self._passages, self._matcher)
        self._rarity: Rarity | None = None
        self._read_before: dict[str, str] = {}
        self._variants: Variants | None = None
        self._index_variants(())
        self._guards = {
            name: (guard, re.compile("|".join(map(re.escape, guard.terms)) or _NOTHING))
            for name, guard in knowledge.guards.items()
        }
        self._bare = {concept: p for p in knowledge.programmes.values() for concept in p.concepts}

    @property
    def knowledge(self) -> Knowledge:
        """The curated entries, doors and guards: for leaflets, consoles and tests."""
        return self._knowledge

    def with_variants(self, added: Sequence[Variant]) -> Bot:
        """The same bot that also knows these questions; everything else is shared, so it costs little.

        A variant of an owner that is not known is passed over.
        """
        _ = self.rarity  # worked out once, then shared
        other = copy(self)
        other._index_variants([one for one in added if one.owner in self._knowledge.owners])
        return other

    def refused_variants(self, wanted: Sequence[Variant], beside: Sequence[Variant] = ()) -> list[Refusal]:
        """Which of the wanted variants may not be taken beside those that stand, and why: what `check` asks too."""
        shipped = [(one.owner, one.text) for one in (*self._knowledge.variants(), *beside)]
        return refusals(
            wanted,
            [*self._knowledge.asked(), *shipped],
            self._knowledge.guard_terms(),
            self.rarity,
            self.normalise,
        )

    @property
    def rarity(self) -> Rarity:
        """What tells how alike two questions are."""
        if self._rarity is None:
            self._rarity = Rarity(self.normalise(question) for _, question in self._knowledge.asked())
        return self._rarity

    def _index_variants(self, added: Sequence[Variant]) -> None:
        every = [*self._knowledge.variants(), *added]
        self._variants = Variants(every, self.rarity, self._normalised_once) if every else None

    def _normalised_once(self, text: str) -> str:
        """Variants are read once however often the index is built anew; the copies share what was read."""
        if text not in self._read_before:
            self._read_before[text] = self.normalise(text)
        return self._read_before[text]

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

        `region` is a six-digit code or a place name; `context` is that of the answer before, or the text of
        the question before; `lang` is a language tag, found from the question where empty. Never raises.
        """
        if isinstance(context, str):
            context = self.ask(context, region=region, as_of=as_of).context
        question = self._read(text, region, as_of, lang, turn_of(context))
        return _written(self._decide(question), question)

    def answer_entry(
        self, entry_id: str, *, region: str | None = None, as_of: date, lang: str = ""
    ) -> Answer | None:
        """The answer of a chosen entry (a clarifying choice, a follow-up, a leaflet); None where unknown."""
        entry = self._knowledge.entries.get(entry_id)
        if entry is None:
            return None
        question = self._read(entry.title, region, as_of, lang, Turn())
        match = Match(entry.id, entry.patterns[0], 10.0, tuple(entry.patterns[0].split()), (0,))
        return _written(self._replies.answer(question, match, entry), question)

    def check(self, as_of: date) -> list[Defect]:
        """Ask every example: each must come back as what it exemplifies. Empty where all is well."""
        owners: list[Entry | Door | Guard] = [
            *self._knowledge.entries.values(),
            *self._knowledge.doors.values(),
            *self._knowledge.guards.values(),
        ]
        defects = []
        for variant in self._knowledge.variants():
            led = self.ask(variant.text, as_of=as_of).trace
            if led.entry != variant.owner:
                file, found = self._knowledge.owners[variant.owner].file, f"leads to {led.entry} ({led.why})"
                defects.append(
                    Defect(file, f"{variant.owner}.variants", f"{variant.text!r} {found}", "another text")
                )
        for owner in owners:
            for example in owner.examples:
                answer = self.ask(example, as_of=as_of)
                person_first = owner.id == DISTRESS and self._guarded(DISTRESS, example, example) is not None
                if answer.trace.entry != owner.id and not person_first:
                    found = f"leads to {answer.trace.entry or answer.kind.value} ({answer.trace.why})"
                    defects.append(
                        Defect(owner.file, f"{owner.id}.examples", f"{example!r} {found}", "a pattern for it")
                    )
        return defects

    def _read(self, raw: str, region: str | None, as_of: date, lang: str, turn: Turn) -> Question:
        text = self._normaliser.normalise(raw)
        reading = self._matcher.read(text)
        slots = slots_of(reading, self._matcher, resolve(region), turn, as_of)
        if slots.year is None and turn.concepts:
            slots = replace(slots, year=turn.year)
        reading = continued(reading, self._matcher, turn)
        distress = self._guarded(DISTRESS, raw, text)
        nearest = self._passages.nearest(text, MOST_NEAREST, norms_of(home_of(slots.region)))
        return Question(raw, text, reading, slots, turn, _language(lang, raw), as_of, nearest, distress)

    def _guarded(self, name: str, raw: str, text: str) -> Guard | None:
        if name not in self._guards:
            return None
        guard, terms = self._guards[name]
        return guard if terms.search(raw.lower()) or terms.search(text) else None

    def _decide(self, question: Question) -> Answer:
        for name in ENDING_GUARDS:
            guard = self._guarded(name, question.raw, question.text)
            if guard is not None:
                return self._replies.refuse(question, guard, f"guard {name}")
        meant = self._variants.find(question.text) if self._variants is not None else None
        if meant is not None and meant[1] >= SAME:
            return self._as_variant(question, *meant)
        asks = asks_of(question.reading, self._matcher, THRESHOLD)
        if not asks:
            if meant is not None and meant[1] >= LIKE:
                return self._as_variant(question, *meant)
            return self._unmatched(question)
        # An answer before a door.
        first, *others = sorted(asks, key=lambda match: match.owner in self._knowledge.doors)
        return replace(
            self._reply(question, first), also=tuple(self._reply(question, other) for other in others)
        )

    def _as_variant(self, question: Question, variant: Variant, likeness: float) -> Answer:
        why = f"like the variant {variant.text!r} ({likeness:.2f})"
        door = self._knowledge.doors.get(variant.owner)
        if door is not None:
            return self._replies.refuse(question, door, why)
        entry = self._knowledge.entries[variant.owner]
        match = Match(entry.id, entry.patterns[0], 10.0 * likeness, tuple(entry.patterns[0].split()), (0,))
        answer = self._replies.answer(question, match, entry)
        return replace(answer, trace=replace(answer.trace, why=why))

    def _reply(self, question: Question, match: Match) -> Answer:
        entry = self._knowledge.entries.get(match.owner)
        if entry is not None:
            return self._replies.answer(question, match, entry)
        return self._replies.refuse(question, self._knowledge.doors[match.owner], f"door by {match.pattern}")

    def _tells(self, question: Question) -> bool:
        """Whether a question tells of need (or, of a programme, for whom) and names no other office's matter."""
        concepts = question.reading.concepts
        roles = {self._matcher.role(name) for name in concepts}
        weighty = any(self._matcher.weight(name) >= OWN_PROGRAMME for name in concepts if name in self._bare)
        person = any(
            self._matcher.role(n) is Role.GROUP and self._matcher.weight(n) >= PERSON for n in concepts
        )
        return Role.MARK not in roles and (Role.HARDSHIP in roles or (weighty and person))

    def _unmatched(self, question: Question) -> Answer:
        if not any(character.isalnum() for character in question.text):
            return self._replies.plain(question, "empty", Trace(question.text, question.slots, None, "empty"))
        if question.distress is not None:
            return self._replies.refuse(question, question.distress, f"guard {DISTRESS}")
        courtesy = self._guarded(COURTESY, question.raw, question.text)
        if courtesy is not None:
            return self._replies.refuse(question, courtesy, f"guard {COURTESY}")
        named = [name for name in question.reading.concepts if name in self._bare]
        if named:
            # The weightiest programme named; who tells a story with it is answered, who only names it is asked.
            programme = self._bare[max(named, key=self._matcher.weight)]
            entry = self._knowledge.entries.get(programme.default)
            if entry is not None and self._tells(question):
                match = Match(entry.id, "default", THRESHOLD, (*named,), (0,))
                return self._replies.answer(question, match, entry)
            return self._replies.clarify(question, programme)
        trace = Trace(question.text, question.slots, None, "no anchor")
        return self._replies.plain(question, "unknown", trace)


def _written(answer: Answer, question: Question) -> Answer:
    return in_traditional(answer) if question.language == "zh-Hant" else answer


def _language(lang: str, raw: str) -> str:
    """zh, zh-Hant, en or ko: the tag given, else the writing of the question."""
    tag = lang.lower().replace("_", "-")
    if tag.startswith("ko") or any("\uac00" <= c <= "\ud7a3" for c in raw):
        return "ko"
    if tag.startswith("en") or (not tag and raw.isascii() and _ENGLISH.search(raw)):
        return "en"
    return "zh-Hant" if tag.startswith(("zh-hant", "zh-tw", "zh-hk")) else "zh"


def load_bot(entries: Path = ENTRIES, words: Path = LEXICON_FILE) -> Bot:
    """Load and check texts, registry, lexicon and entries. Raises DataError with every defect."""
    corpus = default_corpus()
    norms = default_norms()
    lexicon = load_lexicon(words)
    knowledge = load_entries(entries)
    normalise = Normaliser(lexicon, place_names()).normalise
    defects = lint(knowledge, lexicon, corpus, norms, normalise)
    if defects:
        raise DataError(defects)
    return Bot(Sources(corpus, norms, Quoter(corpus)), knowledge, lexicon)


__all__ = ["Bot", "load_bot"]
