"""The shipped bot, loaded once a run, and a short way to ask it on a fixed day."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from functools import cache

from faq.bot import Bot, load_bot
from faq.model import Answer

TODAY = date(2026, 11, 22)
ANSWERED = ("answer", "rule_only")


@cache
def bot() -> Bot:
    """The bot as it ships."""
    return load_bot()


def ask(
    text: str,
    region: str | None = None,
    *,
    as_of: date = TODAY,
    lang: str = "",
    context: Mapping[str, object] | str | None = None,
) -> Answer:
    """One answer of the shipped bot."""
    return bot().ask(text, region=region, as_of=as_of, lang=lang, context=context)


def clauses(answer: Answer) -> list[str]:
    """The clause ids an answer cites, in order."""
    return [citation.clause for citation in answer.citations]
