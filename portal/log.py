"""Logs are an event name and key=value pairs; never names, numbers of people, free text or payloads."""

from __future__ import annotations

import logging
import sys

_LOGGER = logging.getLogger("doudi")


def configure(level: int = logging.INFO) -> None:
    """Send events to standard error, once per process."""
    if not _LOGGER.handlers:
        handler = logging.StreamHandler(sys.stderr)
        handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
        _LOGGER.addHandler(handler)
        _LOGGER.propagate = False
    _LOGGER.setLevel(level)


def event(name: str, *, level: int = logging.INFO, **facts: str | int | float | bool | None) -> None:
    """Log `name key=value …`; line breaks in values cannot forge a second line."""
    pairs = " ".join(f"{key}={_one_line(value)}" for key, value in facts.items())
    _LOGGER.log(level, "%s %s", name, pairs)


def _one_line(value: object) -> str:
    text = str(value).replace("\\", "\\\\").replace("\r", "\\r").replace("\n", "\\n")
    return f'"{text}"' if " " in text else text
