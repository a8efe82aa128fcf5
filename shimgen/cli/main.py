"""The group of all verbs, and what becomes of an error."""

from __future__ import annotations

import os

import click

from shimgen import __version__
from shimgen.errors import ProblemsError, ShimgenError

from .build import build, init
from .inspect import explain, preview, schema
from .serve import serve
from .verify import verify

VERBS = (init, build, verify, explain, preview, schema, serve)

BAD_USAGE = 2
COLLECTOR = "collector"

HELP = """\
One spec in, one safe bash telemetry shim out.

\b
Examples:
  shimgen build                      render the files of the built-in spec
  shimgen preview post_to_api CT_TYPE=1 DIAGNOSTICS=yes RANDOM_UUID=x
  shimgen explain 127                what an exit code means, how to recover
  shimgen init my.toml               a spec of your own to start from

\b
Exit codes: 0 success, 1 a check failed, 2 wrong usage or an invalid spec.

\b
Completion, in ~/.bashrc (or with zsh_source, fish_source for those shells):
  eval "$(_SHIMGEN_COMPLETE=bash_source shimgen)"
"""


class _Failure(click.ClickException):
    exit_code = BAD_USAGE

    def __init__(self, error: ShimgenError) -> None:
        super().__init__(str(error))
        self.error = error

    def show(self, file: object = None) -> None:  # noqa: ARG002  click's signature
        """Print each problem on a line of its own, then the error."""
        message = self.message
        if isinstance(self.error, ProblemsError):
            for problem in self.error.problems:
                click.echo(problem, err=True)
            number = len(self.error.problems)
            message = f"{number} problem{'s'[: number > 1]} in {self.error.subject}"
        click.echo(f"{click.style('Error:', fg='red')} {message}", err=True)


class _Group(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return all names, with that of `collector`."""
        return sorted([*super().list_commands(ctx), COLLECTOR])

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return a command; `collector` is imported only when it is used."""
        if cmd_name != COLLECTOR:
            return super().get_command(ctx, cmd_name)
        from .collector import collector

        return collector

    def invoke(self, ctx: click.Context) -> object:
        """Print an error that the user can fix, and end with status 2."""
        try:
            return super().invoke(ctx)
        except ShimgenError as error:
            raise _Failure(error) from error


@click.group(
    cls=_Group, help=HELP, context_settings={"help_option_names": ["-h", "--help"]}
)
@click.version_option(__version__)
@click.pass_context
def main(ctx: click.Context) -> None:  # noqa: D103  HELP is the help text
    if os.environ.get("NO_COLOR"):
        ctx.color = False


for verb in VERBS:
    main.add_command(verb)
