"""What the tables hold about persons: every column with its purpose, its lawful basis and its end (PIPL 17, 51, 55).

The words stand in `personal_data.toml`, the columns come from the models, and neither may name what the other lacks.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import click
from flask import Flask
from flask.cli import AppGroup
from sqlalchemy import Column

from portal.db import Base
from portal.encryption import EncryptedJson, EncryptedText

FILE = Path(__file__).with_name("personal_data.toml")
TECHNICAL = "technical"
FORMS = ("encrypted", "keyed_hash", "pseudonym", "clear")
commands = AppGroup("personal-data", help="What the tables hold about persons.")


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of personal data in words: what it is, what for, on which law, how long, how it lies there."""

    id: str
    what: str
    holds: tuple[str, ...]
    purpose: str
    basis: str
    kept: str
    sensitive: tuple[str, ...]
    form: str

    @property
    def of_staff(self) -> bool:
        """Whether it is about the people who work here, not about those who come for help."""
        return self.id.startswith(("staff", "audit"))


@dataclass(frozen=True, slots=True)
class Field:
    """One column. `kind` is None where it says nothing about a person."""

    table: str
    column: str
    type: str
    encrypted: bool
    kind: Kind | None


class PersonalDataError(Exception):
    """The list and the models disagree; the text names table and column and says what to write."""


@cache
def kinds() -> Mapping[str, Kind]:
    """Every kind by its id, in the order of the file."""
    return {
        id_: Kind(
            id_,
            row["what"],
            tuple(row["holds"]),
            row["purpose"],
            row["basis"],
            row["kept"],
            tuple(row["sensitive"]),
            row["form"],
        )
        for id_, row in _file()["kinds"].items()
    }


def fields() -> Iterator[Field]:
    """Every column of the models with its kind; raises PersonalDataError where the list is not complete."""
    told = {
        (table, column): kind
        for table, row in _file()["tables"].items()
        for kind, columns in row.items()
        for column in columns
    }
    for table in Base.metadata.sorted_tables:
        for column in table.columns:
            kind = told.pop((table.name, column.name), None)
            if kind is None:
                raise PersonalDataError(
                    f"{FILE.name}: {table.name}.{column.name} has no entry. Say in [tables.{table.name}] which "
                    f"kind of personal data it holds, or put it under {TECHNICAL!r}."
                )
            yield _field(table.name, column, kind)
    if told:
        table_name, column_name = sorted(told)[0]
        raise PersonalDataError(f"{FILE.name}: {table_name}.{column_name} is listed, and no model has it.")


def _field(table: str, column: Column[object], kind: str) -> Field:
    encrypted = isinstance(column.type, EncryptedJson | EncryptedText)
    if kind != TECHNICAL and kind not in kinds():
        raise PersonalDataError(f"{FILE.name}: {table}.{column.name} is of the unknown kind {kind!r}.")
    promised = kind != TECHNICAL and kinds()[kind].form == "encrypted"
    if encrypted is not promised:
        words = "is encrypted" if encrypted else "is not encrypted"
        raise PersonalDataError(f"{FILE.name}: {table}.{column.name} {words}, but {kind!r} says otherwise.")
    return Field(table, column.name, str(column.type), encrypted, kinds().get(kind))


@cache
def _file() -> Mapping[str, Any]:
    return tomllib.loads(FILE.read_text(encoding="utf-8"))


def init_app(app: Flask) -> None:
    app.cli.add_command(commands)


@commands.command("list")
@click.option("--all", "everything", is_flag=True, help="Columns that say nothing about a person too.")
def list_fields(everything: bool) -> None:
    """Print the list as a Markdown table."""
    click.echo("| 表.列 | 内容 | 用途 | 依据 | 保存多久 | 怎样存放 |\n|---|---|---|---|---|---|")
    for field in fields():
        kind = field.kind
        if kind is not None:
            words = [kind.what, kind.purpose, kind.basis, kind.kept, kind.form]
        elif everything:
            words = ["-"] * 5
        else:
            continue
        click.echo(f"| {field.table}.{field.column} | {' | '.join(words)} |")
