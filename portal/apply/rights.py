"""What people may ask for about their own data: a copy of it, and its end where nothing forbids (PIPL art. 45, 47)."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal import attachments, clock, consent, handoff
from portal.apply.household import APPLICANT
from portal.handoff import Submission, retention


class NotPossible(Exception):
    """The request cannot be met; the text says why."""


def export(session: Session, number: str, member_id: str, *, now: datetime) -> dict[str, Any]:
    """Everything kept about one person of an application; of the others only who they are to him. Raises NotPossible.

    The applicant's copy holds what he told about the household; anybody else's holds his own entry.
    """
    versions = session.scalars(
        select(Submission).where(Submission.number == number).order_by(Submission.version)
    ).all()
    if not versions:
        raise NotPossible(f"There is no application {number}.")
    told = [
        {"version": version.version, "sentAt": _iso(version.submitted_at), "data": data}
        for version in versions
        if (data := _own(version.document, member_id)) is not None
    ]
    if not told:
        raise NotPossible(f"Application {number} has nobody called {member_id}.")
    draft_id = str(versions[0].draft_id)
    delivery = handoff.delivery(session, number)
    files = [
        one
        for one in attachments.of_number(session, number)
        if one.member_id == member_id or (one.member_id is None and member_id == APPLICANT)
    ]
    return {
        "applicationNumber": number,
        "memberId": member_id,
        "exportedAt": _iso(now),
        "versions": told,
        "keptBack": consent.withheld(session, draft_id).get(member_id),
        "consents": consent.of_person(session, draft_id, member_id),
        "case": [
            {"state": step.state, "at": _iso(step.at)} for step in (delivery.timeline if delivery else ())
        ],
        "files": [
            {"kind": one.kind, "mediaType": one.media_type, "bytes": one.size, "sha256": one.sha256}
            for one in files
        ],
    }


def erase(session: Session, number: str, *, now: datetime) -> None:
    """Delete an application here that the case system holds, agreed on and has closed. Raises NotPossible.

    The consent ledger stays: it names nobody in clear and proves what was allowed (PIPL art. 69).
    """
    first = session.get(Submission, (number, 1), with_for_update=True)
    if first is None:
        raise NotPossible(f"There is no application {number}.")
    if number not in retention.due(session, now=now, term=timedelta(0)).deletable:
        raise NotPossible(
            f"Application {number} is not settled: it goes once the case system has it, both lists agree "
            "and the case is closed."
        )
    consent.forget_requests(session, str(first.draft_id))
    retention.remove(session, number)


def _own(document: dict[str, Any], member_id: str) -> dict[str, Any] | None:
    """One person's part of a version; None where he is not in it."""
    people = [*document.get("members", ()), *document.get("supporters", ())]
    if "members" not in document:  # an event about consents or files alone
        consents = [c for c in document.get("consents", ()) if c["memberId"] == member_id]
        return {"consents": consents} if consents else None
    if member_id == APPLICANT:
        kept = {key: value for key, value in document.items() if key not in ("members", "supporters")}
        own = [p for p in people if p["memberId"] == member_id]
        others = [
            {"memberId": p["memberId"], "relation": p.get("relation")}
            for p in people
            if p["memberId"] != member_id
        ]
        consents = [c for c in document["consents"] if c["memberId"] == member_id]
        return {**kept, "consents": consents, "member": own[0] if own else None, "others": others}
    entry = next((p for p in people if p["memberId"] == member_id), None)
    if entry is None:
        return None
    return {"programmes": document["programmes"], "region": document["region"], "member": entry}


def _iso(moment: datetime) -> str:
    return clock.local(moment).isoformat(timespec="seconds")
