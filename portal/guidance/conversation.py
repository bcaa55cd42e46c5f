"""A talk with the question bot that lives in the page: signed, in a hidden field, never in cookie or address."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from itsdangerous import BadData, URLSafeSerializer

from portal.guidance.advice import Advice

MOST_TURNS = 5
LONGEST = 500
_SALT = "guidance.ask"


@dataclass(frozen=True, slots=True)
class Said:
    """One question; `entry` where a button was pressed that stands for a curated answer."""

    question: str
    entry: str = ""


@dataclass(frozen=True, slots=True)
class Conversation:
    """What was said, newest last; `start` is the bot's context before the first kept turn."""

    region: str | None = None
    start: Mapping[str, Any] | None = None
    said: tuple[Said, ...] = ()

    def asking(self, question: str, entry: str = "") -> Conversation:
        return replace(self, said=(*self.said, Said(question.strip()[:LONGEST], entry)))


@dataclass(frozen=True, slots=True)
class Turn:
    """A question and its answer as contract JSON."""

    question: str
    answer: Mapping[str, Any]


def turns(talk: Conversation, advice: Advice, *, as_of: date, lang: str) -> tuple[Turn, ...]:
    """The whole talk with its answers. The bot is a pure function, so nothing but the questions is kept."""
    context, region = talk.start, talk.region
    told = []
    for said in talk.said:
        answer = advice.chosen(said.entry, region=region, as_of=as_of, lang=lang) if said.entry else None
        if answer is None:
            answer = advice.answer(said.question, region=talk.region, as_of=as_of, lang=lang, context=context)
        context, region = answer["context"], talk.region or answer["trace"]["slots"]["region"]
        told.append(Turn(said.question, answer))
    return tuple(told)


def shortened(talk: Conversation, told: tuple[Turn, ...]) -> Conversation:
    """The talk with only its newest turns, so that the page stays small."""
    extra = len(talk.said) - MOST_TURNS
    if extra <= 0:
        return talk
    return replace(talk, start=told[extra - 1].answer["context"], said=talk.said[extra:])


def seal(talk: Conversation, *, key: str) -> str:
    """The talk as a signed field value."""
    value = {
        "region": talk.region,
        "start": talk.start,
        "said": [[said.question, said.entry] for said in talk.said],
    }
    return str(_serializer(key).dumps(value))


def unseal(token: str, *, key: str) -> Conversation:
    """The talk in a field; anything forged, damaged or missing is a new talk."""
    try:
        value = _serializer(key).loads(token)
        said = tuple(Said(str(question), str(entry)) for question, entry in value["said"])[-MOST_TURNS - 1 :]
        return Conversation(value["region"], value["start"], said)
    except (BadData, KeyError, TypeError, ValueError):
        return Conversation()


def _serializer(key: str) -> URLSafeSerializer:
    return URLSafeSerializer(key, salt=_SALT)
