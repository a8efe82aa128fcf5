"""What several verbs share: options and the way to print a table."""

from __future__ import annotations

from pathlib import Path

import click

from shimgen import text
from shimgen.spec import DEFAULT_SPEC, find

spec_option = click.option(
    "--spec",
    "spec_path",
    metavar="NAME|FILE",
    type=click.Path(),
    callback=lambda _context, _option, value: find.named(value),
    envvar="SHIMGEN_SPEC",
    show_envvar=True,
    default=lambda: str(find.nearest(Path.cwd()) or DEFAULT_SPEC),
    show_default=f"the nearest {find.OWN}, else community-scripts",
    help="The spec, which defines events and fields: its TOML file, or a built-in one: "
    f"{', '.join(find.names())}.",
)

config_option = click.option(
    "--config",
    type=click.Path(path_type=Path, dir_okay=False),
    help="TOML file of settings; a key is an option with _ instead of -.",
)
db_option = click.option(
    "--db", help="SQLite file of the reports.  [default: shimgen.sqlite3]"
)
host_option = click.option("--host", help="Address to listen on.  [default: 127.0.0.1]")
port_option = click.option(
    "--port", type=int, help="Port; 0 takes a free one.  [default: 8000]"
)
trusted_proxy_option = click.option(
    "--trusted-proxy",
    "trusted_proxies",
    multiple=True,
    callback=lambda _context, _option, proxies: list(proxies) or None,
    help="Address or network of a trusted reverse proxy; may be repeated.",
)
retention_option = click.option(
    "--retention", type=int, help="Hours to keep a report, 1-48.  [default: 48]"
)
k_option = click.option(
    "--k", type=int, help="Least number of runs in a published count.  [default: 5]"
)


def print_table(rows: list[tuple[str, ...]]) -> None:
    """Print rows in columns, the first one in bold."""
    head, *body = text.columns(rows)
    click.secho(head, bold=True)
    for line in body:
        click.echo(line)
