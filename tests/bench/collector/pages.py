"""How long pages of a million folded runs take, rendered and from the cache."""

from __future__ import annotations

import http.client
import statistics
import time
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.collector.million import RUNS, build
from bench.collector.servers import serving
from bench.timing import table

PERIODS = ("30d", "90d", "12m", "all")
PLACES = ("/", "/app/app-0", "/app/app-250", "/code/100")
_LEAST = 9  # rounds at least, because a page takes only milliseconds


def show(rounds: int) -> None:
    """Print a line for each page and period, and one for all of them."""
    with TemporaryDirectory(prefix="shimgen-bench-") as folder:
        db = Path(folder) / "db"
        build(db)
        print(f"{db.stat().st_size / 1e6:.0f} MB for {RUNS:,} folded runs")
        with serving("collector", db) as server:
            client = http.client.HTTPConnection("127.0.0.1", server.port)
            results = list(_timed(client, max(rounds, _LEAST)))
    lines = [
        (place, f"{statistics.median(anew):.1f}", f"{max(anew):.1f}", f"{again:.1f}")
        for place, anew, again in results
    ]
    slowest = max(statistics.median(anew) for _, anew, _ in results)
    lines.append(("the slowest (target: at most 50)", f"{slowest:.1f}", "", ""))
    table(("page", "ms: median", "most", "from the cache"), lines)


def _timed(
    client: http.client.HTTPConnection, rounds: int
) -> Iterator[tuple[str, list[float], float]]:
    """Yield a page, the milliseconds of each rendering, and those from the cache."""
    fresh = count()
    for place in PLACES:
        for period in PERIODS:
            for status in ("", "&status=failed"):
                page = f"{place}?period={period}{status}"
                _ask(
                    client, f"{page}&fresh={next(fresh)}"
                )  # fills the caches of the disk
                anew = [
                    _ask(client, f"{page}&fresh={next(fresh)}") for _ in range(rounds)
                ]
                again = [_ask(client, page) for _ in range(rounds)][1:]
                yield page, anew, statistics.median(again)


def _ask(client: http.client.HTTPConnection, address: str) -> float:
    began = time.perf_counter()
    client.request("GET", address)
    answer = client.getresponse()
    answer.read()
    taken = time.perf_counter() - began
    if answer.status != 200:
        raise RuntimeError(f"{address}: {answer.status}")
    return taken * 1000
