"""Only the case system may report: thirty ways to tamper with a signed callback, every one refused."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from flask import Flask
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from portal import clock, db, handoff
from portal.config import ConfigError, Settings
from portal.handoff import events, keys, route_table, signatures
from portal.handoff.models import CallbackEvent
from tests.support.handoff import QUERY_CODE, document, settings_for
from tests.support.pages import LintedClient
from tests.support.portal import running

PATH = "/handoff/callbacks"


@dataclass
class Call:
    """A callback about to be sent; a test changes what it likes before or after the signing."""

    settings: Settings
    number: str
    sequence: int = 1
    method: str = "POST"
    path: str = PATH
    sent_path: str = PATH
    base: str = ""
    key_id: str = ""
    key: Ed25519PrivateKey | None = None
    created: timedelta = timedelta(0)
    nonce: str | None = None
    headers: dict[str, str] = field(default_factory=lambda: {"Content-Type": events.MEDIA_TYPE})
    body: bytes = b""
    extra: list[tuple[str, str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        own_id, own_key = next(iter(keys.of_sandbox(self.settings).items()))
        self.key_id, self.key = self.key_id or own_id, self.key or own_key
        self.base = self.base or self.settings.public_url
        self.body = self.body or events.write_case_event(
            source="urn:c",
            id=f"{self.number}-{self.sequence}",
            application_number=self.number,
            state="accepted",
            sequence=self.sequence,
            at=clock.now(),
            data={"caseNumber": "C-1"},
        )

    def sign(self) -> Call:
        assert self.key is not None
        self.headers |= signatures.sign(
            self.method,
            self.base + self.path,
            self.headers,
            self.body,
            key_id=self.key_id,
            key=self.key,
            now=clock.now() + self.created,
            nonce=self.nonce,
        )
        return self

    def send(self, client: LintedClient) -> TestResponse:
        lines = [*self.headers.items(), *self.extra]
        return client.open(self.sent_path, method=self.method, data=self.body, headers=lines)


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return settings_for(tmp_path_factory.mktemp("portal"))


@pytest.fixture(scope="module")
def app(settings: Settings) -> Iterator[Flask]:
    """One portal for all these tests: what is refused leaves no trace in it."""
    with running(settings) as portal:
        yield portal


@pytest.fixture
def number(app: Flask) -> str:
    with app.app_context(), db.writing(app.extensions["doudi_engine"]) as session:
        return handoff.submit(
            session,
            draft_id=str(uuid.uuid4()),
            document=document(),
            region="220104",
            query_code=QUERY_CODE,
            now=clock.now(),
        ).number


def stored(app: Flask, number: str) -> int:
    with db.writing(app.extensions["doudi_engine"]) as session:
        events_of_it = select(func.count()).where(CallbackEvent.application_number == number)
        return session.scalar(events_of_it) or 0


def test_a_signed_callback_is_taken_and_shown(
    app: Flask, client: LintedClient, settings: Settings, number: str
) -> None:
    answer = Call(settings, number).sign().send(client)
    assert answer.status_code == 200
    assert answer.json == {"verdict": "applied"}
    assert stored(app, number) == 1


def _swap(header: str, old: str, new: str) -> Callable[[Call], Any]:
    def change(call: Call) -> None:
        assert old in call.headers[header], call.headers[header]
        call.headers[header] = call.headers[header].replace(old, new)

    return change


def _drop(header: str) -> Callable[[Call], Any]:
    return lambda call: call.headers.pop(header)


def _set(**changes: Any) -> Callable[[Call], Any]:
    def change(call: Call) -> None:
        for name, value in changes.items():
            setattr(call, name, value)

    return change


def _body(call: Call) -> None:
    event = json.loads(call.body)
    event["data"]["caseNumber"] = "C-2"
    call.body = json.dumps(event).encode()


def _body_and_digest(call: Call) -> None:
    _body(call)
    call.headers["Content-Digest"] = signatures.ContentDigest.create(call.body)


def _flip(call: Call) -> None:
    name, value = call.headers["Signature"].split("=:", 1)
    call.headers["Signature"] = f"{name}=:{'B' if value[0] == 'A' else 'A'}{value[1:]}"


def _second_label(call: Call) -> None:
    call.headers["Signature-Input"] += ", " + call.headers["Signature-Input"].replace("sig=", "other=", 1)
    call.headers["Signature"] += ", " + call.headers["Signature"].replace("sig=", "other=", 1)


AFTER_SIGNING: dict[str, Callable[[Call], Any]] = {
    "another method": _set(method="PUT"),
    "another path": _set(sent_path="/handoff/callbacks/"),
    "a query added": _set(sent_path=PATH + "?x=1"),
    "an empty query value": _set(sent_path=PATH + "?x"),
    "another body": _body,
    "another body with its own digest": _body_and_digest,
    "an empty body": _set(body=b""),
    "a longer body": lambda call: _set(body=call.body + b" ")(call),
    "another content type": lambda call: call.headers.update({"Content-Type": "application/json"}),
    "no digest": _drop("Content-Digest"),
    "a digest of another algorithm": _swap("Content-Digest", "sha-256", "sha-512"),
    "no signature": _drop("Signature"),
    "no signature input": _drop("Signature-Input"),
    "one bit of the signature": _flip,
    "an empty signature": lambda call: call.headers.update({"Signature": "sig=::"}),
    "a signature that is no byte sequence": lambda call: call.headers.update({"Signature": 'sig="x"'}),
    "a broken structured field": lambda call: call.headers.update({"Signature-Input": "sig=(("}),
    "another label": _swap("Signature", "sig=", "other="),
    "two labels": _second_label,
    "a doubled signature header": lambda call: call.extra.append(("Signature", call.headers["Signature"])),
    "a doubled digest": lambda call: call.extra.append(("Content-Digest", call.headers["Content-Digest"])),
    "another key id": _swap("Signature-Input", 'keyid="sandbox', 'keyid="portal'),
    "another algorithm": _swap("Signature-Input", 'alg="ed25519"', 'alg="hmac-sha256"'),
    "another tag": _swap("Signature-Input", signatures.TAG, "other"),
    "a longer life": lambda call: call.headers.update(
        {"Signature-Input": call.headers["Signature-Input"].replace("expires=1", "expires=9")}
    ),
    "a part no longer covered": _swap("Signature-Input", '"content-digest" ', ""),
    "the method no longer covered": _swap("Signature-Input", '"@method" ', ""),
}  # fmt: skip
BEFORE_SIGNING: dict[str, Callable[[Call], Any]] = {
    "a key nobody knows": _set(key_id="stranger", key=Ed25519PrivateKey.generate()),
    "a stranger's key under our id": _set(key=Ed25519PrivateKey.generate()),
    "signed for another host": _set(base="https://elsewhere.example"),
    "created six minutes ago": _set(created=timedelta(minutes=-6)),
    "created six minutes ahead": _set(created=timedelta(minutes=6)),
    "a nonce without end": _set(nonce="n" * 65),
    "no content type": lambda call: call.headers.clear(),
}


@pytest.mark.parametrize("change", AFTER_SIGNING.values(), ids=AFTER_SIGNING)
def test_what_was_changed_after_signing_is_refused(
    app: Flask, client: LintedClient, settings: Settings, number: str, change: Callable[[Call], Any]
) -> None:
    call = Call(settings, number).sign()
    change(call)
    assert call.send(client).status_code in (401, 404, 405)
    assert stored(app, number) == 0


@pytest.mark.parametrize("change", BEFORE_SIGNING.values(), ids=BEFORE_SIGNING)
def test_a_signature_that_proves_nothing_is_refused(
    app: Flask, client: LintedClient, settings: Settings, number: str, change: Callable[[Call], Any]
) -> None:
    call = Call(settings, number)
    change(call)
    assert call.sign().send(client).status_code == 401
    assert stored(app, number) == 0


@pytest.mark.parametrize("minutes", [-4, 4])
def test_a_clock_that_is_four_minutes_off_is_forgiven(
    client: LintedClient, settings: Settings, number: str, minutes: int
) -> None:
    assert Call(settings, number, created=timedelta(minutes=minutes)).sign().send(client).status_code == 200


def test_the_same_request_twice_is_refused_the_second_time(
    app: Flask, client: LintedClient, settings: Settings, number: str
) -> None:
    call = Call(settings, number).sign()
    assert call.send(client).status_code == 200
    again = call.send(client)
    assert again.status_code == 401
    assert again.json is not None
    assert again.json["type"] == "urn:doudi:problem:nonce-replayed"
    assert stored(app, number) == 1


def test_the_same_event_signed_afresh_is_a_duplicate(
    client: LintedClient, settings: Settings, number: str
) -> None:
    assert Call(settings, number).sign().send(client).json == {"verdict": "applied"}
    assert Call(settings, number).sign().send(client).json == {"verdict": "duplicate"}


def test_without_any_proof_nothing_is_even_read(client: LintedClient) -> None:
    answer = client.post(PATH, data=b"{", content_type="application/json")
    assert answer.status_code == 401
    assert answer.mimetype == "application/problem+json"


@pytest.mark.parametrize(
    ("body", "status"),
    [(b"{", 400), (b'{"specversion":"1.0","id":"1","source":"s","type":"weather.rain"}', 202),
     (b'{"specversion":"1.0","id":"1","source":"s","type":"case.closed","subject":"NONE","sequence":1}', 404)],
)  # fmt: skip
def test_signed_nonsense_gets_the_answer_of_the_contract(
    client: LintedClient, settings: Settings, number: str, body: bytes, status: int
) -> None:
    assert Call(settings, number, body=body).sign().send(client).status_code == status


def test_a_refusal_without_reason_names_the_field(
    client: LintedClient, settings: Settings, number: str
) -> None:
    body = events.write_case_event(
        source="urn:c",
        id="e",
        application_number=number,
        state="rejected",
        sequence=1,
        at=clock.now(),
        data={},
    )
    answer = Call(settings, number, body=body).sign().send(client)
    assert answer.status_code == 422
    assert answer.json is not None
    assert answer.json["errors"] == [{"pointer": "/data/reason", "detail": "required, not empty"}]


def test_two_keys_are_good_during_a_rotation(settings: Settings) -> None:
    old, new = Ed25519PrivateKey.generate(), Ed25519PrivateKey.generate()
    both = replace(
        settings,
        case_system_keys=(keys.written("old", old.public_key()), keys.written("new", new.public_key())),
    )
    known = {key_id: key for key_id, (key, _route) in route_table.by_key(both).items()}
    for key_id, key in (("old", old), ("new", new)):
        lines = signatures.sign(
            "GET", "https://p.example/x", {}, b"", key_id=key_id, key=key, now=clock.now()
        )
        found = signatures.verify(
            "GET", "https://p.example/x", list(lines.items()), b"", keys=known, now=clock.now()
        )
        assert found.key_id == key_id


@pytest.mark.parametrize("text", ["", "k", "k:", "k:AAAA", ":AAAA", "k:" + "!" * 44])
def test_a_malformed_key_stops_the_start_and_says_which_setting(settings: Settings, text: str) -> None:
    with pytest.raises(ConfigError, match="DOUDI_CASE_SYSTEM_KEYS"):
        route_table.table(replace(settings, case_system_keys=(text,)))
