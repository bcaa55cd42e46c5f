"""What an attacker tries against the URL map: an address for every rule, and a stranger's browser."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from flask import Flask
from sqlalchemy import Engine, LargeBinary, select, type_coerce
from werkzeug.routing import Rule

from portal.db import Base
from tests.support.pages import LintedClient

# Called by programs that cannot hold a CSRF token: signed requests, and answers that store nothing.
WITHOUT_CSRF = {
    "guidance_api.estimates",
    "handoff.callback",
    "handoff.acknowledge",
    "handoff.report_problem",
    "handoff.attachment_link",
}
# Reading the pull list uses up a nonce; but without a valid signature nothing is written either.
SAMPLES = {"filename": "doudi.css", "norm": "law-2026", "programme": "dibao", "id": "region"}
COUNTS = {"daily_count", "chore"}  # sums over all visitors, written in passing


@dataclass(frozen=True)
class Target:
    """One rule of the URL map with an address that fits it."""

    endpoint: str
    path: str
    methods: frozenset[str]
    arguments: frozenset[str]


def targets(app: Flask) -> Iterator[Target]:
    """Every rule of the portal."""
    for rule in sorted(app.url_map.iter_rules(), key=lambda rule: (rule.rule, rule.endpoint)):
        yield Target(
            rule.endpoint, address(app, rule), frozenset(rule.methods or ()), frozenset(rule.arguments)
        )


def address(app: Flask, rule: Rule) -> str:
    """An address under this rule; unknown parameters become `x`, for whole numbers 1."""
    numbers = [name for name, converter in rule._converters.items() if "Integer" in type(converter).__name__]
    values: dict[str, str | int] = {name: SAMPLES.get(name, "x") for name in rule.arguments}
    values.update(dict.fromkeys(numbers, 1))
    if rule.endpoint == "bootstrap.static":
        values["filename"] = "css/bootstrap.min.css"
    with app.test_request_context():
        return str(app.url_map.bind("").build(rule.endpoint, values, force_external=False))


def stranger(app: Flask) -> LintedClient:
    """A browser of its own, with nothing in it."""
    found = app.test_client()
    assert isinstance(found, LintedClient)
    return found


def everything(engine: Engine) -> dict[str, list[tuple[object, ...]]]:
    """All rows of all tables as they lie there, still encrypted, to see whether anything changed."""
    with engine.connect() as connection:
        return {
            table.name: sorted(
                (
                    tuple(row)
                    for row in connection.execute(
                        select(
                            *(
                                type_coerce(column, LargeBinary)
                                if "Encrypted" in type(column.type).__name__
                                else column
                                for column in table.columns
                            )
                        )
                    )
                ),
                key=repr,
            )
            for table in Base.metadata.sorted_tables
            if table.name not in COUNTS
        }
