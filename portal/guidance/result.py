"""The result as people read it: programmes by outcome, each with amount, reasons, clauses and what to do next."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

from flask_babel import gettext as _

from portal.guidance import bring
from portal.guidance.advice import Advice, Source, current
from portal.guidance.household import Household
from portal.guidance.questions import NOTICE_BOARD, Open, page_id
from portal.guidance.wording import is_fixed, say
from portal.guidance.words import programme_name

# Local values people can check on a notice board; ratios and other offices' figures stay in the rule tables.
WORTH_SHOWING = frozenset(
    {
        "dibao_standard",
        "edge_line",
        "disposable_income_last_year",
        "tekun_basic_dispersed",
        "tekun_basic_institution",
    }
    | {"disability_living_allowance", "disability_care_allowance"}
)
# What citizens can hardly know and the authority checks without papers (Law art. 62).
CHECKED_BY_THE_AUTHORITY = frozenset(
    {"household.other_property_ok", "household.local_temp_aid_means_ok", "household.legal_aid_means_ok"}
)
# What people come for; help by category (medical, school, heating …) mostly follows from these.
CORE = frozenset(
    {"dibao", "dibao_danren", "dibao_jiantui", "dishouru", "zhichuxing", "tekun", "linshi"}
    | {"canji_shenghuo", "canji_huli", "ertong"}
)
_BEST_FIRST = ("likely", "undetermined", "unlikely", "no_rule")
_UNKNOWN_FIRST = {"unknown": 0, "false": 1, "true": 2}
_FALSE_FIRST = {"false": 0, "unknown": 1, "true": 2}
_TRUE_FIRST = {"true": 0, "unknown": 1, "false": 2}


class Cited(NamedTuple):
    """The clauses behind a condition, and the words of the tables that they are cited for."""

    citations: tuple[str, ...]
    about: str
    day: date

    def sources(self) -> list[Source]:
        """The clauses with how each stands on the day and the sentence nearest to what it is cited for."""
        return [current().source(one, day=self.day, about=self.about) for one in self.citations]


@dataclass(frozen=True, slots=True)
class Reason:
    """One condition: how it came out, in words with both numbers, and the clauses behind it.

    `said` is the estimate's own text.
    """

    truth: str
    said: str
    cited: Cited

    @property
    def text(self) -> str:
        return say(self.said)

    @property
    def fixed(self) -> bool:
        """Whether the words are those of the tables, with nothing of the household filled in."""
        return is_fixed(self.said)


@dataclass(frozen=True, slots=True)
class Step:
    """What comes on the way to a decision, in the estimate's own text, and the clauses behind it."""

    said: str
    citations: tuple[str, ...]

    @property
    def text(self) -> str:
        return say(self.said)


@dataclass(frozen=True, slots=True)
class Line:
    """One programme for one subject; `who` is empty for the household."""

    who: str
    outcome: str
    status: str
    amount: str
    unit: str
    amount_said: str
    reasons: tuple[Reason, ...]
    uplift: tuple[str, ...]
    to_change: str
    ask: tuple[str, ...]
    to_verify: bool
    needs_line: bool

    @property
    def amount_words(self) -> str:
        """How the amount comes about."""
        return say(self.amount_said)


@dataclass(frozen=True, slots=True)
class Card:
    """One programme: the lines that came out best, and the persons for whom it came out otherwise."""

    id: str
    name: str
    outcome: str
    lines: tuple[Line, ...]
    others: tuple[Line, ...]
    ask: tuple[str, ...]
    steps: tuple[Step, ...]
    note: str
    bring: bring.Bring

    @property
    def core(self) -> bool:
        """Whether it is shown in full at once; the rest is one tap away."""
        return self.id in CORE

    @property
    def conflict(self) -> bool:
        """Whether two documents decide it differently."""
        return any(line.status == "norms_conflict" for line in self.lines)

    @property
    def to_verify(self) -> bool:
        """Whether nothing told speaks against it and only what the authority checks anyway is open."""
        return self.outcome == "undetermined" and any(line.to_verify for line in self.lines)

    @property
    def needs_line(self) -> bool:
        """Whether it turns on the newest local line, which a notice board may show and we do not know."""
        return not self.ask and any(line.needs_line for line in self.lines)

    @property
    def steps_by(self) -> tuple[str, ...]:
        """The texts and clauses of the steps in a row: cards in which they are the same show the same steps."""
        return tuple(part for step in self.steps for part in (step.said, *step.citations))

    @property
    def steps_fixed(self) -> bool:
        """Whether the steps are those of the tables, with nothing of the household filled in."""
        return all(is_fixed(step.said) for step in self.steps)

    @property
    def badge(self) -> str:
        """What an undecided programme waits for, in a few words."""
        if self.conflict:
            return str(_("两份文件说法不同"))
        if self.to_verify:
            return str(_("可能符合，还要核对"))
        if self.needs_line:
            return str(_("要看当地最新标准"))
        return str(_("还差 %(n)d 个信息", n=len(self.ask)) if self.ask else _("信息不够"))


@dataclass(frozen=True, slots=True)
class LocalValue:
    """A local standard the result used."""

    name: str
    value: str
    unit: str
    since: str
    document: str
    level: str
    fresh: bool


@dataclass(frozen=True, slots=True)
class Result:
    """The whole result page."""

    likely: tuple[Card, ...]
    undetermined: tuple[Card, ...]
    unlikely: tuple[Card, ...]
    no_rule: tuple[Card, ...]
    standards: tuple[LocalValue, ...]
    headline: str
    left: int
    line_is_old: bool
    line_is_unknown: bool
    rulebook: Mapping[str, str]


def shown(estimate: Mapping[str, Any], household: Household, advice: Advice, *, day: date) -> Result:
    """The result page for an estimate of this household."""
    specs = advice.rulebook.facts
    still = Open(estimate, household, specs)
    pages = {asked: page_id(asked, specs) for asked in still.facts}
    by_programme: dict[str, list[tuple[Mapping[str, Any], tuple[str, ...]]]] = {}
    for line, waits in still.lines:
        ask = tuple(dict.fromkeys([pages[asked] for asked in waits]))
        by_programme.setdefault(line["id"], []).append((line, ask))
    cards = [_card(id, lines, household, advice, day) for id, lines in by_programme.items()]
    standards = tuple(
        _local_value(row, advice)
        for row in estimate["standards"]
        if row["level"] == "typed" or row["name"] in WORTH_SHOWING
    )
    lines = [row for row in estimate["standards"] if row["name"] == "dibao_standard"]
    grouped = {outcome: tuple(card for card in cards if card.outcome == outcome) for outcome in _BEST_FIRST}
    return Result(
        **grouped,
        headline=headline(len(grouped["likely"]), grouped["undetermined"]),
        left=len(set(pages.values())),
        standards=standards,
        line_is_old=any(row["level"] == "guidance" or not row["fresh"] for row in lines),
        line_is_unknown=not lines,
        rulebook=estimate["rulebook"],
    )


def headline(likely: int, open_cards: tuple[Card, ...]) -> str:
    """The result in one sentence."""
    verify = sum(1 for card in open_cards if card.to_verify)
    rest = len(open_cards) - verify
    parts = []
    if likely:
        parts.append(_("您家很可能符合 %(n)d 项", n=likely))
    if verify:
        words = (
            _("还有 %(n)d 项可能符合，要核对", n=verify)
            if parts
            else _("您家有 %(n)d 项可能符合，要核对", n=verify)
        )
        parts.append(words)
    if rest:
        parts.append(_("还有 %(n)d 项差信息", n=rest) if parts else _("您家有 %(n)d 项还差信息", n=rest))
    return str(_("，").join(parts) or _("还没有看到很可能符合的"))


def _card(
    id: str,
    lines: list[tuple[Mapping[str, Any], tuple[str, ...]]],
    household: Household,
    advice: Advice,
    day: date,
) -> Card:
    told = [(line, ask) for line, ask in lines if household.member(line["subject"])] or lines
    best = min((line["outcome"] for line, _ask in told), key=_BEST_FIRST.index)
    made = [_line(line, ask, household, advice, day) for line, ask in told]
    steps = next((line["steps"] for line, _ask in told if line.get("steps")), ())
    return Card(
        id=id,
        name=programme_name(id),
        outcome=best,
        lines=_merged([line for line in made if line.outcome == best]),
        others=_merged([line for line in made if line.outcome != best]),
        ask=tuple(dict.fromkeys(page for line in made if line.outcome == best for page in line.ask)),
        steps=tuple(Step(step["text"], tuple(step["citations"])) for step in steps),
        note=advice.rulebook.programmes[id].note,
        bring=bring.of(id),
    )


def _merged(lines: list[Line]) -> tuple[Line, ...]:
    """Persons for whom the same is to be said, said once."""
    if len(lines) < 2:
        return tuple(lines)
    together: dict[Line, list[str]] = {}
    for line in lines:
        together.setdefault(replace(line, who=""), []).append(line.who)
    return tuple(
        replace(line, who=str(_("、")).join(filter(None, people))) for line, people in together.items()
    )


def _line(
    line: Mapping[str, Any], ask: tuple[str, ...], household: Household, advice: Advice, day: date
) -> Line:
    order = {"likely": _TRUE_FIRST, "undetermined": _UNKNOWN_FIRST}.get(line["outcome"], _FALSE_FIRST)
    reasons = [
        _reason(reason, advice, day)
        for reason in sorted(line["reasons"], key=lambda reason: order[reason["truth"]])
    ]
    paid = line["amount"] or line.get("amount_if_likely")
    return Line(
        who=household.label(line["subject"]) if household.member(line["subject"]) else "",
        outcome=line["outcome"],
        status=line["status"],
        amount=amount_words(paid) if paid and _worth_saying(paid, line["outcome"]) else "",
        unit=paid["unit"] if paid else "",
        amount_said=paid["text"] if paid else "",
        reasons=tuple(reasons),
        uplift=_uplifted(line["details"].get("uplift"), household),
        to_change=say((line["to_change"] or {}).get("text", "")),
        ask=ask,
        to_verify=not ask
        and CHECKED_BY_THE_AUTHORITY.issuperset(line["missing"])
        and all(reason.truth != "false" for reason in reasons)
        and line["status"] != "norms_conflict",
        needs_line=NOTICE_BOARD in line["missing"],
    )


def _reason(reason: Mapping[str, Any], advice: Advice, day: date) -> Reason:
    rule = advice.rulebook.rules.get(reason["rule"])
    text = reason["text"]
    cited = Cited(tuple(reason["citations"]), rule.text if rule else text, day)
    return Reason(reason["truth"], text, cited)


def _uplifted(uplift: Mapping[str, Any] | None, household: Household) -> tuple[str, ...]:
    """The persons in a group for whom the place pays more, by what they are called."""
    return tuple(
        household.label(person)
        for person, groups in (uplift or {}).items()
        if household.member(person) and (any(groups) if isinstance(groups, list) else groups)
    )


def _worth_saying(paid: Mapping[str, Any], outcome: str) -> bool:
    """“0 yuan or more” says nothing, and what is unlikely is not priced."""
    return outcome == "likely" or (outcome == "undetermined" and Decimal(paid["low"]) > 0)


def amount_words(amount: Mapping[str, Any]) -> str:
    """`1,110`, `1,110–1,300`, or `1,110+` where only a floor is known; yuan without dead zeros."""
    low = yuan(amount["low"])
    if amount["high"] is None or amount["at_least"]:
        return f"{low}+"
    high = yuan(amount["high"])
    return low if low == high else f"{low}–{high}"


def yuan(text: str) -> str:
    """1,110 or 1,110.50: money as people write it."""
    number = Decimal(text)
    return f"{number:,.0f}" if number == number.to_integral_value() else f"{number:,.2f}"


def _local_value(row: Mapping[str, Any], advice: Advice) -> LocalValue:
    return LocalValue(
        name=advice.standard_title(row["name"]),
        value=yuan(str(row["value"])) if _is_number(row["value"]) else str(row["value"]),
        unit=str(row["unit"]),
        since=str(row["effective_from"] or ""),
        document=str(row["document"] or ""),
        level=row["level"],
        fresh=bool(row["fresh"]),
    )


def _is_number(value: object) -> bool:
    return str(value).replace(".", "", 1).lstrip("-").isdigit()
