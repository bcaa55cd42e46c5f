"""The gate: an application may go only when every adult has authorised himself, or signs on paper."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy.orm import Session

from portal import consent
from portal.consent import Family, Signer, State, Ward, acting, ledger
from portal.consent.acting import Entry
from portal.consent.models import SigningRequest
from portal.consent.notices import Act
from tests.support.tables import fresh_session

NOW = datetime(2026, 11, 22, 2, 0, tzinfo=UTC)
APPLICATION = str(uuid.UUID(int=9))
KEY = "a key for tests"
FAMILY = Family("王某某", ("dibao",))
ME = Signer("m1", "applicant", "王小梅", "220102198504120180", health=False)
MOTHER = Signer("m2", "member", "李桂兰", "220102195309200245", health=False)
CHILD = Ward("m3", "王乐乐", health=False)


@pytest.fixture
def session() -> Iterator[Session]:
    with fresh_session() as opened:
        yield opened


def ask(session: Session, signer: Signer, family: Family = FAMILY) -> SigningRequest:
    return consent.ask(session, APPLICATION, signer, family, now=NOW, days=30)


def enter(session: Session, request: SigningRequest) -> None:
    if request.role == "applicant":
        consent.open_own(session, request, now=NOW)
        return
    link = consent.give_link(session, request, key=KEY)
    tail = (request.terms["id_number"] or "")[-4:]
    opened = acting.enter(session, request, link.code, tail, applicant_device=False, key=KEY, now=NOW)
    assert opened is Entry.OPENED


def sign(session: Session, signer: Signer, family: Family = FAMILY, *, health: bool = True) -> SigningRequest:
    request = ask(session, signer, family)
    enter(session, request)
    for act in acting.acts_of(request):
        given = {person.member_id: health for person, _health in consent.signing.persons(request)}
        acting.answer(session, request, act, given, "zh_Hans", now=NOW)
    assert acting.sign(session, request, signer.name, now=NOW)
    return request


def states(session: Session, *signers: Signer, family: Family = FAMILY) -> list[State]:
    return [s.state for s in consent.standings(session, APPLICATION, signers, family)]


def may_send(session: Session, *signers: Signer, family: Family = FAMILY) -> bool:
    return consent.may_send(consent.standings(session, APPLICATION, signers, family))


def test_one_signature_is_not_enough_for_two_adults(session: Session) -> None:
    sign(session, ME)
    assert states(session, ME, MOTHER) == [State.GIVEN, State.WAITING]
    assert not may_send(session, ME, MOTHER)
    sign(session, MOTHER)
    assert may_send(session, ME, MOTHER)


def test_the_applicant_cannot_open_anothers_request_without_link_and_code(session: Session) -> None:
    request = ask(session, MOTHER)
    with pytest.raises(PermissionError):
        consent.open_own(session, request, now=NOW)


def test_paper_lets_an_application_go_but_only_for_others(session: Session) -> None:
    sign(session, ME)
    assert consent.choose_paper(session, ask(session, MOTHER), actor_member_id="m1", now=NOW)
    assert states(session, ME, MOTHER) == [State.GIVEN, State.PAPER]
    assert may_send(session, ME, MOTHER)
    records = consent.for_application(session, APPLICATION)
    paper = [record for record in records if record["memberId"] == "m2"]
    assert [(record["state"], record["method"], record["actor"]) for record in paper] == [
        ("requested", "paper_at_counter", "applicant")
    ]


def test_the_applicant_himself_cannot_choose_paper_and_send(session: Session) -> None:
    consent.choose_paper(session, ask(session, ME), actor_member_id="m1", now=NOW)
    assert not may_send(session, ME)


def test_a_refusal_closes_the_gate_and_paper_does_not_reopen_it(session: Session) -> None:
    sign(session, ME)
    request = ask(session, MOTHER)
    enter(session, request)
    assert acting.refuse(session, request, now=NOW)
    assert states(session, ME, MOTHER) == [State.GIVEN, State.REFUSED]
    assert not consent.choose_paper(session, request, actor_member_id="m1", now=NOW)
    assert not may_send(session, ME, MOTHER)


def test_who_refused_may_still_sign_by_the_same_link(session: Session) -> None:
    request = ask(session, MOTHER)
    enter(session, request)
    acting.refuse(session, request, now=NOW)
    sign(session, MOTHER)
    assert states(session, MOTHER) == [State.GIVEN]


def test_a_supporter_elsewhere_holds_nothing_up(session: Session) -> None:
    brother = Signer("m4", "supporter", "王大强", None, health=False)
    sign(session, ME)
    ask(session, brother)
    assert may_send(session, ME, brother)


def test_a_guardian_signs_for_his_ward_and_each_gets_a_record(session: Session) -> None:
    me = replace(ME, wards=(CHILD,))
    sign(session, me)
    records = {(r["memberId"], r["purpose"]): r for r in consent.for_application(session, APPLICATION)}
    child = records[("m3", "finance_check")]
    assert child["actor"] == "guardian"
    assert child["actorSubjectId"] == ledger.subject_id(APPLICATION, "m1")
    assert records[("m1", "finance_check")]["actor"] == "self"
    assert child["subjectId"] != records[("m1", "finance_check")]["subjectId"]


@pytest.mark.parametrize(
    ("changed", "family"),
    [
        (replace(MOTHER, name="李桂芳"), FAMILY),
        (replace(MOTHER, id_number="220102195309200261"), FAMILY),
        (replace(MOTHER, health=True), FAMILY),
        (replace(MOTHER, wards=(CHILD,)), FAMILY),
        (MOTHER, Family("王某某", ("dibao", "linshi"))),
    ],
)
def test_a_signature_does_not_cover_what_was_added_later(
    session: Session, changed: Signer, family: Family
) -> None:
    sign(session, MOTHER)
    assert states(session, changed, family=family) == [State.WAITING]
    assert consent.refresh(session, APPLICATION, [changed], family, now=NOW) == [changed.name]
    assert consent.standings(session, APPLICATION, [changed], family)[0].changed
    sign(session, changed, family)
    assert states(session, changed, family=family) == [State.GIVEN]


def test_a_signature_covers_less_than_was_signed(session: Session) -> None:
    family = Family("王某某", ("dibao", "linshi"))
    sign(session, replace(MOTHER, wards=(CHILD,)), family)
    assert consent.refresh(session, APPLICATION, [MOTHER], FAMILY, now=NOW) == []
    assert states(session, MOTHER) == [State.GIVEN]


def test_who_leaves_the_household_is_not_asked_any_more(session: Session) -> None:
    request = sign(session, MOTHER)
    token_hash = request.link_hash
    consent.refresh(session, APPLICATION, [ME], FAMILY, now=NOW)
    assert session.get(SigningRequest, request.id) is None
    assert token_hash is not None
    newest = ledger.standing(session, APPLICATION)
    assert newest[(ledger.subject_id(APPLICATION, "m2"), "finance_check")][1].type == "invalidated"


def test_five_wrong_codes_lock_the_link_until_a_new_one_is_given(session: Session) -> None:
    request = ask(session, MOTHER)
    link = consent.give_link(session, request, key=KEY)

    def attempt(code: str, tail: str = "0245") -> Entry:
        return acting.enter(session, request, code, tail, applicant_device=False, key=KEY, now=NOW)

    wrong = "222222" if link.code != "222222" else "333333"
    assert [attempt(wrong) for _try in range(4)] == [Entry.WRONG] * 4
    assert attempt(wrong) is Entry.LOCKED
    assert attempt(link.code) is Entry.LOCKED
    link = consent.give_link(session, request, key=KEY)
    assert attempt(link.code) is Entry.OPENED


def test_the_code_alone_without_the_own_id_tail_does_not_open(session: Session) -> None:
    request = ask(session, MOTHER)
    link = consent.give_link(session, request, key=KEY)
    assert (
        acting.enter(session, request, link.code, "0180", applicant_device=False, key=KEY, now=NOW)
        is Entry.WRONG
    )


def test_a_renewed_link_ends_the_old_one_and_whoever_had_opened_it(session: Session) -> None:
    request = ask(session, MOTHER)
    old = consent.give_link(session, request, key=KEY)
    acting.enter(session, request, old.code, "0245", applicant_device=False, key=KEY, now=NOW)
    entry = request.entry
    new = consent.give_link(session, request, key=KEY)
    assert acting.find_by_link(session, old.token, key=KEY, now=NOW) is None
    assert acting.by_entry(session, entry, now=NOW) is None
    assert acting.find_by_link(session, new.token, key=KEY, now=NOW) is request


def test_links_expire(session: Session) -> None:
    request = ask(session, MOTHER)
    link = consent.give_link(session, request, key=KEY)
    assert acting.find_by_link(session, link.token, key=KEY, now=NOW + timedelta(days=31)) is None


def test_nothing_is_signed_while_an_act_is_unanswered_or_the_name_is_anothers(session: Session) -> None:
    request = ask(session, MOTHER)
    enter(session, request)
    assert not acting.sign(session, request, "李桂兰", now=NOW)
    for act in acting.acts_of(request):
        acting.answer(session, request, act, {"m2": True}, "zh_Hans", now=NOW)
    assert not acting.sign(session, request, "王小梅", now=NOW)
    assert acting.sign(session, request, " 李 桂兰 ", now=NOW)


def test_refusing_the_separate_consent_keeps_health_back_but_not_the_application(session: Session) -> None:
    ill = replace(MOTHER, health=True)
    sign(session, ill, health=False)
    assert states(session, ill) == [State.GIVEN]
    assert consent.health_allowed(session, APPLICATION) == set()


def test_health_is_asked_separately_and_only_where_it_was_told(session: Session) -> None:
    assert acting.acts_of(ask(session, MOTHER)) == [Act.NOTICE, Act.AUTHORISATION]
    assert acting.acts_of(ask(session, replace(MOTHER, health=True)))[-1] is Act.SENSITIVE
    sign(session, replace(MOTHER, health=True))
    assert consent.health_allowed(session, APPLICATION) == {"m2"}


def test_signing_twice_leaves_one_signature(session: Session) -> None:
    request = sign(session, MOTHER)
    before = len(ledger.history(session, APPLICATION))
    assert acting.sign(session, request, "李桂兰", now=NOW)
    assert len(ledger.history(session, APPLICATION)) == before


def test_withdrawing_stops_what_can_be_withdrawn_and_keeps_the_past(session: Session) -> None:
    ill = replace(MOTHER, health=True)
    request = sign(session, ill)
    withdrawn = acting.withdraw(session, request, now=NOW)
    assert sorted(record.purpose for record in withdrawn) == ["finance_check", "health_information"]
    assert states(session, ill) == [State.WITHDRAWN]
    assert consent.health_allowed(session, APPLICATION) == set()
    kinds = [
        e.type
        for record, events in ledger.history(session, APPLICATION)
        for e in events
        if record.purpose == "finance_check"
    ]
    assert kinds == ["given", "withdrawn"]
    assert consent.verify(session) == []


def test_after_sending_nothing_more_is_signed(session: Session) -> None:
    request = ask(session, MOTHER)
    enter(session, request)
    consent.close(session, APPLICATION, now=NOW)
    for act in acting.acts_of(request):
        acting.answer(session, request, act, {"m2": True}, "zh_Hans", now=NOW)
    assert not acting.sign(session, request, "李桂兰", now=NOW)
    assert not acting.refuse(session, request, now=NOW)


@pytest.mark.parametrize(
    ("typed", "declared", "same"),
    [
        ("李桂兰", "李桂兰", True),
        (" 李　桂兰", "李桂兰", True),
        ("阿依古丽·买买提", "阿依古丽•买买提", True),
        ("ＬＩ ming", "Li Ming", True),
        ("李桂芳", "李桂兰", False),
        ("", "李桂兰", False),
        ("·", "·", False),
    ],
)
def test_names_are_compared_as_people_write_them(typed: str, declared: str, same: bool) -> None:
    assert acting.same_name(typed, declared) is same
