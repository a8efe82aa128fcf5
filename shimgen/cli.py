"""The command line: parses, calls, prints."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

import click

from shimgen import __version__, build, catalogue, schema, text
from shimgen import preview as previews
from shimgen.errors import ProblemsError, ShimgenError
from shimgen.resources import STARTER
from shimgen.spec import DEFAULT_SPEC, load

BAD_USAGE = 2
COLLECTOR = "collector"

HELP = """\
One spec in, one safe bash telemetry shim out.

\b
Examples:
  shimgen build                      render the shell files of the built-in spec
  shimgen preview post_to_api CT_TYPE=1 DIAGNOSTICS=yes RANDOM_UUID=x
  shimgen explain 127                what an exit code means, and what helps
  shimgen init my.toml               a spec of your own to start from

\b
Exit codes: 0 all is well, 1 a check failed, 2 wrong usage or a bad spec.

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
        """Print each problem on a line of its own, if there are several to print."""
        message = self.message
        if isinstance(self.error, ProblemsError):
            for problem in self.error.problems:
                click.echo(problem, err=True)
            number = len(self.error.problems)
            message = f"{number} problem{'s'[: number > 1]} in {self.error.subject}"
        click.echo(f"{click.style('Error:', fg='red')} {message}", err=True)


class _Group(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:
        """Name `collector`, too, which is imported when it is asked for."""
        return sorted([*super().list_commands(ctx), COLLECTOR])

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return a command; those of the collector take longer to import."""
        if cmd_name != COLLECTOR:
            return super().get_command(ctx, cmd_name)
        from shimgen.collector.commands import collector

        return collector

    def invoke(self, ctx: click.Context) -> object:
        """Turn an error that the user can put right into one line and status 2."""
        try:
            return super().invoke(ctx)
        except ShimgenError as error:
            raise _Failure(error) from error


spec_option = click.option(
    "--spec",
    "spec_path",
    type=click.Path(path_type=Path),
    default=DEFAULT_SPEC,
    show_default="the built-in community-scripts.toml",
    help="The TOML file that says it all.",
)


@click.group(
    cls=_Group, help=HELP, context_settings={"help_option_names": ["-h", "--help"]}
)
@click.version_option(__version__)
@click.pass_context
def main(ctx: click.Context) -> None:  # noqa: D103  HELP is the help text
    if os.environ.get("NO_COLOR"):
        ctx.color = False


@main.command("build")
@spec_option
@click.option("--check", is_flag=True, help="Write nothing; show what is stale.")
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder for the files.  [default: dist beside the spec]",
)
def build_(spec_path: Path, check: bool, out: Path | None) -> None:
    """Render the shell files and their checksums.

    \b
    Examples:
      shimgen build                    in a checkout: shell/dist and docs
      shimgen build --spec my.toml --out public
      shimgen build --check            a diff and status 1 where files are stale
    """
    files = build.outputs(load(spec_path), spec_path, out)
    if not check:
        for path in build.write(files):
            click.echo(f"wrote {path}")
        return
    differences = build.stale(files)
    for difference in differences.values():
        for line in difference.splitlines():
            click.secho(line, fg={"+": "green", "-": "red"}.get(line[:1]))
    for path in differences:
        click.echo(
            f"{path}: stale; run `shimgen build` with the same options", err=True
        )
    sys.exit(1 if differences else 0)


@main.command()
@spec_option
@click.argument("code", type=click.IntRange(0), required=False)
@click.option("--category", help="Ask one category only.")
@click.option("--list", "every", is_flag=True, help="Show the whole catalogue.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def explain(
    spec_path: Path, code: int | None, category: str | None, every: bool, as_json: bool
) -> None:
    """Say what exit code CODE means, and what helps.

    \b
    Examples:
      shimgen explain 127
      shimgen explain 243 --category mysql
      shimgen explain --list --json
    """
    if every == (code is not None):
        raise click.UsageError("give either a CODE or --list")
    spec = load(spec_path)
    if code is None:
        _print_rows(catalogue.rows(spec, category), as_json)
    else:
        _print_answer(catalogue.answer(spec, code, category), as_json)


def _print_rows(rows: list[catalogue.Row], as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(rows, indent=2))
        return
    head = ("CODE", "CATEGORY", "MEANING", "RECOVERY")
    body = [
        (str(r["code"]), r["category"], r["description"], r["recovery"]) for r in rows
    ]
    _print_table([head, *body])


def _print_answer(answer: catalogue.Answer, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(answer, indent=2))
        return
    click.secho(answer["description"], bold=True)
    if answer["recovery"]:
        click.echo(answer["recovery"])
    for name in answer["also"]:
        click.echo(
            f"Another meaning: shimgen explain {answer['code']} --category {name}"
        )


def _print_table(rows: list[tuple[str, ...]]) -> None:
    head, *body = text.columns(rows)
    click.secho(head, bold=True)
    for line in body:
        click.echo(line)


@main.command("schema")
@spec_option
@click.argument("event", required=False)
def schema_(spec_path: Path, event: str | None) -> None:
    """Print the JSON Schema of all payloads, or of one EVENT.

    \b
    Examples:
      shimgen schema
      shimgen schema post_update_to_api > update.schema.json
    """
    spec = load(spec_path)
    if event:
        result = schema.payload(spec, previews.event(spec, event))
    else:
        result = schema.document(spec)
    click.echo(json.dumps(result, indent=2))


@main.command()
@spec_option
@click.argument("event")
@click.argument("pairs", metavar="[KEY=VALUE]...", nargs=-1)
@click.option("--status", default="", help="First argument of an outcome's function.")
@click.option("--exit-code", default="", help="Its second argument.")
@click.option("--force", is_flag=True, help='"force" as its third.')
def preview(
    spec_path: Path,
    event: str,
    pairs: tuple[str, ...],
    status: str,
    exit_code: str,
    force: bool,
) -> None:
    """Show what EVENT would send, where, and why or why not. Sends nothing.

    KEY=VALUE are the variables of the script; those of this shell do not count. Host
    commands print what the spec gives as their example.

    \b
    Examples:
      shimgen preview post_to_api DIAGNOSTICS=yes RANDOM_UUID=x CT_TYPE=1
      shimgen preview post_update_to_api --status failed --exit-code 100 \\
        DIAGNOSTICS=yes RANDOM_UUID=x
    """
    spec = load(spec_path)
    arguments = [status, exit_code, *(["force"] if force else [])]
    chosen = previews.event(spec, event)
    shown = previews.preview(spec, chosen, previews.variables(pairs), arguments)
    click.echo(shown.verdict)
    if shown.rows:
        click.echo()
        _print_table([("FIELD", "FROM", "VALUE"), *shown.rows])
        click.echo(f"\n{shown.body}")


@main.command()
@click.argument("path", type=click.Path(path_type=Path, dir_okay=False))
def init(path: Path) -> None:
    """Write a commented starter spec to PATH.

    \b
    Example:
      shimgen init backup.toml && shimgen build --spec backup.toml
    """
    build.create(path, STARTER.read_text("utf-8"))
    click.echo(
        f"wrote {path}; next: shimgen build --spec {click.format_filename(path)}"
    )


@main.command()
@spec_option
@click.argument("files", nargs=-1, type=click.Path(path_type=Path))
@click.option(
    "--junit",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write a JUnit report there, for CI.",
)
def verify(spec_path: Path, files: tuple[Path, ...], junit: Path | None) -> None:
    """Check that rendered FILES are safe, right and fresh.

    Without FILES it checks what `shimgen build` writes.

    \b
    Examples:
      shimgen verify
      shimgen verify vendor/api.func --junit report.xml
    """
    spec = load(spec_path)
    from shimgen import verify as verifier

    paths = list(files) or build.rendered(spec, spec_path)
    sys.exit(0 if verifier.main(paths, spec_path, junit, click.echo) else 1)


@main.command()
@spec_option
@click.option(
    "--config",
    type=click.Path(path_type=Path, dir_okay=False),
    help="TOML file with settings, named as these options with _ for -.",
)
@click.option("--host", help="Address to listen at.  [default: 127.0.0.1]")
@click.option("--port", type=int, help="Port, 0 for a free one.  [default: 8000]")
@click.option("--db", help="SQLite file for what arrives.  [default: shimgen.sqlite3]")
@click.option("--workers", type=int, help="Processes that answer.  [default: 1]")
@click.option(
    "--trusted-proxy",
    "trusted_proxies",
    multiple=True,
    help="Address or network that says for whom it forwards; may be repeated.",
)
@click.option(
    "--retention", type=int, help="Hours a report is kept, 1-48.  [default: 48]"
)
@click.option("--k", type=int, help="Runs a published count needs.  [default: 5]")
@click.option("--rate", type=int, help="Reports a client may send a minute.  [600]")
@click.option(
    "--live/--no-live",
    default=None,
    help="Show single reports at /live.  [default: only on loopback]",
)
@click.option("--public-url", help="Where others reach this.  [default: as they say]")
def serve(spec_path: Path, config: Path | None, **options: Any) -> None:
    """Receive reports, keep them for hours, publish what they amount to.

    Statistics stand at /, the privacy notice at /privacy, the API at /api, and the
    shell files with this address in them at /api.func and /error_handler.func.

    A setting may also be a variable (SHIMGEN_PORT=80) or stand in the file of --config
    (port = 80). Options beat variables, which beat the file. All are printed at start.

    \b
    Examples:
      shimgen serve
      shimgen serve --port 0 --db /tmp/reports.sqlite3 --k 1
      shimgen serve --config /etc/shimgen.toml --workers 2
    """
    spec = load(spec_path)
    try:
        from shimgen.collector.run import serve as server
        from shimgen.collector.settings import configure
    except ModuleNotFoundError as error:
        raise ShimgenError(
            f'{error.name} is missing; run `pip install "shimgen[collector]"`'
        ) from error
    options["trusted_proxies"] = list(options["trusted_proxies"]) or None
    server.run(spec, configure(options, os.environ, config))
