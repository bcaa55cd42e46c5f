"""Pieces of pages that are the same for everybody who reads a language: rendered once, then kept for the day.

All are dropped when another day begins or the bot learns something; nothing of a visitor may stand in one.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date

from flask import Flask, current_app, request
from markupsafe import Markup

from portal import clock
from portal.guidance import advice as advices
from portal.guidance.advice import Advice
from portal.i18n import current_locale

KEY = "doudi_fragments"
# In characters; a document of many clauses has some 40,000 of them.
MOST = 4_000_000

Key = tuple[str, ...]


@dataclass
class Kept:
    """What this process rendered for one state of rules and answers on one day, the longest unused first."""

    advice: Advice
    day: date
    pieces: dict[Key, str] = field(default_factory=dict)
    size: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def get(self, key: Key) -> str | None:
        with self.lock:
            found = self.pieces.pop(key, None)
            if found is not None:
                self.pieces[key] = found
        return found

    def put(self, key: Key, piece: str) -> None:
        with self.lock:
            self.size += len(piece) - len(self.pieces.pop(key, ""))
            self.pieces[key] = piece
            while self.size > MOST:
                self.size -= len(self.pieces.pop(next(iter(self.pieces))))


def init_app(app: Flask) -> None:
    app.jinja_env.globals["rendered_once"] = rendered_once


def rendered_once(*name: str, caller: Callable[[], str], keep: bool = True) -> str:
    """For `{% call rendered_once("words") %}…{% endcall %}`: the block, from memory where it was rendered before.

    `name` tells the block from all others, with whatever of the address it depends on; with `keep` false it
    is rendered every time.
    """
    if not keep:
        return caller()
    kept = _kept()
    # The piece holds links, which begin where the portal is mounted.
    key = (current_locale(), request.script_root, *name)
    found = kept.get(key)
    if found is None:
        found = str(caller())
        kept.put(key, found)
    return Markup(found)  # noqa: S704  # rendered by a template, which escaped it


def _kept() -> Kept:
    advice: Advice = current_app.extensions[advices.KEY]
    day = clock.today()
    found: Kept | None = current_app.extensions.get(KEY)
    if found is None or found.advice is not advice or found.day != day:
        found = current_app.extensions[KEY] = Kept(advice, day)
    return found
