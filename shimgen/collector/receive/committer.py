"""Group commit: reports that wait together become durable together."""

from __future__ import annotations

import asyncio
import itertools
import threading
import time
from typing import NamedTuple

from shimgen.collector.keep.store import Report, Store
from shimgen.collector.metrics import Metrics
from shimgen.errors import ShimgenError

MAX_WAITING = 10_000  # reports: some seconds of a machine's utmost


class BusyError(ShimgenError):
    """So many reports wait that another one would wait for too long."""


class _Waiting(NamedTuple):
    report: Report
    done: asyncio.Future[None]


class Committer:
    """Adds reports to a store by one thread, all that wait in one transaction.

    While the disk works, the next ones gather: the more there are, the fewer times
    each costs the disk. The thread starts with the first report.
    """

    def __init__(self, store: Store, metrics: Metrics, most: int = MAX_WAITING) -> None:
        self._store = store
        self._metrics = metrics
        self._most = most
        self._waiting: list[_Waiting] = []
        self._wake = threading.Condition()
        self._thread: threading.Thread | None = None
        self._closed = False

    def add(self, report: Report) -> asyncio.Future[None]:
        """Return a future that is done when the report is durable.

        It fails with StoreError where the store cannot keep it. Raises BusyError where
        too many wait. To be called in a running event loop.
        """
        done = asyncio.get_running_loop().create_future()
        with self._wake:
            if self._closed or len(self._waiting) >= self._most:
                raise BusyError("too many reports wait; try again later")
            self._waiting.append(_Waiting(report, done))
            if self._thread is None:
                self._thread = threading.Thread(target=self._work, name="committer")
                self._thread.start()
            self._wake.notify()
        return done

    def close(self) -> None:
        """Take no more reports, and return when those that wait have their answer."""
        with self._wake:
            self._closed = True
            self._wake.notify()
        if self._thread:
            self._thread.join()

    def _work(self) -> None:
        while batch := self._next():
            error: Exception | None = None
            began = time.perf_counter()
            try:
                self._store.add([one.report for one in batch])
            except Exception as caught:  # whatever it is, somebody waits for an answer
                error = caught
            else:
                self._metrics.batch.observe(len(batch))
                self._metrics.commit.observe(time.perf_counter() - began)
            _answer(batch, error)

    def _next(self) -> list[_Waiting]:
        """Wait for reports; none means that no more will come."""
        with self._wake:
            self._wake.wait_for(lambda: self._waiting or self._closed)
            batch, self._waiting = self._waiting, []
            return batch


def _answer(batch: list[_Waiting], error: Exception | None) -> None:
    """Tell the loops that wait; usually it is one."""
    for loop, group in itertools.groupby(batch, lambda one: one.done.get_loop()):
        futures = [one.done for one in group]
        try:
            loop.call_soon_threadsafe(_resolve, futures, error)
        except RuntimeError:  # the loop is closed: nobody waits any more
            continue


def _resolve(futures: list[asyncio.Future[None]], error: Exception | None) -> None:
    for future in futures:
        if future.done():  # who waited is gone
            continue
        if error:
            future.set_exception(error)
        else:
            future.set_result(None)
