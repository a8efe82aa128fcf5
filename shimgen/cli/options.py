"""What several verbs share: an option and the way to print a table."""

from __future__ import annotations

from pathlib import Path

import click

from shimgen import text
from shimgen.spec import DEFAULT_SPEC

spec_option = click.option(
    "--spec",
    "spec_path",
    type=click.Path(path_type=Path),
    default=DEFAULT_SPEC,
    show_default="the built-in community-scripts.toml",
    help="The spec: the TOML file that defines events and fields.",
)


def print_table(rows: list[tuple[str, ...]]) -> None:
    """Print rows in columns, the first one in bold."""
    head, *body = text.columns(rows)
    click.secho(head, bold=True)
    for line in body:
        click.echo(line)
