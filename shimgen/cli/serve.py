"""The verb that starts the collector: `serve`."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import click

from shimgen.errors import ShimgenError
from shimgen.spec import load

from .options import (
    config_option,
    db_option,
    host_option,
    k_option,
    port_option,
    retention_option,
    spec_option,
    trusted_proxy_option,
)


@click.command()
@spec_option
@config_option
@host_option
@port_option
@db_option
@click.option("--workers", type=int, help="Number of processes.  [default: 1]")
@trusted_proxy_option
@retention_option
@k_option
@click.option(
    "--rate", type=int, help="Reports a minute from one client.  [default: 600]"
)
@click.option(
    "--live/--no-live",
    default=None,
    help="Show single reports at /live.  [default: only on loopback]",
)
@click.option(
    "--public-url", help="URL of this server for others.  [default: from the request]"
)
def serve(spec_path: Path, config: Path | None, **options: Any) -> None:
    """Receive reports, keep them for hours, and publish statistics.

    The statistics are at /, the privacy notice at /privacy, the API at /api. The shell
    files at /api.func and /error_handler.func report to this server.

    A setting can be an option, an environment variable (SHIMGEN_PORT=80) or a key in
    the file of --config (port = 80). An option overrides a variable, and a variable the
    file. All settings are printed at start.

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
    server.run(spec, configure(options, os.environ, config))
