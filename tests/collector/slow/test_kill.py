"""After any crash, each acknowledged report is stored exactly once."""

from __future__ import annotations

import asyncio
import contextlib
import random
import subprocess
from collections import deque
from pathlib import Path

from shimgen.collector.keep.sqlite import SQLiteStore
from shimgen.spec import Spec
from support.raw import UNLIMITED, answer, play, port, request
from support.serving import kill_all, serving

KILLS = 100
CONNECTIONS = 16


class Flood:
    """Clients that send runs until a server is killed.

    `sent` are runs without an answer, which are sent again.
    """

    def __init__(self) -> None:
        self.acknowledged: list[str] = []
        self.sent: deque[str] = deque()
        self.number = 0

    async def until(self, url: str, process: subprocess.Popen[str], count: int) -> None:
        """Kill a server after `count` more answers, while reports are on their way."""
        goal = len(self.acknowledged) + count
        enough = asyncio.Event()
        lines = [
            asyncio.create_task(self._line(port(url), goal, enough))
            for _ in range(CONNECTIONS)
        ]
        await enough.wait()
        kill_all(process)
        await asyncio.gather(*lines)

    async def _line(self, to: int, goal: int, enough: asyncio.Event) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", to)
        while True:
            run = self._next()
            try:
                writer.write(request(run))
                await writer.drain()
                status = await answer(reader)
            except (OSError, EOFError):
                self.sent.append(run)
                break
            assert status == 200
            self.acknowledged.append(run)
            if len(self.acknowledged) >= goal:
                enough.set()
        with contextlib.suppress(OSError):
            writer.close()
            await writer.wait_closed()

    def _next(self) -> str:
        if self.sent:
            return self.sent.popleft()
        self.number += 1
        return f"run-{self.number}"


def test_each_acknowledged_report_survives_a_hundred_kills_and_is_stored_once(
    spec: Spec, tmp_path: Path
) -> None:
    flood = Flood()
    chance = random.Random(6)
    for _ in range(KILLS):
        with serving(tmp_path / "db", *UNLIMITED) as (url, process):
            play(flood.until(url, process, chance.randint(1, 300)))
    with contextlib.closing(SQLiteStore(tmp_path / "db", spec)) as store:
        kept = store.runs(flood.number + 1)
    assert len(flood.acknowledged) == len(set(flood.acknowledged)) > KILLS
    assert {run.random_id for run in kept} >= set(flood.acknowledged)
    assert all(len(run.reports) == 1 for run in kept)
    assert len({run.random_id for run in kept}) == len(kept)
