"""`flask faq …`: what supervisors taught the bot, as a patch for review."""

from __future__ import annotations

import sys
from typing import TextIO

import click
from flask.cli import AppGroup

from faq.errors import DataError
from faq.variant_patch import patch
from faq.variants import Variant
from portal import clock, db
from portal.guidance import variants

commands = AppGroup("faq", help="The question bot's curated answers.")
variant_commands = AppGroup("variants", help="Questions that supervisors gave to entries.")
commands.add_command(variant_commands)


@variant_commands.command("list")
def list_() -> None:
    """Print every living variant: id, entry, text, who, when."""
    for row in variants.living(db.session()):
        added = clock.local(row.added_at).isoformat(timespec="minutes")
        click.echo(f"{row.id}\t{row.owner}\t{row.text}\t{row.added_by}\t{added}")


@variant_commands.command("export")
@click.option(
    "--output", type=click.File("w", encoding="utf-8"), default="-", help="file (default: standard output)"
)
def export(output: TextIO) -> None:
    """Write the living variants as a patch of faq/entries/*.toml; `git apply` takes it."""
    wanted = [Variant(row.owner, row.text) for row in variants.living(db.session())]
    try:
        output.write(patch(wanted))
    except DataError as error:
        for defect in error.defects:
            click.echo(str(defect), err=True)
        sys.exit(1)
