"""Problems of the disk or with other programs are errors with a remedy."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from shimgen.collector.keep import connections
from shimgen.collector.keep.errors import StoreError
from shimgen.collector.keep.sqlite import SQLiteStore
from shimgen.spec import Spec
from support.keeping import keeping, report

MUCH = "x" * 10_000


def fill(store: SQLiteStore) -> None:
    """Allow the database no more pages than it has, as a full disk does."""
    with store._connections.alone() as db:
        db.execute("PRAGMA max_page_count = 1")


def test_a_full_disk_is_an_error_that_loses_nothing_and_ends_with_free_space(
    spec: Spec, tmp_path: Path
) -> None:
    with keeping(spec, tmp_path) as store:
        store.add([report("a")])
        fill(store)
        with pytest.raises(StoreError, match=r"db .*disk is full; free space"):
            store.add([report("b"), report("c", nsapp=MUCH)])
        with pytest.raises(StoreError, match="disk is full"):
            store.check()
        assert [run.random_id for run in store.runs(9)] == ["a"]
        with store._connections.alone() as db:
            db.execute("PRAGMA max_page_count = 1000")
        store.check()
        store.add([report("b"), report("c", nsapp=MUCH)])
        assert [run.random_id for run in store.runs(9)] == ["c", "b", "a"]


def test_a_read_only_file_is_an_error_with_a_remedy(spec: Spec, tmp_path: Path) -> None:
    with keeping(spec, tmp_path) as store:
        with store._connections.alone() as db:
            db.execute("PRAGMA query_only = ON")
        for write in (store.check, lambda: store.add([report("a")])):
            with pytest.raises(StoreError, match=r"cannot be written; let this user"):
                write()


def test_a_file_that_another_program_locks_is_an_error_with_a_remedy(
    spec: Spec, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        connections, "_SETTINGS", connections._SETTINGS.replace("10000", "1")
    )
    with keeping(spec, tmp_path) as store:
        other = sqlite3.connect(tmp_path / "db", isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        for write in (store.check, lambda: store.add([report("a")])):
            with pytest.raises(StoreError, match="in use by another program; end"):
                write()
        other.execute("ROLLBACK")
        other.close()
        store.add([report("a")])


def test_a_damaged_file_is_an_error_with_a_remedy(spec: Spec, tmp_path: Path) -> None:
    with keeping(spec, tmp_path) as store:
        store.add([report(str(number)) for number in range(1000)])
    path = tmp_path / "db"
    whole = path.read_bytes()
    path.write_bytes(whole[:4096] + b"\xff" * (len(whole) - 4096))
    with (
        pytest.raises(StoreError, match=r"damaged; replace it by a backup"),
        keeping(spec, tmp_path) as store,
    ):
        store.runs(9)


def test_a_missing_folder_is_an_error_with_a_remedy(spec: Spec, tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=r"db cannot be used .*; name another file"):
        SQLiteStore(tmp_path / "no" / "db", spec)
