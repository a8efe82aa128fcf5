"""The verbs that answer questions about a spec: `explain`, `preview`, `schema`."""

from __future__ import annotations

import json
from pathlib import Path

import click

from shimgen.reference.explain import Answer, Row, answer, rows
from shimgen.reference.preview import preview as preview_report
from shimgen.reference.preview import variables
from shimgen.spec import load
from shimgen.spec import schema as json_schema

from .options import print_table, spec_option


@click.command()
@spec_option
@click.argument("code", type=click.IntRange(0), required=False)
@click.option("--category", help="Look in this category only.")
@click.option("--list", "every", is_flag=True, help="Show all exit codes.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def explain(
    spec_path: Path, code: int | None, category: str | None, every: bool, as_json: bool
) -> None:
    """Show what exit code CODE means, and how to recover.

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
        _print_rows(rows(spec, category), as_json)
    else:
        _print_answer(answer(spec, code, category), as_json)


def _print_rows(catalogue: list[Row], as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(catalogue, indent=2))
        return
    head = ("CODE", "CATEGORY", "MEANING", "RECOVERY")
    body = [
        (str(r["code"]), r["category"], r["description"], r["recovery"])
        for r in catalogue
    ]
    print_table([head, *body])


def _print_answer(meaning: Answer, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(meaning, indent=2))
        return
    click.secho(meaning["description"], bold=True)
    if meaning["recovery"]:
        click.echo(meaning["recovery"])
    for name in meaning["also"]:
        click.echo(
            f"Another meaning: shimgen explain {meaning['code']} --category {name}"
        )


@click.command()
@spec_option
@click.argument("event")
@click.argument("pairs", metavar="[KEY=VALUE]...", nargs=-1)
@click.option(
    "--status",
    default="",
    help="Argument STATUS, for an event that reports an outcome.",
)
@click.option("--exit-code", default="", help="Argument EXIT_CODE, likewise.")
@click.option("--force", is_flag=True, help="Argument force, likewise.")
def preview(
    spec_path: Path,
    event: str,
    pairs: tuple[str, ...],
    status: str,
    exit_code: str,
    force: bool,
) -> None:
    """Show what EVENT would send and where, or why it would not. Sends nothing.

    KEY=VALUE sets a variable of the script; the variables of this shell are ignored.
    Host commands print the examples of the spec.

    \b
    Examples:
      shimgen preview post_to_api DIAGNOSTICS=yes RANDOM_UUID=x CT_TYPE=1
      shimgen preview post_update_to_api --status failed --exit-code 100 \\
        DIAGNOSTICS=yes RANDOM_UUID=x
    """
    spec = load(spec_path)
    arguments = [status, exit_code, *(["force"] if force else [])]
    report = preview_report(spec, spec.event(event), variables(pairs), arguments)
    click.echo(report.verdict)
    if report.rows:
        click.echo()
        print_table([("FIELD", "FROM", "VALUE"), *report.rows])
        click.echo(f"\n{report.body}")


@click.command()
@spec_option
@click.argument("event", required=False)
def schema(spec_path: Path, event: str | None) -> None:
    """Print the JSON Schema of all payloads, or of one EVENT.

    \b
    Examples:
      shimgen schema
      shimgen schema post_update_to_api > update.schema.json
    """
    spec = load(spec_path)
    if event:
        result = json_schema.payload(spec, spec.event(event))
    else:
        result = json_schema.document(spec)
    click.echo(json.dumps(result, indent=2))
