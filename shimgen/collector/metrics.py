"""Prometheus metrics of the collector; each process counts for itself.

With several workers a scrape reaches one of them, so take rates over all scrapes of
the instance.
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

_BATCH_BUCKETS = (1, 2, 5, 10, 20, 50, 100, 200, 500)


class Metrics:
    """The metrics of one process; no label says anything about a client."""

    def __init__(self) -> None:
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

    def show(self, request: Request) -> Response:  # noqa: ARG002  Starlette's signature
        """Answer with all metrics in Prometheus' text format."""
        body = generate_latest(self._registry)
        headers = {"Cache-Control": "no-store", "Content-Type": CONTENT_TYPE_LATEST}
        return Response(body, headers=headers)
