"""Servers in processes of their own, and the size of their databases."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple


class Server(NamedTuple):
    """A running server."""

    port: int
    process: int

    def cpu(self) -> float:
        """Return the CPU seconds that it used."""
        fields = Path(f"/proc/{self.process}/stat").read_text().rpartition(")")[2]
        ticks = sum(map(int, fields.split()[11:13]))  # utime and stime of proc(5)
        return ticks / os.sysconf("SC_CLK_TCK")


@contextlib.contextmanager
def serving(kind: str, db: Path) -> Iterator[Server]:
    """Run a server of server.py; `kind` is "bare" or "collector"."""
    command = [sys.executable, "-m", "bench.collector.server", kind, str(db)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout
            yield Server(int(process.stdout.readline()), process.pid)
        finally:
            process.send_signal(signal.SIGINT)
            process.wait()


def size(db: Path) -> int:
    """Return the bytes of a database that is not in use."""
    return sum(path.stat().st_size for path in db.parent.iterdir())
