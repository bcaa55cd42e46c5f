"""What is published for vendors is what the code does: schemas, OpenAPI, test vectors, keys, commands."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from flask import Flask
from referencing import Registry, Resource

from portal import clock, db, handoff
from portal.handoff import canonical, conformance, documents, events, snapshot
from portal.handoff.models import OutboxMessage
from tests.support import handoff_vectors
from tests.support.handoff import QUERY_CODE, Desk, document, office, settings_for
from tests.support.pages import LintedClient

BASE = "https://portal.example/docs/handoff/"


def schema(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((documents.SCHEMAS / f"{name}.json").read_text(encoding="utf-8"))
    return found


def validator(name: str) -> jsonschema.Draft202012Validator:
    return jsonschema.Draft202012Validator(schema(name))


@pytest.fixture
def sent(app: Flask) -> handoff.Submission:
    with app.app_context(), db.writing(app.extensions["doudi_engine"]) as session:
        return handoff.submit(
            session,
            draft_id="d1",
            document=document(),
            region="220104",
            query_code=QUERY_CODE,
            now=clock.now(),
        )


@pytest.fixture(scope="module")
def handed_over(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The document of an application as it is delivered."""
    settings = settings_for(tmp_path_factory.mktemp("portal"))
    with office(settings) as engine:
        return Desk(engine, settings).submit().document


@pytest.mark.parametrize("name", documents.schema_names())
def test_every_schema_is_a_valid_schema(name: str) -> None:
    jsonschema.Draft202012Validator.check_schema(schema(name))


@pytest.mark.parametrize("type_", events.TYPES)
def test_every_type_of_event_has_a_published_schema(type_: str) -> None:
    assert type_ in documents.schema_names()


def test_what_is_handed_over_fits_its_schema(app: Flask, sent: handoff.Submission) -> None:
    validator(events.SUBMITTED).validate(sent.document)
    with app.app_context(), db.writing(app.extensions["doudi_engine"]) as session:
        newer = handoff.amend(session, sent, document(area="rural"), now=clock.now())
        ended = handoff.consent_withdrawn(
            session, draft_id="d1", now=clock.now(), consents=[
                {"recordId": "r", "subjectId": "s", "memberId": "m1", "purpose": "check", "state": "withdrawn",
                 "at": "2026-11-23T09:00:00+08:00", "method": "tick_and_link_code",
                 "notice": {"id": "n", "version": "1", "locale": "zh_Hans", "sha256": "0" * 64}},
            ],
        )  # fmt: skip
        back = handoff.withdraw(session, sent.number, now=clock.now())
        assert ended is not None
        assert back is not None
        validator(events.AMENDED).validate(newer.document)
        validator(events.CONSENT_WITHDRAWN).validate(ended.document)
        validator(events.WITHDRAWN).validate(back.document)
        assert [newer.version, ended.version, back.version] == [2, 3, 4]


def test_the_sample_of_the_conformance_kit_fits_the_schema() -> None:
    data = {**conformance.sample(), "applicationNumber": "KJ3M8PRTWA", "applicationVersion": 1}
    validator(events.SUBMITTED).validate(data)


@pytest.mark.parametrize("change", [{"surprise": 1}, {"region": "22"}, {"programmes": []}, {"members": []},
                                    {"estimate": {"binding": True}}, {"submittedAt": "2026-11-23"}])  # fmt: skip
def test_the_schema_refuses_what_does_not_belong(handed_over: dict[str, Any], change: dict[str, Any]) -> None:
    assert not validator(events.SUBMITTED).is_valid({**handed_over, **change})


@pytest.mark.parametrize("key", list(document()))
def test_every_key_of_the_document_is_required(handed_over: dict[str, Any], key: str) -> None:
    assert not validator(events.SUBMITTED).is_valid({k: v for k, v in handed_over.items() if k != key})


def test_the_openapi_document_describes_our_addresses_and_events(
    app: Flask, sent: handoff.Submission
) -> None:
    api = json.loads((documents.FOLDER / "openapi.json").read_text(encoding="utf-8"))
    ours = {
        rule.rule.replace("<id_>", "{id}").replace("<token>", "{token}")
        for rule in app.url_map.iter_rules()
        if rule.rule.startswith("/handoff/")
    }
    assert ours - {"/handoff/callbacks"} == {path for path in api["paths"] if path.startswith("/handoff/")}
    assert set(api["webhooks"]) == {f"case.{state}" for state in handoff.case_states()}
    registry: Registry[Any] = Registry().with_resources(
        (f"{BASE}schemas/{name}.json", Resource.from_contents(schema(name)))
        for name in documents.schema_names()
    )
    body = api["paths"]["/events"]["post"]["requestBody"]["content"]["application/cloudevents+json"]["schema"]
    check = jsonschema.Draft202012Validator({"$id": BASE, **body}, registry=registry)
    with db.writing(app.extensions["doudi_engine"]) as session:
        message = session.query(OutboxMessage).one()
        event = json.loads(events.write(message, sent.document))
    check.validate(event)
    assert not check.is_valid({**event, "type": "doudi.application.withdrawn.v1"})


def test_the_published_vectors_are_what_the_code_does() -> None:
    published = json.loads((documents.FOLDER / "vectors.json").read_text(encoding="utf-8"))
    assert published == handoff_vectors.build()


def test_the_bytes_of_an_event_stay_the_same_however_often_it_is_sent(
    app: Flask, sent: handoff.Submission
) -> None:
    with db.writing(app.extensions["doudi_engine"]) as session:
        message = session.query(OutboxMessage).one()
        again = snapshot.find_submission(session, sent.number)
        assert again is not None
        first, second = events.write(message, sent.document), events.write(message, again.document)
    assert first == second
    assert canonical.content_hash(json.loads(first)["data"]) == sent.content_hash


def test_nothing_personal_stands_outside_data(app: Flask, sent: handoff.Submission) -> None:
    with db.writing(app.extensions["doudi_engine"]) as session:
        event = json.loads(events.write(session.query(OutboxMessage).one(), sent.document))
    del event["data"]
    for canary in ("试验甲", "220104195501010026", "13800000000", "试验路"):
        assert canary not in json.dumps(event, ensure_ascii=False)


def test_a_stolen_database_file_shows_nobody(settings: Any, sent: handoff.Submission) -> None:
    file = Path(settings.database_url.removeprefix("sqlite:///"))
    content = b"".join(part.read_bytes() for part in file.parent.glob(f"{file.name}*"))
    assert sent.number.encode() in content
    for canary in ("试验甲", "220104195501010026", "13800000000", "试验路", "丈夫去世", QUERY_CODE):
        assert canary.encode() not in content


def test_vendors_find_everything_on_one_page(client: LintedClient) -> None:
    page = client.get("/docs/handoff")
    assert page.status_code == 200
    for address in (
        "openapi.json",
        "vectors.json",
        "keys.json",
        *(f"schemas/{n}.json" for n in documents.schema_names()),
    ):
        assert f"/docs/handoff/{address}" in page.text
        assert client.get(f"/docs/handoff/{address}").is_json
    assert client.get("/docs/handoff/schemas/secrets.json").status_code == 404


def test_an_operator_sees_what_would_happen_before_it_does(app: Flask, sent: handoff.Submission) -> None:
    run = app.test_cli_runner()
    assert "pending       1" in run.invoke(args=["handoff", "status"]).output
    assert sent.number in run.invoke(args=["handoff", "status", sent.number.lower()]).output
    assert "would park" in run.invoke(args=["handoff", "park", sent.number]).output
    assert "parked 1" in run.invoke(args=["handoff", "park", sent.number, "--by", "Li", "--yes"]).output
    assert f"would replay {sent.number} v1" in run.invoke(args=["handoff", "replay"]).output
    assert "replayed 1" in run.invoke(args=["handoff", "replay", "--by", "Li", "--yes"]).output
    assert run.invoke(args=["handoff", "keys"]).output.startswith("portal-")


@pytest.mark.parametrize(
    "args",
    [["status", "2222222222"], ["replay", "--yes"], ["park", "2222222222", "--yes"], ["reconcile"],
     ["reconcile", "--route", "nowhere"], ["conformance", "http://127.0.0.1:9"]],
)  # fmt: skip
def test_what_cannot_be_done_ends_with_code_one_and_no_traceback(app: Flask, args: list[str]) -> None:
    done = app.test_cli_runner().invoke(args=["handoff", *args])
    assert done.exit_code == 1
    assert "Traceback" not in done.output


def test_a_wrong_use_ends_with_code_two(app: Flask) -> None:
    assert app.test_cli_runner().invoke(args=["handoff", "replay", "--since", "yesterday"]).exit_code == 2
