"""No file contains anything of the identifier of a folded run."""

from __future__ import annotations

import random
import re
from pathlib import Path

from shimgen.collector.keep.sqlite import SQLiteStore
from shimgen.collector.keep.store import Report
from support.frozen import FROZEN
from support.histories import name
from support.keeping import keeping, memory, report

SPEC = FROZEN
# The last two groups: the remains of a deleted row lack its beginning.
GROUPS = re.compile(rb"-8fad-[0-9a-f]{12}")
MANY = 3000
LATE = 10_000_000


def traces(folder: Path) -> set[bytes]:
    """Return the ends of all identifiers in the files of a folder."""
    found = (GROUPS.findall(path.read_bytes()) for path in folder.iterdir())
    return {one for of_file in found for one in of_file}


def ends(runs: range) -> set[bytes]:
    """Return the ends of the identifiers of some runs."""
    return {name(run).encode()[18:] for run in runs}


def fill(store: SQLiteStore) -> None:
    """Add many runs in small batches; the first half of them is folded first.

    Their order is random, so that pages of the index are split and joined anywhere.
    """
    chance = random.Random(0)
    order = chance.sample(range(MANY), MANY)
    for start in range(0, MANY, 20):
        batch = order[start : start + 20]
        store.add([report(name(n), received=LATE * (n >= MANY / 2)) for n in batch])
        store.add([report(name(n), "post_update_to_api", LATE) for n in batch])


def test_identifiers_of_folded_runs_are_in_no_file_and_the_others_are(
    tmp_path: Path,
) -> None:
    with keeping(SPEC, tmp_path) as store:
        fill(store)
        assert traces(tmp_path) == ends(range(MANY))
        assert store.fold(LATE) == MANY // 2
        assert {path.name for path in tmp_path.iterdir()} >= {"db-wal", "db-shm"}
        assert traces(tmp_path) == ends(range(MANY // 2, MANY))
        assert store.fold(LATE + 1) == MANY // 2
        assert traces(tmp_path) == set()
    assert traces(tmp_path) == set()


def test_a_replaced_report_leaves_no_trace(
    tmp_path: Path,
) -> None:
    with keeping(SPEC, tmp_path) as store:
        store.add([report(str(n), nsapp=name(n)) for n in range(500)])
        store.add([report(str(n), nsapp="another") for n in range(500)])
        store.fold(0)
        assert traces(tmp_path) == set()


def test_traces_that_a_reader_kept_in_the_wal_are_gone_after_the_next_fold(
    tmp_path: Path,
) -> None:
    with keeping(SPEC, tmp_path) as store:
        fill(store)
        with store._connections.reading() as db:
            db.execute("SELECT count(*) FROM report").fetchone()
            store.fold(LATE + 1)
            assert traces(tmp_path) != set()
            store.add([report("later", received=2 * LATE)])  # and nobody has to wait
        assert store.fold(LATE + 1) == 0
        assert traces(tmp_path) == set()


def test_a_long_sequence_of_runs_leaves_no_trace_of_folded_ones() -> None:
    """With tens of thousands of runs, rows are deleted beside rows that are needed."""
    chance = random.Random(0)
    with memory() as folder, keeping(SPEC, Path(folder)) as store:
        added = folded = 0
        while folded < 20_000:
            end = added + chance.randrange(1, 4000)
            for start in range(added, end, 30):
                batch = range(start, min(start + 30, end))
                store.add([report(name(n), received=n) for n in batch])
                late = range(max(folded, start - 900), max(folded, start - 870))
                updates = [report(name(n), "post_update_to_api", end) for n in late]
                store.add(updates)
            added = end
            folded = chance.randrange(folded, added + 1)
            store.fold(folded)
            assert traces(Path(folder)) == ends(range(folded, added))


def test_old_runs_among_new_ones_and_long_reports_leave_no_trace() -> None:
    """With this seed, a careless deletion of rows would leave a copy."""
    chance = random.Random(0)
    with memory() as folder, keeping(SPEC, Path(folder)) as store:
        began: dict[int, int] = {}
        now = 0
        for _ in range(8):
            for _ in range(chance.randrange(1, 60)):
                batch = []
                for _ in range(chance.randrange(1, 40)):
                    now += 1
                    batch.append(_any(chance, began, now))
                store.add(batch)
            before = chance.randrange(now + 1)
            store.fold(before)
            began = {run: when for run, when in began.items() if when >= before}
            left = {name(run).encode()[18:] for run in began}
            assert traces(Path(folder)) == left


def _any(chance: random.Random, began: dict[int, int], now: int) -> Report:
    """Invent a report of a new run, or another one of a run that is not folded."""
    new = chance.random()
    long = {} if chance.random() < 0.9 else {"nsapp": "x" * chance.randrange(9000)}
    if new < 0.55 or not began:
        run = now
        began[run] = now
        return report(name(run), received=now, **long)
    run = chance.choice(list(began)[-300:] if chance.random() < 0.8 else list(began))
    if chance.random() < 0.8:
        return report(name(run), "post_update_to_api", received=now)
    return report(name(run), received=now, **long)
