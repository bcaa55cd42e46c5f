"""The one door to the estimator and the question bot: loaded and checked once, when the process starts.

Everything else in the portal sees plain JSON values, citations as strings and the few views below.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cache, lru_cache
from typing import Any

from flask import current_app, g

import estimator
import faq
from estimator import renderings
from estimator.interview import next_question
from estimator.norms import Norm
from faq.corpus import Clause, Corpus, Policy, default_corpus
from faq.variants import fold
from portal.guidance import variants

KEY = "doudi_advice"


@dataclass(frozen=True, slots=True)
class Source:
    """A citation as people read it: label, status on the day, address of its words, and the words if we hold them."""

    citation: str
    label: str
    norm: str
    path: str
    status: str
    quote: str


@dataclass(frozen=True, slots=True)
class Advice:
    """The loaded rules, questions and texts of this process."""

    rulebook: estimator.Rulebook
    bot: faq.Bot
    corpus: Corpus

    def estimate(self, facts: Mapping[str, Any], *, as_of: date) -> dict[str, Any]:
        """The estimate as contract JSON. Raises `estimator.FactError` for facts that cannot be read."""
        return estimator.estimate(facts, rulebook=self.rulebook, as_of=as_of)

    def page_estimate(self, facts: Mapping[str, Any], *, as_of: date) -> Mapping[str, Any]:
        """The same for one request, which may ask for it several times; not to be changed, nor kept any longer."""
        key = (json.dumps(facts, sort_keys=True), as_of)
        made: tuple[object, Mapping[str, Any]] | None = g.get("doudi_estimate")
        if made is None or made[0] != key:
            made = g.doudi_estimate = (key, self.estimate(facts, as_of=as_of))
        return made[1]

    def next_question(self, lines: Sequence[Mapping[str, Any]]) -> dict[str, Any] | None:
        """The estimator's choice among what the lines still leave open."""
        return next_question(self.rulebook, lines)

    def phone_script(self, facts: Mapping[str, Any], estimate: Mapping[str, Any]) -> tuple[str, ...]:
        """An estimate of these facts as an operator reads it out, line by line (in 简体)."""
        made = {"facts": facts, "estimate": estimate}
        return tuple(line for line in renderings.script(made, self.rulebook).splitlines()[1:] if line)

    def answer(
        self,
        question: str,
        *,
        region: str | None,
        as_of: date,
        lang: str,
        context: Mapping[str, Any] | None = None,
    ) -> dict[str, Any]:
        """The bot's answer as contract JSON; never raises for anything typed."""
        return self.bot.ask(question, region=region, as_of=as_of, lang=lang, context=context).to_json()

    def chosen(self, entry: str, *, region: str | None, as_of: date, lang: str) -> dict[str, Any] | None:
        """The curated answer behind a button; None where there is none of that id."""
        found = self.bot.answer_entry(entry, region=region, as_of=as_of, lang=lang)
        return found.to_json() if found else None

    def folded(self, question: str) -> str:
        """A question in the bot's own spelling, without what every question has: to tell which ask the same."""
        return fold(self.bot.normalise(question))

    def owners_like(self, question: str, most: int = 5) -> list[str]:
        """The entries and doors whose own questions are most like this one, best first."""
        asked, rarity = self.bot.normalise(question), self.bot.rarity
        best: dict[str, float] = {}
        for owner, text in self.bot.knowledge.asked():
            best[owner] = max(best.get(owner, 0.0), rarity.likeness(asked, self.bot.normalise(text)))
        return [owner for owner in sorted(best, key=lambda one: -best[one])[:most] if best[owner] > 0.1]

    def owner_title(self, owner: str) -> str:
        """What an entry or a door answers; the id itself where there is none any more."""
        found = self.bot.knowledge.owners.get(owner)
        return found.title if found else owner

    def owners(self) -> list[tuple[str, list[tuple[str, str]]]]:
        """(programme, [(id, title), …]) of every entry, then the doors: to choose from."""
        knowledge = self.bot.knowledge
        by_programme: dict[str, list[tuple[str, str]]] = {}
        for entry in knowledge.entries.values():
            name = (
                knowledge.programmes[entry.programme].name if entry.programme in knowledge.programmes else ""
            )
            by_programme.setdefault(name or entry.programme, []).append((entry.id, entry.title))
        return [*by_programme.items(), ("", [(door.id, door.title) for door in knowledge.doors.values()])]

    def suggestions(self) -> list[str]:
        """Questions that have a curated answer, to be offered while somebody types."""
        return [entry.title for entry in self.bot.knowledge.entries.values()]

    def is_distress(self, answer: Mapping[str, Any]) -> bool:
        """Whether a person must come before the answer."""
        guard = self.bot.knowledge.guards.get("distress")
        hotline = answer["hotline"]
        return guard is not None and hotline is not None and hotline["reason"] == guard.reason

    def bot_citations(self) -> Iterator[str]:
        """Every clause that a curated answer, door or guard cites."""
        knowledge = self.bot.knowledge
        for entry in knowledge.entries.values():
            for ruling in entry.layers.values():
                yield from (ref.clause for ref in ruling.clauses)
        for door in knowledge.doors.values():
            yield from (ref.clause for ref in door.clauses)
        for guard in knowledge.guards.values():
            yield from (ref.clause for ref in guard.clauses)

    def norms(self) -> Mapping[str, Norm]:
        """Every document of the register, by id."""
        return self.rulebook.norms.norms

    def standard_title(self, name: str) -> str:
        """What citizens call a local value."""
        known = self.rulebook.standards.names.get(name)
        return known.title if known else name

    def policy(self, norm: str) -> Policy | None:
        """The full text, for the documents whose text we hold."""
        return self.corpus.norms.get(norm)

    def clause(self, citation: str) -> Clause | None:
        return self.corpus.clause(citation) if citation in self.corpus else None

    def source(self, citation: str, *, day: date, quote: str = "", about: str = "") -> Source:
        """What to show for a citation; an unknown one is shown as it stands, unverified.

        The quote is the given one, else the sentence of the clause nearest to `about`, always verbatim.
        """
        norm_id, _, path = citation.partition("#")
        norm = self.norms().get(norm_id)
        clause = self.clause(citation)
        return Source(
            citation=citation,
            label=estimator.citation_label(citation),
            norm=norm_id,
            path=path,
            status=norm.status_word(day) if norm else "unverified",
            quote=quote or (nearest_sentence(clause.text, about) if clause else ""),
        )


@cache
def load() -> Advice:
    """Load everything, once a process; raises the packages' DataError when a table or text does not hold together."""
    return Advice(rulebook=estimator.default_rulebook(), bot=faq.load_bot(), corpus=default_corpus())


def current() -> Advice:
    """What this process loaded, with the variants that supervisors gave to its bot since."""
    loaded: Advice = current_app.extensions[KEY]
    bot = variants.bot()
    if bot is not loaded.bot:
        loaded = current_app.extensions[KEY] = replace(loaded, bot=bot)
    return loaded


@lru_cache(maxsize=4096)
def nearest_sentence(text: str, about: str) -> str:
    """The sentence of a clause that shares most pairs of characters with what it is cited for."""
    sentences = re.findall(r"[^。；]+[。；]?", text)
    wanted = {about[i : i + 2] for i in range(len(about) - 1)}
    if not wanted or len(sentences) < 2:
        return text
    nearest: str = max(sentences, key=lambda one: len({one[i : i + 2] for i in range(len(one) - 1)} & wanted))
    return nearest


def label(citation: str) -> str:
    """A citation in words: 社会救助法 第十八条."""
    return estimator.citation_label(citation)


def anchor(path: str) -> str:
    """The id of a clause on its reading page."""
    return "c-" + re.sub(r"[^0-9A-Za-z.]", "-", path)
