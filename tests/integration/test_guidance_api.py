"""The interface for other systems: contract shapes, problems with pointers, never a 5xx for odd input."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import jsonschema
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.pages import LintedClient

NONE = dict.fromkeys(
    ("business", "farming", "property", "transfer", "pension_central_basic", "pension_other", "support"), "0"
) | {"poverty_project": "0"}
FAMILY: dict[str, Any] = {
    "region": "220104",
    "area": "urban",
    "as_of": "2026-11-22",
    "household": {
        "hukou_local": True,
        "other_property_ok": True,
        "assets": {"cash": "0", "deposits": "15000", "securities": "0", "claims": "0"},
    },
    "members": [
        {"id": "m1", "age": 45, "co_living": True, "income_monthly": {"wage": "1200", **NONE}},
        {"id": "m2", "age": 72, "co_living": True, "income_monthly": {"wage": "0", **NONE}},
        {"id": "m3", "age": 10, "co_living": True, "income_monthly": {"wage": "0", **NONE}},
    ],
}


@pytest.fixture(autouse=True)
def _on_a_day(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("portal.clock.today", lambda: date(2026, 11, 22))


def test_facts_in_estimate_out_as_the_contract_says(client: LintedClient) -> None:
    answer = client.post("/api/v1/estimates", json=FAMILY)
    assert answer.status_code == 200
    estimate = answer.get_json()
    dibao = next(one for one in estimate["programmes"] if one["id"] == "dibao")
    assert dibao["subject"] == "household"
    assert dibao["outcome"] == "likely"
    assert dibao["amount"]["low"] == "1110.00"
    assert dibao["amount"]["unit"] == "CNY/month"
    described = client.get("/api/v1/openapi.json").get_json()["components"]["schemas"]
    jsonschema.validate(FAMILY, described["Facts"])
    jsonschema.validate(estimate, described["Estimate"])


def test_an_estimate_is_not_stored_and_needs_no_form_token(client: LintedClient) -> None:
    assert client.post("/api/v1/estimates", json=FAMILY).headers.get("Set-Cookie") is None


def test_facts_that_cannot_be_read_are_named_with_a_cure(client: LintedClient) -> None:
    bad = {**FAMILY, "area": "suburban", "members": [{"id": "m1", "age": "old"}]}
    answer = client.post("/api/v1/estimates", json=bad)
    assert answer.status_code == 422
    assert answer.mimetype == "application/problem+json"
    listed = {one["pointer"]: one for one in answer.get_json()["errors"]}
    assert {"area", "members.m1.age"} <= set(listed)
    assert all(one["problem"] and one["cure"] for one in listed.values())


@pytest.mark.parametrize(
    "body", ["", "{", "nul", "[" * 5000, "\ud800".encode("utf-8", "surrogatepass"), b"\xff\xfe"]
)
def test_what_is_not_json_is_a_bad_request(client: LintedClient, body: str | bytes) -> None:
    answer = client.post("/api/v1/estimates", data=body, content_type="application/json")
    assert answer.status_code == 400
    assert answer.mimetype == "application/problem+json"


@pytest.mark.parametrize("body", ["[]", "1", '"x"', "null", "true"])
def test_json_that_is_no_object_is_unprocessable(client: LintedClient, body: str) -> None:
    assert client.post("/api/v1/estimates", data=body, content_type="application/json").status_code == 422


def test_too_much_is_refused(client: LintedClient) -> None:
    answer = client.post("/api/v1/estimates", data=b" " * 300_000, content_type="application/json")
    assert answer.status_code == 413


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
KEYS = st.sampled_from(["region", "area", "as_of", "standards", "household", "members", "x"])


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(facts=st.dictionaries(KEYS, JSON, max_size=7))
def test_no_facts_however_odd_break_the_interface(client: LintedClient, facts: dict[str, Any]) -> None:
    body = json.dumps(facts, ensure_ascii=True)
    assert client.post("/api/v1/estimates", data=body, content_type="application/json").status_code in (
        200,
        400,
        422,
    )


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    question=st.text(max_size=60),
    region=st.text(max_size=8),
    lang=st.text(max_size=4),
    day=st.text(max_size=10),
)
def test_no_question_however_odd_breaks_the_interface(
    client: LintedClient, question: str, region: str, lang: str, day: str
) -> None:
    asked = {"q": question, "region": region, "lang": lang, "as_of": day}
    encoded = {name: value.encode("utf-8", "replace").decode() for name, value in asked.items()}
    assert client.get("/api/v1/answers", query_string=encoded).status_code in (200, 400)


def test_an_answer_has_the_shape_of_the_contract(client: LintedClient) -> None:
    answer = client.get(
        "/api/v1/answers", query_string={"q": "低保渐退期是几个月", "region": "220104"}
    ).get_json()
    assert answer["kind"] in ("answer", "rule_only")
    assert answer["citations"][0]["norm"] in ("law-2026", "jl-2020-46", "mca-2022-83")
    for key in (
        "entry",
        "programme",
        "text",
        "lacks",
        "choices",
        "also",
        "nearest",
        "confidence",
        "follow_up",
        "context",
        "hotline",
        "trace",
    ):
        assert key in answer
    assert client.get("/api/v1/answers").status_code == 400


def test_policies_come_with_their_clauses(client: LintedClient) -> None:
    listed = client.get("/api/v1/policies").get_json()["policies"]
    draft = next(one for one in listed if one["norm"] == "jl-2018-draft")
    assert draft["status"] == "draft"
    document = client.get("/api/v1/policies/jl-2020-46").get_json()
    assert document["status"] == "in_force"
    assert "jl-2020-46#2.1.2" in {clause["id"] for clause in document["clauses"]}
    assert len(document["source_sha256"]) == 64
    assert client.get("/api/v1/policies/none").status_code == 404


def test_the_rulebook_is_told_whole_and_only_once(client: LintedClient) -> None:
    first = client.get("/api/v1/rulebook")
    book = first.get_json()
    assert {"dibao", "tekun", "linshi"} <= {table["id"] for table in book["tables"]}
    assert all(rule["citations"] for table in book["tables"] for rule in table["rules"])
    assert first.headers["ETag"].strip('"') == book["sha256"]
    again = client.get("/api/v1/rulebook", headers={"If-None-Match": first.headers["ETag"]})
    assert again.status_code == 304
    assert client.post("/api/v1/estimates", json=FAMILY).get_json()["rulebook"]["sha256"] == book["sha256"]


def test_the_description_lists_every_address(client: LintedClient) -> None:
    described = client.get("/api/v1/openapi.json").get_json()
    assert described["openapi"].startswith("3.1")
    rules = {
        rule.rule.removeprefix("/api/v1").replace("<", "{").replace(">", "}")
        for rule in client.application.url_map.iter_rules()
        if rule.endpoint.startswith("guidance_api.")
    }
    assert set(described["paths"]) == rules


def test_an_unknown_address_of_the_interface_answers_with_a_problem(client: LintedClient) -> None:
    assert client.get("/api/v1/nothing").mimetype == "application/problem+json"
