"""A database of a million runs of a year, folded and published."""

from __future__ import annotations

import datetime
import itertools
import random
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

from bench.timing import progress
from shimgen.collector.keep.counting import Combination
from shimgen.collector.keep.published import Status
from shimgen.collector.keep.sqlite import SQLiteStore
from shimgen.spec import DEFAULT_SPEC, load

APPS, DAYS, RUNS, K = 300, 365, 1_000_000, 5
LAST = datetime.date(2026, 6, 30)
SPEC = load(DEFAULT_SPEC)
VERSIONS = [f"8.{minor}.{patch}" for minor in range(5) for patch in range(5)]
CODES = (1, 2, 100, 101, 126, 127, 130, 137, 139, 143, 200, 203, 209, 222, 250, 255)


class App(NamedTuple):
    """An application with its default values."""

    name: str
    os: str
    cores: str
    memory: str
    disk: str


def runs(seed: int = 1) -> Iterator[Counter[Combination]]:
    """Yield the runs of each day: most of a few apps, four of five with defaults."""
    chance = random.Random(seed)
    apps = [_app(chance, number) for number in range(APPS)]
    weights = list(itertools.accumulate(1 / rank for rank in range(1, APPS + 1)))
    for day in range(DAYS):
        few = RUNS // DAYS + (day < RUNS % DAYS)
        choices = chance.choices(apps, cum_weights=weights, k=few)
        yield Counter(_run(chance, app, day) for app in choices)


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


def build(path: Path) -> None:
    """Fold and publish a year, day by day."""
    with closing(SQLiteStore(path, SPEC)) as store:
        first = LAST.toordinal() - DAYS + 1
        for number, counts in enumerate(runs()):
            progress(f"folding day {number + 1} of {DAYS}")
            day = datetime.date.fromordinal(first + number)
            since = day.toordinal() - datetime.date(1970, 1, 1).toordinal()
            with store._connections.writing() as db:
                store._fold.add(db, {(since, c): n for c, n in counts.items()})
            store.publish(day, K)
        store._connections.truncate_wal()
    progress("")
