"""The verbs that write files: `init` and `build`."""

from __future__ import annotations

import sys
from pathlib import Path

import click
from click.core import ParameterSource

from shimgen.errors import ShimgenError
from shimgen.render.build import create, outputs, stale, write
from shimgen.resources import STARTER, in_checkout
from shimgen.spec import DEFAULT_SPEC, find, load

from .options import spec_option


@click.command()
@click.argument(
    "path", type=click.Path(path_type=Path, dir_okay=False), default=find.OWN
)
def init(path: Path) -> None:
    """Write a commented starter spec to PATH, by default to shimgen.toml.

    Commands find that name by themselves, here and in the folders below.

    \b
    Examples:
      shimgen init && shimgen build
      shimgen init backup.toml && shimgen build --spec backup.toml
    """
    create(path, STARTER.read_text("utf-8"))
    named = "" if path == Path(find.OWN) else f" --spec {click.format_filename(path)}"
    click.echo(f"wrote {path}; next: shimgen build{named}")


def _check_is_chosen(spec_path: Path) -> None:
    """Refuse to render the default spec for someone who did not ask for it."""
    source = click.get_current_context().get_parameter_source("spec_path")
    is_default = source is ParameterSource.DEFAULT and spec_path == DEFAULT_SPEC
    if is_default and not in_checkout():
        raise ShimgenError(
            f"no spec is chosen: there is no {find.OWN} here or in a folder above; "
            f"write one with `shimgen init {find.OWN}`, or name one with --spec: a "
            f"file, or a built-in one ({', '.join(find.names())})"
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

    Without --spec, SHIMGEN_SPEC and a shimgen.toml here or in a folder above, it builds
    nothing: but in the checkout of shimgen, its own files.

    \b
    Examples:
      shimgen build                    the nearest shimgen.toml, into dist beside it
      shimgen build --spec my.toml --out public
      shimgen build --spec community-scripts
      shimgen build --check            a diff and status 1 where files are stale
    """
    _check_is_chosen(spec_path)
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
