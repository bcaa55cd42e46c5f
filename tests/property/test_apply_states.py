"""Whatever a family does in whatever order: nothing goes without every adult, nobody answers for another,
no paper about somebody's health goes without his own consent."""

from __future__ import annotations

import hashlib
import os
import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from hypothesis import HealthCheck, event, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, initialize, rule
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal import attachments, consent, db, drafts
from portal.apply import afterwards, handing_over, household, service
from portal.apply import attachments as papers_page
from portal.attachments import Attachment, Scan
from portal.attachments.keeping import Stored
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
PAPER = b"a paper that was made safe"
BORN = {"adult": "19800101", "old": "19400101", "child": "20150101"}


def put_away(content: bytes) -> Stored:
    """A file in the storage, as `keeping.store` leaves it; opening uploads is tested elsewhere."""
    stored = Stored(
        id=uuid.uuid4().hex,
        media_type="application/pdf",
        size=len(content),
        sha256=hashlib.sha256(content).hexdigest(),
        scan=Scan.NOT_SCANNED,
    )
    attachments.keeping.storage().write(stored.id, content)
    return stored


class Applying(RuleBasedStateMachine):
    """Two browsers' worth of actions on one application, against what must never happen."""

    members = Bundle("members")

    def __init__(self) -> None:
        super().__init__()
        self.engine = fresh_engine()
        self.now = datetime(2026, 11, 22, 2, 0, tzinfo=UTC)
        self.app = Flask("states")
        self.settings = Settings(
            KEY,
            (DATA_KEY,),
            "",
            "http://127.0.0.1",
            "http://127.0.0.1:9",
            "t",
            files_url=f"memory://{uuid.uuid4()}",
        )
        self.app.extensions |= {
            "doudi_settings": self.settings,
            "doudi_files": attachments.open_storage(self.settings),
            "doudi_consent_withdrawn": [afterwards.pass_on_withdrawal, handing_over.end_links],
            "doudi_consent_late": [afterwards.pass_on_answer, handing_over.pass_on_released],
        }
        self.removed: set[str] = set()
        self.signed_by: dict[str, set[str]] = {}  # subject → who acted for him through his own entry
        self.receipts: set[str] = set()
        self.numbers = 0

    def teardown(self) -> None:
        """At the end of every story, everything that must hold is looked at once."""
        self.the_ledger_is_whole()
        self.nobodys_consent_was_given_by_another()
        self.one_draft_makes_at_most_one_application_with_every_adults_record()
        self.what_is_about_health_was_released_by_its_owner()
        self.files_are_there_as_long_as_their_rows()
        self.engine.dispose()

    # what people do

    @initialize(
        target=members,
        assisted=st.booleans(),
        ill=st.booleans(),
        so_far=st.sampled_from(["filling", "filling", "sent", "sent on paper"]),
    )
    def begin(self, assisted: bool, ill: bool, so_far: str) -> str:
        self.assisted = assisted
        answers = {key: value for key, value in FAMILY.items() if not key.endswith(":m2")}
        if assisted:
            answers["proxy"] = {"name": "赵主任", "kind": "committee", "phone": "043188880000"}
        with db.writing(self.engine) as session:
            draft, _code = drafts.start(session, "application", answers, now=self.now, days=30, key=KEY)
            self.draft_id = draft.id
        mother = self.add_person("old", ill, "yes")
        if so_far != "filling":
            self.add_paper(mother, "diagnosis")
            self.everybody_is_ready_and_it_is_sent(so_far == "sent on paper")
        return mother

    @rule(
        target=members,
        kind=st.sampled_from(sorted(BORN)),
        ill=st.booleans(),
        decides=st.sampled_from(["yes", "no"]),
    )
    def add_member(self, kind: str, ill: bool, decides: str) -> str:
        return self.add_person(kind, ill, decides)

    def add_person(self, kind: str, ill: bool, decides: str) -> str:
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
                f"situation:{member}": {
                    "health": "severe" if ill else "healthy", "decides": decides, "disability": "none",
                    "work": "none", "labour": "full", "student": "no",
                },
                f"guardian:{member}": {"guardian": "m1"},
                f"income:{member}": {"kinds": ["none"]},
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
            told = {
                "programmes": programmes,
                "event": {"event": "no_food", "other_aid": "no"},
                "spending": {"kinds": ["medical"], "medical": "1.00"},
            }
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
        with self.app.app_context(), db.writing(self.engine) as session:
            signer = self.signer(session, member)
            if signer is not None and signer.role == "member":
                gone = acting.withdraw(session, self.open(session, signer), now=self.now)
                for tell in self.app.extensions["doudi_consent_withdrawn"]:
                    tell(session, self.draft_id, [record.id for record in gone], self.now)

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

    @rule(member=st.one_of(members, st.just("m1")), kind=st.sampled_from(["diagnosis", "student_proof"]))
    def add_paper(self, member: str, kind: str) -> None:
        with self.app.app_context():
            stored = put_away(PAPER)
            with db.writing(self.engine) as session:
                draft = self.draft(session)
                if draft.closed_at is None and self.signer_or_ward(session, member):
                    attachments.add(
                        session, stored, kind=kind, member_id=member, draft_id=draft.id, now=self.now
                    )
                    self.save(session, draft, papers_page.health_papers(session, draft))
                    event("paper added")
                else:
                    self.removed.add(stored.id)
                    attachments.keeping.discard(session, stored.id)

    @rule(which=st.integers(0, 5))
    def remove_paper(self, which: int) -> None:
        with self.app.app_context(), db.writing(self.engine) as session:
            draft = self.draft(session)
            held = attachments.of_draft(session, draft.id)
            if held and draft.closed_at is None:
                chosen = held[which % len(held)]
                self.removed.add(chosen.id)
                attachments.remove(session, chosen)
                self.save(session, draft, papers_page.health_papers(session, draft))
                event("paper removed")

    @rule(on_paper=st.booleans())
    def everybody_is_ready_and_it_is_sent(self, on_paper: bool) -> None:
        """The straight way, so that what comes after sending is reached often."""
        with self.app.app_context(), db.writing(self.engine) as session:
            draft = self.draft(session)
            told: dict[str, Any] = {"family_complete": "yes"}
            if "linshi" in draft.answers["programmes"]:
                told["event"] = {"event": "no_food", "other_aid": "no"}
            self.save(session, draft, told)
            for standing in service.standings(session, draft, self.now.date()):
                signer = standing.signer
                if standing.state is not State.WAITING or draft.closed_at is not None:
                    continue
                if signer.role == "ward" or (on_paper and signer.role != "applicant"):
                    request = self.ask(session, signer)
                    assert consent.choose_paper(session, request, actor_member_id="m1", now=self.now)
                elif signer.role != "supporter":
                    self.sign(session, self.open(session, signer), signer.name)
        self.send(True)

    @rule(health=st.booleans(), agrees=st.booleans())
    def somebody_signs_or_refuses_late(self, health: bool, agrees: bool) -> None:
        with self.app.app_context(), db.writing(self.engine) as session:
            waiting = consent.overview(session, self.draft_id).unsigned
            request = (
                consent.may_still_sign(session, self.draft_id, waiting[0].member_id) if waiting else None
            )
            if request is None:
                return
            self.enter(session, request)
            if agrees:
                self.sign(session, request, request.terms["name"], health=health)
            else:
                assert acting.refuse(session, request, now=self.now)
            event("signed late" if agrees else "refused late")
            for tell in self.app.extensions["doudi_consent_late"]:
                tell(session, self.draft_id, self.now)

    @rule()
    def applicant_withdraws_after_sending(self) -> None:
        with self.app.app_context(), db.writing(self.engine) as session:
            if self.draft(session).closed_at is not None and consent.withdraw_own(
                session, self.draft_id, now=self.now
            ):
                event("withdrawn after sending")

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

    def what_is_about_health_was_released_by_its_owner(self) -> None:
        """In every version that went out, and of every file that can still be fetched."""
        kinds = attachments.papers.kinds()
        with Session(bind=self.engine) as session:
            for sent in session.scalars(select(Submission).order_by(Submission.version)):
                document = sent.document
                if "members" not in document:
                    continue
                allowed = {
                    c["memberId"]
                    for c in document["consents"]
                    if c["purpose"] == "health_information" and c["state"] == "given"
                }
                for file in document["attachments"] if sent.version == 1 else ():
                    assert file["id"] not in self.removed
                    assert not kinds[file["kind"]].health or file["memberId"] in allowed
                for member in document["members"]:
                    if member["health"] and member["health"]["state"] == "severe":
                        assert member["memberId"] in allowed
            allowed_now = consent.health_allowed(session, self.draft_id)
            for row in session.scalars(select(Attachment).where(Attachment.link_hash.is_not(None))):
                assert not kinds[row.kind].health or row.member_id in allowed_now

    def files_are_there_as_long_as_their_rows(self) -> None:
        with self.app.app_context(), Session(bind=self.engine) as session:
            for row in session.scalars(select(Attachment)):
                assert attachments.content(row) == PAPER
                assert row.id not in self.removed
            there = {name for name, _written in self.app.extensions["doudi_files"].listed()}
            assert there.isdisjoint(self.removed)

    # shorthands

    def signer_or_ward(self, session: Session, member: str) -> bool:
        """Somebody of the family: a paper is of one of them."""
        return member in {m.id for m in household.family(self.draft(session).answers, self.now.date())}

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
        else:
            self.enter(session, request)
        return request

    def enter(self, session: Session, request: SigningRequest) -> None:
        link = consent.give_link(session, request, key=KEY)
        tail = (request.terms["id_number"] or "")[-4:]
        done = acting.enter(session, request, link.code, tail, applicant_device=False, key=KEY, now=self.now)
        assert done is Entry.OPENED

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
if EXAMPLES:
    TestApplying = pytest.mark.soak(TestApplying)  # `make soak` picks what is marked so
