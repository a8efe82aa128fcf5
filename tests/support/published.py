"""A collector with published runs of every kind, called without a network."""

from __future__ import annotations

import contextlib
import datetime
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from shimgen.collector.keep.days import SECONDS as DAY
from shimgen.collector.keep.sqlite import SQLiteStore
from shimgen.collector.operate.load import Load
from shimgen.collector.run import app
from shimgen.collector.settings import Settings
from shimgen.spec import Spec
from support.collecting import Client, ended
from support.keeping import report

LAST = datetime.date(2026, 6, 30)
NOON = int(datetime.datetime(2026, 6, 30, 12, tzinfo=datetime.UTC).timestamp())
HOSTILE = "<script>alert('1')</script> & \"x\" /a?b#c%2F{}"
K = 5


class Site(NamedTuple):
    """A client of a collector, its store and its settings."""

    client: Client
    store: SQLiteStore
    settings: Settings


@contextlib.contextmanager
def site(spec: Spec, folder: Path, *, live: bool = True) -> Iterator[Site]:
    """Yield a collector in which nothing is published."""
    settings = Settings(k=K, live=live)
    with contextlib.closing(SQLiteStore(folder / "db", spec)) as store:
        application = app.create(spec, store, settings)
        with ended(application):
            yield Site(Client(application, ("192.0.2.1", 1)), store, settings)


def fill(
    store: SQLiteStore,
    spec: Spec,
    runs: int = 3000,
    days: int = 100,
    *,
    hostile: bool = True,
) -> None:
    """Publish invented runs, and some of an application whose name is markup."""
    for reports in Load(spec, runs, days, until=NOON).reports():
        store.add(reports)
    for number in range(3 * K if hostile else 0):
        at = NOON - number * DAY
        run, start, end = f"hostile-{number}", "post_to_api", "post_update_to_api"
        store.add(
            [
                report(run, start, at, nsapp=HOSTILE, os_type="<b>os</b>"),
                report(run, end, at + 9, status="failed", exit_code=100),
            ]
        )
    store.fold(NOON + DAY)
    for back in range(days, -1, -1):
        store.publish(LAST - datetime.timedelta(days=back), K)
