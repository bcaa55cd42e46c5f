"""Files reach only the case system they are meant for, by a link that soon ends, whole or not at all."""

from __future__ import annotations

import hashlib
import io
import threading
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from alembic import command
from flask import Flask
from sqlalchemy import select, update
from werkzeug.serving import make_server
from werkzeug.test import TestResponse

from portal import attachments, clock, db, handoff
from portal.attachments import Attachment, intake, keeping
from portal.cli import migrations
from portal.config import Settings
from portal.factory import create_app
from portal.handoff import callbacks, keys, retention, signatures
from portal.handoff.events import CaseEvent
from portal.handoff.models import OutboxMessage, Submission
from portal.handoff.sandbox import store
from tests.support import papers
from tests.support.handoff import QUERY_CODE, Desk, document, sandbox, settings_for
from tests.support.pages import LintedClient, Page, page_text
from tests.support.portal import running


@dataclass
class Sent:
    """An application with one file, as the case system was told."""

    number: str
    entry: dict[str, Any]

    @property
    def path(self) -> str:
        return str(self.entry["url"]).removeprefix("http://127.0.0.1:8000")


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return settings_for(tmp_path_factory.mktemp("portal"))


@pytest.fixture(scope="module")
def app(settings: Settings) -> Iterator[Flask]:
    """One portal for all these tests; each has an application of its own."""
    with running(settings) as portal:
        yield portal


def submit(app: Flask, data: bytes = papers.PDF) -> Sent:
    settings = app.extensions["doudi_settings"]
    with app.app_context(), db.writing(app.extensions["doudi_engine"]) as session:
        stored = keeping.store(data, settings)
        draft_id = str(uuid.uuid4())
        file = attachments.add(session, stored, kind="other", draft_id=draft_id, now=clock.now())
        entry = attachments.reference(file, now=clock.now())
        sent = handoff.submit(
            session,
            draft_id=draft_id,
            document=document(attachments=[entry]),
            region="220104",
            query_code=QUERY_CODE,
            now=clock.now(),
        )
        file.number = sent.number
        return Sent(sent.number, entry)


@pytest.fixture
def sent(app: Flask) -> Sent:
    return submit(app)


def call(app: Flask, path: str, method: str = "GET") -> TestResponse:
    """A call signed as the sandbox case system signs."""
    settings = app.extensions["doudi_settings"]
    sign = signatures.signer(keys.of_sandbox(settings), clock.now)
    headers = {"Content-Type": "application/json"} if method == "POST" else {}
    signed = sign(method, settings.public_url + path, headers, b"")
    return app.test_client().open(path, method=method, headers={**headers, **signed})


def test_the_case_system_gets_the_very_bytes_that_were_announced(app: Flask, sent: Sent) -> None:
    answer = call(app, sent.path)
    assert answer.status_code == 200
    assert answer.data == intake.read(papers.PDF).data
    assert hashlib.sha256(answer.data).hexdigest() == sent.entry["sha256"]
    assert answer.headers["Content-Type"] == "application/pdf"
    assert answer.headers["Content-Disposition"] == f'attachment; filename="{sent.entry["id"]}.pdf"'
    assert answer.headers["Cache-Control"] == "no-store"


def test_nobody_fetches_a_file_without_a_signature(app: Flask, sent: Sent) -> None:
    answer = app.test_client().get(sent.path)
    assert answer.status_code == 401
    assert b"canary" not in answer.data


def test_a_file_of_an_application_that_went_elsewhere_is_unknown(app: Flask, sent: Sent) -> None:
    with db.writing(app.extensions["doudi_engine"]) as session:
        session.execute(
            update(OutboxMessage)
            .where(OutboxMessage.application_number == sent.number)
            .values(route="another-county")
        )
    assert call(app, sent.path).status_code == 404
    assert call(app, f"/handoff/attachments/{sent.entry['id']}/link", "POST").status_code == 404


def test_a_link_serves_a_broken_download_again_and_ends_an_hour_after_its_first_use(
    app: Flask, sent: Sent
) -> None:
    assert call(app, sent.path).status_code == 200
    assert call(app, sent.path).status_code == 200
    with db.writing(app.extensions["doudi_engine"]) as session:
        session.get_one(Attachment, sent.entry["id"]).link_used_at = clock.now() - timedelta(minutes=61)
    assert call(app, sent.path).status_code == 410
    renewed = call(app, f"/handoff/attachments/{sent.entry['id']}/link", "POST").get_json()
    assert renewed["sha256"] == sent.entry["sha256"]
    assert renewed["url"] != sent.entry["url"]
    assert call(app, renewed["url"].removeprefix("http://127.0.0.1:8000")).status_code == 200
    assert call(app, sent.path).status_code == 404


def test_a_link_that_was_never_given_is_unknown(app: Flask) -> None:
    assert call(app, "/handoff/attachments/guessed").status_code == 404
    assert call(app, "/handoff/attachments/guessed/link", "POST").status_code == 404


@pytest.mark.parametrize("damage", ["changed", "gone"])
def test_a_damaged_file_is_never_handed_out(app: Flask, sent: Sent, damage: str) -> None:
    with app.app_context():
        if damage == "changed":
            keeping.storage().write(sent.entry["id"], b"%PDF-1.7 another paper")
        else:
            keeping.storage().remove(sent.entry["id"])
    answer = call(app, sent.path)
    assert answer.status_code == 503
    assert answer.headers["Retry-After"] == "60"


def test_deleting_an_application_deletes_its_files(app: Flask, sent: Sent, settings: Settings) -> None:
    file = settings.instance / "files" / sent.entry["id"]
    assert file.exists()
    with app.app_context(), db.writing(app.extensions["doudi_engine"]) as session:
        retention.remove(session, sent.number)
        assert file.exists()  # until the transaction is committed
    assert not file.exists()


def ask_for_papers(app: Flask, number: str) -> None:
    with db.writing(app.extensions["doudi_engine"]) as session:
        for sequence, state in enumerate(("accepted", "materials_requested"), start=1):
            details = {"materials": "离婚判决书"} if state == "materials_requested" else {}
            event = CaseEvent("urn:c", f"{number}-{sequence}", number, state, sequence, clock.now(), details)
            assert callbacks.receive(session, event, now=clock.now()) == callbacks.Verdict.APPLIED


def hand_in(client: LintedClient, data: bytes) -> TestResponse:
    page = Page(client.get("/progress/papers").get_data(as_text=True))
    token = next(form for form in page.forms if "kind" in form.fields).fields["csrf_token"][0]
    values = {
        "csrf_token": token, "kind": "divorce_judgment", "member": "family", "file": (io.BytesIO(data), "a.jpg"),
    }  # fmt: skip
    return client.post(
        "/progress/papers", data=values, content_type="multipart/form-data", follow_redirects=True
    )


def test_papers_asked_for_later_go_out_as_an_event_of_their_own(app: Flask, sent: Sent) -> None:
    client = app.test_client()
    assert isinstance(client, LintedClient)
    client.submit("/progress/", {"number": sent.number, "query_code": QUERY_CODE})
    assert client.get("/progress/papers").status_code == 303  # nothing was asked for
    ask_for_papers(app, sent.number)
    assert "拍照传上来" in page_text(client.get("/progress/application"))
    assert "离婚判决书" in page_text(client.get("/progress/papers"))
    assert "这种文件看不了" in page_text(hand_in(client, b"not a photo"))
    assert "补了 1 个" in page_text(hand_in(client, papers.jpeg()))
    with db.writing(app.extensions["doudi_engine"]) as session:
        told = session.scalars(
            select(OutboxMessage).where(
                OutboxMessage.application_number == sent.number, OutboxMessage.application_version > 1
            )
        ).one()
        assert told.type == "attachment.available.v1"
        entry = session.get_one(Submission, (sent.number, told.application_version)).document["attachment"]
    assert call(app, entry["url"].removeprefix("http://127.0.0.1:8000")).status_code == 200


def test_without_signing_in_nothing_can_be_handed_in(app: Flask) -> None:
    assert app.test_client().get("/progress/papers").headers["Location"] == "/progress/"


def test_the_sandbox_fetches_what_it_was_told_of_and_shows_how_many(tmp_path: Path) -> None:
    server = make_server("127.0.0.1", 0, lambda _environ, _start: [], threaded=True)
    server.daemon_threads = True
    own = settings_for(tmp_path, public_url=f"http://127.0.0.1:{server.server_port}")
    server.app = create_app(own)
    engine = server.app.extensions["doudi_engine"]
    command.upgrade(migrations(own.database_url), "head")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        with sandbox(own, clock=clock.now) as there:
            sent = submit(server.app)
            desk = Desk(engine, replace(own, case_system_url=there.url))
            desk.clock.moment = clock.now()
            desk.deliver()
            waited = threading.Event()
            for _try in range(100):
                with there.store.reading() as session:
                    if store.fetched(session, sent.number):
                        break
                waited.wait(0.05)
            shown = httpx.get(f"{there.url}/cases/{sent.number}").text
            assert "收到材料 1 个，共 1 个" in shown
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
        engine.dispose()
