"""Processes that are killed in the middle of their work, at every possible place."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

from shimgen.collector.keep.sqlite import SQLiteStore
from shimgen.spec import Spec


def killed(
    spec: Spec, folder: Path, step: Callable[[SQLiteStore], object]
) -> Iterator[int]:
    """Do a step in one process after the other, each of which is killed later.

    The first is killed at the first statement on its writing connection, the next at
    the second, and so on; half of them during the statement, after some of SQLite's
    steps. Each continues with what the one before left. Yields the number of the
    statement after each kill, until a process ends by itself.
    """
    for place in count(1):
        child = os.fork()
        if child == 0:
            _child(spec, folder, step, place)
        _, status = os.waitpid(child, 0)
        if os.WIFEXITED(status):
            assert os.WEXITSTATUS(status) == 0
            return
        assert os.WTERMSIG(status) == signal.SIGKILL
        yield place


def _child(
    spec: Spec, folder: Path, step: Callable[[SQLiteStore], object], place: int
) -> None:
    """Do the step and exit in any case: the child must not go on with the test."""
    try:
        store = SQLiteStore(folder / "db", spec)
        left = place

        def one(_: str) -> None:
            nonlocal left
            left -= 1
            if left == 0 and place % 2:
                os.kill(os.getpid(), signal.SIGKILL)
            if left == 0:
                writer.set_progress_handler(kill, 1 + place % 7)

        def kill() -> int:
            os.kill(os.getpid(), signal.SIGKILL)
            return 0

        writer = store._connections._writer
        writer.set_trace_callback(one)
        step(store)
        os._exit(0)
    finally:
        os._exit(1)
