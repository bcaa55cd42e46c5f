"""Whatever a family does in whatever order: nothing goes without every adult, nobody answers for another."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from typing import Any

from flask import Flask
from hypothesis import HealthCheck, event, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, initialize, rule
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal import consent, db, drafts
from portal.apply import household, service
from portal.config import Settings
from portal.consent import Signer, State, acting, ledger
from portal.consent.acting import Entry
from portal.consent.ledger import Event
from portal.consent.models import ConsentEvent, ConsentRecord, SigningRequest
from portal.drafts import Draft
from portal.handoff import Submission
from tests.support.applying import FAMILY, id_number
from tests.support.tables import DATA_KEY, fresh_engine

KEY = "a key for tests"
EXAMPLES = int(os.environ.get("DOUDI_SOAK_EXAMPLES", "0"))
BORN = {"adult": "19800101", "old": "19400101", "child": "20150101"}


class Applying(RuleBasedStateMachine):
    """Two browsers' worth of actions on one application, against what must never happen."""

    members = Bundle("members")

    def __init__(self) -> None:
        super().__init__()
        self.engine = fresh_engine()
        self.now = datetime(2026, 11, 22, 2, 0, tzinfo=UTC)
        self.app = Flask("states")
        self.app.extensions["doudi_settings"] = Settings(
            KEY, (DATA_KEY,), "", "http://127.0.0.1", "http://127.0.0.1:9", "t"
        )
        self.signed_by: dict[str, set[str]] = {}  # subject → who acted for him through his own entry
        self.receipts: set[str] = set()
        self.numbers = 0

    def teardown(self) -> None:
        """At the end of every story, everything that must hold is looked at once."""
        self.the_ledger_is_whole()
        self.nobodys_consent_was_given_by_another()
        self.one_draft_makes_at_most_one_application_with_every_adults_record()
        self.engine.dispose()

    # what people do

    @initialize(assisted=st.booleans())
    def begin(self, assisted: bool) -> None:
        self.assisted = assisted
        answers = {key: value for key, value in FAMILY.items() if not key.endswith(":m2")}
        if assisted:
            answers["proxy"] = {"name": "赵主任", "kind": "committee", "phone": "043188880000"}
        with db.writing(self.engine) as session:
            draft, _code = drafts.start(session, "application", answers, now=self.now, days=30, key=KEY)
            self.draft_id = draft.id

    @rule(
        target=members,
        kind=st.sampled_from(sorted(BORN)),
        ill=st.booleans(),
        decides=st.sampled_from(["yes", "no"]),
    )
    def add_member(self, kind: str, ill: bool, decides: str) -> str:
        self.numbers += 1
        with db.writing(self.engine) as session:
            draft = self.draft(session)
            member = household.next_member_id(draft.answers)
            relation = "child" if kind == "child" else "mother" if kind == "old" else "sibling"
            told: dict[str, Any] = {
                f"member:{member}": {
                    "name": f"成员{member}", "relation": relation, "living": "together",
                    "id_number": id_number(BORN[kind], f"{self.numbers:03}"),
                },
                "members_added": int(member[1:]),
                f"situation:{member}": {"health": "severe" if ill else "healthy", "decides": decides},
                f"guardian:{member}": {"guardian": "m1"},
                f"income:{member}": {"has": "no"},
            }  # fmt: skip
            self.save(session, draft, told)
        return member

    @rule(member=consumes(members))
    def remove_member(self, member: str) -> None:
        with db.writing(self.engine) as session:
            parts = ("member", "situation", "guardian", "income")
            self.save(session, self.draft(session), {f"{part}:{member}": None for part in parts})

    @rule(member=members, name=st.sampled_from(["甲", "乙"]))
    def rename(self, member: str, name: str) -> None:
        with db.writing(self.engine) as session:
            draft = self.draft(session)
            told = draft.answers.get(f"member:{member}")
            if told:
                self.save(session, draft, {f"member:{member}": {**told, "name": name}})

    @rule(programmes=st.lists(st.sampled_from(["dibao", "linshi", "dishouru"]), min_size=1, unique=True))
    def choose_programmes(self, programmes: list[str]) -> None:
        with db.writing(self.engine) as session:
            told = {"programmes": programmes, "event": {"event": "illness"}, "spending": {"medical": "1.00"}}
            self.save(session, self.draft(session), told)

    @rule()
    def applicant_signs(self) -> None:
        with db.writing(self.engine) as session:
            signer = self.signer(session, "m1")
            self.sign(session, self.open(session, signer), signer.name)

    @rule(member=members, health=st.booleans())
    def member_signs(self, member: str, health: bool) -> None:
        with db.writing(self.engine) as session:
            signer = self.signer(session, member)
            if signer is not None and signer.role == "member":
                request = self.open(session, signer)
                self.sign(session, request, signer.name, health=health)

    @rule()
    def all_who_can_sign(self) -> None:
        with db.writing(self.engine) as session:
            for signer in service.signers(self.draft(session).answers, self.now.date()):
                if signer.role in ("member", "applicant", "represented"):
                    self.sign(session, self.open(session, signer), signer.name)
            self.save(session, self.draft(session), {"family_complete": "yes"})

    @rule(member=members)
    def member_refuses(self, member: str) -> None:
        with db.writing(self.engine) as session:
            signer = self.signer(session, member)
            if signer is not None and signer.role == "member":
                acting.refuse(session, self.open(session, signer), now=self.now)

    @rule(member=members)
    def member_withdraws(self, member: str) -> None:
        with db.writing(self.engine) as session:
            signer = self.signer(session, member)
            if signer is not None and signer.role == "member":
                acting.withdraw(session, self.open(session, signer), now=self.now)

    @rule(member=st.one_of(members, st.just("m1")))
    def paper(self, member: str) -> None:
        with db.writing(self.engine) as session:
            signer = self.signer(session, member)
            if signer is not None and signer.role in ("member", "represented", "ward"):
                consent.choose_paper(session, self.ask(session, signer), actor_member_id="m1", now=self.now)

    @rule(member=st.one_of(members, st.just("m1")))
    def applicant_tries_to_sign_for_another(self, member: str) -> None:
        with db.writing(self.engine) as session:
            signer = self.signer(session, member)
            if signer is None or signer.role == "applicant":
                return
            request = self.ask(session, signer)
            before = request.entry
            try:
                consent.open_own(session, request, now=self.now)
            except PermissionError:
                assert request.entry == before
            else:
                raise AssertionError("the applicant opened another adult's request")

    @rule(accepted=st.booleans())
    def send(self, accepted: bool) -> None:
        with self.app.app_context(), db.writing(self.engine) as session:
            draft = self.draft(session)
            already = draft.closed_at is not None
            found = service.standings(session, draft, self.now.date())
            try:
                sent = service.send(session, draft, accepted=accepted, locale="zh_Hans", now=self.now)
            except service.NotReady:
                return
            event("sent again" if already else "sent")
            self.receipts.add(sent.number)
            if not already:
                assert accepted
                for standing in found:
                    if standing.signer.role != "supporter":
                        assert standing.state in (State.GIVEN, State.PAPER)

    @rule(hours=st.integers(1, 12))
    def time_passes(self, hours: int) -> None:
        self.now += timedelta(hours=hours)

    # what must hold

    def the_ledger_is_whole(self) -> None:
        with Session(bind=self.engine) as session:
            assert consent.verify(session) == []

    def nobodys_consent_was_given_by_another(self) -> None:
        with Session(bind=self.engine) as session:
            for one in session.scalars(select(ConsentEvent).where(ConsentEvent.type == Event.GIVEN.value)):
                if session.get_one(ConsentRecord, one.record_id).purpose != "truth_declaration":
                    assert one.actor_subject_id in self.signed_by.get(one.subject_id, set())

    def one_draft_makes_at_most_one_application_with_every_adults_record(self) -> None:
        with Session(bind=self.engine) as session:
            firsts = session.scalars(select(Submission).where(Submission.version == 1)).all()
            assert len(firsts) <= 1
            assert {sent.number for sent in firsts} == self.receipts
            for sent in firsts:
                states = {
                    c["memberId"]: c["state"]
                    for c in sent.document["consents"]
                    if c["purpose"] == "finance_check"
                }
                for member in sent.document["members"]:
                    assert states.get(member["memberId"]) in ("given", "requested")
                assert states["m1"] == "given" or self.assisted
                assert bool(sent.document["declarations"]) or states["m1"] == "requested"

    # shorthands

    def draft(self, session: Session) -> Draft:
        return session.get_one(Draft, self.draft_id)

    def save(self, session: Session, draft: Draft, told: dict[str, Any]) -> None:
        if draft.closed_at is not None:
            return  # the pages lead to the receipt
        drafts.save(session, draft, told, now=self.now, days=30)
        signers = service.signers(draft.answers, self.now.date())
        consent.refresh(session, draft.id, signers, service.family_of(draft.answers), now=self.now)

    def signer(self, session: Session, member: str) -> Any:
        found = service.signers(self.draft(session).answers, self.now.date())
        return next((signer for signer in found if signer.member_id == member), None)

    def ask(self, session: Session, signer: Signer) -> SigningRequest:
        family = service.family_of(self.draft(session).answers)
        return consent.ask(session, self.draft_id, signer, family, now=self.now, days=30)

    def open(self, session: Session, signer: Signer) -> SigningRequest:
        request = self.ask(session, signer)
        if signer.role == "applicant":
            consent.open_own(session, request, now=self.now)
            return request
        link = consent.give_link(session, request, key=KEY)
        tail = signer.id_number[-4:] if signer.id_number else ""
        done = acting.enter(session, request, link.code, tail, applicant_device=False, key=KEY, now=self.now)
        assert done is Entry.OPENED
        return request

    def sign(self, session: Session, request: SigningRequest, name: str, *, health: bool = True) -> None:
        people = [person for person, _health in consent.signing.persons(request)]
        for act in acting.acts_of(request):
            acting.answer(
                session, request, act, {p.member_id: health for p in people}, "zh_Hans", now=self.now
            )
        if acting.sign(session, request, name, now=self.now):
            actor = ledger.subject_id(self.draft_id, request.member_id)
            for person in people:
                self.signed_by.setdefault(person.subject_id, set()).add(actor)


Applying.TestCase.settings = settings(
    max_examples=EXAMPLES or 200,
    stateful_step_count=30 if EXAMPLES else 10,
    deadline=None,
    derandomize=not EXAMPLES,
    suppress_health_check=list(HealthCheck),
)
TestApplying = Applying.TestCase
