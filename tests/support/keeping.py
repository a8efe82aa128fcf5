"""Stores, and reports of invented runs to keep in them."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from shimgen.collector.keep.sqlite import SQLiteStore
from shimgen.collector.keep.store import Report
from shimgen.spec import Spec
from support.collecting import START, UPDATE, VM

_EXAMPLES = {"post_to_api": START, "post_to_api_vm": VM, "post_update_to_api": UPDATE}


@contextlib.contextmanager
def keeping(spec: Spec, folder: Path) -> Iterator[SQLiteStore]:
    """Yield a store in the file `db` of a folder."""
    with contextlib.closing(SQLiteStore(folder / "db", spec)) as store:
        yield store


def report(
    run: str, event: str = "post_to_api", received: int = 0, **change: Any
) -> Report:
    """Return the example of an event, changed, as a report of `run`."""
    payload = _EXAMPLES[event] | {"random_id": run} | change
    return Report(run, event, json.dumps(payload).encode(), received)
