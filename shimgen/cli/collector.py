"""The verbs of `shimgen collector`, for the operator of a collector."""

from __future__ import annotations

import contextlib
import datetime
import os
import sys
import time
from collections.abc import Iterator
from itertools import chain, islice
from pathlib import Path
from typing import Any

import click

from shimgen import text
from shimgen.collector.keep.sqlite import SQLiteStore
from shimgen.collector.keep.store import Report
from shimgen.collector.operate import doctor as doctors
from shimgen.collector.operate import load as loads
from shimgen.collector.operate import transfer
from shimgen.collector.operate.post import post
from shimgen.collector.run.housekeeping import fold_and_publish
from shimgen.collector.settings import Settings, configure
from shimgen.errors import ShimgenError
from shimgen.spec import Spec
from shimgen.spec import load as load_spec

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

_BATCH = 500  # runs written in one transaction
_COLOURS = {"ok": "green", "warn": "yellow", "fail": "red"}

HELP = """\
Operate the collector that `shimgen serve` runs.

\b
Examples:
  shimgen collector doctor               check what could prevent it from working
  shimgen collector backup nightly.db    copy the database while it is in use
  shimgen collector export counts.csv    write the private counts for your own analysis

Each command takes --db, --spec and --config and reads the same environment variables as
`shimgen serve`.
"""


@click.group(help=HELP, context_settings={"help_option_names": ["-h", "--help"]})
def collector() -> None:  # noqa: D103  HELP is the help text
    pass


def _common(command: Any) -> Any:
    """Add the options that all commands have."""
    for option in (db_option, config_option, spec_option):
        command = option(command)
    return command


def _configured(
    spec_path: Path, config: Path | None, **options: object
) -> tuple[Spec, Settings]:
    spec = load_spec(spec_path)
    return spec, configure(options, os.environ, config).settings


@contextlib.contextmanager
def _store(
    spec: Spec, settings: Settings, *, new: bool = False
) -> Iterator[SQLiteStore]:
    path = Path(settings.db)
    if not new and not path.exists():
        raise ShimgenError(f"{path} does not exist; name the database with --db")
    with contextlib.closing(SQLiteStore(path, spec)) as store:
        yield store


@collector.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@_common
def backup(file: Path, spec_path: Path, config: Path | None, db: str | None) -> None:
    """Copy the database to FILE while it is in use.

    The copy is a complete database: to restore it, put it in the place of the original.
    It contains the reports of the last hours, so delete it before their retention ends.

    \b
    Example:
      shimgen collector backup /var/backups/reports.sqlite3
    """
    spec, settings = _configured(spec_path, config, db=db)
    with (
        _store(spec, settings) as store,
        click.progressbar(length=1, label="copying", file=sys.stderr) as bar,
    ):

        def progress(left: int, pages: int) -> None:
            bar.length = max(pages, 1)
            bar.update(pages - left - bar.pos)

        store.backup(file, progress)
    click.echo(f"wrote {file}")


@collector.command()
@click.option("--now", is_flag=True, help="Fold and publish all runs, even new ones.")
@retention_option
@k_option
@_common
def fold(
    now: bool,
    spec_path: Path,
    config: Path | None,
    **options: Any,
) -> None:
    """Fold runs that are due, and publish complete days.

    A run is due when its retention is over: it becomes a count, and its reports are
    erased.
    `shimgen serve` does this every five minutes. With --now, a run that is still going
    on is counted twice: its later reports count as another run.

    \b
    Example:
      shimgen collector fold --now
    """
    spec, settings = _configured(spec_path, config, **options)
    with _store(spec, settings) as store:
        if now:
            second = int(time.time())
            folded = store.fold(second + 1)
            today = datetime.datetime.fromtimestamp(second, datetime.UTC).date()
            published = store.publish(today, settings.k)
        else:
            folded, published = fold_and_publish(store, settings, time.time())
    click.echo(f"{folded} runs folded, {published} runs published")


@collector.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option(
    "--format",
    "file_format",
    type=click.Choice(transfer.FORMATS),
    help="Format of FILE.  [default: by its extension]",
)
@click.option("--published", is_flag=True, help="Only the published counts.")
@_common
def export(
    file: Path,
    file_format: str | None,
    published: bool,
    spec_path: Path,
    config: Path | None,
    db: str | None,
) -> None:
    """Write all counts to FILE.

    The file has one row for each day and combination of values. Without --published
    these are the private counts. A row of them may be a single run, so do not publish
    the file.

    \b
    Examples:
      shimgen collector export counts.parquet
      shimgen collector export --published published.csv
    """
    spec, settings = _configured(spec_path, config, db=db)
    with _store(spec, settings) as store:
        number = transfer.export(
            store,
            spec,
            file,
            transfer.format_of(file, file_format),
            published=published,
            progress=lambda rows: click.echo(f"{rows} rows", err=True),
        )
    click.echo(f"wrote {number} rows to {file}")


@collector.command("import")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False, exists=True))
@click.option(
    "--format",
    "file_format",
    type=click.Choice(transfer.FORMATS),
    help="Format of FILE.  [default: by its extension]",
)
@_common
def import_(
    file: Path,
    file_format: str | None,
    spec_path: Path,
    config: Path | None,
    db: str | None,
) -> None:
    """Add the private counts in FILE.

    FILE is what `export` wrote without --published. The same file is added only once.
    Its runs are published as if they were folded now.

    \b
    Example:
      shimgen collector import other-site.csv
    """
    spec, settings = _configured(spec_path, config, db=db)
    with _store(spec, settings, new=True) as store:
        runs = transfer.take_in(store, file, transfer.format_of(file, file_format))
    click.echo(f"added {runs} runs")


@collector.command("load")
@click.option(
    "--runs",
    type=click.IntRange(1),
    default=1000,
    show_default=True,
    help="How many runs.",
)
@click.option(
    "--days",
    type=click.IntRange(1),
    default=30,
    show_default=True,
    help="Over how many past days they are spread.",
)
@click.option(
    "--seed",
    type=int,
    default=1,
    show_default=True,
    help="The same seed gives the same runs.",
)
@click.option(
    "--url", help="Send the reports to this URL instead of writing to the database."
)
@click.option(
    "--rate",
    type=click.IntRange(1),
    default=200,
    show_default=True,
    help="Reports in a second, with --url.",
)
@_common
def load_(
    runs: int,
    days: int,
    seed: int,
    url: str | None,
    rate: int,
    spec_path: Path,
    config: Path | None,
    db: str | None,
) -> None:
    """Invent runs that look like real ones.

    They are for trying the pages and for measurements. In the database they are spread
    over the last --days. Sent to --url, all of them arrive now.

    \b
    Examples:
      shimgen collector load --db try.sqlite3 --runs 20000
      shimgen serve --db try.sqlite3 --k 5
      shimgen collector load --url http://127.0.0.1:8000/upload --rate 100
    """
    spec, settings = _configured(spec_path, config, db=db)
    load = loads.Load(spec, runs, days, seed=seed)
    with contextlib.ExitStack() as stack:
        bar = stack.enter_context(
            click.progressbar(length=runs, label="inventing", file=sys.stderr)
        )
        if url:
            statuses = post(url, _with_progress(load, bar), rate)
            answers = ", ".join(
                f"{count} x {status}" for status, count in sorted(statuses.items())
            )
            result = f"sent {sum(statuses.values())} reports: {answers}"
        else:
            store = stack.enter_context(_store(spec, settings, new=True))
            all_runs = load.reports()
            while batch := list(islice(all_runs, _BATCH)):
                store.add(list(chain.from_iterable(batch)))
                bar.update(len(batch))
            fold_command = "`shimgen collector fold` counts them"
            result = f"wrote {runs} runs to {settings.db}; {fold_command}"
    click.echo(result)


def _with_progress(load: loads.Load, bar: Any) -> Iterator[Report]:
    """Yield all reports, and advance the progress bar with each run."""
    for run in load.reports():
        yield from run
        bar.update(1)


@collector.command()
@host_option
@port_option
@trusted_proxy_option
@retention_option
@_common
def doctor(spec_path: Path, config: Path | None, **options: Any) -> None:
    """Check what could prevent it from working.

    Prints one line for each check, with the remedy. Exits with 1 if a check fails.

    \b
    Example:
      shimgen collector doctor --config /etc/shimgen.toml
    """
    spec, settings = _configured(spec_path, config, **options)
    findings = list(doctors.examine(spec, settings))
    rows = [(f.verdict, f.subject, f.detail) for f in findings]
    for line, finding in zip(text.columns(rows), findings, strict=True):
        verdict = click.style(finding.verdict, fg=_COLOURS[finding.verdict])
        click.echo(verdict + line.removeprefix(finding.verdict))
    sys.exit(doctors.worst(findings) == "fail")
