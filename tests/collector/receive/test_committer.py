"""Reports that wait together are written together; each gets its own result."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Sequence

import pytest

from shimgen.collector.keep.errors import StoreError
from shimgen.collector.keep.store import Report
from shimgen.collector.metrics import Metrics
from shimgen.collector.receive.committer import BusyError, Committer


class Disk:
    """A store that waits while the test wants it, and fails if the test says so."""

    def __init__(self) -> None:
        self.batches: list[list[str]] = []
        self.open = threading.Event()
        self.busy = threading.Event()
        self.error: Exception | None = None
        self.open.set()

    def add(self, reports: Sequence[Report]) -> None:
        """Store reports once the test allows it."""
        self.busy.set()
        self.open.wait()
        if self.error:
            raise self.error
        self.batches.append([one.run for one in reports])


def report(run: str) -> Report:
    return Report(run, "post_to_api", b"{}", 0)


def committing(disk: Disk, most: int = 100) -> Committer:
    return Committer(disk, Metrics(lambda: None), most)


async def until_busy(disk: Disk) -> None:
    await asyncio.to_thread(disk.busy.wait)


def test_reports_that_wait_while_the_disk_works_are_written_together() -> None:
    disk = Disk()
    disk.open.clear()
    committer = committing(disk)

    async def life() -> None:
        first = committer.add(report("first"))
        await until_busy(disk)
        rest = [committer.add(report(str(number))) for number in range(50)]
        assert not first.done()
        disk.open.set()
        await asyncio.gather(first, *rest)

    asyncio.run(life())
    committer.close()
    assert disk.batches == [["first"], [str(number) for number in range(50)]]


def test_a_report_is_answered_only_when_it_is_stored() -> None:
    disk = Disk()
    committer = committing(disk)

    async def life() -> None:
        for number in range(20):
            await committer.add(report(str(number)))
            assert disk.batches[-1] == [str(number)]

    asyncio.run(life())
    committer.close()


def test_each_report_of_a_failed_batch_gets_the_error_and_the_next_is_stored() -> None:
    disk = Disk()
    disk.open.clear()
    committer = committing(disk)

    async def life() -> None:
        first = committer.add(report("first"))
        await until_busy(disk)
        rest = [committer.add(report(str(number))) for number in range(3)]
        disk.error = StoreError("no space left; free some")
        disk.open.set()
        results = await asyncio.gather(first, *rest, return_exceptions=True)
        assert all(isinstance(one, StoreError) for one in results)
        disk.error = None
        await committer.add(report("after"))

    asyncio.run(life())
    committer.close()
    assert disk.batches == [["after"]]


def test_an_unexpected_error_reaches_its_reports_and_does_not_end_the_thread() -> None:
    disk = Disk()
    committer = committing(disk)

    async def life() -> None:
        disk.error = ZeroDivisionError()
        with pytest.raises(ZeroDivisionError):
            await committer.add(report("a"))
        disk.error = None
        await committer.add(report("b"))

    asyncio.run(life())
    committer.close()
    assert disk.batches == [["b"]]


def test_a_full_queue_refuses_reports_until_there_is_room() -> None:
    disk = Disk()
    disk.open.clear()
    committer = committing(disk, most=2)

    async def life() -> None:
        first = committer.add(report("first"))
        await until_busy(disk)
        rest = [committer.add(report("a")), committer.add(report("b"))]
        with pytest.raises(BusyError, match="try again"):
            committer.add(report("c"))
        disk.open.set()
        await asyncio.gather(first, *rest)
        await committer.add(report("d"))

    asyncio.run(life())
    committer.close()
    assert disk.batches == [["first"], ["a", "b"], ["d"]]


def test_a_client_that_has_gone_does_not_keep_others_from_their_answer() -> None:
    disk = Disk()
    disk.open.clear()
    committer = committing(disk)

    async def life() -> None:
        first = committer.add(report("first"))
        await until_busy(disk)
        gone, there = committer.add(report("gone")), committer.add(report("there"))
        gone.cancel()
        disk.open.set()
        await asyncio.gather(first, there)

    asyncio.run(life())
    committer.close()
    assert disk.batches == [["first"], ["gone", "there"]]


def test_closing_writes_waiting_reports_and_refuses_new_ones() -> None:
    disk = Disk()
    disk.open.clear()
    committer = committing(disk)

    async def life() -> None:
        first = committer.add(report("first"))
        await until_busy(disk)
        second = committer.add(report("second"))
        ending = asyncio.create_task(asyncio.to_thread(committer.close))
        disk.open.set()
        await asyncio.gather(first, second, ending)
        with pytest.raises(BusyError):
            committer.add(report("late"))

    asyncio.run(life())
    assert disk.batches == [["first"], ["second"]]
