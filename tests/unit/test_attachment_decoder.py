"""Where strangers' files are opened: what is left of a PDF, and what the process that opens it can no longer do."""

from __future__ import annotations

import io
import re
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image
from pypdf import PdfReader, PdfWriter

from portal.attachments import decoder, intake
from portal.attachments.intake import NotTaken, Refusal
from tests.support import papers

SCRIPT = b"<< /S /JavaScript /JS (canary-script) >>"
SHOWN = papers.stream(b"0 0 9 9 re f % seal", b"/Type /XObject /Subtype /Form /BBox [0 0 9 9]")


def kept(data: bytes) -> bytes:
    content = intake.read(data)
    assert content.media_type == "application/pdf"
    return content.data


def test_of_a_pdf_stay_its_pages_and_what_is_drawn_on_them() -> None:
    data = papers.pdf(
        papers.stream(b"\x01\x02", b"/Type /XObject /Subtype /Image /Width 2 /Height 1 /Metadata 6 0 R"),
        papers.stream(b"canary-metadata", b"/Type /Metadata"),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
        drawn=b"BT /JS 9 Tf (word) Tj ET /A Do",
        page=b"/Rotate 90 /Resources << /XObject << /A 5 0 R >> /Font << /JS 7 0 R >> >> /AA << /O 8 0 R >>",
    )
    page = PdfReader(io.BytesIO(kept(data))).pages[0]
    assert page.extract_text().strip() == "word"
    assert page.rotation == 90
    assert page.mediabox[2:] == [99, 99], "what stood with the tree of pages counts for the page"
    assert page["/Resources"]["/XObject"]["/A"].get_data() == b"\x01\x02"  # names of the document's own
    assert b"Metadata" not in kept(data)


@pytest.mark.parametrize(
    "planted",
    [
        {"root": b"/OpenAction 5 0 R"},
        {"root": b"/AA << /WC 5 0 R >>"},
        {"root": b"/Names << /JavaScript << /Names [(x) 5 0 R] >> >>"},
        {"root": b"/Names << /EmbeddedFiles << /Names [(x) << /EF << /F 5 0 R >> /F (canary.exe) >>] >> >>"},
        {"root": b"/OpenAction << /S /Launch /F (canary.exe) >>"},
        {"root": b"/AcroForm << /Fields [] /AA 5 0 R >>"},
        {"root": b"/Metadata 5 0 R /Outlines << /First << /Title (x) /A 5 0 R >> >>"},
        {"page": b"/AA << /O 5 0 R >> /PieceInfo << /X 5 0 R >>"},
        {"page": b"/Annots [<< /Subtype /Link /Rect [0 0 9 9] /A 5 0 R >>]"},
        {"page": b"/Annots [<< /Subtype /Link /Rect [0 0 9 9] /A << /S /URI /URI (http://canary) >> >>]"},
        {"page": b"/Annots [<< /Subtype /FileAttachment /FS 5 0 R /Rect [0 0 9 9] /AP << /N 6 0 R >> >>]"},
        {"page": b"/Annots [<< /Subtype /Screen /Rect [0 0 9 9] /AA << /PV 5 0 R >> /AP << /N 6 0 R >> >>]"},
        {"page": b"/Resources << /XObject << /X << /AA 5 0 R /Ref 5 0 R >> >> /Properties << /P 5 0 R >> >>"},
        {"page": b"/Resources << /XObject << /XObject << /AA 5 0 R >> >> >>"},
        {"page": b"/Resources 7 0 R /Contents 7 0 R"},
        {"end": b"/Info 5 0 R /ID [(canary) (canary)]"},
    ],
    ids=lambda planted: next(iter(planted.values()))[:40].decode(),
)  # fmt: skip
def test_nothing_in_a_pdf_that_acts_or_tells_about_people_is_kept(planted: dict[str, bytes]) -> None:
    outside = papers.stream(b"", b"/F (http://canary) /FFilter /FlateDecode /Subtype /PS /Level1 5 0 R")
    made = kept(papers.pdf(SCRIPT, SHOWN, outside, **planted))
    for word in (
        b"canary",
        b"/JS",
        b"JavaScript",
        b"Launch",
        b"/URI",
        b"/AA",
        b"EmbeddedFile",
        b"AcroForm",
        b"/Names",
    ):
        assert word not in made
    assert PdfReader(io.BytesIO(made)).pages


def test_what_is_filled_in_and_the_seal_stay_to_be_seen() -> None:
    notes = b"""/Annots [
      << /Subtype /Widget /FT /Sig /V << /Contents <00> >> /Rect [1 1 2 2] /AP << /N 5 0 R >> >>
      << /Subtype /Widget /FT /Btn /AS /On /Rect [3 3 4 4] /AP << /N << /On 5 0 R /Off 6 0 R >> >> >>
      << /Subtype /FreeText /F 2 /Rect [5 5 6 6] /AP << /N 5 0 R >> >>
      << /Subtype /Popup /Rect [7 7 8 8] /AP << /N 5 0 R >> >> ]"""
    page = PdfReader(io.BytesIO(kept(papers.pdf(SHOWN, papers.stream(b"off"), page=notes)))).pages[0]
    seen = [
        (note.get_object()["/Rect"][0], note.get_object()["/AP"]["/N"].get_data()) for note in page["/Annots"]
    ]
    assert seen == [(1, b"0 0 9 9 re f % seal"), (3, b"0 0 9 9 re f % seal")]
    assert {note.get_object()["/Subtype"] for note in page["/Annots"]} == {"/Stamp"}


@pytest.mark.parametrize("packed", [False, True])
def test_a_photo_in_a_pdf_loses_place_and_maker_and_keeps_its_pixels(packed: bool) -> None:
    photo = papers.jpeg((40, 30))
    filters, data = b"/DCTDecode", photo
    if packed:
        filters, data = b"[/ASCIIHexDecode /DCTDecode]", photo.hex().encode() + b">"
    about = b"/Subtype /Image /Width 40 /Height 30 /ColorSpace /DeviceRGB /Filter %s" % filters
    made = kept(papers.pdf(papers.stream(data, about), page=b"/Resources << /XObject << /P 5 0 R >> >>"))
    inside = PdfReader(io.BytesIO(made)).pages[0]["/Resources"]["/XObject"]["/P"]
    assert b"canary" not in inside._data
    before, after = Image.open(io.BytesIO(photo)), Image.open(io.BytesIO(inside._data))
    assert not after.getexif()
    assert before.tobytes() == after.tobytes()


def locked(user: str) -> bytes:
    writer = PdfWriter(clone_from=io.BytesIO(papers.PDF))
    writer.encrypt(user, "of the bank", algorithm="AES-256")
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def test_a_pdf_that_anybody_may_read_is_kept_without_its_lock() -> None:
    assert not PdfReader(io.BytesIO(kept(locked("")))).is_encrypted


@pytest.mark.parametrize(
    "data",
    [
        locked("a password"),
        papers.pdf(root=b"/AcroForm << /XFA (x) >>"),
        papers.pdf(root=b"/Collection << >>"),
        papers.pdf(page=b"/Annots [<< /Subtype /Widget /FT /Tx /V (filled in) /Rect [0 0 9 9] >>]"),
        papers.pdf().replace(b"/Kids [3 0 R]", b"/Kids [2 0 R]"),
        papers.pdf().replace(b"/Kids [3 0 R]", b"/Kids [     ]"),
        papers.pdf()[:100],
        b"%PDF-1.7\n" + b"[" * 100_000,
        papers.jpeg().replace(b"\xff\xd8\xff", b"%PDF-"),
    ],
    ids=["password", "xfa", "collection", "field", "circle", "no page", "cut", "deep", "photo"],
)  # fmt: skip
def test_a_pdf_whose_pages_cannot_be_seen_is_not_taken(data: bytes) -> None:
    with pytest.raises(NotTaken) as refused:
        intake.read(data)
    assert refused.value.refusal is Refusal.CLOSED


def test_things_in_a_pdf_that_lead_in_circles_come_to_an_end() -> None:
    made = kept(
        papers.pdf(b"<< /X 6 0 R >>", b"<< /X 5 0 R >>", page=b"/Resources << /ExtGState << /G 5 0 R >> >>")
    )
    assert len(made) < 2000


TRIES = """
import importlib.util, os, socket, subprocess, sys, threading
spec = importlib.util.spec_from_file_location("decoder", sys.argv[1])
decoder = importlib.util.module_from_spec(spec)
spec.loader.exec_module(decoder)
decoder.SECONDS = 2
closed = decoder.shut_in()
def tried(what, *arguments):
    try:
        what(*arguments)
    except Exception as failed:
        return type(failed).__name__
    return "went through"
print(closed, *(tried(*one) for one in (
    (open, "/etc/hostname"), (open, "/tmp/new", "w"), (os.listdir, "/"), (socket.socket,),
    (os.posix_spawn, "/bin/true", ["true"], {}), (os.fork,), (os.kill, os.getppid(), 0), (bytearray, 3 * 1024**3),
    (threading.Thread(target=print).start,),
)), flush=True)
while True:
    pass
"""


def test_who_takes_over_the_decoder_reaches_no_file_no_network_no_program_and_ends_soon() -> None:
    done = subprocess.run(
        [sys.executable, "-I", "-c", TRIES, str(Path(decoder.__file__))],
        capture_output=True, timeout=30, check=False,
    )  # fmt: skip
    told = done.stdout.split()
    assert told == [b"True", *[b"PermissionError"] * 7, b"MemoryError", b"went", b"through"], done.stderr
    assert done.returncode < 0, "a loop without end is ended by the kernel"


def test_the_decoder_is_started_without_the_portals_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[dict[str, object]] = []
    real = subprocess.run

    def run(command: list[str], **how: object) -> object:
        started.append({"command": command, **how})
        return real(command, **how)  # type: ignore[call-overload]

    monkeypatch.setattr(subprocess, "run", run)
    intake.read(papers.jpeg())
    assert started[0]["env"] == {}
    assert "-I" in started[0]["command"]  # type: ignore[operator]  # a list of words


def test_the_decoder_holds_nothing_of_the_portal() -> None:
    told = Path(decoder.__file__).read_text(encoding="utf-8")
    assert "import portal" not in told
    assert "from portal" not in told


def test_the_worst_picture_that_is_allowed_fits_into_the_decoders_memory() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    out = io.BytesIO()
    Image.new("RGBA", (10_000, 5_000), (1, 2, 3, 100)).save(out, "PNG", exif=exif, compress_level=1)
    assert Image.open(io.BytesIO(intake.read(out.getvalue()).data)).size == (5_000, 10_000)


def test_nobody_else_opens_pictures_and_pdfs() -> None:
    root = Path(decoder.__file__).parents[1]
    opens = re.compile(r"^\s*(?:from|import) (?:PIL|pillow_heif|pypdf)\b", re.MULTILINE)
    found = {file.name for file in root.rglob("*.py") if opens.search(file.read_text(encoding="utf-8"))}
    assert found == {"decoder.py"}
