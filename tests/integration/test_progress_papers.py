"""Papers handed in after sending: whose each is, several at once, nothing about health without its owner."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from portal import clock, consent, db
from portal.attachments import Attachment, storage
from portal.config import Settings
from portal.consent.models import ConsentEvent
from portal.handoff import callbacks
from portal.handoff.events import CaseEvent
from portal.handoff.models import OutboxMessage, Submission
from tests.support import applying, papers
from tests.support.pages import LintedClient, Page, page_text


@pytest.fixture
def settings(settings: Settings, tmp_path: Path) -> Settings:
    return replace(settings, instance=tmp_path)


def read(app: Flask) -> Session:
    return Session(bind=app.extensions["doudi_engine"])


def viewer_of(app: Flask, told: tuple[str, str]) -> LintedClient:
    """Somebody with number and code, from whom papers are asked."""
    number = told[0].replace("-", "")
    with db.writing(app.extensions["doudi_engine"]) as session:
        for place, state in enumerate(("accepted", "materials_requested"), start=1):
            details = {"materials": "诊断证明"} if state == "materials_requested" else {}
            event = CaseEvent("urn:c", f"{number}-{state}", number, state, place, clock.now(), details)
            assert callbacks.receive(session, event, now=clock.now()) == callbacks.Verdict.APPLIED
    viewer = app.test_client()
    assert isinstance(viewer, LintedClient)
    viewer.submit("/progress/", {"number": told[0], "query_code": told[1]})
    return viewer


def sent(client: LintedClient, *, mother_signs: bool, **mother: str) -> tuple[str, str]:
    applying.start_filled(client, **mother)
    applying.sign_own(client)
    if mother_signs:
        path, code = applying.give_link(client, "m2")
        phone = client.application.test_client()
        assert isinstance(phone, LintedClient)
        page = applying.open_link(phone, path, code, applying.LI)
        applying.finish_signing(phone, page, "m2", "李桂兰", sensitive="no")
    else:
        client.submit("/apply/signatures/m2/paper", button="好，到窗口签")
    return applying.receipt_codes(applying.send(client))


def hand_in(
    viewer: LintedClient, *files: bytes, kind: str = "diagnosis", member: str = "m1", **more: str
) -> TestResponse:
    page = Page(viewer.get("/progress/papers").get_data(as_text=True))
    token = next(form for form in page.forms if "kind" in form.fields).fields["csrf_token"][0]
    sent = {
        "csrf_token": token,
        "kind": kind,
        "member": member,
        "file": [(io.BytesIO(data), f"{n}.bin") for n, data in enumerate(files)],
        **more,
    }
    return viewer.post(
        "/progress/papers", data=sent, content_type="multipart/form-data", follow_redirects=True
    )


def announced(app: Flask) -> list[dict[str, object]]:
    with read(app) as session:
        told = session.scalars(
            select(OutboxMessage)
            .where(OutboxMessage.type == "attachment.available.v1")
            .order_by(OutboxMessage.application_version)
        )
        return [
            session.get_one(Submission, (one.application_number, one.application_version)).document[
                "attachment"
            ]
            for one in told
        ]


def rows(app: Flask) -> list[Attachment]:
    with read(app) as session:
        return list(session.scalars(select(Attachment).order_by(Attachment.created_at)))


def test_several_papers_at_once_say_whose_they_are(app: Flask, client: LintedClient) -> None:
    viewer = viewer_of(app, sent(client, mother_signs=True))
    shown = page_text(viewer.get("/progress/papers"))
    assert "李某某（母亲）" in shown
    assert "李桂兰" not in shown
    page = hand_in(viewer, papers.jpeg(), papers.PDF, kind="student_proof", member="m2")
    assert "补了 2 个" in page_text(page)
    assert [entry["memberId"] for entry in announced(app)] == ["m2", "m2"]


def test_what_is_wrong_with_one_paper_does_not_cost_the_others(app: Flask, client: LintedClient) -> None:
    viewer = viewer_of(app, sent(client, mother_signs=True))
    page = hand_in(viewer, papers.jpeg(), b"a letter", kind="other", member="family")
    assert page.status_code == 422
    assert "第 2 个没有传上" in page_text(page)
    assert "补了 1 个" in page_text(page)


def test_more_than_one_file_of_ten_megabytes_fits_into_one_request(app: Flask, client: LintedClient) -> None:
    viewer = viewer_of(app, sent(client, mother_signs=True))
    large = papers.pdf(drawn=b"%" + b"x" * (9 * 1024 * 1024))
    assert "补了 2 个" in page_text(hand_in(viewer, large, large, kind="other", member="family"))


def test_the_applicants_own_diagnosis_needs_his_separate_consent_and_records_it(
    app: Flask, client: LintedClient
) -> None:
    viewer = viewer_of(app, sent(client, mother_signs=True))
    page = hand_in(viewer, papers.PDF)
    assert "要本人单独同意" in page_text(page)
    assert rows(app) == []
    hand_in(viewer, papers.PDF, agree="y")
    assert [entry["memberId"] for entry in announced(app)] == ["m1"]
    with read(app) as session:
        draft = rows(app)[0].draft_id
        assert draft
        assert "m1" in consent.health_allowed(session, draft)
        methods = session.scalars(select(ConsentEvent.method).where(ConsentEvent.type == "given")).all()
        assert "number_and_query_code" in methods
        assert consent.verify(session) == []
    assert len(announced(app)) == 1
    hand_in(viewer, papers.jpeg())
    assert len(announced(app)) == 2, "the consent stands"


def test_nobody_agrees_for_another_adult(app: Flask, client: LintedClient) -> None:
    viewer = viewer_of(app, sent(client, mother_signs=True, health="severe"))
    page = hand_in(viewer, papers.PDF, member="m2", agree="y")
    assert "没有同意给部门看病情" in page_text(page)
    assert rows(app) == []
    assert announced(app) == []


def test_a_diagnosis_of_somebody_who_has_not_signed_yet_waits_for_her(
    app: Flask, client: LintedClient
) -> None:
    told = sent(client, mother_signs=False, health="severe")
    viewer = viewer_of(app, told)
    page = hand_in(viewer, papers.PDF, member="m2", agree="y")
    assert "等本人签字同意后送出" in page_text(page)
    assert announced(app) == []
    given = viewer.submit("/progress/application", button="给他（她）链接和签字码")
    path = given.get_data(as_text=True).split('readonly value="http://127.0.0.1:8000')[1].split('"')[0]
    phone = app.test_client()
    assert isinstance(phone, LintedClient)
    opened = applying.open_link(phone, path, applying.code_shown(given), applying.LI)
    applying.finish_signing(phone, opened, "m2", "李桂兰")
    assert [entry["memberId"] for entry in announced(app)] == ["m2"]


def officer_sends(app: Flask, client: LintedClient) -> tuple[str, str]:
    """An application that somebody else filled in; the applicant signed by link."""
    page = client.submit("/apply/", button="替别人填")
    applying.tell(client, "proxy", name="赵主任", kind="committee", phone="043188880000")
    client.submit("/apply/programmes", {"programmes": ["dibao"]})
    applying.fill_applicant(client)
    applying.fill_rest(client)
    path, code = applying.give_link(client, "m1")
    phone = app.test_client()
    assert isinstance(phone, LintedClient)
    page = applying.open_link(phone, path, code, applying.WANG)
    applying.finish_signing(phone, page, "m1", "王小梅")
    return applying.receipt_codes(applying.send(client))


def test_whoever_filled_in_for_another_cannot_agree_to_health_papers_for_him(
    app: Flask, client: LintedClient
) -> None:
    viewer = viewer_of(app, officer_sends(app, client))
    assert "我同意给部门看" not in page_text(viewer.get("/progress/papers"))
    page = hand_in(viewer, papers.PDF, agree="y")
    assert "没有同意给部门看病情" in page_text(page)
    assert rows(app) == []


def test_a_represented_applicant_sees_and_takes_back_his_consents_in_two_taps(
    app: Flask, client: LintedClient
) -> None:
    viewer = viewer_of(app, officer_sends(app, client))
    shown = page_text(viewer.get("/progress/application"))
    assert "委托别人代办" in shown
    links = {
        words: href for href, words in Page(viewer.get("/progress/application").get_data(as_text=True)).links
    }
    done = viewer.submit(links["撤回我的同意"], button="撤回")
    assert "已撤回" in page_text(done)
    with read(app) as session:
        told = session.scalars(select(OutboxMessage.type)).all()
        assert "consent.withdrawn.v1" in told
        assert consent.verify(session) == []


def test_a_file_is_whole_and_on_the_disk_before_its_row_is_written(
    app: Flask, client: LintedClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[str] = []
    real_fsync, real_replace = storage.os.fsync, Path.replace

    def fsync(handle: int) -> None:
        done.append("folder" if Path(f"/proc/self/fd/{handle}").resolve().is_dir() else "file")
        real_fsync(handle)

    def put_in_place(self: Path, target: Path) -> Path:
        done.append("name")
        return real_replace(self, target)

    monkeypatch.setattr(storage.os, "fsync", fsync)
    monkeypatch.setattr(Path, "replace", put_in_place)
    viewer = viewer_of(app, sent(client, mother_signs=True))
    hand_in(viewer, papers.PDF, kind="other", member="family")
    assert done == ["file", "name", "folder"]
    assert not list((app.extensions["doudi_settings"].instance / "files").glob("*.new"))
