"""Many at once, and what reaches the database: for tests of what holds under both."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from flask import Flask
from sqlalchemy import Engine, event


def together(app: Flask, many: int, work: Callable[[], object]) -> list[object]:
    """What each of so many got, all beginning at the same moment, each in a context of its own."""
    got: list[object] = []
    gate = threading.Barrier(many)

    def one() -> None:
        gate.wait()
        with app.app_context():
            got.append(work())

    crowd = [threading.Thread(target=one) for _ in range(many)]
    for member in crowd:
        member.start()
    for member in crowd:
        member.join()
    assert len(got) == many
    return got


@contextmanager
def statements(app: Flask, counts: Callable[[str], bool]) -> Iterator[list[str]]:
    """The statements that reach the database meanwhile, as far as they count."""
    engine: Engine = app.extensions["doudi_engine"]
    seen: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        if counts(statement):
            seen.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(engine, "before_cursor_execute", note)
