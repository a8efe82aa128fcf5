"""Runs become counts when their retention is over, each of them once."""

from __future__ import annotations

import threading
from collections import Counter
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shimgen.collector.keep import tables
from shimgen.collector.keep.published import STATUSES
from shimgen.collector.keep.sqlite import SQLiteStore
from shimgen.collector.keep.store import Report
from shimgen.spec import Dimension
from support import histories
from support.frozen import FROZEN
from support.histories import DAY, FIRST_DAY, Row, Sent, name, sent
from support.keeping import keeping, memory, report

SPEC = FROZEN
LATE = (FIRST_DAY + 1000) * DAY


def cube(store: SQLiteStore) -> Counter[Row]:
    """Read the cube in the form of histories.count."""
    with store._connections.reading() as db:
        numbers = tables.dimensions(db)
        texts = dict(db.execute("SELECT id, text FROM value"))
        columns = ", ".join(f"d{number}" for number in numbers.values())
        rows: Counter[Row] = Counter()
        for day, runs, status, *values in db.execute(
            f"SELECT day, runs, status, {columns} FROM cube"
            " JOIN combination ON id = combination"
        ):
            labels = dict(zip(numbers, (texts[value] for value in values), strict=True))
            event, code = labels["event"], labels["exit_code"]
            counted = tuple((one, labels[one]) for one in histories.NAMES)
            rows[day, event, STATUSES[status], code, counted] += runs
    return rows


@settings(max_examples=150)
@given(st.lists(sent(), max_size=40), st.integers(0, 40), st.integers(-1, 4 * DAY + 1))
def test_an_invented_history_is_folded_to_the_counts_of_a_plain_implementation(
    history: list[Sent], cut: int, limit: int
) -> None:
    """A report that comes after its run was folded counts as another run."""
    before = FIRST_DAY * DAY + limit
    with memory() as folder, keeping(SPEC, Path(folder)) as store:
        store.add([one.report() for one in history[:cut]])
        runs: dict[int, list[Sent]] = {}
        for one in history[:cut]:
            runs.setdefault(one.run, []).append(one)
        old = {n for n, of in runs.items() if min(r.received for r in of) < before}
        assert store.fold(before) == len(old)
        assert cube(store) == histories.count(r for n in old for r in _last(runs[n]))
        left = {run.random_id for run in store.runs(100)}
        assert left == {name(run) for run in runs.keys() - old}

        store.add([one.report() for one in history[cut:]])
        store.fold(LATE)
        kept = [one for one in history[:cut] if one.run not in old] + history[cut:]
        expected = histories.count(r for n in old for r in _last(runs[n]))
        rest: dict[int, list[Sent]] = {}
        for one in kept:
            rest.setdefault(one.run, []).append(one)
        expected += histories.count(r for of in rest.values() for r in _last(of))
        assert cube(store) == expected
        assert store.runs(1) == []


def _last(reports: list[Sent]) -> list[Sent]:
    """Return the last report of each event, with the time of the first."""
    newest: dict[str, Sent] = {}
    for one in reports:
        first = newest.pop(one.event, one)
        received = min(one.received, first.received)
        newest[one.event] = one._replace(received=received)
    return list(newest.values())


def test_a_run_is_folded_with_all_reports_a_second_after_its_retention(
    tmp_path: Path,
) -> None:
    began, limit = LATE, 48 * 3600
    with keeping(SPEC, tmp_path, clock=lambda: began + limit + 1) as store:
        store.add([report("a", received=began)])
        store.add([report("a", "post_update_to_api", began + limit - 1)])
        assert store.fold(began + limit - limit) == 0
        assert len(store.runs(9)[0].reports) == 2
        assert store.fold(began + limit - limit + 1) == 1
        assert store.runs(9) == []


def test_a_run_counts_on_the_day_of_its_first_report_in_utc(tmp_path: Path) -> None:
    midnight = FIRST_DAY * DAY
    with keeping(SPEC, tmp_path) as store:
        store.add([report("a", received=midnight - 1), report("b", received=midnight)])
        store.add([report("a", "post_update_to_api", midnight + 5)])
        store.fold(LATE)
        days = Counter({day: n for (day, *_), n in cube(store).items()})
    assert days == {FIRST_DAY - 1: 1, FIRST_DAY: 1}


def test_if_the_clock_goes_back_over_midnight_the_run_counts_on_the_earlier_day(
    tmp_path: Path,
) -> None:
    midnight = FIRST_DAY * DAY
    with keeping(SPEC, tmp_path) as store:
        store.add([report("a", received=midnight + 10)])
        store.add([report("a", "post_update_to_api", midnight - 10)])
        assert store.fold(midnight) == 1
        assert [day for day, *_ in cube(store)] == [FIRST_DAY - 1]


def test_a_report_from_the_future_is_kept_no_longer_than_one_of_now(
    tmp_path: Path,
) -> None:
    """The clock was years ahead when the report came, and was corrected since."""
    now = FIRST_DAY * DAY
    with keeping(SPEC, tmp_path, clock=lambda: now) as store:
        store.add([report("a", received=now + 3650 * DAY)])
        assert store.fold(now - 48 * 3600) == 0
        now += 48 * 3600
        assert store.fold(now - 48 * 3600) == 0
        now += 1
        assert store.fold(now - 48 * 3600) == 1
        assert [day for day, *_ in cube(store)] == [FIRST_DAY]


def test_a_clock_that_jumps_ahead_folds_early_but_loses_nothing(tmp_path: Path) -> None:
    now = FIRST_DAY * DAY
    with keeping(SPEC, tmp_path, clock=lambda: now) as store:
        store.add([report("a", received=now)])
        now += 10 * DAY
        assert store.fold(now - 48 * 3600) == 1
        now -= 10 * DAY
        store.add([report("a", "post_update_to_api", now)])
        now += 48 * 3600 + 1
        assert store.fold(now - 48 * 3600) == 1
        ends = sorted(status for _, _, status, *_ in cube(store).elements())
    assert ends == ["failed", "unfinished"]


def test_each_report_counts_once_while_others_are_added_and_folded() -> None:
    """A run that is folded between its two reports counts as two runs."""
    with memory() as folder, keeping(SPEC, Path(folder)) as store:
        done = threading.Event()

        def add() -> None:
            for number in range(300):
                store.add([report(f"{number}")])
                store.add([report(f"{number}", "post_update_to_api")])
            done.set()

        adding = threading.Thread(target=add)
        adding.start()
        while not done.is_set():
            store.fold(LATE)
        adding.join()
        store.fold(LATE)
        rows = cube(store)
    starts = sum(n for (_, event, *_), n in rows.items() if event == "post_to_api")
    ends = sum(n for (_, _, status, *_), n in rows.items() if status == "failed")
    assert (starts, ends) == (300, 300)


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"{", b"\xff", b"null", b'{"core_count": "2", "nsapp": []}']
)
def test_an_unreadable_payload_is_folded_as_unknown(
    body: bytes, tmp_path: Path
) -> None:
    with keeping(SPEC, tmp_path) as store:
        store.add([Report("a", "post_to_api", body, 0), Report("b", "gone", body, 0)])
        assert store.fold(LATE) == 2
        unknown = tuple((one, "") for one in histories.NAMES)
        assert cube(store) == {
            (0, "post_to_api", "unfinished", "", unknown): 1,
            (0, "gone", "unfinished", "", unknown): 1,
        }


def test_a_combination_that_occurs_again_in_a_later_step_stays_one_row(
    tmp_path: Path,
) -> None:
    with keeping(SPEC, tmp_path) as store:
        store.add([report(str(number)) for number in range(1000)])
        assert store.fold(LATE) == 1000
        [(_, runs)] = cube(store).items()
        with store._connections.reading() as db:
            rows = db.execute("SELECT count(*) FROM combination").fetchone()
    assert (runs, rows) == (1000, (1,))


def test_a_spec_can_gain_and_lose_dimensions(tmp_path: Path) -> None:
    events = tuple(
        msgspec.structs.replace(
            event,
            fields=tuple(
                msgspec.structs.replace(
                    field, dimension="mode" if field.key == "ct_type" else ""
                )
                if field.dimension in ("", "method")
                else field
                for field in event.fields
            ),
        )
        for event in SPEC.events
    )
    kept = tuple(one for one in SPEC.dimensions if one.name != "method")
    other = msgspec.structs.replace(
        SPEC, events=events, dimensions=(Dimension("mode", "Mode"), *kept)
    )
    for number, spec in enumerate((SPEC, other, SPEC)):
        with keeping(spec, tmp_path) as store:
            store.add([report(str(number), method="m", ct_type=7)])
            assert store.fold(LATE) == 1
    with keeping(SPEC, tmp_path) as store:
        both = cube(store)
        with store._connections.reading() as db:
            column = f"d{tables.dimensions(db)['mode']}"
            modes = db.execute(
                f"SELECT text, sum(runs) FROM cube JOIN combination AS c"
                f" ON c.id = combination JOIN value AS v ON v.id = {column}"
                " GROUP BY text"
            ).fetchall()
    methods = Counter({dict(row[-1])["method"]: n for row, n in both.items()})
    assert methods == {"m": 2, "": 1}
    assert dict(modes) == {"": 2, "7": 1}
