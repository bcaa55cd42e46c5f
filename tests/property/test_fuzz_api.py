"""The published interfaces under made-up calls: right and wrong ones by their own OpenAPI, never a failure of ours.

`DOUDI_FUZZ_CASES` says how many (a few hundred with `make test`, 20,000 with `make fuzz`). Calls of case systems are
signed, so that what is made up reaches what lies behind the signature.
"""

from __future__ import annotations

import json
import os
import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
import schemathesis
from alembic import command
from flask import Flask
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from portal import clock, db, handoff
from portal.cli import migrations
from portal.factory import create_app
from portal.handoff import keys, signatures
from portal.handoff.models import CallbackEvent, OutboxMessage
from tests.support.handoff import QUERY_CODE, document, settings_for

CASES = int(os.environ.get("DOUDI_FUZZ_CASES", "400"))
FOLDER = Path(handoff.__file__).parent
BOTH = (GenerationMode.POSITIVE, GenerationMode.NEGATIVE)
# What each interface gets of every hundred cases; the rest has nothing that could be made up.
SHARES = {"POST /estimates": 40, "GET /answers": 20, "GET /policies/{norm}": 3}
CALLBACKS, OTHER_HANDOFF, RAW = 25, 8, 4
CONFORMING = (
    not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance,
)  # fmt: skip


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """A portal with one sent application, whose events can be spoken about; no limits."""
    plain = settings_for(tmp_path_factory.mktemp("portal"), limits_api=0)
    portal = create_app(plain)
    command.upgrade(migrations(plain.database_url), "head")
    yield portal
    portal.extensions["doudi_engine"].dispose()


@pytest.fixture(scope="module")
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


def share(of_a_hundred: int) -> int:
    return max(4, CASES * of_a_hundred // 100)


def run(strategy: Any, cases: int, look: Callable[[Any], None]) -> None:
    """Make up so many cases and look at each; a known seed where few are asked for."""

    @settings(
        max_examples=cases,
        database=None,
        deadline=None,
        derandomize=CASES <= 1000,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.generate],
    )
    @given(case=strategy)
    def made_up(case: Any) -> None:
        look(case)

    made_up()


@pytest.mark.filterwarnings("ignore::DeprecationWarning:jsonschema_rs")
def test_the_guidance_interface_never_fails(app: Flask) -> None:
    seen: Counter[tuple[str, int]] = Counter()

    def look(case: Any) -> None:
        answer = case.call(headers={"Accept-Encoding": "identity"})
        seen[case.operation.label, answer.status_code] += 1
        case.validate_response(answer, checks=CONFORMING)

    schema = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", app)
    for found in schema.get_all_operations():
        operation = found.ok()
        cases = share(SHARES.get(operation.label, 0)) if operation.label in SHARES else 1
        for mode in BOTH:
            strategy = operation.as_strategy(generation_mode=mode)
            if mode is GenerationMode.NEGATIVE and operation.label not in SHARES:
                continue  # without parameters there is nothing to get wrong
            if mode is GenerationMode.NEGATIVE and operation.label.endswith("{norm}"):
                continue  # every text is a name of a document
            run(strategy, cases // 2 or 1, look)
    report("guidance", seen)
    assert not any(status >= 500 for _label, status in seen)
    assert {("POST /estimates", 200), ("POST /estimates", 422), ("GET /answers", 200)} <= set(seen)


def inlined(node: Any) -> Any:
    """A schema with the files it refers to put in, as a reader of the published document would fetch them."""
    if isinstance(node, dict):
        ref = node.get("$ref", "")
        if ref.startswith("schemas/"):
            return inlined(json.loads((FOLDER / ref).read_text(encoding="utf-8")))
        return {key: inlined(value) for key, value in node.items() if key not in ("$schema", "$id")}
    return [inlined(value) for value in node] if isinstance(node, list) else node


def operations(paths: dict[str, Any], components: dict[str, Any]) -> Iterator[Any]:
    for item in paths.values():
        for operation in item.values():
            if isinstance(operation, dict):  # what matters here is the request; who signs it does so below
                operation["responses"] = {"default": {"description": "any"}}
                kept = [one for one in operation.get("parameters", []) if one.get("in") != "header"]
                operation["parameters"] = kept
    text = {
        "openapi": "3.1.0",
        "info": {"title": "hand-off", "version": "1"},
        "paths": inlined(paths),
        "components": inlined(components),
    }
    for found in schemathesis.openapi.from_dict(text).get_all_operations():
        yield found.ok()


def sent(app: Flask, case: Any, *, signed: bool, twist: Callable[[bytes], bytes] = lambda body: body) -> int:
    """Send a made-up case, signed by the case system's key, and give the status."""
    public = app.extensions["doudi_settings"].public_url
    arguments = case.as_transport_kwargs(base_url=public)
    arguments.pop("cookies", None)
    made = requests.Request(
        **{
            key: arguments[key]
            for key in ("method", "url", "headers", "params", "data", "json")
            if key in arguments
        }
    ).prepare()
    raw = made.body if isinstance(made.body, bytes) else (made.body or "").encode()
    body = twist(raw)
    headers = {"Content-Type": str(case.media_type or made.headers.get("Content-Type") or "application/json")}
    target = made.path_url
    if signed:
        key_id, key = next(iter(keys.of_sandbox(app.extensions["doudi_settings"]).items()))
        headers |= signatures.sign(
            made.method or "GET", public + target, headers, body, key_id=key_id, key=key, now=clock.now()
        )
    else:
        headers = {
            name: value for name, value in made.headers.items() if "\n" not in value and "\r" not in value
        }
    return app.test_client().open(target, method=made.method, data=body, headers=headers).status_code


def test_callbacks_never_fail(app: Flask, number: str) -> None:
    described = json.loads((FOLDER / "openapi.json").read_text(encoding="utf-8"))
    seen: Counter[int] = Counter()
    hooks = sorted(described["webhooks"].items())
    for _name, hook in hooks:
        paths = {"/handoff/callbacks": {"post": dict(hook["post"])}}
        for operation in operations(paths, described.get("components", {})):
            for mode in BOTH:

                def look(case: Any, right: bool = mode is GenerationMode.POSITIVE) -> None:
                    if right and isinstance(case.body, dict):  # what is made up is what the event says
                        for attribute in set(case.body) - ATTRIBUTES:
                            del case.body[attribute]
                        case.body.update(subject=number, source="urn:c", id=str(uuid.uuid4()))
                    seen[sent(app, case, signed=True)] += 1

                run(
                    operation.as_strategy(generation_mode=mode),
                    share(CALLBACKS) // (2 * len(hooks)) or 1,
                    look,
                )
    report("callbacks", seen)
    assert max(seen) < 500
    assert seen[200] > 0, "some are applied, stale or impossible"
    assert seen[401] < sum(seen.values()) / 4, "most get past the signature"
    with db.writing(app.extensions["doudi_engine"]) as session:
        assert session.query(CallbackEvent).count() > 0


def test_the_pull_list_its_receipts_and_its_files_never_fail(app: Flask, number: str) -> None:
    described = json.loads((FOLDER / "openapi.json").read_text(encoding="utf-8"))
    seen: Counter[int] = Counter()
    with db.writing(app.extensions["doudi_engine"]) as session:
        message = session.query(OutboxMessage.id).filter_by(application_number=number).scalar()
    paths = {path: item for path, item in described["paths"].items() if path.startswith("/handoff/")}
    found = list(operations(paths, described.get("components", {})))
    for operation in found:
        for mode in BOTH if operation.body else BOTH[:1]:  # every text is an id or a link

            def look(case: Any) -> None:
                if "id" in (case.path_parameters or {}) and len(str(case.path_parameters["id"])) % 2:
                    case.path_parameters["id"] = message
                seen[sent(app, case, signed=True)] += 1

            run(
                operation.as_strategy(generation_mode=mode),
                share(OTHER_HANDOFF) // (2 * len(found)) or 2,
                look,
            )
    report("hand-off", seen)
    assert max(seen) < 500
    assert seen[401] < sum(seen.values()) / 2


def test_raw_bytes_and_made_up_signatures_never_fail(app: Flask) -> None:
    seen: Counter[int] = Counter()
    header = st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=80)

    def look(case: tuple[str, bytes, str, str, str]) -> None:
        path, body, digest, given, signature = case
        headers = {"Content-Digest": digest, "Signature-Input": given, "Signature": signature}
        seen[app.test_client().post(path, data=body, headers=headers).status_code] += 1

    paths = st.sampled_from(
        ["/handoff/callbacks", "/handoff/events/x/ack", "/api/v1/estimates", "/api/v1/answers"]
    )
    labels = st.one_of(
        header, st.just('sig=("@method");created=1;expires=2;keyid="k";alg="ed25519";nonce="n"')
    )
    run(st.tuples(paths, st.binary(max_size=400), header, labels, header), share(RAW), look)
    report("raw", seen)
    assert max(seen) < 500


ATTRIBUTES = {"specversion", "id", "source", "type", "subject", "time", "datacontenttype", "sequence", "data"}


def report(name: str, seen: Counter[Any]) -> None:
    """One line with what came back, for the record of a long run."""
    told = ", ".join(f"{key}: {count}" for key, count in sorted(seen.items(), key=str))
    print(f"fuzz {name}: {sum(seen.values())} cases; {told}")  # read with pytest -s
