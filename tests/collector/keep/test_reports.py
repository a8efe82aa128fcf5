"""Reports are stored durably, each once, by several processes at the same time."""

from __future__ import annotations

import fcntl
import multiprocessing
import os
import sqlite3
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from shimgen.collector.keep.errors import StoreError
from shimgen.collector.keep.sqlite import SQLiteStore
from shimgen.spec import Spec
from support.keeping import keeping, report

# A database of version 0, with one report that was sent twice.
OLD = """
CREATE TABLE report (
  number INTEGER PRIMARY KEY,
  received INTEGER NOT NULL,
  run TEXT NOT NULL,
  event TEXT NOT NULL,
  payload TEXT NOT NULL
);
CREATE INDEX report_run ON report (run);
INSERT INTO report (received, run, event, payload) VALUES
  (10, 'a', 'post_to_api', '{"nsapp": "one"}'),
  (20, 'b', 'post_to_api', '{"nsapp": "two"}'),
  (30, 'a', 'post_to_api', '{"nsapp": "three"}');
"""


def test_the_next_process_finds_added_reports(spec: Spec, tmp_path: Path) -> None:
    sent = [report("a"), report("a", "post_update_to_api", 5), report("b", received=7)]
    with keeping(spec, tmp_path) as store:
        store.add(sent)
    with keeping(spec, tmp_path) as store:
        kept = store.runs(9)
    assert [run.random_id for run in kept] == ["b", "a"]
    assert [one for run in reversed(kept) for one in run.reports] == sent


def test_of_a_repeated_report_the_later_one_stays_with_the_time_of_the_first(
    spec: Spec, tmp_path: Path
) -> None:
    with keeping(spec, tmp_path) as store:
        store.add([report("a", received=10, nsapp="one"), report("b", received=20)])
        store.add([report("a", received=30, nsapp="two")])
        [again, other] = store.runs(9)
    assert again.reports == (report("a", received=10, nsapp="two"),)
    assert other.random_id == "b"


def test_finding_the_oldest_report_takes_no_longer_among_many(
    spec: Spec, tmp_path: Path
) -> None:
    with keeping(spec, tmp_path) as store:

        def steps() -> int:
            """Return how many steps SQLite takes; reading() uses one connection."""
            taken = []
            with store._connections.reading() as db:
                db.set_progress_handler(lambda: taken.append(1), 1)
            assert store.oldest() == 5
            return len(taken)

        store.add([report(str(number), received=5 + number) for number in range(9)])
        few = steps()
        store.add([report(str(number), received=5 + number) for number in range(999)])
        assert 0 < steps() == few


def test_a_batch_with_one_bad_report_is_not_stored_at_all(
    spec: Spec, tmp_path: Path
) -> None:
    bad = report("b")._replace(event=None)  # type: ignore[arg-type] # it is bad
    with keeping(spec, tmp_path) as store:
        with pytest.raises(StoreError):
            store.add([report("a"), bad])
        assert store.runs(9) == []
        store.add([report("c")])
        assert [run.random_id for run in store.runs(9)] == ["c"]


def test_runs_returns_at_most_as_many_as_its_limit(spec: Spec, tmp_path: Path) -> None:
    with keeping(spec, tmp_path) as store:
        store.add([report(name) for name in "abc"])
        assert [run.random_id for run in store.runs(2)] == ["c", "b"]
        assert store.runs(0) == []


def _add(spec: Spec, folder: Path, name: str) -> None:
    """Add 100 batches of 3 reports, in a process of its own."""
    with keeping(spec, folder) as store:
        for batch in range(100):
            store.add([report(f"{name}-{batch}-{part}") for part in range(3)])


def test_processes_that_add_at_once_lose_nothing(spec: Spec, tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    workers = [
        context.Process(target=_add, args=(spec, tmp_path, name)) for name in "pq"
    ]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert [worker.exitcode for worker in workers] == [0, 0]
    with keeping(spec, tmp_path) as store:
        kept = {run.random_id for run in store.runs(1000)}
    assert kept == {
        f"{name}-{batch}-{part}"
        for name in "pq"
        for batch in range(100)
        for part in range(3)
    }


def test_threads_that_add_and_read_at_once_lose_nothing(
    spec: Spec, tmp_path: Path
) -> None:
    with keeping(spec, tmp_path) as store, ThreadPoolExecutor(8) as pool:

        def work(number: int) -> bool:
            store.add([report(str(number))])
            return str(number) in {run.random_id for run in store.runs(200)}

        assert all(pool.map(work, range(100)))
        assert len(store.runs(200)) == 100


def test_a_writer_that_waits_is_next_before_the_last_one_writes_again(
    spec: Spec, tmp_path: Path
) -> None:
    """Two stores have separate locks, as two processes have."""
    with keeping(spec, tmp_path) as one, keeping(spec, tmp_path) as two:
        with one._connections.alone():
            waiter = threading.Thread(target=two.add, args=([report("waiter")],))
            waiter.start()
            _until_blocked(tmp_path / "db-lock")
            with (tmp_path / "db-turn").open() as turn, pytest.raises(BlockingIOError):
                fcntl.flock(turn, fcntl.LOCK_EX | fcntl.LOCK_NB)
        one.add([report("holder")])
        waiter.join()
        assert [run.random_id for run in one.runs(2)] == ["holder", "waiter"]


def _until_blocked(path: Path) -> None:
    """Return when another thread waits for the lock of a file."""
    inode = f":{path.stat().st_ino} "
    while not any(
        inode in line and "-> FLOCK" in line
        for line in Path("/proc/locks").read_text().splitlines()
    ):
        os.sched_yield()


def test_the_reports_of_version_0_are_moved_to_the_new_tables(
    spec: Spec, tmp_path: Path
) -> None:
    db = sqlite3.connect(tmp_path / "db")
    db.executescript(OLD)
    db.close()
    with keeping(spec, tmp_path) as store:
        kept = store.runs(9)
    assert [run.random_id for run in kept] == ["a", "b"]
    assert [one.payload for run in kept for one in run.reports] == [
        b'{"nsapp": "three"}',
        b'{"nsapp": "two"}',
    ]
    assert kept[0].reports[0].received == 10
    with keeping(spec, tmp_path) as store:
        assert len(store.runs(9)) == 2


def test_a_file_of_a_newer_version_is_refused(spec: Spec, tmp_path: Path) -> None:
    with keeping(spec, tmp_path):
        pass
    db = sqlite3.connect(tmp_path / "db")
    db.execute("PRAGMA user_version = 99")
    db.close()
    with pytest.raises(StoreError, match=r"version is 99, .*; name another file"):
        SQLiteStore(tmp_path / "db", spec)


def test_commits_are_durable_and_deleted_bytes_are_overwritten(
    spec: Spec, tmp_path: Path
) -> None:
    with keeping(spec, tmp_path) as store, store._connections.alone() as db:
        kept = {
            name: db.execute(f"PRAGMA {name}").fetchone()[0]
            for name in ("journal_mode", "synchronous", "secure_delete", "temp_store")
        }
    assert kept == {
        "journal_mode": "wal",
        "synchronous": 2,  # FULL
        "secure_delete": 1,
        "temp_store": 2,  # memory
    }
