"""A backup is complete, has the state of one moment, and disturbs nobody."""

from __future__ import annotations

from pathlib import Path

import pytest

from shimgen.collector.keep.errors import StoreError
from shimgen.collector.keep.sqlite import SQLiteStore
from shimgen.spec import Spec
from support.keeping import keeping, report


def names(store: SQLiteStore) -> set[str]:
    return {run.random_id for run in store.runs(10_000)}


def test_a_backup_has_the_state_of_its_start_whatever_is_added_meanwhile(
    spec: Spec, tmp_path: Path
) -> None:
    calls: list[tuple[int, int]] = []
    with keeping(spec, tmp_path) as store:
        store.add([report(f"{number}", nsapp="x" * 900) for number in range(3000)])
        before = names(store)

        def progress(left: int, pages: int) -> None:
            calls.append((left, pages))
            store.add([report(f"later-{len(calls)}")])

        store.backup(tmp_path / "copy", progress)
        assert len(names(store)) == 3000 + len(calls)
    assert len(calls) > 2
    assert calls[-1][0] == 0
    assert [left for left, _ in calls] == sorted({left for left, _ in calls})[::-1]
    (tmp_path / "copy").rename(tmp_path / "db")
    with keeping(spec, tmp_path) as store:
        assert names(store) == before


def test_a_backup_does_not_replace_a_file(spec: Spec, tmp_path: Path) -> None:
    (tmp_path / "copy").write_text("mine")
    with (
        keeping(spec, tmp_path) as store,
        pytest.raises(StoreError, match=r"copy exists already; name another file"),
    ):
        store.backup(tmp_path / "copy", lambda *_: None)
    assert (tmp_path / "copy").read_text() == "mine"


def test_an_interrupted_backup_leaves_no_file(spec: Spec, tmp_path: Path) -> None:
    def stop(*_: int) -> None:
        raise KeyboardInterrupt

    with keeping(spec, tmp_path) as store:
        before = {path.name for path in tmp_path.iterdir()}
        with pytest.raises(KeyboardInterrupt):
            store.backup(tmp_path / "copy", stop)
        assert {path.name for path in tmp_path.iterdir()} == before


def test_a_backup_to_a_missing_folder_is_an_error_with_a_remedy(
    spec: Spec, tmp_path: Path
) -> None:
    with (
        keeping(spec, tmp_path) as store,
        pytest.raises(StoreError, match=r"copy.* cannot be used .*; name another file"),
    ):
        store.backup(tmp_path / "no" / "copy", lambda *_: None)
