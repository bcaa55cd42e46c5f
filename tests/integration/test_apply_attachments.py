"""Papers of an application: put in through the page, encrypted on disk, handed over by reference, taken out again."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from werkzeug.test import TestResponse

from portal import attachments, clock, db, encryption
from portal.apply import service
from portal.attachments import Attachment, Scan, intake
from portal.config import Settings
from portal.factory import create_app
from portal.handoff.models import OutboxMessage, Submission
from tests.support import applying, papers
from tests.support.pages import LintedClient, Page, page_text


@pytest.fixture
def settings(settings: Settings, tmp_path: Path) -> Settings:
    return replace(settings, instance=tmp_path)


def upload(
    client: LintedClient, data: bytes, kind: str = "divorce_judgment", member: str = "family",
    name: str = "身份证.exe",
) -> TestResponse:  # fmt: skip
    """One file through the page, under a name that says nothing true."""
    page = Page(client.get("/apply/papers").get_data(as_text=True))
    token = next(form for form in page.forms if "kind" in form.fields).fields["csrf_token"][0]
    sent = {"csrf_token": token, "kind": kind, "member": member, "file": (io.BytesIO(data), name)}
    return client.post("/apply/papers", data=sent, content_type="multipart/form-data", follow_redirects=True)


def rows(app: Flask) -> list[Attachment]:
    with db.writing(app.extensions["doudi_engine"]) as session:
        return list(session.scalars(select(Attachment).order_by(Attachment.created_at)))


def on_disk(settings: Settings) -> list[Path]:
    return sorted(path for path in (settings.instance / "files").rglob("*") if path.is_file())


def submitted(app: Flask) -> Submission:
    with db.writing(app.extensions["doudi_engine"]) as session:
        return session.scalars(select(Submission).where(Submission.version == 1)).one()


@pytest.fixture
def family(client: LintedClient) -> LintedClient:
    applying.start_filled(client)
    return client


def test_a_file_is_counted_and_lies_encrypted_under_a_name_that_says_nothing(
    family: LintedClient, app: Flask, settings: Settings
) -> None:
    assert "已传 1 个" in page_text(upload(family, papers.PDF))
    assert "已传 2 个" in page_text(upload(family, papers.jpeg()))
    found = on_disk(settings)
    assert {path.name for path in found} == {row.id for row in rows(app)}
    for path in found:
        raw = path.read_bytes()
        assert b"canary" not in raw
        assert b"%PDF" not in raw
    assert {encryption.decrypt(path.read_bytes())[:4] for path in found} == {b"%PDF", b"\xff\xd8\xff\xe0"}
    assert "已传 2 个" in page_text(family.get("/apply/tasks"))


def test_a_removed_file_is_gone_from_page_table_and_disk(
    family: LintedClient, app: Flask, settings: Settings
) -> None:
    page = upload(family, papers.jpeg())
    assert len(on_disk(settings)) == 1
    after = family.submit(page, form=0)
    assert "还没有传" in page_text(after)
    assert rows(app) == []
    assert on_disk(settings) == []


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "请先选一张照片"),
        (b"MZ not a photo", "这种文件看不了"),
        (papers.bomb(), "尺寸太大"),
        (papers.jpeg((300, 300))[:400], "坏了"),
        (b"%PDF-" + b"0" * 100_000, "文件太大"),
    ],
    ids=["nothing", "program", "bomb", "cut", "too large"],
)
def test_what_cannot_be_taken_is_said_kindly_and_nothing_is_kept(
    family: LintedClient,
    app: Flask,
    settings: Settings,
    data: bytes,
    words: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(intake, "LARGEST_BYTES", 90_000)  # ten megabytes would only make the test slow
    page = upload(family, data)
    assert page.status_code == 422
    assert words in page_text(page)
    assert rows(app) == []
    assert on_disk(settings) == []


def test_the_twenty_first_file_is_not_taken(family: LintedClient, app: Flask) -> None:
    for _number in range(attachments.MOST):
        upload(family, papers.PDF)
    assert "最多 20 个" in page_text(family.get("/apply/papers"))
    token = Page(family.get("/apply/papers").get_data(as_text=True)).forms[0].fields["csrf_token"][0]
    more = {
        "csrf_token": token,
        "kind": "other",
        "member": "family",
        "file": (io.BytesIO(papers.PDF), "a.pdf"),
    }
    answer = family.post("/apply/papers", data=more, content_type="multipart/form-data")
    assert answer.status_code == 422
    assert len(rows(app)) == attachments.MOST


def sign_all(client: LintedClient, *, sensitive: str = "yes") -> None:
    """The applicant here, the mother through her link."""
    applying.sign_own(client, sensitive=sensitive)
    path, code = applying.give_link(client, "m2")
    other = client.application.test_client()
    page = applying.open_link(other, path, code, applying.LI)
    applying.finish_signing(other, page, "m2", "李桂兰", sensitive=sensitive)


def test_sending_hands_over_references_once_and_never_bytes(
    family: LintedClient, app: Flask, settings: Settings
) -> None:
    upload(family, papers.jpeg())
    upload(family, papers.PDF, kind="other", member="m1")
    sign_all(family)
    check = family.get("/apply/check")
    for _press in range(2):
        family.submit(check, {"accept": "y"}, button="发送申请")
    document = submitted(app).document
    first, second = document["attachments"]
    assert first["kind"] == "divorce_judgment"
    assert first["type"] == "image/jpeg"
    assert second["memberId"] == "m1"
    assert first["url"].startswith(f"{settings.public_url}/handoff/attachments/")
    assert first["url"] != second["url"]
    assert {row.number for row in rows(app)} == {submitted(app).number}
    assert len(on_disk(settings)) == 2


def test_a_diagnosis_asks_for_separate_consent_and_stays_here_without_it(
    family: LintedClient, app: Flask, settings: Settings
) -> None:
    upload(family, papers.PDF, kind="diagnosis", member="m1")
    sign_all(family, sensitive="no")
    applying.send(family)
    assert submitted(app).document["attachments"] == []
    assert len(on_disk(settings)) == 1


def test_a_diagnosis_goes_out_with_separate_consent(family: LintedClient, app: Flask) -> None:
    upload(family, papers.PDF, kind="diagnosis", member="m1")
    sign_all(family)
    applying.send(family)
    assert [entry["kind"] for entry in submitted(app).document["attachments"]] == ["diagnosis"]


def told_of(app: Flask) -> list[tuple[str, dict[str, Any]]]:
    """(event type, document) of everything handed over, in order."""
    with db.writing(app.extensions["doudi_engine"]) as session:
        return [
            (
                told.type,
                session.get_one(Submission, (told.application_number, told.application_version)).document,
            )
            for told in session.scalars(select(OutboxMessage).order_by(OutboxMessage.application_version))
        ]


def sent_with_mother_on_paper(client: LintedClient) -> tuple[str, str]:
    """Sent with the mother's diagnosis, while she has yet to sign at the counter."""
    upload(client, papers.PDF, kind="diagnosis", member="m2")
    applying.sign_own(client)
    client.submit("/apply/signatures/m2/paper", button="好，到窗口签")
    return applying.receipt_codes(applying.send(client))


def sign_late(app: Flask, told: tuple[str, str]) -> LintedClient:
    """The mother signs by link after all; returns her phone."""
    viewer, phone = app.test_client(), app.test_client()
    assert isinstance(viewer, LintedClient)
    assert isinstance(phone, LintedClient)
    viewer.submit("/progress/", {"number": told[0], "query_code": told[1]})
    page = viewer.submit("/progress/application", button="给他（她）链接和签字码")
    path = page.get_data(as_text=True).split('readonly value="http://127.0.0.1:8000')[1].split('"')[0]
    opened = applying.open_link(phone, path, applying.code_shown(page), applying.LI)
    applying.finish_signing(phone, opened, "m2", "李桂兰")
    return phone


def test_a_diagnosis_waits_for_its_owner_who_signs_late(family: LintedClient, app: Flask) -> None:
    told = sent_with_mother_on_paper(family)
    assert submitted(app).document["attachments"] == []
    sign_late(app, told)
    [(_type, facts)] = [one for one in told_of(app) if one[0] == "attachment.available.v1"]
    assert facts["attachment"]["kind"] == "diagnosis"
    assert "url" in facts["attachment"]


def test_a_withdrawn_consent_ends_the_link(family: LintedClient, app: Flask) -> None:
    phone = sign_late(app, sent_with_mother_on_paper(family))
    assert rows(app)[0].link_hash
    phone.submit("/sign/withdraw", button="撤回")
    assert rows(app)[0].link_hash is None
    assert rows(app)[0].handed_at is None


def test_a_storage_that_is_down_is_said_and_stops_nothing_else(
    family: LintedClient, app: Flask, settings: Settings
) -> None:
    upload(family, papers.jpeg())
    folder = settings.instance / "files"
    folder.rename(settings.instance / "away")
    folder.write_text("no folder any more")
    page = upload(family, papers.PDF)
    assert page.status_code == 422
    assert "现在存不了文件" in page_text(page)
    sign_all(family)
    assert "申请已经发出" in page_text(applying.send(family))
    assert len(submitted(app).document["attachments"]) == 1


def test_a_paper_about_health_must_say_whose_it_is(family: LintedClient, app: Flask) -> None:
    page = upload(family, papers.PDF, kind="diagnosis", member="family")
    assert "请选是哪一个人的" in page_text(page)
    assert rows(app) == []


def test_a_deleted_application_takes_its_files_along(
    family: LintedClient, app: Flask, settings: Settings
) -> None:
    upload(family, papers.jpeg())
    family.submit("/apply/delete")
    assert rows(app) == []
    assert on_disk(settings) == []


def test_tidying_removes_the_files_of_expired_drafts_and_leaves_those_that_were_sent(
    family: LintedClient, app: Flask, settings: Settings
) -> None:
    upload(family, papers.jpeg())
    sign_all(family)
    applying.send(family)
    applying.start_filled(family)
    upload(family, papers.PDF)
    assert len(on_disk(settings)) == 2
    with app.app_context(), db.transaction() as session:
        service.tidy(session, now=clock.now() + timedelta(days=31))
    assert [row.media_type for row in rows(app)] == ["image/jpeg"]
    assert len(on_disk(settings)) == 1


def test_a_file_without_a_row_is_swept_after_a_day(
    family: LintedClient, app: Flask, settings: Settings
) -> None:
    upload(family, papers.jpeg())
    with app.app_context():
        attachments.keeping.storage().write("0" * 32, b"left behind by a crash")
        with db.transaction() as session:
            assert attachments.sweep(session, now=clock.now()) == 0
            assert attachments.sweep(session, now=clock.now() + timedelta(days=2)) == 1
    assert [path.name for path in on_disk(settings)] == [rows(app)[0].id]


def test_another_visit_cannot_take_out_a_file(family: LintedClient, app: Flask) -> None:
    upload(family, papers.jpeg())
    stranger = app.test_client()
    applying.start_filled(stranger)
    applying.post(stranger, f"/apply/papers/{rows(app)[0].id}/remove", {})
    assert len(rows(app)) == 1


@pytest.fixture
def scanned(settings: Settings, tmp_path: Path) -> Iterator[tuple[Flask, str]]:
    """The portal with a scanner's address where nobody listens yet."""
    with papers.clamd() as address:
        pass
    portal = create_app(replace(settings, clamd=address))
    portal.test_client_class = LintedClient
    with db.writing(portal.extensions["doudi_engine"]) as session:
        db.Base.metadata.create_all(session.connection())
    yield portal, address
    portal.extensions["doudi_engine"].dispose()


def test_with_the_scanner_down_a_file_waits_and_the_application_goes_out(
    scanned: tuple[Flask, str],
) -> None:
    app, _address = scanned
    client = app.test_client()
    assert isinstance(client, LintedClient)
    applying.start_filled(client)
    assert "安全检查后送出" in page_text(upload(client, papers.PDF))
    sign_all(client)
    applying.send(client)
    entry = submitted(app).document["attachments"][0]
    assert entry["scan"] == "pending"
    assert "url" not in entry
    scan = app.test_cli_runner().invoke(args=["applications", "scan"])
    assert scan.exit_code == 1
    with papers.clamd() as awake:
        app.extensions["doudi_settings"] = replace(app.extensions["doudi_settings"], clamd=awake)
        scan = app.test_cli_runner().invoke(args=["applications", "scan"])
    assert "1 of 1" in scan.output
    assert rows(app)[0].scan == Scan.CLEAN
    with db.writing(app.extensions["doudi_engine"]) as session:
        told = session.scalars(
            select(OutboxMessage).where(OutboxMessage.type == "attachment.available.v1")
        ).one()
        facts = session.get_one(Submission, (told.application_number, told.application_version)).document
    assert facts["attachment"]["scan"] == "clean"
    assert "url" in facts["attachment"]


def test_what_the_scanner_finds_late_is_thrown_away_and_told(scanned: tuple[Flask, str]) -> None:
    app, _address = scanned
    client = app.test_client()
    assert isinstance(client, LintedClient)
    applying.start_filled(client)
    upload(client, papers.EICAR)
    sign_all(client)
    applying.send(client)
    with papers.clamd() as awake:
        app.extensions["doudi_settings"] = replace(app.extensions["doudi_settings"], clamd=awake)
        app.test_cli_runner().invoke(args=["applications", "scan"])
    kind, facts = told_of(app)[-1]
    assert (kind, facts["attachment"]["scan"]) == ("attachment.available.v1", "refused")
    assert "url" not in facts["attachment"]
    assert on_disk(app.extensions["doudi_settings"]) == []


def test_what_the_scanner_finds_is_refused_kindly(scanned: tuple[Flask, str]) -> None:
    app, _address = scanned
    client = app.test_client()
    assert isinstance(client, LintedClient)
    applying.start_filled(client)
    with papers.clamd() as awake:
        app.extensions["doudi_settings"] = replace(app.extensions["doudi_settings"], clamd=awake)
        page = upload(client, papers.EICAR)
    assert "没有通过安全检查" in page_text(page)
    assert rows(app) == []
