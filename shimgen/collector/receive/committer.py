"""Group commit: all reports that are waiting are written in one transaction."""

from __future__ import annotations

import asyncio
import itertools
import threading
import time
from typing import NamedTuple

from shimgen.collector.keep.store import Inbox, Report
from shimgen.collector.metrics import Metrics
from shimgen.errors import ShimgenError

MAX_WAITING = 10_000  # reports: a few seconds' work at full load


class BusyError(ShimgenError):
    """The queue is full: another report would have to wait too long."""


class _Waiting(NamedTuple):
    """A report in the queue, and the future of its client."""

    report: Report
    done: asyncio.Future[None]


class Committer:
    """Adds reports to the storage from one thread, a whole queue in one transaction.

    While one batch is written to the disk, the next one collects. So the more reports
    arrive, the more of them share the cost of a write. The thread starts with the first
    report. `max_waiting` limits the queue, in reports.
    """

    def __init__(
        self, inbox: Inbox, metrics: Metrics, max_waiting: int = MAX_WAITING
    ) -> None:
        self._inbox = inbox
        self._metrics = metrics
        self._max_waiting = max_waiting
        self._queue: list[_Waiting] = []
        self._wake = threading.Condition()
        self._thread: threading.Thread | None = None
        self._closed = False

    def add(self, report: Report) -> asyncio.Future[None]:
        """Queue a report; the returned future is done when the report is durable.

        The future fails with StoreError if the report cannot be stored. Raises
        BusyError if the queue is full or the committer is closed. Call it in a running
        event loop.
        """
        done = asyncio.get_running_loop().create_future()
        with self._wake:
            if self._closed or len(self._queue) >= self._max_waiting:
                raise BusyError("too many reports are waiting; try again later")
            self._queue.append(_Waiting(report, done))
            if self._thread is None:
                self._thread = threading.Thread(target=self._work, name="committer")
                self._thread.start()
            self._wake.notify()
        return done

    def close(self) -> None:
        """Refuse new reports; return when all that are waiting have their answer."""
        with self._wake:
            self._closed = True
            self._wake.notify()
        if self._thread:
            self._thread.join()

    def _work(self) -> None:
        while batch := self._next_batch():
            error: Exception | None = None
            start = time.perf_counter()
            try:
                self._inbox.add([waiting.report for waiting in batch])
            except Exception as caught:  # any error: the clients wait for an answer
                error = caught
            else:
                self._metrics.batch.observe(len(batch))
                self._metrics.commit.observe(time.perf_counter() - start)
            _resolve_batch(batch, error)

    def _next_batch(self) -> list[_Waiting]:
        """Wait for reports and return them; [] means that no more will come."""
        with self._wake:
            self._wake.wait_for(lambda: self._queue or self._closed)
            batch, self._queue = self._queue, []
            return batch


def _resolve_batch(batch: list[_Waiting], error: Exception | None) -> None:
    """Pass the result to the event loops of the futures; usually it is one loop."""
    for loop, group in itertools.groupby(
        batch, lambda waiting: waiting.done.get_loop()
    ):
        futures = [waiting.done for waiting in group]
        try:
            loop.call_soon_threadsafe(_resolve, futures, error)
        except RuntimeError:  # the loop is closed, so nobody waits any more
            continue


def _resolve(futures: list[asyncio.Future[None]], error: Exception | None) -> None:
    for future in futures:
        if future.done():  # cancelled: its client has gone
            continue
        if error:
            future.set_exception(error)
        else:
            future.set_result(None)
