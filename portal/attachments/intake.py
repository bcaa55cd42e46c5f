"""What came up becomes what is kept: the type is read from the content, everything is made anew without metadata.

Limits: 10 MB a file, 50 megapixels a picture. Files are opened only by `decoder.py`, in a process of its own.
"""

from __future__ import annotations

import logging
import subprocess
import sys
import threading
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from portal import log
from portal.attachments import decoder

LARGEST_BYTES = 10 * 1024 * 1024
PDF, JPEG = "application/pdf", "image/jpeg"
_HEIF_BRANDS = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"}
_DECODER = Path(decoder.__file__)
_SECONDS = 2 * decoder.SECONDS  # by the clock; the process itself ends after so many seconds of computing

_one_file = threading.Lock()  # 50 megapixels take some 400 MB: one at a time for each process that serves


class Refusal(Enum):
    """Why a file is not taken."""

    EMPTY = "empty"
    TOO_LARGE = "too_large"
    TOO_MANY_PIXELS = "too_many_pixels"
    WRONG_TYPE = "wrong_type"
    BROKEN = "broken"
    CLOSED = "closed"
    INFECTED = "infected"


class NotTaken(Exception):
    """The file is not taken; `refusal` says why."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.value)
        self.refusal = refusal


@dataclass(frozen=True, slots=True)
class Content:
    """What is kept: bytes and their media type (JPEG or PDF)."""

    data: bytes
    media_type: str


def read(data: bytes) -> Content:
    """What to keep of an uploaded file, whatever its name; raises NotTaken."""
    if not data:
        raise NotTaken(Refusal.EMPTY)
    if len(data) > LARGEST_BYTES:
        raise NotTaken(Refusal.TOO_LARGE)
    kind = kind_of(data)
    if kind is None:
        raise NotTaken(Refusal.WRONG_TYPE)
    return Content(made_anew(data, kind), PDF if kind == "PDF" else JPEG)


def kind_of(data: bytes) -> str | None:
    """Which decoder fits, by the first bytes; None for what is not taken at all."""
    if data.startswith(b"%PDF-"):
        return "PDF"
    if data.startswith(b"\xff\xd8\xff"):
        return "JPEG"
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return "PNG"
    if data[4:8] == b"ftyp" and data[8:12] in _HEIF_BRANDS:
        return "HEIF"
    return None


def made_anew(data: bytes, kind: str) -> bytes:
    """What the decoder of that kind makes of it, empty where there is nothing to keep; raises NotTaken.

    It gets the bytes and nothing else: no environment, no folder, no open file.
    """
    try:
        with _one_file:
            done = subprocess.run(  # noqa: S603  # our own program; the kind is one of four
                [sys.executable, "-I", str(_DECODER), kind],
                input=data,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env={},
                cwd="/",
                timeout=_SECONDS,
                check=False,
            )
    except subprocess.TimeoutExpired:
        raise NotTaken(Refusal.BROKEN) from None
    if done.returncode == 0:
        return done.stdout
    if done.returncode == decoder.TOO_MANY_PIXELS:
        raise NotTaken(Refusal.TOO_MANY_PIXELS)
    if done.returncode != decoder.UNREADABLE:  # it ended otherwise: its limits, or a machine it does not run on
        log.event("attachments.decoder_ended", level=logging.WARNING, kind=kind, code=done.returncode)
    raise NotTaken(Refusal.CLOSED if kind == "PDF" else Refusal.BROKEN)
