"""What came up becomes what is kept: the type is read from the content, pictures are made anew without metadata.

Limits: 10 MB a file, 50 megapixels a picture. A PDF is kept as it is and never opened here.
"""

from __future__ import annotations

import io
import threading
from dataclasses import dataclass
from enum import Enum

import pillow_heif
from PIL import Image, ImageOps

LARGEST_BYTES = 10 * 1024 * 1024
MOST_PIXELS = 50_000_000
LONGEST_SIDE = 65_000  # JPEG counts a side in 16 bits
JPEG_QUALITY = 88
PDF, JPEG = "application/pdf", "image/jpeg"
_HEIF_BRANDS = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"}

_one_picture = threading.Lock()  # 50 megapixels take some 400 MB: one at a time in each process

pillow_heif.register_heif_opener()


class Refusal(Enum):
    """Why a file is not taken."""

    EMPTY = "empty"
    TOO_LARGE = "too_large"
    TOO_MANY_PIXELS = "too_many_pixels"
    WRONG_TYPE = "wrong_type"
    BROKEN = "broken"
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
    if data.startswith(b"%PDF-"):
        return Content(data, PDF)
    picture = _format(data)
    if picture is None:
        raise NotTaken(Refusal.WRONG_TYPE)
    return Content(_made_anew(data, picture), JPEG)


def _format(data: bytes) -> str | None:
    if data.startswith(b"\xff\xd8\xff"):
        return "JPEG"
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return "PNG"
    if data[4:8] == b"ftyp" and data[8:12] in _HEIF_BRANDS:
        return "HEIF"
    return None


def _made_anew(data: bytes, picture: str) -> bytes:
    """The picture as JPEG, upright, with nothing but its pixels: no place, no device, no comment."""
    try:
        with _one_picture:
            return _redrawn(data, picture)
    except NotTaken:
        raise
    except (Image.DecompressionBombWarning, Image.DecompressionBombError):
        raise NotTaken(Refusal.TOO_MANY_PIXELS) from None
    except Exception:  # decoders fail in many ways on damaged pictures, and none of them is ours to mend
        raise NotTaken(Refusal.BROKEN) from None


def _redrawn(data: bytes, picture: str) -> bytes:
    with Image.open(io.BytesIO(data), formats=[picture]) as opened:
        if opened.width * opened.height > MOST_PIXELS or max(opened.size) > LONGEST_SIDE:
            raise NotTaken(Refusal.TOO_MANY_PIXELS)
        upright = ImageOps.exif_transpose(opened)
    if upright.has_transparency_data:
        seen = upright.convert("RGBA")
        plain = Image.new("RGB", seen.size, "white")
        plain.paste(seen, mask=seen.getchannel("A"))
    else:
        plain = upright.convert("RGB")
    plain.info = {}
    out = io.BytesIO()
    plain.save(out, "JPEG", quality=JPEG_QUALITY)
    return out.getvalue()
