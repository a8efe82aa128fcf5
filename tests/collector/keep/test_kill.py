"""A process killed while folding or publishing loses no run and counts none twice."""

from __future__ import annotations

import random
from collections import Counter
from pathlib import Path

import pytest

from shimgen.collector.keep import fold, reports, tables
from shimgen.collector.keep.sqlite import SQLiteStore
from support import publishing
from support.keeping import keeping, memory, report
from support.killing import killed
from support.publishing import SPEC, Days, combination, date

RUNS = 120
LATE = 10_000


def apps(store: SQLiteStore) -> Counter[str]:
    """Count all runs by application, folded and not folded ones."""
    with store._connections.reading() as db:
        query = (
            "SELECT text, sum(runs) FROM cube JOIN combination AS c ON c.id ="
            f" combination JOIN value AS v ON v.id = d{tables.APP} GROUP BY text"
        )
        folded = Counter[str](dict(db.execute(query)))
    return folded + Counter(run.random_id for run in store.runs(RUNS))


def test_wherever_a_fold_is_killed_a_run_is_either_reports_or_a_count(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(fold, "STEP", 7)
    monkeypatch.setattr(reports, "_MARGIN", 10)
    monkeypatch.setattr(reports, "_PRUNE_STEP", 9)
    names = [f"run-{number}" for number in range(RUNS)]  # each of another application
    with memory() as folder:
        place = Path(folder)
        with keeping(SPEC, place) as store:
            store.add([report(name, nsapp=name) for name in names])
            store.add([report(name, "post_update_to_api") for name in names])
        kills = 0
        for _ in killed(SPEC, place, lambda store: store.fold(LATE)):
            kills += 1
            with keeping(SPEC, place) as store:
                assert apps(store) == Counter(names)
        assert kills > 50
        with keeping(SPEC, place) as store:
            assert apps(store) == Counter(names)
            assert store.runs(1) == []
        assert b"run-" not in b"".join(p.read_bytes() for p in place.glob("db-*"))


def test_wherever_publishing_is_killed_the_cells_are_the_same_in_the_end() -> None:
    chance = random.Random(3)
    runs_of_days = Days(
        tuple(
            (
                chance.randrange(8),
                combination(
                    chance.choice("abcdefgh"), os=chance.choice("du"), method="m"
                ),
                chance.randrange(1, 6),
            )
            for _ in range(80)
        )
    )
    with memory() as folder, memory() as other:
        with keeping(SPEC, Path(other)) as store:
            publishing.fold(store, runs_of_days)
            runs = store.publish(date(50), 5)
            expected = [publishing.published(store, grain) for grain in (0, 1)]
            left = publishing.waiting(store)
        place = Path(folder)
        with keeping(SPEC, place) as store:
            total = publishing.fold(store, runs_of_days)
        assert total == runs + left
        kills = 0
        for _ in killed(SPEC, place, lambda store: store.publish(date(50), 5)):
            kills += 1
            with keeping(SPEC, place) as store:
                cells = publishing.published(store)
                assert cells.items() <= expected[0].items()
                done = sum(
                    n
                    for (_, app, *more), n in cells.items()
                    if app == publishing.ALL and len(more) == 1
                )
                assert done + publishing.waiting(store) == total
        assert kills > 50
        with keeping(SPEC, place) as store:
            assert [publishing.published(store, g) for g in (0, 1)] == expected
