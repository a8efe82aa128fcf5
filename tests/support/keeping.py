"""Stores, and invented reports for them."""

from __future__ import annotations

import contextlib
import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from shimgen.collector.keep.sqlite import SQLiteStore
from shimgen.collector.keep.store import Report
from shimgen.spec import Spec, schema

from .frozen import FROZEN

_EXAMPLES = {event.function: schema.example(event) for event in FROZEN.events}


@contextlib.contextmanager
def keeping(
    spec: Spec, folder: Path, clock: Callable[[], float] = time.time
) -> Iterator[SQLiteStore]:
    """Yield a store in the file `db` of a folder, and close it at the end."""
    with contextlib.closing(SQLiteStore(folder / "db", spec, clock)) as store:
        yield store


def memory() -> TemporaryDirectory[str]:
    """Return a temporary folder in memory, where commits are fast."""
    place = Path("/dev/shm")
    return TemporaryDirectory(dir=place if place.is_dir() else None)


def report(
    run: str, event: str = "post_to_api", received: int = 0, **change: Any
) -> Report:
    """Return the example of an event as a report of `run`, with some values changed."""
    payload = _EXAMPLES[event] | {"random_id": run} | change
    return Report(run, event, json.dumps(payload).encode(), received)
