"""`shimgen collector`: parses, calls, prints."""

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
from shimgen.collector.housekeeping import tidy
from shimgen.collector.keep.sqlite import SQLiteStore
from shimgen.collector.keep.store import Report
from shimgen.collector.operate import doctor as doctors
from shimgen.collector.operate import load as loads
from shimgen.collector.operate import transfer
from shimgen.collector.operate.post import post
from shimgen.collector.settings import Settings, configure
from shimgen.errors import ShimgenError
from shimgen.spec import DEFAULT_SPEC, Spec, load

_BATCH = 500  # runs that are written at once
_COLOURS = {"ok": "green", "warn": "yellow", "fail": "red"}

HELP = """\
Operate the collector that `shimgen serve` runs.

\b
Examples:
  shimgen collector doctor               what would keep it from its work
  shimgen collector backup nightly.db    a copy while it runs
  shimgen collector export counts.csv    the private counts, for your own analysis

Each command takes --db, --spec and --config as `serve` does, and the same variables.
"""


@click.group(help=HELP, context_settings={"help_option_names": ["-h", "--help"]})
def collector() -> None:  # noqa: D103  HELP is the help text
    pass


def _common(command: Any) -> Any:
    """Add the options that say which collector it is about."""
    for option in (
        click.option("--db", help="SQLite file.  [default: shimgen.sqlite3]"),
        click.option(
            "--config",
            type=click.Path(path_type=Path, dir_okay=False),
            help="TOML file with settings.",
        ),
        click.option(
            "--spec",
            "spec_path",
            type=click.Path(path_type=Path),
            default=DEFAULT_SPEC,
            show_default="the built-in community-scripts.toml",
            help="The TOML file that says it all.",
        ),
    ):
        command = option(command)
    return command


def _configured(
    spec_path: Path, config: Path | None, **options: object
) -> tuple[Spec, Settings]:
    spec = load(spec_path)
    return spec, configure(options, os.environ, config).settings


@contextlib.contextmanager
def _store(
    spec: Spec, settings: Settings, *, new: bool = False
) -> Iterator[SQLiteStore]:
    path = Path(settings.db)
    if not new and not path.exists():
        raise ShimgenError(f"{path} is not there; name the database with --db")
    with contextlib.closing(SQLiteStore(path, spec)) as store:
        yield store


@collector.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@_common
def backup(file: Path, spec_path: Path, config: Path | None, db: str | None) -> None:
    """Copy the database to FILE while it is in use.

    The copy is a database like the first: put it in its place to restore it. It holds
    reports of the last hours, too; keep it no longer than they may be kept.

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
@click.option("--now", is_flag=True, help="Fold and publish all, however new.")
@click.option("--retention", type=int, help="Hours a report is kept.")
@click.option("--k", type=int, help="Runs a published count needs.")
@_common
def fold(
    now: bool,
    spec_path: Path,
    config: Path | None,
    **options: Any,
) -> None:
    """Fold the runs that are due into counts, and publish the days that are complete.

    `serve` does so every few minutes. With --now the reports of runs that are going on
    are counted apart.

    \b
    Example:
      shimgen collector fold --now
    """
    spec, settings = _configured(spec_path, config, **options)
    with _store(spec, settings) as store:
        if now:
            at = int(time.time())
            folded = store.fold(at + 1)
            today = datetime.datetime.fromtimestamp(at, datetime.UTC).date()
            published = store.publish(today, settings.k)
        else:
            folded, published = tidy(store, settings, time.time())
    click.echo(f"{folded} runs folded, {published} runs published")


@collector.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option(
    "--format", "form", type=click.Choice(transfer.FORMS), help="Else by name."
)
@click.option("--published", is_flag=True, help="Only what the pages are made of.")
@_common
def export(
    file: Path,
    form: str | None,
    published: bool,
    spec_path: Path,
    config: Path | None,
    db: str | None,
) -> None:
    """Write all counts to FILE: a row a day and combination of values.

    Without --published these are the private counts, in which a single run may be a
    row: they are for you alone.

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
            transfer.form_of(file, form),
            published=published,
            progress=lambda rows: click.echo(f"{rows} rows", err=True),
        )
    click.echo(f"wrote {number} rows to {file}")


@collector.command("import")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False, exists=True))
@click.option(
    "--format", "form", type=click.Choice(transfer.FORMS), help="Else by name."
)
@_common
def import_(
    file: Path,
    form: str | None,
    spec_path: Path,
    config: Path | None,
    db: str | None,
) -> None:
    """Add the counts in FILE, which `export` wrote without --published.

    A file is taken in once; what it counts is published as if it had been folded now.

    \b
    Example:
      shimgen collector import other-site.csv
    """
    spec, settings = _configured(spec_path, config, db=db)
    with _store(spec, settings, new=True) as store:
        runs = transfer.take_in(store, file, transfer.form_of(file, form))
    click.echo(f"added {runs} runs")


@collector.command("load")
@click.option("--runs", type=click.IntRange(1), default=1000, show_default=True)
@click.option("--days", type=click.IntRange(1), default=30, show_default=True)
@click.option("--seed", type=int, default=1, show_default=True)
@click.option("--url", help="Send them there instead of writing to the database.")
@click.option("--rate", type=click.IntRange(1), default=200, help="Reports a second.")
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
    """Invent runs that look like real ones, to try the pages or to measure.

    Written to the database they are spread over the last --days; sent to --url they
    are of now. The same seed makes the same runs.

    \b
    Examples:
      shimgen collector load --db try.sqlite3 --runs 20000
      shimgen serve --db try.sqlite3 --k 5
      shimgen collector load --url http://127.0.0.1:8000/upload --rate 100
    """
    spec, settings = _configured(spec_path, config, db=db)
    made = loads.Load(spec, runs, days, seed=seed)
    with contextlib.ExitStack() as stack:
        bar = stack.enter_context(
            click.progressbar(length=runs, label="inventing", file=sys.stderr)
        )
        if url:
            found = post(url, _told(made, bar), rate)
            answers = ", ".join(
                f"{n} x {status}" for status, n in sorted(found.items())
            )
            said = f"sent {sum(found.values())} reports: {answers}"
        else:
            store = stack.enter_context(_store(spec, settings, new=True))
            groups = made.reports()
            while group := list(islice(groups, _BATCH)):
                store.add(list(chain.from_iterable(group)))
                bar.update(len(group))
            said = f"wrote {runs} runs to {settings.db}; `fold` counts them"
    click.echo(said)


def _told(made: loads.Load, bar: Any) -> Iterator[Report]:
    """Yield all reports, and tell the bar of each run."""
    for run in made.reports():
        yield from run
        bar.update(1)


@collector.command()
@click.option("--host", help="Address that the collector listens at.")
@click.option("--port", type=int, help="Its port.")
@click.option(
    "--trusted-proxy", "trusted_proxies", multiple=True, help="As for `serve`."
)
@click.option("--retention", type=int, help="Hours a report is kept.")
@_common
def doctor(spec_path: Path, config: Path | None, **options: Any) -> None:
    """Look for what would keep the collector from its work; exit 1 on a failure.

    \b
    Example:
      shimgen collector doctor --config /etc/shimgen.toml
    """
    options["trusted_proxies"] = list(options["trusted_proxies"]) or None
    spec, settings = _configured(spec_path, config, **options)
    findings = list(doctors.examine(spec, settings))
    rows = [(one.verdict, one.subject, one.detail) for one in findings]
    for line, one in zip(text.columns(rows), findings, strict=True):
        verdict = click.style(one.verdict, fg=_COLOURS[one.verdict])
        click.echo(verdict + line.removeprefix(one.verdict))
    sys.exit(doctors.worst(findings) == "fail")
