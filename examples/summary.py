"""The statistics page as a few lines for a terminal, from the collector's API."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any
from urllib.request import ProxyHandler, build_opener

WIDTH = 30  # columns of the longest bar
_OPENER = build_opener(ProxyHandler({}))  # no proxy: the collector runs on this machine


def counts(site: str) -> tuple[int, int]:
    """Return the numbers of completed and failed runs on the page."""
    [totals] = _rows(site, "summary")
    return totals["completed"], totals["failed"]


def lines(site: str, paint: Callable[[str, str], str]) -> list[str]:
    """Return the lines; `paint` colours words with an SGR code."""
    [totals] = _rows(site, "summary")
    rate = totals["success_rate"]
    share = "-" if rate is None else f"{rate:.0%}"
    return [
        "",
        f"{totals['runs']} runs   {share} succeeded   {totals['failed']} failed",
        "",
        *_bars(
            [
                (row["app"] or "unknown", row["completed"], row["failed"])
                for row in _rows(site, "apps")
            ],
            paint,
        ),
        "",
        *(
            f"exit code {row['code']}: {row['runs']} x {row['meanings'][0]}"
            for row in _rows(site, "codes")
        ),
        "",
        f"The page is at {site} while the demo runs.",
    ]


def _bars(
    rows: list[tuple[str, int, int]], paint: Callable[[str, str], str]
) -> list[str]:
    most = max((done + failed for _, done, failed in rows), default=1)
    wide = max((len(name) for name, _, _ in rows), default=0)
    return [
        f"{name:{wide}}  {paint('#' * round(WIDTH * done / most), '32')}"
        f"{paint('x' * round(WIDTH * failed / most), '31')}  {done} completed, "
        f"{failed} failed"
        for name, done, failed in rows
    ]


def _rows(site: str, table: str) -> list[dict[str, Any]]:
    with _OPENER.open(f"{site}api/v1/{table}", timeout=10) as answer:
        found: list[dict[str, Any]] = json.load(answer)["rows"]
        return found
