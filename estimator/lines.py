"""One line of an estimate: a programme's outcome for one subject with reasons, amount, figures and steps."""

from __future__ import annotations

from typing import Any

from estimator.change import smallest_change
from estimator.evaluate import HOUSEHOLD
from estimator.feel import Value, hull
from estimator.figures import amount_json, amount_value, details_of, is_said
from estimator.model import Programme, Rulebook
from estimator.outcomes import CaseOutcome, Drawn
from estimator.reasons import conflict_reason, no_rule_reason, reasons_of, steps_of

MOST_REASONS = 60
_ORDER = ("likely", "undetermined", "unlikely", "no_rule")


def line_of(book: Rulebook, programme: Programme, subject: str, drawn: Drawn) -> dict[str, Any]:
    """The line in the shape of the contract, with `open` (fact and subject) and `steps` besides."""
    lead = drawn.lead
    reasons = _reasons(book, lead, subject)
    amount, details = _figures(drawn)
    may_be_paid = drawn.outcome in ("likely", "undetermined")
    paid = amount_json(lead.verdict, amount) if may_be_paid else None
    return {
        "id": programme.id,
        "subject": subject,
        "outcome": drawn.outcome,
        "amount": paid if drawn.outcome == "likely" else None,
        "amount_if_likely": paid if drawn.outcome == "undetermined" else None,
        "details": details,
        "reasons": reasons[:MOST_REASONS],
        "missing": list(dict.fromkeys([fact for fact, _ in drawn.opened])),
        "open": [{"fact": fact, "subject": of} for fact, of in drawn.opened],
        "to_change": smallest_change(book, lead, subject) if drawn.outcome == "unlikely" else None,
        "citations": _citations(lead, reasons, details, is_said(lead.verdict, amount)),
        "status": drawn.status,
        "steps": steps_of(lead.case.plan, programme, lead.verdict.scope),
    }


def _reasons(book: Rulebook, lead: CaseOutcome, subject: str) -> list[dict[str, Any]]:
    if lead.verdict.planned is None:
        return [no_rule_reason()]
    reasons = reasons_of(book, lead.stage, lead.verdict, subject)
    if lead.rival is None or lead.status != "norms_conflict":
        return reasons
    other, stage = lead.rival
    seen = {reason["rule"] for reason in reasons}
    more = [one for one in reasons_of(book, stage, other, subject) if one["rule"] not in seen]
    return [conflict_reason(book, (lead.verdict, lead.stage), (other, stage), subject), *reasons, *more]


def _citations(
    lead: CaseOutcome, reasons: list[dict[str, Any]], details: dict[str, Any], paid: bool
) -> list[str]:
    """The governing clause first, then those of the reasons, then those of the figures that are said."""
    planned = lead.verdict.planned
    if planned is None:
        return []
    cited = list(planned.cited[planned.decision.id])
    for reason in reasons:
        cited += reason["citations"]
    for row in planned.details:
        if row.key in details:
            cited += planned.cited[row.id]
    if paid:
        cited += planned.cited[planned.amounts[0].id]
    return list(dict.fromkeys(cited))


def _figures(drawn: Drawn) -> tuple[Value, dict[str, Any]]:
    """The amount that holds in every case, and the figures on which the cases agree."""
    lead = drawn.lead
    amount = amount_value(lead.verdict)
    details = details_of(lead.verdict, lead.stage)
    for one in drawn.found:
        if one is not lead and one.verdict.planned is not None:
            amount = hull(amount, amount_value(one.verdict))
            others = details_of(one.verdict, one.stage)
            details = {key: value for key, value in details.items() if others.get(key) == value}
    return amount, details


def summary(programme: Programme, lines: list[dict[str, Any]]) -> dict[str, Any]:
    """One line for the household over its members' lines: likely where somebody's is."""
    if not lines:
        opened = [{"fact": "members", "subject": HOUSEHOLD}]
        lists: dict[str, list[Any]] = {key: [] for key in ("reasons", "citations", "steps", "members")}
        nothing = dict.fromkeys(("amount", "amount_if_likely", "to_change"))
        return {
            "id": programme.id,
            "subject": HOUSEHOLD,
            "outcome": "undetermined",
            "status": "firm",
            "details": {},
            "missing": ["members"],
            "open": opened,
            **nothing,
            **lists,
        }
    best = min(lines, key=lambda line: _ORDER.index(line["outcome"]))
    opened = [one for line in lines for one in line["open"]] if best["outcome"] == "undetermined" else []
    return {
        **best,
        "subject": HOUSEHOLD,
        "members": [line["subject"] for line in lines if line["outcome"] == best["outcome"]],
        "missing": list(dict.fromkeys(one["fact"] for one in opened)),
        "open": opened,
    }
