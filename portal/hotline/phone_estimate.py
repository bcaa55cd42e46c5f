"""What stands beside the form of a telephone estimate: outcomes, what to ask now and what it settles, what to read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask_babel import force_locale
from flask_babel import gettext as _

from portal.guidance import answering, questions, result, words
from portal.guidance.advice import Advice
from portal.guidance.estimates import Ahead
from portal.guidance.household import NOBODY, Asked, Household
from portal.guidance.result import Card, Result
from portal.guidance.wording import plain
from portal.hotline.phone_form import AGE, SHORT
from portal.i18n import SOURCE


@dataclass(frozen=True, slots=True)
class Next:
    """What to ask now: the sentence to read, its help, the fields it fills, and what it settles."""

    sentence: str
    help: str
    fields: tuple[str, ...]
    settles: tuple[str, ...]
    concerns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Outcome:
    """One programme on the sheet: what can be said of it, and the questions it waits for."""

    card: Card
    amount: str
    because: str
    waits_for: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Sheet:
    """Everything beside the form: outcomes, what to ask now, and what to read out."""

    next: Next | None
    outcomes: tuple[Outcome, ...]
    shown: Result
    script: tuple[str, ...]
    visible: tuple[str, ...]
    left: int


def sheet(household: Household, advice: Advice, ahead: Ahead, *, day: date, lang: str) -> Sheet:
    """What the facts amount to today, what to ask now and what to read out, in the language of the call.

    `ahead` is what the estimate of these facts leaves to ask, as it was found when they were saved.
    """
    estimate = advice.page_estimate(household.facts, as_of=day)
    specs = advice.rulebook.facts
    shown = result.shown(estimate, household, advice, day=day)
    upcoming = next_question(estimate, household, advice, ahead, day=day, lang=lang)
    return Sheet(
        next=upcoming,
        outcomes=tuple(_outcomes(shown, household, advice, day)),
        shown=shown,
        script=script(estimate, household, advice, shown, lang=lang),
        visible=tuple(asked.key for asked in ahead.open),
        left=questions.pages_left(ahead.open, specs),
    )


def next_question(
    estimate: Mapping[str, Any],
    household: Household,
    advice: Advice,
    ahead: Ahead,
    *,
    day: date,
    lang: str,
) -> Next | None:
    """The page the interview would ask now, as one sentence to read; None when nothing can change any more."""
    specs = advice.rulebook.facts
    page = questions.page(ahead.page, household, specs, ahead.open, day) if ahead.page else None
    if page is None:
        return None
    asks, still = set(page.asks), set(ahead.open)
    settles: dict[str, None] = {}
    concerns: dict[str, None] = {}
    for line in estimate["programmes"]:
        if line["outcome"] != "undetermined":
            continue
        left = still & {Asked(one["fact"], _person(one["subject"], household)) for one in line["open"]}
        if left and left <= asks:
            settles[line["id"]] = None
        elif left & asks:
            concerns[line["id"]] = None
    unasked = [asked for asked in page.asks if not household.is_settled(asked)] or list(page.asks)
    with force_locale(lang):
        sentence, help = _asked_in_words(page, unasked, household), answering.help_text(page)
    return Next(
        sentence=sentence,
        help=help,
        fields=tuple(asked.key for asked in unasked),
        settles=tuple(words.programme_name(one) for one in settles),
        concerns=tuple(words.programme_name(one) for one in concerns if one not in settles),
    )


def _person(subject: str, household: Household) -> str:
    return subject if household.member(subject) else NOBODY


def _asked_in_words(page: questions.Page, left: Sequence[Asked], household: Household) -> str:
    """The question as it is asked on the telephone; the ages are on the citizens' cards, so they have no page."""
    if page.id != AGE:
        return answering.title(page, household)
    people = [str(_("您")) if household.is_self(one.person) else household.label(one.person) for one in left]
    return str(_("%(who)s多大年纪？", who=str(_("、")).join(people)))


def _outcomes(shown: Result, household: Household, advice: Advice, day: date) -> Iterator[Outcome]:
    specs = advice.rulebook.facts
    for card in (*shown.likely, *shown.undetermined, *shown.unlikely):
        best = card.lines[0] if card.lines else None
        amount = words.amount_said(best.amount, best.unit) if best is not None and best.amount else ""
        truth = {"likely": "true", "undetermined": "unknown"}.get(card.outcome, "false")
        said = [reason.text for line in card.lines for reason in line.reasons if reason.truth == truth]
        waits = []
        for id in card.ask[:3]:
            page = questions.page(id, household, specs, (), day)
            waits.append(_waits_for(id, page, household))
        yield Outcome(card, amount, said[0] if said else "", tuple(filter(None, waits)))


def _waits_for(id: str, page: questions.Page | None, household: Household) -> str:
    name, _at, person = id.partition("@")
    who = household.label(person) if person else ""
    short = {
        "household.assets": _("积蓄"),
        "household.spending_monthly": _("必需的花费"),
        "member.income_monthly": _("收入"),
    }.get(name)
    if short is None:
        if name in SHORT:
            short = _(SHORT[name])
        elif page is not None:
            short = answering.title(page, household).rstrip("？?")
        else:
            return ""
    return f"{who} {short}".strip()


def script(
    estimate: Mapping[str, Any], household: Household, advice: Advice, shown: Result, *, lang: str
) -> tuple[str, ...]:
    """The estimate to read out: the operator's rendering, or in another language the same from the same reasons."""
    if lang == SOURCE:
        return advice.phone_script(household.facts, estimate)
    with force_locale(lang):
        lines = [result.headline(len(shown.likely), shown.undetermined) + str(_("。"))]
        for card in shown.likely:
            best = card.lines[0]
            amount = words.amount_said(best.amount, best.unit) if best.amount else ""
            lines.append(
                str(
                    _(
                        "按您说的情况，%(name)s很可能符合。%(amount)s",
                        name=words.programme_name(card.id),
                        amount=amount,
                    )
                )
            )
            lines += _grounds(estimate, card.id, "true")
        for card in shown.unlikely:
            if card.core:
                lines.append(
                    str(_("%(name)s，按您说的情况，可能不符合。", name=words.programme_name(card.id)))
                )
                lines += _grounds(estimate, card.id, "false")
        lines.append(str(_("这只是估算，不是决定。由民政部门审核确认。")))
    return tuple(lines)


def _grounds(estimate: Mapping[str, Any], programme: str, truth: str) -> list[str]:
    """The first two reasons of that kind, translated and filled in."""
    found = dict.fromkeys(
        plain(reason["text"])
        for line in estimate["programmes"]
        if line["id"] == programme
        for reason in line["reasons"]
        if reason["truth"] == truth
    )
    return list(found)[:2]
