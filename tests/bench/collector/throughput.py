"""How many reports a second become durable, and how long the slowest ones wait.

A collector of one worker and an application that only parses JSON take turns in one
run, on loopback, with the client on the same machine.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import NamedTuple

from bench.collector import wrk
from bench.collector.pace import paced
from bench.collector.servers import serving, size
from bench.timing import progress, table

CONNECTIONS = 128  # many clients: a batch grows while the last one is written
RATE = 2000  # reports a second of the client that does not wait
KINDS = ("bare", "collector")


class Round(NamedTuple):
    """The result of one server: reports a second, and its CPU seconds for each."""

    speed: float
    cost: float


def _measure(rounds: int, seconds: int) -> dict[str, float]:
    """Return the medians of all rounds, by name."""
    results: dict[str, list[Round]] = {kind: [] for kind in KINDS}
    tails: list[float] = []
    sizes: list[float] = []
    for number in range(rounds):
        for kind in KINDS:
            with TemporaryDirectory(prefix="shimgen-bench-", dir=Path.cwd()) as name:
                db = Path(name) / "db"
                with serving(kind, db) as server:
                    began = server.cpu()
                    sent = wrk.run(server.port, seconds, CONNECTIONS, f"a{number}")
                    cost = (server.cpu() - began) / sent.reports
                results[kind].append(Round(sent.reports / sent.seconds, cost))
                if kind == "collector":
                    sizes.append(size(db) / (sent.reports / 2) * 1e6)
                    with serving(kind, db) as server:
                        tails.append(paced(server.port, RATE, seconds, f"b{number}"))
                progress(f"round {number + 1}: {kind} {results[kind][-1].speed:.0f}/s")
    return {
        "bare reports/s": median(one.speed for one in results["bare"]),
        "durable reports/s": median(one.speed for one in results["collector"]),
        "durable/bare": _ratio(results, lambda one: one.speed),
        "bare CPU us/report": median(one.cost for one in results["bare"]) * 1e6,
        "durable CPU us/report": median(one.cost for one in results["collector"]) * 1e6,
        f"p99 ms at {RATE}/s": median(tails) * 1000,
        "bytes/million runs": median(sizes),
    }


def _ratio(results: dict[str, list[Round]], value: Callable[[Round], float]) -> float:
    """Return the median ratio of the collector's value to that of the bare server."""
    pairs = zip(results["bare"], results["collector"], strict=True)
    return median(value(collector) / value(bare) for bare, collector in pairs)


def show(rounds: int, seconds: int) -> None:
    """Print a table of medians."""
    results = _measure(rounds, seconds)
    progress("")
    table(("what", "median"), ((name, f"{one:,.2f}") for name, one in results.items()))
