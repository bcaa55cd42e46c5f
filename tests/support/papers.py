"""Tiny real files: a photo with a place in its EXIF, a transparent PNG, a HEIC, a PDF; and a scanner to talk to."""

from __future__ import annotations

import io
import socketserver
import struct
import threading
import zlib
from collections.abc import Iterator
from contextlib import contextmanager

import pillow_heif
from PIL import Image


def pdf(
    *objects: bytes, drawn: bytes = b"BT ET", page: bytes = b"", root: bytes = b"", end: bytes = b""
) -> bytes:
    """A PDF of one page; `objects` are numbers 5 and up, the rest is added to the page, the root and the trailer."""
    told = [
        b"<< /Type /Catalog /Pages 2 0 R %s >>" % root,
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 /MediaBox [0 0 99 99] >>",
        b"<< /Type /Page /Parent 2 0 R /Contents 4 0 R %s >>" % page,
        stream(drawn),
        *objects,
    ]
    made, places = b"%PDF-1.7\n", []
    for number, body in enumerate(told, start=1):
        places.append(len(made))
        made += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    size = len(told) + 1
    made_till_here = len(made)
    made += b"xref\n0 %d\n0000000000 65535 f \n%s" % (size, table)
    return made + b"trailer\n<< /Size %d /Root 1 0 R %s >>\nstartxref\n%d\n%%%%EOF\n" % (
        size,
        end,
        made_till_here,
    )


def stream(data: bytes, about: bytes = b"") -> bytes:
    """The body of a PDF object with data."""
    return b"<< /Length %d %s >>\nstream\n%s\nendstream" % (len(data), about, data)


pillow_heif.register_heif_opener()  # for tests that look at one

PDF = pdf(b"<< /Author (canary-in-the-pdf) >>", end=b"/Info 5 0 R")
EICAR = pdf(drawn=b"BT (EICAR-STANDARD-ANTIVIRUS-TEST-FILE) Tj ET")


def jpeg(size: tuple[int, int] = (8, 4), *, sideways: bool = False) -> bytes:
    """A photo as a phone writes it: with a place, a maker, a comment; `sideways` needs turning."""
    exif = Image.Exif()
    exif[0x010F] = "phone-maker"
    exif[0x010E] = "canary-in-the-exif"
    if sideways:
        exif[0x0112] = 6
    exif.get_ifd(0x8825)[0x001D] = "2026:11:22"
    out = io.BytesIO()
    Image.new("RGB", size, "navy").save(out, "JPEG", exif=exif, comment=b"canary-in-the-comment")
    return out.getvalue()


def png() -> bytes:
    out = io.BytesIO()
    Image.new("RGBA", (6, 6), (255, 0, 0, 0)).save(out, "PNG")
    return out.getvalue()


def heic() -> bytes:
    out = io.BytesIO()
    pillow_heif.from_pillow(Image.new("RGB", (64, 64), "green")).save(out)
    return out.getvalue()


def bomb() -> bytes:
    """A PNG of a few bytes that says it is 60,000 by 60,000 pixels."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0)
    body = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\0" * 100)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body


class _Clamd(socketserver.StreamRequestHandler):
    """The part of clamd's protocol that we speak: zINSTREAM or nINSTREAM."""

    def handle(self) -> None:
        command = self.rfile.read(1)
        end = b"\0" if command == b"z" else b"\n"
        while not command.endswith(end):
            command += self.rfile.read(1)
        data = b""
        while length := struct.unpack(">I", self.rfile.read(4))[0]:
            data += self.rfile.read(length)
        verdict = b"stream: Eicar-Test-Signature FOUND" if b"EICAR" in data else b"stream: OK"
        self.wfile.write(verdict + end)


@contextmanager
def clamd() -> Iterator[str]:
    """A scanner on a free loopback port that finds only the EICAR test text; yields its address."""
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), _Clamd) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        try:
            yield f"127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()
            thread.join()
