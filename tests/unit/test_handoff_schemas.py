"""The published schema describes every key an application hands over, and refuses a value of the wrong shape."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from datetime import date
from typing import Any

import jsonschema
import pytest

from portal.apply import document, household, programmes, questions
from portal.apply.questions import NONE, UNCLEAR, Field, Page
from tests.integration.test_handoff_documents import schema
from tests.support.applying import FAMILY, PHONE, id_number

ON = date(2026, 11, 22)
WAYS = 15  # the longest list of choices: each way answers every question with another of them
ESTIMATE = {  # how it reasons is the estimator's own contract
    "rulebook": {"version": "1", "sha256": "0" * 64},
    "asOf": "2026-11-22",
    "programmes": [{"id": "dibao", "outcome": "likely"}],
}
CONSENT = {
    "recordId": "r", "receiptId": "q", "schema": "doudi-consent-1", "subjectId": "s", "memberId": "m1",
    "role": "applicant", "purpose": "finance_check", "lawfulBasis": "statutory_duty",
    "notice": {"id": "n", "version": "1", "locale": "zh_Hans", "sha256": "0" * 64}, "state": "given",
    "at": "2026-11-22T01:00:00+00:00", "actor": "self", "actorSubjectId": "s", "method": "drawn",
    "drawing": "0" * 64, "entryMethod": "tick_and_link_code", "sequence": 1, "eventHash": "0" * 64,
}  # fmt: skip


def answer(field: Field, page: Page, way: int) -> Any:
    """What somebody could say to one question."""
    choices = [choice for choice, _label in field.choices]
    match field.kind:
        case "one" | "choose":
            return choices[way % len(choices)]
        case "some":
            if way % 3 == 0:
                return [choices[way % len(choices)]]
            return [one for one in choices if one not in (NONE, UNCLEAR)]
        case "money":
            return "12.50"
        case "number":
            return "3"
        case "day":
            return "2026-10-01"
        case "phone":
            return PHONE
        case "id_number":
            return id_number("19850412", "018")
        case "region":
            return "220102"
        case "person":
            return "m1"
        case "period":
            return ("month", "year")[way % 2]
        case _:
            return "写的话"


def answers(way: int) -> dict[str, Any]:
    """Everything told by a family of three, with one who lives elsewhere and one who fills in."""
    told: dict[str, Any] = {
        "programmes": list(programmes.NAMES),
        "members_added": 4,
        "family_complete": "yes",
        "guardian:m3": {"guardian": "m1"},
        "estimate": ESTIMATE,
    }
    people = {"m1": "19850412", "m2": "19530920", "m3": "20150308", "m4": "19800101"}
    for section in questions.table().values():
        own = {
            field.id: answer(field, page, way + number)
            for number, page in enumerate(section.pages)
            for field in page.fields
        }
        if section.per == "household":
            told[section.id] = own
            continue
        for person, born in people.items():
            if section.id == "member":
                relation, living = {
                    "m2": ("mother", "together"),
                    "m3": ("child", "together"),
                    "m4": ("child", "apart"),
                }.get(person, ("", ""))
                own = {
                    **own,
                    "relation": relation,
                    "living": living,
                    "id_number": id_number(born),
                    "birth_date": None,
                }
            told[f"{section.id}:{person}"] = own
    told.pop("member:m1")
    return told


def made(way: int) -> dict[str, Any]:
    """The document of such a family as it is handed over."""
    body = document.build(
        answers(way),
        on=ON,
        consents=[CONSENT],
        declarations=[{"id": "d", "version": "1", "sha256": "0" * 64, "acceptedAt": CONSENT["at"]}],
        health_allowed={"m1", "m2", "m3"},
        attachments=[{"id": "a", "kind": "other", "sha256": "0" * 64, "size": 1, "type": "image/jpeg",
                      "scan": "clean", "memberId": "m1", "url": "https://portal.example/a"}],
    )  # fmt: skip
    reason = {**body["reason"], "changes": [{"kinds": ["income"], "text": "", "reportedAt": CONSENT["at"]}]}
    sent = {"applicationNumber": "KJ3M8PRTWA", "applicationVersion": 1, "submittedAt": CONSENT["at"]}
    return {**body, "reason": reason, **sent}


def undescribed(value: Any, said: dict[str, Any], root: dict[str, Any], at: str = "") -> Iterator[str]:
    """The places of a document about which its schema says nothing."""
    while "$ref" in said:
        said = root["$defs"][said["$ref"].rpartition("/")[2]]
    if isinstance(value, dict):
        rest = said.get("additionalProperties")
        for key, part in value.items():
            found = said.get("properties", {}).get(key, rest if isinstance(rest, dict) else None)
            if found is None:
                yield f"{at}.{key}"
            else:
                yield from undescribed(part, found, root, f"{at}.{key}")
    elif isinstance(value, list):
        for part in value:
            yield from undescribed(part, said.get("items", {}), root, f"{at}[]")
    elif not {"type", "enum", "const"} & set(said):
        yield at


@pytest.mark.parametrize("way", range(WAYS))
@pytest.mark.parametrize("name", ["application.submitted.v1", "application.amended.v1"])
def test_every_key_that_is_handed_over_is_described_and_fits(name: str, way: int) -> None:
    published, sent = schema(name), made(way)
    jsonschema.Draft202012Validator(published).validate(sent)
    missing = set(undescribed(sent, published, published))
    assert missing == set()


def test_the_ways_of_answering_reach_every_part_of_the_document() -> None:
    sent = [made(way) for way in range(WAYS)]
    assert all(len(household.family(answers(way), ON)) >= 3 for way in range(WAYS))
    assert any(one["members"][0]["health"]["event"] for one in sent)
    assert any(one["members"][0]["income"].get("paid") for one in sent)
    assert any(one["supporters"] for one in sent)
    assert any(one["applicant"]["staffRelativeWho"] for one in sent)
    assert all(one["members"][0]["care"] for one in sent)


@pytest.mark.parametrize(
    ("place", "wrong"),
    [
        (("members", 0, "special"), "veteran"),
        (("members", 0, "health", "disabilityGrade"), "1"),
        (("members", 0, "health", "selfCare"), "eat"),
        (("members", 0, "insurance"), "residents"),
        (("members", 0, "income", "items"), {"wage": "600.00"}),
        (("members", 0, "decidesHimself"), "yes"),
        (("supporters", 0, "incomeMonthly"), 1200),
        (("applicant", "previousAid"), "never"),
        (("applicant", "staffRelativeWho"), None),
        (("applicant", "residencePermit"), "no"),
        (("reason", "event", "selfPaid"), "12,50"),
        (("reason", "event", "date"), "1 October"),
        (("reason", "changes"), "moved"),
        (("property", "deposits"), 800),
        (("property", "machines"), "ship"),
        (("spending", "medical"), "350 元"),
        (("channel", "emergency"), "no"),
        (("channel", "proxy", "why"), "old"),
        (("consents", 0, "drawing"), "a picture"),
        (("estimate", "asOf"), "today"),
        (("estimate", "programmes"), ["dibao"]),
    ],
)
def test_a_value_of_the_wrong_shape_is_refused(place: tuple[Any, ...], wrong: Any) -> None:
    sent = copy.deepcopy(next(one for one in map(made, range(WAYS)) if one["supporters"]))
    part: Any = sent
    for step in place[:-1]:
        part = part[step]
    part[place[-1]] = wrong
    assert not jsonschema.Draft202012Validator(schema("application.submitted.v1")).is_valid(sent)
    assert not jsonschema.Draft202012Validator(schema("application.amended.v1")).is_valid(sent)


def test_a_family_of_before_still_fits() -> None:
    body = document.build(FAMILY, on=ON, consents=[], declarations=[], health_allowed=set())
    sent = {"applicationNumber": "KJ3M8PRTWA", "applicationVersion": 1, "submittedAt": CONSENT["at"]}
    jsonschema.Draft202012Validator(schema("application.submitted.v1")).validate({**body, **sent})
