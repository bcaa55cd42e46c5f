"""A signature drawn by hand: made anew, small, encrypted, bound to the ledger, and told as what it is."""

from __future__ import annotations

import base64
import io
from collections.abc import Iterator

import pytest
from PIL import Image, ImageDraw, PngImagePlugin
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal import consent
from portal.attachments import decoder
from portal.consent import Signer, Ward, acting, afterwards, drawing
from portal.consent.models import SignatureImage, SigningRequest
from tests.support.tables import fresh_session
from tests.unit.test_consent_signing import APPLICATION, CHILD, FAMILY, ME, NOW, ask, enter


@pytest.fixture
def session() -> Iterator[Session]:
    with fresh_session() as opened:
        yield opened


def typed(picture: Image.Image, **how: object) -> str:
    out = io.BytesIO()
    picture.save(out, "PNG", **how)
    return drawing.PREFIX + base64.b64encode(out.getvalue()).decode()


def scribble(size: tuple[int, int] = (600, 240), mode: str = "RGBA") -> Image.Image:
    paper = Image.new(mode, size, (255, 255, 255, 0) if mode == "RGBA" else "white")
    ImageDraw.Draw(paper).line([(20, 30), (200, 180), (400, 60)], fill="black", width=5)
    return paper


def sign_by_hand(session: Session, signer: Signer = ME) -> SigningRequest:
    request = ask(session, signer)
    enter(session, request)
    for act in acting.acts_of(request):
        acting.answer(session, request, act, {"m1": True, "m3": True}, "zh_Hans", now=NOW)
    assert acting.sign(session, request, signer.name, now=NOW, drawn=drawing.read(typed(scribble())))
    return request


def test_the_drawing_is_made_anew_without_what_came_along() -> None:
    notes = PngImagePlugin.PngInfo()
    notes.add_text("Comment", "canary-in-the-png")
    made = drawing.read(typed(scribble((1200, 480)), pnginfo=notes))
    assert made is not None
    assert b"canary" not in made
    assert len(made) <= drawing.MOST_BYTES
    with Image.open(io.BytesIO(made)) as seen:
        assert (seen.format, seen.mode) == ("PNG", "L")
        assert seen.size <= decoder.KEPT_DRAWING


@pytest.mark.parametrize(
    "empty", ["", typed(Image.new("RGBA", (600, 240))), typed(Image.new("L", (9, 9), 255))]
)
def test_an_untouched_pad_is_no_drawing(empty: str) -> None:
    assert drawing.read(empty) is None


def noise() -> str:
    return typed(Image.effect_noise((800, 400), 120).convert("RGB"))


@pytest.mark.parametrize(
    "odd",
    [
        "text",
        "data:image/svg+xml;base64,AAAA",
        drawing.PREFIX + "????",
        drawing.PREFIX + base64.b64encode(b"\xff\xd8\xff no png").decode(),
        drawing.PREFIX + base64.b64encode(b"\x89PNG\r\n\x1a\n" + b"\0" * 40).decode(),
        drawing.PREFIX + "A" * drawing.MOST_TYPED,
        typed(Image.new("L", (decoder.LARGEST_DRAWING + 1, 10))),
        noise(),
    ],
    ids=["text", "svg", "no base64", "jpeg", "broken", "long", "wide", "a photo"],
)
def test_what_is_no_signature_is_not_taken(odd: str) -> None:
    with pytest.raises(drawing.Unreadable):
        drawing.read(odd)


def test_the_record_says_drawn_how_its_owner_came_in_and_which_drawing(session: Session) -> None:
    sign_by_hand(session)
    (image,) = session.scalars(select(SignatureImage)).all()
    for record in consent.for_application(session, APPLICATION):
        told = (record["method"], record["entryMethod"], record["drawing"])
        assert told == ("drawn", "tick_applicant_device", image.sha256)
    assert consent.verify(session) == []
    raw = session.connection().exec_driver_sql("SELECT * FROM consent_signature_image").all()
    assert "iVBOR" not in str(raw), "the picture is encrypted"


def test_a_guardian_signs_by_hand_for_his_ward_and_the_drawing_stays_his(session: Session) -> None:
    guardian = Signer(
        "m1", "applicant", "王小梅", ME.id_number, health=False, wards=(Ward("m3", "乐乐", False),)
    )
    sign_by_hand(session, guardian)
    assert len(session.scalars(select(SignatureImage)).all()) == 1
    assert consent.verify(session) == []
    own = str(afterwards.of_person(session, APPLICATION, "m1"))
    assert drawing.PREFIX in own
    assert drawing.PREFIX not in str(afterwards.of_person(session, APPLICATION, CHILD.member_id))


def test_another_drawing_put_in_its_place_is_found(session: Session) -> None:
    sign_by_hand(session)
    (image,) = session.scalars(select(SignatureImage)).all()
    image.image = base64.b64encode(b"another").decode()
    session.flush()
    assert {one.text for one in consent.verify(session)} == {"the drawn signature is missing or was changed"}
    session.delete(image)
    session.flush()
    assert consent.verify(session) != []


def test_a_deleted_application_leaves_no_drawing_and_a_whole_ledger(session: Session) -> None:
    sign_by_hand(session)
    consent.refresh(session, APPLICATION, [], FAMILY, now=NOW)
    (image,) = session.scalars(select(SignatureImage)).all()
    assert image.image is None
    assert consent.verify(session) == []


def test_without_a_drawing_the_tick_is_told_as_before(session: Session) -> None:
    request = ask(session, ME)
    enter(session, request)
    for act in acting.acts_of(request):
        acting.answer(session, request, act, {"m1": True}, "zh_Hans", now=NOW)
    assert acting.sign(session, request, ME.name, now=NOW)
    records = consent.for_application(session, APPLICATION)
    assert {record["method"] for record in records} == {"tick_applicant_device"}
    assert not any("drawing" in record for record in records)
