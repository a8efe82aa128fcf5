"""What has to be done now and then: folding runs that are old, publishing days."""

from __future__ import annotations

import select
import time
from collections.abc import Callable

import click

from shimgen.collector.keep.publish import last_complete
from shimgen.collector.keep.store import Store, StoreError
from shimgen.collector.settings import Settings
from shimgen.collector.supervisor import Parent

INTERVAL = 300.0  # seconds
HOUR = 3600


def tidy(store: Store, settings: Settings, now: float) -> tuple[int, int]:
    """Fold what is due at epoch second `now`, publish the days that are complete.

    Returns the numbers of runs that were folded and published.
    """
    before = int(now) - settings.retention * HOUR
    return store.fold(before), store.publish(last_complete(before), settings.k)


def keep_house(
    store: Store,
    settings: Settings,
    parent: Parent,
    clock: Callable[[], float] = time.time,
) -> None:
    """Tidy at once and then every few minutes, while the parent lives.

    What cannot be done now (a full disk) is said, and tried again the next time.
    """
    parent.tell_ready()
    while True:
        try:
            tidy(store, settings, clock())
        except StoreError as error:
            click.echo(f"not folded: {error}", err=True)
        if select.select([parent.lifeline], [], [], INTERVAL)[0]:
            return
