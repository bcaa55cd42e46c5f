"""What is kept of an uploaded file: its type by content, its pixels without metadata, nothing dangerous."""

from __future__ import annotations

import io

import pytest
from PIL import Image

from portal.attachments import intake, papers
from portal.attachments.intake import NotTaken, Refusal
from portal.attachments.scanning import Scan, scan
from tests.support import papers as files


def opened(data: bytes) -> Image.Image:
    return Image.open(io.BytesIO(data), formats=["JPEG"])


@pytest.mark.parametrize("made", [files.jpeg, files.png, files.heic], ids=["jpeg", "png", "heic"])
def test_a_picture_becomes_a_jpeg_of_the_same_size(made: object) -> None:
    data = made()  # type: ignore[operator]
    kept = intake.read(data)
    assert kept.media_type == "image/jpeg"
    before = Image.open(io.BytesIO(data))
    assert opened(kept.data).size == before.size


def test_a_photo_loses_place_maker_and_comment_and_stands_upright() -> None:
    photo = files.jpeg((8, 4), sideways=True)
    assert b"canary-in-the-exif" in photo
    assert b"canary-in-the-comment" in photo
    kept = intake.read(photo).data
    assert b"canary" not in kept
    assert not opened(kept).getexif()
    assert opened(kept).size == (4, 8)


def test_what_is_transparent_becomes_white_paper() -> None:
    assert opened(intake.read(files.png()).data).getpixel((3, 3)) == (255, 255, 255)


@pytest.mark.parametrize(
    ("data", "refusal"),
    [
        (b"", Refusal.EMPTY),
        (b"MZ\x90\x00 a program named photo.jpg", Refusal.WRONG_TYPE),
        (b"<html><script>", Refusal.WRONG_TYPE),
        (b"GIF89a....", Refusal.WRONG_TYPE),
        (b"PK\x03\x04", Refusal.WRONG_TYPE),
        (b"\xff\xd8\xff", Refusal.BROKEN),
        (files.jpeg((400, 400))[:500], Refusal.BROKEN),
        (files.heic()[:200], Refusal.BROKEN),
        (files.bomb(), Refusal.TOO_MANY_PIXELS),
        (b"%PDF-1.7 and nothing", Refusal.CLOSED),
        (b"%PDF-" + b"0" * intake.LARGEST_BYTES, Refusal.TOO_LARGE),
    ],
    ids=[
        "empty",
        "program",
        "page",
        "gif",
        "zip",
        "only a head",
        "cut photo",
        "cut heic",
        "bomb",
        "only a pdf's head",
        "too large",
    ],
)
def test_what_cannot_be_kept_is_refused_with_its_reason(data: bytes, refusal: Refusal) -> None:
    with pytest.raises(NotTaken) as refused:
        intake.read(data)
    assert refused.value.refusal is refusal


def test_the_scanner_passes_refuses_or_leaves_it_open() -> None:
    with files.clamd() as address:
        assert scan(files.PDF, address) is Scan.CLEAN
        assert scan(files.EICAR, address) is Scan.REFUSED
    assert scan(files.PDF, address) is Scan.PENDING  # it has gone
    assert scan(files.PDF, "") is Scan.NOT_SCANNED


def test_papers_are_offered_only_where_they_help() -> None:
    offered = {paper.id for paper in papers.of_use(["linshi"], proxy=False)}
    assert {"diagnosis", "medical_receipts", "other"} <= offered
    assert "mandate" not in offered
    assert "disability_certificate" not in offered
    assert "mandate" in {paper.id for paper in papers.of_use(["linshi"], proxy=True)}
