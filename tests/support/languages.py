"""Pages in another language: the catalogues compiled, and the Chinese that a page does not mark as such."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

TRANSLATIONS = Path(__file__).resolve().parents[2] / "translations"
CHINESE = re.compile("[㐀-鿿]")
VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "wbr"}
INLINE = {"a", "b", "em", "mark", "span", "strong"}
SAID_ALOUD = ("alt", "aria-label", "placeholder", "title")


def compile_catalogues() -> None:
    """What `make setup` does when a catalogue has changed."""
    for source in TRANSLATIONS.glob("*/LC_MESSAGES/messages.po"):
        target = source.with_suffix(".mo")
        if not target.exists() or target.stat().st_mtime < source.stat().st_mtime:
            with source.open("rb") as file:
                catalogue = read_po(file, locale=source.parts[-3])
            with target.open("wb") as file:
                write_mo(file, catalogue)


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.languages: list[str] = []
        self.open: list[str] = []
        self.found: list[str] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        self.text += "" if tag in INLINE else " "
        language = values.get("lang") or (self.languages[-1] if self.languages else "")
        for name in SAID_ALOUD:
            self._look(language, values.get(name) or "")
        if tag not in VOID:
            self.open.append(tag)
            self.languages.append(language)

    def handle_endtag(self, tag: str) -> None:
        self.text += "" if tag in INLINE else " "
        if tag not in VOID and self.open:
            self.open.pop()
            self.languages.pop()

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] not in ("script", "style"):
            self._look(self.languages[-1], data)
            self.text += data

    def _look(self, language: str, text: str) -> None:
        if CHINESE.search(text) and not language.startswith("zh"):
            self.found.append(" ".join(text.split()))


def unmarked_chinese(html: str) -> list[str]:
    """Every text with Chinese characters that stands in no element whose language is Chinese."""
    return _read(html).found


def running_text(html: str) -> str:
    """The words of a page as the eye meets them: with a gap between blocks, none between spans."""
    return " ".join(_read(html).text.split())


def _read(html: str) -> _Reader:
    reader = _Reader()
    reader.feed(html)
    reader.close()
    return reader
