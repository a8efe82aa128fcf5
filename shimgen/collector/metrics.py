"""Counts of what the collector does, for Prometheus; each process has its own.

With several workers a scrape reaches one of them, so rates have to be taken over all
scrapes of the instance; gauges of the storage are the same in each.
"""

from __future__ import annotations

from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    Histogram,
    generate_latest,
)
from starlette.requests import Request
from starlette.responses import Response

_BATCHES = (1, 2, 5, 10, 20, 50, 100, 200, 500)


class Metrics:
    """What there is to count; no label ever says anything about a client."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self.answers = Counter(
            "shimgen_answers",
            "Requests to take a report, by status of the answer",
            ["status"],
            registry=self._registry,
        )
        self.batch = Histogram(
            "shimgen_commit_reports",
            "Reports that became durable together",
            buckets=_BATCHES,
            registry=self._registry,
        )
        self.commit = Histogram(
            "shimgen_commit_seconds",
            "Seconds until they were",
            registry=self._registry,
        )

    def show(self, request: Request) -> Response:  # noqa: ARG002  Starlette's
        """Return all in Prometheus' text format."""
        body = generate_latest(self._registry)
        headers = {"Cache-Control": "no-store", "Content-Type": CONTENT_TYPE_LATEST}
        return Response(body, headers=headers)
