"""`shimgen serve` as a process of its own."""

from __future__ import annotations

import contextlib
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import IO

READY = "listening on "
HUNG = 20  # seconds; what takes so long to stop is killed


@contextlib.contextmanager
def serving(
    db: Path, *options: str, stderr: int | IO[str] = subprocess.PIPE
) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """Run it on a free port; yield its address and the process, once it answers."""
    command = [sys.executable, "-m", "shimgen", "serve", "--port", "0", "--db", str(db)]
    with subprocess.Popen(
        [*command, *options], stdout=subprocess.PIPE, stderr=stderr, text=True
    ) as process:
        try:
            assert process.stdout
            lines = iter(process.stdout.readline, "")
            ready = next((line for line in lines if line.startswith(READY)), READY)
            yield ready.removeprefix(READY).strip(), process
        finally:
            process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(HUNG)
            process.kill()
