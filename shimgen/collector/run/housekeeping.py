"""Housekeeping: runs are folded and days are published when they are due."""

from __future__ import annotations

import select
import time
from collections.abc import Callable

import click

from shimgen.collector.keep.days import last_complete
from shimgen.collector.keep.errors import StoreError
from shimgen.collector.keep.store import Store
from shimgen.collector.run.supervisor import Parent
from shimgen.collector.settings import Settings

INTERVAL = 300.0  # seconds
HOUR = 3600  # seconds


def fold_and_publish(store: Store, settings: Settings, now: float) -> tuple[int, int]:
    """Fold the runs whose retention is over, and publish the days that are complete.

    `now` is in epoch seconds. Returns the numbers of folded and of published runs.
    """
    before = int(now) - settings.retention * HOUR
    return store.fold(before), store.publish(last_complete(before), settings.k)


def run_housekeeping(
    store: Store,
    settings: Settings,
    parent: Parent,
    clock: Callable[[], float] = time.time,
) -> None:
    """Fold and publish now and then every INTERVAL, until the parent process ends.

    If the storage does not work (for example the disk is full), it prints why and tries
    again after the next interval. `clock` returns epoch seconds.
    """
    parent.tell_ready()
    while True:
        try:
            fold_and_publish(store, settings, clock())
        except StoreError as error:
            click.echo(f"runs could not be folded: {error}", err=True)
        if select.select([parent.lifeline], [], [], INTERVAL)[0]:
            return
