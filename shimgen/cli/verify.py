"""The verb that checks rendered files: `verify`."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from shimgen.render.build import rendered
from shimgen.spec import load
from shimgen.verify.run import run

from .options import spec_option


@click.command()
@spec_option
@click.argument("files", nargs=-1, type=click.Path(path_type=Path))
@click.option(
    "--junit",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write a JUnit report to this file, for CI.",
)
def verify(spec_path: Path, files: tuple[Path, ...], junit: Path | None) -> None:
    """Check that rendered FILES are safe, correct and up to date.

    Without FILES it checks the files that `shimgen build` writes.

    \b
    Examples:
      shimgen verify
      shimgen verify vendor/api.func --junit report.xml
    """
    spec = load(spec_path)
    paths = files or rendered(spec, spec_path)
    sys.exit(0 if run(paths, spec, junit, click.echo) else 1)
