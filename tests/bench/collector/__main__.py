"""Measures the collector: `make bench-collector`; compare ratios, not times.

A collector of one worker and an application that only parses JSON take turns in one
run, on loopback, with the client on the same machine.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import NamedTuple

from bench.collector import wrk
from bench.collector.pace import paced
from bench.collector.servers import serving, size
from shimgen import text

RATE = 2000  # reports a second of the client that does not wait
KINDS = ("bare", "collector")


class Round(NamedTuple):
    """What one server did: reports a second, and CPU seconds of it for each."""

    speed: float
    cost: float


def measure(rounds: int, seconds: int, connections: int) -> dict[str, float]:
    """Return the medians of all rounds, by what they are."""
    found: dict[str, list[Round]] = {kind: [] for kind in KINDS}
    tails: list[float] = []
    sizes: list[float] = []
    for number in range(rounds):
        for kind in KINDS:
            with TemporaryDirectory(prefix="shimgen-bench-", dir=Path.cwd()) as name:
                db = Path(name) / "db"
                with serving(kind, db) as server:
                    began = server.cpu()
                    sent = wrk.run(server.port, seconds, connections, f"a{number}")
                    cost = (server.cpu() - began) / sent.reports
                found[kind].append(Round(sent.reports / sent.seconds, cost))
                if kind == "collector":
                    sizes.append(size(db) / (sent.reports / 2) * 1e6)
                    with serving(kind, db) as server:
                        tails.append(paced(server.port, RATE, seconds, f"b{number}"))
                _say(f"round {number + 1}: {kind} {found[kind][-1].speed:.0f}/s")
    return {
        "bare reports/s": median(one.speed for one in found["bare"]),
        "durable reports/s": median(one.speed for one in found["collector"]),
        "durable/bare": _ratio(found, lambda one: one.speed),
        "bare CPU us/report": median(one.cost for one in found["bare"]) * 1e6,
        "durable CPU us/report": median(one.cost for one in found["collector"]) * 1e6,
        f"p99 ms at {RATE}/s": median(tails) * 1000,
        "bytes/million runs": median(sizes),
    }


def _ratio(found: dict[str, list[Round]], value: Callable[[Round], float]) -> float:
    """Return the median of each collector's value by that of its neighbour."""
    pairs = zip(found["bare"], found["collector"], strict=True)
    return median(value(collector) / value(bare) for bare, collector in pairs)


def _say(words: str) -> None:
    if sys.stderr.isatty():
        print(words, file=sys.stderr)


def main() -> None:
    """Measure, and print a table or JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5, help="default: 5")
    parser.add_argument("--seconds", type=int, default=10, help="of each; default: 10")
    parser.add_argument("--connections", type=int, default=64, help="default: 64")
    parser.add_argument("--json", action="store_true", help="print JSON")
    options = parser.parse_args()
    if not wrk.present():
        sys.exit("wrk is missing; run: apt-get install wrk")
    found = measure(options.rounds, options.seconds, options.connections)
    if options.json:
        print(json.dumps(found, indent=2))
        return
    rows = [("WHAT", "MEDIAN")]
    rows += [(name, f"{value:,.2f}") for name, value in found.items()]
    print("\n".join(text.columns(rows)))


main()
