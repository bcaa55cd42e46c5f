"""Makes an uploaded file anew in a process of its own: `python -I decoder.py KIND`, bytes in, bytes out.

Strangers' files meet decoders written in C here and nowhere else. Before the first byte of a file is looked at the
process gives up what it does not need: files, network, programs, more memory and time than a file is worth.
It is started without the portal's environment and imports nothing of the portal, so it holds no key.
"""

from __future__ import annotations

import ctypes
import io
import os
import platform
import struct
import sys
from collections.abc import Callable
from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pypdf.generic import DictionaryObject, IndirectObject, PdfObject

MOST_PIXELS = 50_000_000
LONGEST_SIDE = 65_000  # JPEG counts a side in 16 bits
JPEG_QUALITY = 88
LARGEST_DRAWING, KEPT_DRAWING = 2400, (600, 300)  # dots
LEAST_INK, DARK = 40, 140  # fewer dark dots are a slip of the finger
LARGEST_RESULT = 24 * 1024 * 1024  # what a PDF of 10 MB can grow to when its objects are unpacked
MEMORY = 2 * 1024**3  # 50 megapixels with transparency, upright: three copies of 200 MB, beside the libraries
SECONDS = 20
TOO_MANY_PIXELS, UNREADABLE = 2, 3  # exit codes

# What computing needs: memory, the two pipes, threads, the clock, the end; on (x86_64, aarch64).
_CALLS = {
    "read": (0, 63), "write": (1, 64), "close": (3, 57), "fstat": (5, 80), "lseek": (8, 62), "mmap": (9, 222),
    "mprotect": (10, 226), "munmap": (11, 215), "brk": (12, 214), "rt_sigaction": (13, 134),
    "rt_sigprocmask": (14, 135), "rt_sigreturn": (15, 139), "sched_yield": (24, 124), "mremap": (25, 216),
    "madvise": (28, 233), "exit": (60, 93), "futex": (202, 98), "sched_getaffinity": (204, 123),
    "clock_gettime": (228, 113), "exit_group": (231, 94), "getrandom": (318, 278), "gettid": (186, 178),
    "set_robust_list": (273, 99), "rseq": (334, 293),
}  # fmt: skip
_CLONE, _CLONE3, _AS_THREAD = (56, 220), (435, 435), 0x10000
_MACHINES = {"x86_64": (0, 0xC000003E), "aarch64": (1, 0xC00000B7)}  # column above, name in the kernel


class Unreadable(Exception):
    """There is nothing in the file that could be kept."""


class TooManyPixels(Exception):
    """The picture is larger than any photo of a paper."""


def shut_in() -> bool:
    """Give up what decoding does not need; True where the kernel closed the door as well (Linux, seccomp)."""
    import resource

    for what, most in (
        (resource.RLIMIT_AS, MEMORY), (resource.RLIMIT_CPU, SECONDS), (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
    ):  # fmt: skip
        resource.setrlimit(what, (most, most))
    try:
        with open("/proc/self/oom_score_adj", "w") as file:
            file.write("1000")  # where memory ends, this process goes, not the portal
    except OSError:
        pass
    if not sys.platform.startswith("linux") or platform.machine() not in _MACHINES:
        return False
    column, machine = _MACHINES[platform.machine()]
    allowed = [numbers[column] for numbers in _CALLS.values()]

    def rule(code: int, value: int, yes: int = 0, no: int = 0) -> bytes:
        return struct.pack("HBBI", code, yes, no, value)

    load, equal, has, end = 0x20, 0x15, 0x45, 0x06
    kill, refuse, unknown, allow = 0x80000000, 0x00050001, 0x00050026, 0x7FFF0000
    program = b"".join(
        [
            rule(load, 4),  # which machine's numbers
            rule(equal, machine, yes=1),
            rule(end, kill),
            rule(load, 0),  # which call
            rule(equal, _CLONE3[column], no=1),
            rule(end, unknown),  # its flags cannot be seen from here; the C library then takes the older call
            rule(equal, _CLONE[column], no=3),
            rule(load, 16),  # its flags
            rule(has, _AS_THREAD, yes=len(allowed) + 2),
            rule(end, refuse),
            *(rule(equal, number, yes=len(allowed) - place) for place, number in enumerate(allowed)),
            rule(end, refuse),
            rule(end, allow),
        ]
    )
    kept = ctypes.create_string_buffer(program, len(program))
    filter_ = ctypes.create_string_buffer(struct.pack("HxxxxxxP", len(program) // 8, ctypes.addressof(kept)))
    call = ctypes.CDLL(None, use_errno=True).prctl
    no_new_privileges, seccomp, by_filter = 38, 22, 2
    zero = ctypes.c_ulong(0)
    if call(no_new_privileges, ctypes.c_ulong(1), zero, zero, zero):
        return False
    return not call(seccomp, ctypes.c_ulong(by_filter), filter_, zero, zero)


def picture_decoder(format_: str) -> Callable[[bytes], bytes]:
    """JPEG, PNG or HEIF → JPEG: upright, with nothing but its pixels: no place, no device, no comment."""
    from PIL import Image, ImageOps

    for plugin in ("JpegImagePlugin", "MpoImagePlugin", "PngImagePlugin", "TiffImagePlugin"):
        import_module(f"PIL.{plugin}")  # later no file can be opened
    if format_ == "HEIF":
        import pillow_heif

        pillow_heif.options.DECODE_THREADS = 1
        pillow_heif.register_heif_opener()

    def anew(data: bytes) -> bytes:
        try:
            opened = Image.open(io.BytesIO(data), formats=[format_])
        except (Image.DecompressionBombWarning, Image.DecompressionBombError):
            raise TooManyPixels from None
        with opened:
            if opened.width * opened.height > MOST_PIXELS or max(opened.size) > LONGEST_SIDE:
                raise TooManyPixels
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

    return anew


def signature_decoder() -> Callable[[bytes], bytes]:
    """A signature drawn on the page (PNG) → a small grey PNG; nothing where next to nothing was drawn."""
    from PIL import Image

    import_module("PIL.PngImagePlugin")

    def anew(data: bytes) -> bytes:
        with Image.open(io.BytesIO(data), formats=["PNG"]) as opened:
            if max(opened.size) > LARGEST_DRAWING:
                raise TooManyPixels
            seen = opened.convert("RGBA")
        plain = Image.new("RGB", seen.size, "white")
        plain.paste(seen, mask=seen.getchannel("A"))
        drawn = plain.convert("L")
        drawn.thumbnail(KEPT_DRAWING)
        if sum(drawn.histogram()[:DARK]) < LEAST_INK:
            return b""
        out = io.BytesIO()
        drawn.save(out, "PNG", optimize=True)
        return out.getvalue()

    return anew


# Names that a document gives itself stand in these; everywhere else a name means what the standard says.
_OWN_NAMES = {
    "/Font", "/XObject", "/ExtGState", "/ColorSpace", "/Pattern", "/Shading", "/CharProcs", "/Colorants",
}  # fmt: skip
_DROPPED = {
    "/A", "/AA", "/AF", "/F", "/FFilter", "/FDecodeParms", "/JS", "/LastModified", "/Length", "/Metadata", "/OC",
    "/OPI", "/PS", "/Parent", "/PieceInfo", "/Properties", "/Ref", "/StructParent", "/StructParents",
}  # fmt: skip
_OF_A_PAGE = ("/MediaBox", "/CropBox", "/Rotate", "/UserUnit", "/Group", "/Resources", "/Contents")
_HIDDEN = 2  # flag of an annotation


def pdf_decoder() -> Callable[[bytes], bytes]:
    """A PDF → its pages with all that is drawn on them, filled fields and seals included, and nothing else.

    No script, action, link, embedded file, form, layer, metadata or signature outlives this.
    """
    import codecs
    import logging

    from pypdf import PdfReader
    from pypdf.generic import ArrayObject, NameObject

    for part in ("filters", "xmp"):
        import_module(f"pypdf.{part}")  # later no file can be opened
    for charset in ("utf-8", "gbk", "latin-1", "utf-16", "utf-16-be", "utf-16-le", "ascii"):
        codecs.lookup(charset)
    logging.disable(logging.CRITICAL)

    def anew(data: bytes) -> bytes:
        reader = PdfReader(io.BytesIO(data), strict=False)
        if reader.is_encrypted and not reader.decrypt(""):
            raise Unreadable
        root = reader.root_object
        form = root.get("/AcroForm")
        if "/Collection" in root or (form is not None and "/XFA" in form.get_object()):
            raise Unreadable  # what one sees lies in a program or in embedded files, not on the pages
        made = _Made()
        for page in reader.pages:
            kept = made.copied({name: page.raw_get(name) for name in _OF_A_PAGE if name in page})
            kept[NameObject("/Type")] = NameObject("/Page")
            drawn = [made.placed(made.stamp(*seen)) for seen in _drawn(page)]
            if drawn:
                kept[NameObject("/Annots")] = ArrayObject(drawn)
            made.pages.append(kept)
        if not made.pages:
            raise Unreadable
        out = made.written()
        if len(out) > LARGEST_RESULT:
            raise Unreadable
        return out

    return anew


class _Made:
    """A PDF that is being written: what is reached from its pages, each object once, in the order it was met."""

    def __init__(self) -> None:
        from pypdf import generic

        self._pdf = generic
        self.pages: list[DictionaryObject] = []
        self._objects: list[PdfObject] = []
        self._numbers: dict[tuple[int, int], int] = {}
        self._waiting: list[tuple[int, Any, bool]] = []

    def copied(self, value: Any, *, own_names: bool = False) -> Any:
        """The value without what is dropped; what it refers to is copied later, so that circles end."""
        pdf = self._pdf
        if isinstance(value, pdf.IndirectObject):
            key = (value.idnum, value.generation)
            if key not in self._numbers:
                self._numbers[key] = self._room()
                self._waiting.append((self._numbers[key], value, own_names))
            return pdf.IndirectObject(self._numbers[key], 0, None)
        if isinstance(value, pdf.StreamObject):
            stream = pdf.StreamObject()
            if value.get("/Subtype") != "/PS":  # a program for a printer
                stream.update(self._entries(value, own_names=False))
                stream._data = value._data
                _forget_the_camera(stream)
            return stream
        if isinstance(value, dict):
            return pdf.DictionaryObject(self._entries(value, own_names=own_names))
        if isinstance(value, pdf.ArrayObject):
            return pdf.ArrayObject(self.copied(part) for part in value)
        return pdf.NullObject() if value is None else value

    def _entries(self, value: dict[Any, Any], *, own_names: bool) -> dict[Any, Any]:
        raw = value.raw_get if isinstance(value, self._pdf.DictionaryObject) else value.__getitem__
        return {
            self._pdf.NameObject(name): self.copied(raw(name), own_names=not own_names and name in _OWN_NAMES)
            for name in value
            if own_names or name not in _DROPPED
        }

    def _dictionary(self, **entries: Any) -> DictionaryObject:
        name = self._pdf.NameObject
        return self._pdf.DictionaryObject(
            {
                name(f"/{key}"): name(value) if isinstance(value, str) else value
                for key, value in entries.items()
            }
        )

    def stamp(self, rectangle: Any, appearance: Any) -> DictionaryObject:
        """A mark on the page that only shows something, whatever it was before; it is printed, too."""
        shown = self._dictionary(N=self.copied(appearance))
        rect, printed = self.copied(rectangle), self._pdf.NumberObject(4)
        return self._dictionary(Type="/Annot", Subtype="/Stamp", Rect=rect, F=printed, AP=shown)

    def placed(self, value: PdfObject) -> IndirectObject:
        """A reference to a value that gets a number of its own."""
        number = self._room()
        self._objects[number - 1] = value
        return self._pdf.IndirectObject(number, 0, None)

    def _room(self) -> int:
        self._objects.append(self._pdf.NullObject())
        return len(self._objects)

    def written(self) -> bytes:
        """The whole file."""
        while self._waiting:
            number, reference, own_names = self._waiting.pop()
            self._objects[number - 1] = self.copied(reference.get_object(), own_names=own_names)
        references = self._pdf.ArrayObject(self.placed(page) for page in self.pages)
        count = self._pdf.NumberObject(len(references))
        tree = self.placed(self._dictionary(Type="/Pages", Kids=references, Count=count))
        for page in self.pages:
            page[self._pdf.NameObject("/Parent")] = tree
        catalogue = self.placed(self._dictionary(Type="/Catalog", Pages=tree))
        out = io.BytesIO()
        out.write(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n")
        places = []
        for number, thing in enumerate(self._objects, start=1):
            places.append(out.tell())
            out.write(b"%d 0 obj\n" % number)
            thing.write_to_stream(out)
            out.write(b"\nendobj\n")
        table = out.tell()
        out.write(b"xref\n0 %d\n0000000000 65535 f \n" % (len(places) + 1))
        out.writelines(b"%010d 00000 n \n" % place for place in places)
        out.write(b"trailer\n<< /Size %d /Root %d 0 R >>\n" % (len(places) + 1, catalogue.idnum))
        out.write(b"startxref\n%d\n%%%%EOF\n" % table)
        return out.getvalue()


def _drawn(page: Any) -> list[tuple[Any, Any]]:
    """(rectangle, appearance) of the notes, fields and stamps of a page that can be seen."""
    from pypdf.generic import DictionaryObject, IndirectObject, StreamObject

    found = []
    for reference in page.get("/Annots") or ():
        note = reference.get_object()
        if not isinstance(note, dict) or int(note.get("/F", 0)) & _HIDDEN or note.get("/Subtype") == "/Popup":
            continue
        states = note["/AP"] if "/AP" in note else DictionaryObject()
        shown = states.raw_get("/N") if "/N" in states else None
        if shown is not None and not isinstance(shown.get_object(), StreamObject):
            states = shown.get_object()  # a box to tick has one appearance for each state
            shown = states.raw_get(note["/AS"]) if note.get("/AS") in states else None
        if (
            isinstance(shown, IndirectObject)
            and isinstance(shown.get_object(), StreamObject)
            and "/Rect" in note
        ):
            found.append((note["/Rect"], shown))
        elif shown is None and note.get("/V") and note.get("/FT") in ("/Tx", "/Ch"):
            raise Unreadable  # something was filled in that only a form's own program would draw
    return found


def _forget_the_camera(stream: Any) -> None:
    """Take the notes of the camera (place, device, comments) out of a photo that lies in a PDF as it was taken."""
    from pypdf.generic import ArrayObject, EncodedStreamObject, NameObject

    filters = stream.get("/Filter")
    packed = list(filters) if isinstance(filters, ArrayObject) else [filters]
    if packed[-1] != "/DCTDecode":
        return
    if packed[:-1]:  # packed once more around the photo
        around = EncodedStreamObject()
        around[NameObject("/Filter")] = ArrayObject(packed[:-1])
        around._data = stream._data
        stream._data = around.get_data()
        stream.pop("/DecodeParms", None)
        stream[NameObject("/Filter")] = NameObject("/DCTDecode")
    stream._data = without_exif(stream._data)


def without_exif(photo: bytes) -> bytes:
    """A JPEG without what stands beside the picture; colour profiles stay."""
    if not photo.startswith(b"\xff\xd8"):
        return photo
    kept, place = [b"\xff\xd8"], 2
    while photo[place : place + 1] == b"\xff" and place + 4 <= len(photo):
        marker, length = photo[place + 1], int.from_bytes(photo[place + 2 : place + 4], "big")
        if marker == 0xDA:  # the picture itself begins
            break
        if marker not in (0xE1, *range(0xE3, 0xEE), 0xEF, 0xFE):
            kept.append(photo[place : place + 2 + length])
        place += 2 + length
    return b"".join(kept) + photo[place:]


DECODERS: dict[str, Callable[[], Callable[[bytes], bytes]]] = {
    "JPEG": lambda: picture_decoder("JPEG"),
    "PNG": lambda: picture_decoder("PNG"),
    "HEIF": lambda: picture_decoder("HEIF"),
    "PDF": pdf_decoder,
    "SIGNATURE": signature_decoder,
}


def main(kind: str) -> int:
    anew = DECODERS[kind]()  # everything is loaded while files may still be opened
    shut_in()
    try:
        made = anew(sys.stdin.buffer.read())
    except TooManyPixels:
        return TOO_MANY_PIXELS
    except Exception:  # decoders fail in many ways on damaged files, and none of them is ours to mend
        return UNREADABLE
    sys.stdout.buffer.write(made)
    sys.stdout.buffer.flush()
    return 0


if __name__ == "__main__":
    code = main(sys.argv[1])
    os._exit(code)  # nothing is tidied up that files could have a hand in
