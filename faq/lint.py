"""What an entry must satisfy before it may answer; a defect names file and key and stops the start."""

from __future__ import annotations

import tomllib
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from itertools import chain
from pathlib import Path

from estimator.norms import NormRegistry
from faq.corpus import Corpus
from faq.editions import DRAFT
from faq.entries import ClauseRef, Door, Entry, Guard, Knowledge
from faq.errors import Defect
from faq.lexicon import Lexicon
from faq.matching import build_matcher, gate_open
from faq.model import Layer
from faq.variants import LONGEST, SHORTEST, Objection, Rarity, refusals

ARTICLES = Path(__file__).with_name("articles.toml")
LONGEST_TEXT = 120
LONGEST_TRANSLATION = 420
FEWEST_PATTERNS = 5
MOST_PATTERNS = 15
FEWEST_EXAMPLES = 3
# The layer whose jurisdiction a document has: another layer citing it would lend a neighbour's rule.
_HOME_OF_NORM = {
    "jl-2020-46": (Layer.JILIN,),
    "jl-2017-76": (Layer.JILIN, Layer.JILIN_2017),
    "hn-2017-33": (Layer.HUNAN,),
    "yj-2017-8": (Layer.YANGJIANG,),
    DRAFT: (Layer.DRAFT,),
}


def lint(
    knowledge: Knowledge,
    lexicon: Lexicon,
    corpus: Corpus,
    norms: NormRegistry,
    normalise: Callable[[str], str],
) -> list[Defect]:
    """Every defect of the curated data; empty where all is well."""
    articles: Mapping[str, int] = tomllib.loads(ARTICLES.read_text(encoding="utf-8"))
    defects: list[Defect] = []
    for entry in knowledge.entries.values():
        defects += _entry(entry, knowledge, corpus, norms, articles)
    for door in knowledge.doors.values():
        key = door.id
        defects += _length(door.file, key, door.text, door.translations)
        defects += _examples(door.file, key, door.examples)
        defects += chain.from_iterable(
            _clause(door.file, key, ref, corpus, norms, articles, None) for ref in door.clauses
        )
    for guard in knowledge.guards.values():
        defects += _guard(guard, corpus, norms, articles)
    for programme in knowledge.programmes.values():
        file = f"{programme.id}.toml"
        defects += [
            Defect(file, "programme.choices", f"unknown entry {one!r}", "the id of an entry")
            for one in (*programme.choices, *filter(None, [programme.default]))
            if one not in knowledge.entries
        ]
        defects += [
            Defect(file, "programme.concepts", f"unknown concept {one!r}", "a name of the lexicon")
            for one in programme.concepts
            if one not in lexicon.concepts
        ]
    defects += _variants(knowledge, normalise)
    defects += _patterns([*knowledge.entries.values(), *knowledge.doors.values()], lexicon, normalise)
    return defects


def _entry(
    entry: Entry, knowledge: Knowledge, corpus: Corpus, norms: NormRegistry, articles: Mapping[str, int]
) -> Iterable[Defect]:
    key = entry.id
    yield from _examples(entry.file, key, entry.examples)
    if not FEWEST_PATTERNS <= len(entry.patterns) <= MOST_PATTERNS:
        yield Defect(
            entry.file,
            f"{key}.patterns",
            f"has {len(entry.patterns)}",
            f"{FEWEST_PATTERNS} to {MOST_PATTERNS}",
        )
    for other in entry.follow_ups:
        if other not in knowledge.entries:
            yield Defect(entry.file, f"{key}.follow_ups", f"unknown entry {other!r}", "the id of an entry")
    for layer, ruling in entry.layers.items():
        where = f"{key}.{layer.value}"
        yield from _length(entry.file, where, ruling.text, ruling.translations)
        if not ruling.clauses:
            yield Defect(entry.file, where, "cites nothing", "the governing clause first")
        for ref in ruling.clauses:
            yield from _clause(entry.file, where, ref, corpus, norms, articles, layer)


def _guard(
    guard: Guard, corpus: Corpus, norms: NormRegistry, articles: Mapping[str, int]
) -> Iterable[Defect]:
    if not guard.terms:
        yield Defect(guard.file, f"{guard.id}.terms", "is empty", "the words that call for it")
    yield from _length(guard.file, guard.id, guard.text, guard.translations)
    yield from _examples(guard.file, guard.id, guard.examples)
    for ref in guard.clauses:
        yield from _clause(guard.file, guard.id, ref, corpus, norms, articles, None)


def _length(file: str, key: str, text: str, translations: Mapping[str, str]) -> Iterable[Defect]:
    if len(text) > LONGEST_TEXT:
        yield Defect(file, f"{key}.text", f"is {len(text)} characters long", f"at most {LONGEST_TEXT}")
    for language, words in translations.items():
        if len(words) > LONGEST_TRANSLATION:
            yield Defect(file, f"{key}.{language}", f"is {len(words)} long", f"at most {LONGEST_TRANSLATION}")


def _examples(file: str, key: str, examples: tuple[str, ...]) -> Iterable[Defect]:
    if len(examples) < FEWEST_EXAMPLES:
        yield Defect(file, f"{key}.examples", f"has {len(examples)}", f"at least {FEWEST_EXAMPLES} questions")


def _clause(
    file: str,
    key: str,
    ref: ClauseRef,
    corpus: Corpus,
    norms: NormRegistry,
    articles: Mapping[str, int],
    layer: Layer | None,
) -> Iterable[Defect]:
    path = ref.clause.partition("#")[2]
    if norms.get(ref.norm) is None:
        yield Defect(file, key, f"cites the unknown norm {ref.norm!r}", "an id of the registry of norms")
        return
    if ref.norm == DRAFT and layer is not Layer.DRAFT:
        yield Defect(
            file, key, f"cites the draft {ref.clause} as law", "a norm in force; a draft is never law"
        )
    homes = _HOME_OF_NORM.get(ref.norm, (Layer.NATIONAL,))
    if layer is not None and layer not in homes and ref.norm != DRAFT:
        yield Defect(
            file,
            key,
            f"lends {ref.clause} to the layer {layer.value}",
            f"only {', '.join(homes)} may cite it",
        )
    if ref.norm in corpus.norms:
        if ref.clause not in corpus:
            yield Defect(file, key, f"cites the unknown clause {ref.clause}", "an id of faq/policies")
        elif ref.quote and not corpus.quote_is_verbatim(ref.clause, ref.quote):
            yield Defect(
                file, key, f"quote {ref.quote!r} does not stand in {ref.clause}", "words of the clause"
            )
    elif ref.quote:
        yield Defect(file, key, f"quotes {ref.clause}", "no quote: the national layer is in our own words")
    elif not path.split(".")[0].isdigit() or not 1 <= int(path.split(".")[0]) <= articles.get(ref.norm, 0):
        yield Defect(file, key, f"cites {ref.clause}", "an article the norm has")


# What is said of each objection to a variant: the problem, and the cure.
OBJECTIONS: Mapping[Objection, tuple[str, str]] = {
    Objection.UNKNOWN_OWNER: ("belongs to nobody", "the id of an entry or a door"),
    Objection.TOO_SHORT: ("is too short to be told from others", f"at least {SHORTEST} telling signs"),
    Objection.TOO_LONG: ("is too long to stand for other questions", f"at most {LONGEST} signs"),
    Objection.PERSONAL: ("may point to a person", "the question without name, number and address"),
    Objection.GUARDED: ("holds words that a guard answers first", "other words, or the guard's own text"),
    Objection.DUPLICATE: ("stands there already", "keep it once"),
    Objection.STEALS: ("is a question of another entry", "the entry that has it, or other words"),
}


def _variants(knowledge: Knowledge, normalise: Callable[[str], str]) -> Iterable[Defect]:
    wanted = knowledge.variants()
    if not wanted:
        return
    rarity = Rarity(normalise(question) for _, question in knowledge.asked())
    for refusal in refusals(wanted, knowledge.asked(), knowledge.guard_terms(), rarity, normalise):
        problem, cure = OBJECTIONS[refusal.why]
        owner = refusal.variant.owner
        whose = f" ({refusal.other})" if refusal.other else ""
        file = knowledge.owners[owner].file
        yield Defect(file, f"{owner}.variants", f"{refusal.variant.text!r} {problem}{whose}", cure)


def _patterns(
    owners: list[Entry | Door], lexicon: Lexicon, normalise: Callable[[str], str]
) -> Iterable[Defect]:
    """Colliding, gateless and dead patterns."""
    matcher = build_matcher(lexicon, [(owner.id, owner.patterns, owner.lift) for owner in owners])
    seen: dict[frozenset[str], list[tuple[str, str]]] = defaultdict(list)
    for owner in owners:
        if not owner.patterns:
            yield Defect(owner.file, f"{owner.id}.patterns", "is empty", "the ways people ask this")
        for pattern in owner.patterns:
            parts = pattern.split()
            seen[frozenset(parts)].append((owner.file, owner.id))
            key = f"{owner.id}.patterns"
            if isinstance(owner, Entry) and not gate_open(parts, matcher):
                yield Defect(
                    owner.file, key, f"{pattern!r} names no programme", "an anchor, or two hardships"
                )
            # A pattern is dead if not even its own words, side by side, would be read as it.
            words = "，".join(_sample(part, lexicon) for part in parts)
            if not set(parts) <= set(matcher.read(normalise(words)).concepts):
                yield Defect(owner.file, key, f"{pattern!r} can never match", "words as the bot reads them")
    for parts_set, places in seen.items():
        if len(places) > 1:
            text = " ".join(sorted(parts_set))
            for file, owner_id in places:
                others = sorted({other for _, other in places if other != owner_id}) or [owner_id]
                yield Defect(
                    file,
                    f"{owner_id}.patterns",
                    f"{text!r} collides with {', '.join(others)}",
                    "keep it once",
                )


def _sample(part: str, lexicon: Lexicon) -> str:
    concept = lexicon.concepts.get(part)
    return concept.terms[0] if concept is not None else part
