"""What the bot hands back: an answer with its citations, slots and trace, and its JSON shape."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Kind(StrEnum):
    """The four outcomes of a question."""

    ANSWER = "answer"
    RULE_ONLY = "rule_only"
    CLARIFY = "clarify"
    REFUSAL = "refusal"


class Layer(StrEnum):
    """Whose rule an answer follows: the nation's, one of the three places', or a place's older edition."""

    NATIONAL = "national"
    JILIN = "jilin"
    JILIN_2017 = "jilin_2017"
    HUNAN = "hunan"
    YANGJIANG = "yangjiang"
    DRAFT = "draft"


@dataclass(frozen=True, slots=True)
class Citation:
    """One clause an answer rests on; `quote` is verbatim, and empty for the national layer."""

    norm: str
    clause: str
    quote: str
    status: str
    title: str
    document_number: str

    def to_json(self) -> dict[str, object]:
        return {
            "norm": self.norm,
            "clause": self.clause,
            "quote": self.quote,
            "status": self.status,
            "title": self.title,
            "document_number": self.document_number,
        }


@dataclass(frozen=True, slots=True)
class Choice:
    """A question offered back to the citizen."""

    label: str
    entry: str

    def to_json(self) -> dict[str, object]:
        return {"label": self.label, "entry": self.entry}


@dataclass(frozen=True, slots=True)
class Hotline:
    """A telephone number and why to ring it."""

    number: str
    reason: str

    def to_json(self) -> dict[str, object]:
        return {"number": self.number, "reason": self.reason}


@dataclass(frozen=True, slots=True)
class Slots:
    """What the question named: place, programme, group, aspect and edition year."""

    region: str | None = None
    region_name: str | None = None
    programme: str | None = None
    group: str | None = None
    aspect: str | None = None
    year: int | None = None

    def to_json(self) -> dict[str, object]:
        return {
            "region": self.region,
            "region_name": self.region_name,
            "programme": self.programme,
            "group": self.group,
            "aspect": self.aspect,
            "year": self.year,
        }


@dataclass(frozen=True, slots=True)
class Trace:
    """Why this answer: for staff and tests."""

    normalised: str
    slots: Slots
    entry: str | None
    why: str

    def to_json(self) -> dict[str, object]:
        return {
            "normalised": self.normalised,
            "slots": self.slots.to_json(),
            "entry": self.entry,
            "why": self.why,
        }


@dataclass(frozen=True, slots=True)
class Answer:
    """One outcome; `to_json` is the shape promised to outsiders."""

    kind: Kind
    text: str
    trace: Trace
    entry: str | None = None
    programme: str | None = None
    citations: tuple[Citation, ...] = ()
    lacks: str | None = None
    choices: tuple[Choice, ...] = ()
    also: tuple[Answer, ...] = ()
    nearest: tuple[str, ...] = ()
    confidence: float = 0.0
    follow_up: tuple[Choice, ...] = ()
    context: Mapping[str, object] = field(default_factory=dict)
    hotline: Hotline | None = None
    estimate: Mapping[str, str] | None = None
    you_ask: str = ""

    def to_json(self) -> dict[str, object]:
        """The answer as plain JSON values; `estimate` and `you_ask` extend the contract."""
        return {
            "kind": self.kind.value,
            "entry": self.entry,
            "programme": self.programme,
            "text": self.text,
            "citations": [citation.to_json() for citation in self.citations],
            "lacks": self.lacks,
            "choices": [choice.to_json() for choice in self.choices],
            "also": [other.to_json() for other in self.also],
            "nearest": list(self.nearest),
            "confidence": round(self.confidence, 3),
            "follow_up": [choice.to_json() for choice in self.follow_up],
            "context": dict(self.context),
            "hotline": self.hotline.to_json() if self.hotline else None,
            "estimate": dict(self.estimate) if self.estimate is not None else None,
            "you_ask": self.you_ask,
            "trace": self.trace.to_json(),
        }
