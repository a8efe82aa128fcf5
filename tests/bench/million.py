"""A million folded runs, and how long the figures of the pages take."""

from __future__ import annotations

import argparse
import datetime
import itertools
import random
import statistics
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Literal, NamedTuple

from bench.timing import table
from shimgen.collector.keep.counting import Combination
from shimgen.collector.keep.sqlite import SQLiteStore
from shimgen.collector.keep.store import Filter, Status
from shimgen.spec import DEFAULT_SPEC, load

APPS, DAYS, RUNS, K = 300, 365, 1_000_000, 5
LAST = datetime.date(2026, 6, 30)
SPEC = load(DEFAULT_SPEC)
VERSIONS = [f"8.{minor}.{patch}" for minor in range(5) for patch in range(5)]
CODES = (1, 2, 100, 101, 126, 127, 130, 137, 139, 143, 200, 203, 209, 222, 250, 255)


class App(NamedTuple):
    """What most people choose for an application."""

    name: str
    os: str
    cores: str
    memory: str
    disk: str


def runs(seed: int = 1) -> Iterator[Counter[Combination]]:
    """Yield a day's runs, most of a few apps, four of five with an app's defaults."""
    chance = random.Random(seed)
    apps = [_app(chance, number) for number in range(APPS)]
    weights = list(itertools.accumulate(1 / rank for rank in range(1, APPS + 1)))
    for day in range(DAYS):
        few = RUNS // DAYS + (day < RUNS % DAYS)
        chosen = chance.choices(apps, cum_weights=weights, k=few)
        yield Counter(_run(chance, app, day) for app in chosen)


def _app(chance: random.Random, number: int) -> App:
    return App(
        f"app-{number}",
        chance.choice(("debian 12", "debian 12", "debian 13", "ubuntu 24.04")),
        chance.choice(("<= 1", "2", "3-4")),
        chance.choice(("<= 512", "513-1024", "1025-2048", "2049-4096")),
        chance.choice(("<= 2", "3-4", "5-8", "9-16")),
    )


def _run(chance: random.Random, app: App, day: int) -> Combination:
    version = VERSIONS[min(int(chance.expovariate(0.7)), 12) + day // 31]
    if chance.random() < 0.2:
        app = _app(chance, 0)._replace(name=app.name)
        method = "advanced"
    else:
        method = "default"
    ended = chance.random()
    status: Status = "completed"
    if ended > 0.88:
        status = "failed" if ended < 0.97 else "unfinished"
    code = {"completed": "0", "unfinished": ""}.get(status)
    if code is None:
        code = str(CODES[min(int(chance.expovariate(0.3)), len(CODES) - 1)])
    duration = chance.choice(("31-60", "61-120", "61-120", "121-300", "301-600"))
    values = {
        "app": app.name,
        "kind": "lxc",
        "os": app.os,
        "host_version": version,
        "method": method,
        "cores": app.cores,
        "memory": app.memory,
        "disk": app.disk,
        "duration": "" if status == "unfinished" else duration,
    }
    row = tuple(values[one.name] for one in SPEC.dimensions)
    return Combination("post_to_api", status, code, row)


def build(path: Path) -> float:
    """Fold and publish a year; gives the seconds that the slowest day took."""
    slowest = 0.0
    with closing(SQLiteStore(path, SPEC)) as store:
        first = LAST.toordinal() - DAYS + 1
        for number, counts in enumerate(runs()):
            day = datetime.date.fromordinal(first + number)
            since = day.toordinal() - datetime.date(1970, 1, 1).toordinal()
            with store._connections.writing() as db:
                store._fold.add(db, {(since, c): n for c, n in counts.items()})
            began = time.perf_counter()
            store.publish(day, K)
            slowest = max(slowest, time.perf_counter() - began)
        store._connections.shorten()
    return slowest


def questions(store: SQLiteStore) -> Iterator[tuple[str, Callable[[], object]]]:
    """Yield everything that a page may ask, in every combination of filters."""
    since = {
        "30 days": LAST - datetime.timedelta(29),
        "90 days": LAST - datetime.timedelta(89),
        "year": datetime.date(LAST.year - 1, LAST.month + 1, 1),
        "all": None,
    }
    names = ["exit_code", *(one.name for one in SPEC.dimensions if one.name != "app")]
    statuses: tuple[Status | None, ...] = (None, "failed")
    for period, app, status in itertools.product(
        since, (None, "app-0", "app-250"), statuses
    ):
        chosen = Filter(since[period], LAST if since[period] else None, app, status)
        label = f"{period}, {app or 'all apps'}, {status or 'any status'}"
        grain: Literal["day", "month"] = "day" if period.endswith("s") else "month"
        yield f"over_time, {label}", partial(store.over_time, chosen, grain)
        yield f"by_app, {label}", partial(store.by_app, chosen)
        for name in names:
            yield f"{name}, {label}", partial(store.by_value, chosen, name)
    yield "span", store.span


def main() -> None:
    """Build the database, if it is not there, and print the slowest questions."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("db", nargs="?", type=Path, help="default: one that is removed")
    parser.add_argument("--rounds", type=int, default=9, help="default: 9")
    options = parser.parse_args()
    with TemporaryDirectory(prefix="shimgen-bench-") as folder:
        path = options.db or Path(folder) / "db"
        if not path.exists():
            print(f"slowest day to publish: {build(path) * 1000:.0f} ms")
        print(f"{path.stat().st_size / 1e6:.0f} MB for {RUNS:,} runs")
        with closing(SQLiteStore(path, SPEC)) as store:
            rows = [
                (label, _milliseconds(ask, options.rounds))
                for label, ask in questions(store)
            ]
    rows.sort(key=lambda row: row[1], reverse=True)
    print(f"{len(rows)} questions, of which the slowest are")
    table(
        ("question", "ms of a processor", "ms in all"),
        ((label, *(f"{ms:.2f}" for ms in taken)) for label, taken in rows[:12]),
    )


def _milliseconds(ask: Callable[[], object], rounds: int) -> list[float]:
    """Return the medians of the time on a processor and of the time in all."""
    clocks = (time.thread_time, time.perf_counter)
    taken = []
    for _ in range(rounds):
        began = [clock() for clock in clocks]
        ask()
        taken.append(
            [clock() - then for clock, then in zip(clocks, began, strict=True)]
        )
    return [statistics.median(one) * 1000 for one in zip(*taken, strict=True)]


if __name__ == "__main__":
    main()
