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
