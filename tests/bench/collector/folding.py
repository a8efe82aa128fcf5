"""How long adding reports takes, alone and while runs are folded or published."""

from __future__ import annotations

import multiprocessing
import random
import statistics
import time
from collections.abc import Callable
from contextlib import closing
from multiprocessing.synchronize import Event
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from bench.collector.million import SPEC, K
from bench.timing import table
from shimgen.collector.keep.days import last_complete
from shimgen.collector.keep.sqlite import SQLiteStore
from shimgen.collector.keep.store import Report
from support.keeping import report

BATCH = 50  # reports, as many as a group commit has at some thousand reports a second
RUNS = 100_000
DAY = 86_400
NOW = 20_000 * DAY


def reports(first: int, runs: int, received: int) -> list[Report]:
    """Return both reports of some runs, of many combinations of values."""
    chance = random.Random(first)
    both = []
    for number in range(first, first + runs):
        run = f"{number:08x}-{chance.getrandbits(64):016x}"
        app = f"app-{int(300 ** chance.random())}"
        start: dict[str, Any] = {
            "nsapp": app,
            "ram_size": chance.choice((512, 1024, 2048, 4096)),
            "disk_size": chance.choice((2, 4, 8)),
            "core_count": chance.choice((1, 2)),
        }
        end: dict[str, Any] = {"install_duration": number % 999}
        both.append(report(run, "post_to_api", received, **start))
        both.append(report(run, "post_update_to_api", received, **end))
    return both


def add(
    path: Path, ready: Event, stop: Event, out: multiprocessing.Queue[list[float]]
) -> None:
    """Add batches of new runs until `stop` is set; put the seconds of each in `out`."""
    taken = []
    number = 10**9
    with closing(SQLiteStore(path, SPEC, lambda: NOW)) as store:
        ready.set()
        while not stop.is_set():
            number += BATCH // 2
            batch = reports(number, BATCH // 2, NOW)
            began = time.perf_counter()
            store.add(batch)
            taken.append(time.perf_counter() - began)
    out.put(taken)


def beside(path: Path, work: Callable[[], object]) -> tuple[float, list[float]]:
    """Work while another process adds reports.

    Returns the seconds of the work, and those of each batch.
    """
    context = multiprocessing.get_context("spawn")
    ready, stop, out = context.Event(), context.Event(), context.Queue()
    other = context.Process(target=add, args=(path, ready, stop, out))
    other.start()
    ready.wait()
    began = time.perf_counter()
    work()
    seconds = time.perf_counter() - began
    stop.set()
    taken = out.get()
    other.join()
    return seconds, taken


def show() -> None:
    """Print a line for adding alone, while folding, and while publishing."""
    rows = []
    with TemporaryDirectory(prefix="shimgen-bench-") as folder:
        path = Path(folder) / "db"
        with closing(SQLiteStore(path, SPEC, lambda: NOW)) as store:
            for first in range(0, RUNS, 1000):
                store.add(reports(first, 1000, NOW - 3 * DAY))
            size = path.stat().st_size
            before = NOW - 2 * DAY
            jobs: dict[str, Callable[[], object]] = {
                "nothing": lambda: time.sleep(5),
                f"a fold of {RUNS:,} runs": lambda: store.fold(before),
                f"publishing {RUNS:,} runs": lambda: store.publish(
                    last_complete(before), K
                ),
            }
            for name, work in jobs.items():
                seconds, taken = beside(path, work)
                rows.append(
                    (name, f"{seconds:.1f}", str(len(taken) * BATCH), *ms(taken))
                )
    print(f"the reports of {RUNS:,} runs take {size / 1e6:.0f} MB")
    table(("while", "seconds", "reports", "ms: median", "p99", "maximum"), rows)


def ms(taken: list[float]) -> list[str]:
    """Return the median, the 99th percentile and the maximum in milliseconds."""
    every = sorted(taken)
    most = (statistics.median(every), every[int(len(every) * 0.99)], every[-1])
    return [f"{one * 1000:.1f}" for one in most]
