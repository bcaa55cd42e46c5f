"""Who counts as one family (民发〔2021〕57号 第七条), and who signs for whom."""

from __future__ import annotations

from datetime import date

import pytest

from portal.apply import household
from portal.apply.household import Member

ON = date(2026, 11, 22)


def member(relation: str, living: str, born: str | None = "1990-01-01", **situation: str) -> Member:
    return Member(
        "m2", "某人", relation, living, None, date.fromisoformat(born) if born else None, None, situation
    )


@pytest.mark.parametrize(
    ("relation", "living", "born", "situation", "counts"),
    [
        ("spouse", "together", "1990-01-01", {}, True),
        ("spouse", "work", "1990-01-01", {}, True),
        ("spouse", "prison", "1990-01-01", {}, False),
        ("spouse", "missing", "1990-01-01", {}, False),
        ("child", "apart", "2015-01-01", {}, True),
        ("child", "apart", "2008-11-22", {}, False),  # eighteen today
        ("child", "apart", "2008-11-23", {}, True),  # eighteen tomorrow
        ("child", "study", "2004-01-01", {}, True),
        ("child", "apart", "2004-01-01", {"student": "full_time"}, True),
        ("child", "apart", "2000-01-01", {"decides": "no"}, True),
        ("child", "work", "2000-01-01", {}, False),
        ("child", "clergy", "1990-01-01", {}, False),
        ("mother", "together", "1953-01-01", {}, True),
        ("mother", "apart", "1953-01-01", {}, False),
        ("sibling", "apart", None, {}, False),
        ("other", "together", None, {}, True),
    ],
)
def test_who_counts_as_one_family(
    relation: str, living: str, born: str | None, situation: dict[str, str], counts: bool
) -> None:
    verdict = member(relation, living, born, **situation).verdict(ON)
    assert verdict.counts is counts
    assert verdict.text
    assert verdict.citation == "mca-2021-57#7"


ANSWERS = {
    "applicant": {"name": "王小梅", "id_number": "220102198504120180"},
    "member:m2": {
        "name": "李桂兰",
        "relation": "mother",
        "living": "together",
        "id_number": "220102195309200245",
    },
    "member:m3": {"name": "王乐乐", "relation": "child", "living": "together", "birth_date": "2016-03-08"},
    "member:m4": {"name": "王大强", "relation": "sibling", "living": "apart"},
    "guardian:m3": {"guardian": "m2"},
}


def test_each_adult_signs_for_himself_and_a_guardian_for_his_ward() -> None:
    found = {s.member_id: s for s in household.signers(ANSWERS, ON)}
    assert {key: s.role for key, s in found.items()} == {"m1": "applicant", "m2": "member", "m4": "supporter"}
    assert [w.member_id for w in found["m2"].wards] == ["m3"]
    assert found["m1"].wards == ()


def test_a_ward_whose_guardian_lives_elsewhere_is_signed_for_on_paper() -> None:
    answers = {**ANSWERS, "guardian:m3": {"guardian": "elsewhere"}}
    assert {s.member_id: s.role for s in household.signers(answers, ON)}["m3"] == "ward"


def test_an_adult_who_cannot_decide_never_counts_as_having_signed_himself() -> None:
    answers = {
        **ANSWERS,
        "situation:m2": {"decides": "no"},
        "guardian:m2": {"guardian": "m1"},
        "guardian:m3": {"guardian": "m1"},
    }
    found = household.signers(answers, ON)
    assert [(s.member_id, [w.member_id for w in s.wards]) for s in found if s.role != "supporter"] == [
        ("m1", ["m2", "m3"])
    ]


def test_a_guardian_who_cannot_sign_himself_is_no_guardian() -> None:
    answers = {**ANSWERS, "situation:m2": {"decides": "no"}, "guardian:m2": {"guardian": "m1"}}
    assert {s.member_id: s.role for s in household.signers(answers, ON)}["m3"] == "ward"


def test_a_member_of_unknown_age_counts_as_an_adult_who_signs() -> None:
    answers = {**ANSWERS, "member:m5": {"name": "某人", "relation": "other", "living": "together"}}
    assert {s.member_id: s.role for s in household.signers(answers, ON)}["m5"] == "member"


def test_member_ids_are_never_used_twice() -> None:
    assert household.next_member_id({}) == "m2"
    assert household.next_member_id({"members_added": 4}) == "m5"


@pytest.mark.parametrize(
    ("situation", "told"),
    [
        ({}, False),
        ({"health": "healthy", "disability": "none", "labour": "full"}, False),
        ({"health": "severe"}, True),
        ({"disability": "unclear"}, True),
        ({"labour": "none"}, True),
        ({"illness": "糖尿病"}, True),
    ],
)
def test_what_counts_as_health_information(situation: dict[str, str], told: bool) -> None:
    assert member("mother", "together", **situation).has_health_facts() is told
