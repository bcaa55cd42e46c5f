"""A body is bounded before it is read, however it is framed, and read in one way only; a nonce counts once."""

from __future__ import annotations

import dataclasses
import io
import threading
import time
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from portal import db, security
from portal.config import Settings
from portal.handoff import authenticity
from portal.handoff.signatures import SignatureError, Verified
from tests.support.pages import LintedClient, Page
from tests.support.portal import running

FORM = "application/x-www-form-urlencoded"
ESTIMATES = "/api/v1/estimates"


def in_pieces(client: LintedClient, path: str, body: bytes, kind: str) -> TestResponse:
    """A body whose length nobody has told, as `Transfer-Encoding: chunked` brings it."""
    return client.post(
        path,
        input_stream=io.BytesIO(body),
        content_type=kind,
        environ_overrides={"wsgi.input_terminated": True},
    )


@pytest.mark.parametrize("told", [True, False], ids=["length told", "in pieces"])
@pytest.mark.parametrize("path", ["/ask", "/apply/", "/progress/", "/hotline/sign-in"])
def test_a_form_of_millions_of_fields_costs_next_to_nothing(
    client: LintedClient, path: str, told: bool
) -> None:
    body = b"a&" * 5_900_000
    assert_cheap(client, path, body, told=told)


@pytest.mark.parametrize("told", [True, False], ids=["length told", "in pieces"])
def test_a_form_of_one_endless_field_costs_next_to_nothing(client: LintedClient, told: bool) -> None:
    assert_cheap(client, "/ask", b"q=" + b"%41" * 3_900_000, told=told)


def assert_cheap(client: LintedClient, path: str, body: bytes, *, told: bool) -> None:
    began = time.process_time()
    answer = client.post(path, data=body, content_type=FORM) if told else in_pieces(client, path, body, FORM)
    assert answer.status_code == 413
    assert time.process_time() - began < 0.5


def test_a_form_may_have_a_thousand_fields_and_a_drawing(client: LintedClient) -> None:
    token = Page(client.get("/apply/").get_data(as_text=True)).forms[0].fields["csrf_token"][0]
    many = {f"f{number}": "x" for number in range(security.MOST_FIELDS - 2)}
    told = {"csrf_token": token, "who": "they"}
    assert client.post("/estimate/for", data={**told, **many}).status_code == 303
    assert client.post("/estimate/for", data={**told, **many, "more": "x"}).status_code == 413
    drawing = "+" * 300_000  # each is three signs on the way
    assert client.post("/estimate/for", data={**told, "drawing": drawing}).status_code == 303


@pytest.mark.parametrize("path", [ESTIMATES, "/handoff/callbacks", "/handoff/events/x/ack"])
def test_a_program_that_tells_no_length_is_stopped_at_the_same_place(client: LintedClient, path: str) -> None:
    answer = in_pieces(client, path, b" " * (security.LARGEST_CALL + 1), "application/json")
    assert answer.status_code == 413
    assert answer.mimetype == "application/problem+json"


@pytest.mark.parametrize(
    "body",
    [
        b'{"region": "220102", "region": "110101"}',
        b'{"region": "220102", "members": [{"id": "a", "id": "b"}]}',
        '{"region": "220102"}'.encode("utf-16"),
        '{"region": "220102"}'.encode("utf-32"),
        b'{"region": "220102"',
        b"[" * 100_000,
        b'{"region": ' + b"9" * 5000 + b"}",
        b"\xff",
    ],
    ids=["name twice", "name twice inside", "utf-16", "utf-32", "cut", "deep", "large number", "no text"],
)
def test_facts_that_two_readers_could_take_in_two_ways_are_not_taken(
    client: LintedClient, body: bytes
) -> None:
    assert client.post(ESTIMATES, data=body, content_type="application/json").status_code == 400


EXPIRES = datetime(2026, 11, 22, 8, 0, 0, tzinfo=UTC)


def test_a_nonce_is_not_forgotten_before_its_signature_has_expired(app: Flask) -> None:
    """A signature is good until the end of its last second."""
    signed, late = Verified("key", "nonce", EXPIRES), EXPIRES + timedelta(milliseconds=900)
    with db.writing(app.extensions["doudi_engine"]) as session:
        authenticity.use_nonce(session, signed, now=EXPIRES)
    with db.writing(app.extensions["doudi_engine"]) as session, pytest.raises(SignatureError):
        authenticity.use_nonce(session, signed, now=late)


@pytest.mark.postgres
def test_of_many_calls_with_one_nonce_one_gets_through(settings: Settings, postgres_url: str) -> None:
    signed, got = Verified("key", "nonce", EXPIRES), []
    gate = threading.Barrier(12)
    with running(dataclasses.replace(settings, database_url=postgres_url)) as app:

        def one() -> None:
            gate.wait()
            try:
                with db.writing(app.extensions["doudi_engine"]) as session:
                    authenticity.use_nonce(session, signed, now=EXPIRES)
                got.append("through")
            except SignatureError as refused:
                got.append(refused.kind)

        crowd = [threading.Thread(target=one) for _ in range(12)]
        for member in crowd:
            member.start()
        for member in crowd:
            member.join()
    assert sorted(got) == ["nonce-replayed"] * 11 + ["through"]
