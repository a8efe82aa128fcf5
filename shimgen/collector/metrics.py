"""Prometheus metrics of the collector; each process counts for itself.

With several workers a scrape reaches one of them, so take rates over all scrapes of
the instance. The age of the oldest report comes from the storage, which they share.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable

from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    generate_latest,
)
from starlette.requests import Request
from starlette.responses import Response

from shimgen.errors import ShimgenError

_BATCH_BUCKETS = (1, 2, 5, 10, 20, 50, 100, 200, 500)


class Metrics:
    """The metrics of one process; no label says anything about a client.

    `oldest` returns when the oldest report arrived that waits to be folded, in epoch
    seconds, or None if none waits. It raises ShimgenError if that cannot be read.
    """

    def __init__(self, oldest: Callable[[], int | None]) -> None:
        self._oldest = oldest
        self._registry = CollectorRegistry()
        self.answers = Counter(
            "shimgen_answers",
            "Answers to uploaded reports, by HTTP status",
            ["status"],
            registry=self._registry,
        )
        self.batch = Histogram(
            "shimgen_commit_reports",
            "Reports written in one commit",
            buckets=_BATCH_BUCKETS,
            registry=self._registry,
        )
        self.commit = Histogram(
            "shimgen_commit_seconds",
            "Seconds that a commit took",
            registry=self._registry,
        )

        Gauge(
            "shimgen_oldest_report_age_seconds",
            "Age of the oldest report that waits to be folded; 0 if none does, and"
            " +Inf if it cannot be read",
            registry=self._registry,
        ).set_function(self._age)

    def _age(self) -> float:
        try:
            oldest = self._oldest()
        except ShimgenError:
            return math.inf  # so that an alert for a great age is raised
        return 0 if oldest is None else max(0, time.time() - oldest)

    def show(self, request: Request) -> Response:  # noqa: ARG002  Starlette's signature
        """Answer with all metrics in Prometheus' text format."""
        body = generate_latest(self._registry)
        headers = {"Cache-Control": "no-store", "Content-Type": CONTENT_TYPE_LATEST}
        return Response(body, headers=headers)
