"""`shimgen serve` in a process of its own."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO

from .frozen import FROZEN_SPEC

READY = "listening on "
HUNG = 20  # seconds after which a process that does not stop is killed


@contextlib.contextmanager
def serving(
    db: Path,
    *options: str,
    stderr: int | IO[str] = subprocess.PIPE,
    within: Sequence[str] = (),
) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """Run it on a free port; yield its address and the process when it answers.

    The process is in a new session. `within` is a command that starts it, such as env.
    """
    command = [sys.executable, "-m", "shimgen", "serve", "--port", "0", "--db", str(db)]
    command += ["--spec", str(FROZEN_SPEC)]
    with subprocess.Popen(
        [*within, *command, *options],
        stdout=subprocess.PIPE,
        stderr=stderr,
        text=True,
        start_new_session=True,
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


def kill_all(process: subprocess.Popen[str]) -> None:
    """Kill all processes of a server at once, as a power failure would."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
