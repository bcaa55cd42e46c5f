"""What keeps one crowd from pushing the others out: counts of requests, and an end of waiting in line."""

from __future__ import annotations

from flask import Flask

from portal.config import Settings
from portal.limits import counting, waiting
from portal.limits.counting import Counter
from portal.limits.memory import OwnMemory

__all__ = ["Counter", "OwnMemory", "init_app"]


def init_app(app: Flask, settings: Settings) -> None:
    """Send away who waited too long, then count the rest; raises ConfigError for an unknown kind of store."""
    waiting.init_app(app, settings)
    counting.init_app(app, settings)
