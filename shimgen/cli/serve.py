"""The verb that starts the collector: `serve`."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import click

from shimgen.errors import ShimgenError
from shimgen.spec import load

from .options import spec_option


@click.command()
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
    help="Address or network of a reverse proxy to believe; may be repeated.",
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
