"""The verbs that write files: `init` and `build`."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from shimgen.render.build import create, outputs, stale, write
from shimgen.resources import STARTER
from shimgen.spec import load

from .options import spec_option


@click.command()
@click.argument("path", type=click.Path(path_type=Path, dir_okay=False))
def init(path: Path) -> None:
    """Write a commented starter spec to PATH.

    \b
    Example:
      shimgen init backup.toml && shimgen build --spec backup.toml
    """
    create(path, STARTER.read_text("utf-8"))
    click.echo(
        f"wrote {path}; next: shimgen build --spec {click.format_filename(path)}"
    )


@click.command()
@spec_option
@click.option(
    "--check",
    is_flag=True,
    help="Write nothing; fail if a file is stale, and show a diff.",
)
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder for the files.  [default: dist beside the spec]",
)
def build(spec_path: Path, check: bool, out: Path | None) -> None:
    """Render the shell files and their checksums.

    \b
    Examples:
      shimgen build                    in a checkout: shell/dist and docs
      shimgen build --spec my.toml --out public
      shimgen build --check            a diff and status 1 where files are stale
    """
    files = outputs(load(spec_path), spec_path, out)
    if not check:
        for path in write(files):
            click.echo(f"wrote {path}")
        return
    differences = stale(files)
    for difference in differences.values():
        for line in difference.splitlines():
            click.secho(line, fg={"+": "green", "-": "red"}.get(line[:1]))
    for path in differences:
        click.echo(
            f"{path}: stale; run `shimgen build` with the same options", err=True
        )
    sys.exit(1 if differences else 0)
