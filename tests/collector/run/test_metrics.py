"""What /metrics says about reports that wait to be folded."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from shimgen.collector.keep.errors import StoreError
from shimgen.collector.keep.sqlite import SQLiteStore
from shimgen.collector.run import app
from shimgen.collector.settings import Settings
from shimgen.spec import Spec
from support.collecting import Client, ended
from support.keeping import report

HOUR = 3600  # seconds
AGE = "shimgen_oldest_report_age_seconds"


@contextlib.contextmanager
def worker(spec: Spec, folder: Path) -> Iterator[tuple[Client, SQLiteStore]]:
    """Yield a client of one worker, and the worker's store."""
    with contextlib.closing(SQLiteStore(folder / "db", spec)) as store:
        application = app.create(spec, store, Settings())
        with ended(application):
            yield Client(application, ("192.0.2.1", 1)), store


def shown(client: Client) -> dict[str, float]:
    """Return what /metrics shows, by name and labels."""
    lines = client.get("/metrics").text.splitlines()
    pairs = (line.rpartition(" ") for line in lines if not line.startswith("#"))
    return {name: float(value) for name, _, value in pairs}


def arrived(client: Client) -> tuple[float, float]:
    """Return between which epoch seconds the oldest report arrived, by its age."""
    before = time.time()
    age = shown(client)[AGE]
    return before - age, time.time() - age


def test_the_age_is_that_of_the_oldest_report_until_it_is_folded(
    spec: Spec, tmp_path: Path
) -> None:
    now = int(time.time())
    with worker(spec, tmp_path) as (client, store):
        assert shown(client)[AGE] == 0
        store.add([report("new", received=now - HOUR)])
        store.add([report("old", received=now - 50 * HOUR)])
        store.add([report("old", "post_update_to_api", now)])
        first, last = arrived(client)
        assert first <= now - 50 * HOUR <= last
        store.fold(now - 48 * HOUR)
        first, last = arrived(client)
        assert first <= now - HOUR <= last
        store.fold(now)
        assert shown(client)[AGE] == 0


def test_every_worker_shows_the_same_age(spec: Spec, tmp_path: Path) -> None:
    then = int(time.time()) - 50 * HOUR
    with worker(spec, tmp_path) as (one, store), worker(spec, tmp_path) as (other, _):
        store.add([report("a", received=then)])
        for client in (one, other):
            first, last = arrived(client)
            assert first <= then <= last


def test_a_report_from_the_future_has_no_age(spec: Spec, tmp_path: Path) -> None:
    with worker(spec, tmp_path) as (client, store):
        store.add([report("a", received=int(time.time()) + HOUR)])
        assert shown(client)[AGE] == 0


def test_an_age_that_cannot_be_read_is_endless_and_the_rest_is_shown(
    spec: Spec, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_: SQLiteStore) -> int:
        raise StoreError("it is damaged")

    monkeypatch.setattr(SQLiteStore, "oldest", fail)
    with worker(spec, tmp_path) as (client, _):
        values = shown(client)
    assert values[AGE] == float("inf")
    assert values["shimgen_commit_reports_count"] == 0
