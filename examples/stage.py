"""What the demo starts and stops: the collector, a file server, a host with stubs."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

SHIMGEN = (sys.executable, "-m", "shimgen")
SYSTEM = "/usr/bin:/bin"
READY = "listening on "
K = ("--k", "1")  # publish even single runs: all of them are invented
HUNG = 20  # seconds, after which a process counts as hung
NEEDED = ("bash", "cat", "curl", "sleep", "tail")  # what the installer runs
PVEVERSION = """\
#!/bin/sh
echo 'pve-manager/8.2.2/9355359cd7afbae4 (running kernel: 6.8.4-2-pve)'
"""


@contextmanager
def started(
    command: Sequence[str | Path], env: Mapping[str, str] | None = None
) -> Iterator[subprocess.Popen[str]]:
    """Start a command in its own process group, and kill the group at the end."""
    with subprocess.Popen(
        command,
        env=env,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    ) as process:
        try:
            yield process
        finally:
            send(process, signal.SIGKILL)


def send(process: subprocess.Popen[str], number: signal.Signals) -> None:
    """Send a signal to a process group, if it still exists."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, number)


@contextmanager
def receiver(db: Path) -> Iterator[str]:
    """Run `shimgen serve` on a free port; yield its address."""
    with started([*SHIMGEN, "serve", "--port", "0", "--db", str(db), *K]) as process:
        assert process.stdout
        guard = threading.Timer(HUNG, send, [process, signal.SIGKILL])
        guard.start()
        said = []
        for line in process.stdout:
            said.append(line)
            if line.startswith(READY):
                break
        else:
            raise SystemExit(f"the collector does not start: {''.join(said)}")
        guard.cancel()
        yield line.removeprefix(READY).strip()
        process.terminate()
        process.wait(HUNG)


class Quiet(SimpleHTTPRequestHandler):
    """Serves the files of a folder."""

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  the name in the base class
        """Log nothing: the demo shows the output of the installer only."""


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """Serve a folder, as a project serves its api.func; yield the address."""
    handler = partial(Quiet, directory=str(folder))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()


@contextmanager
def dead() -> Iterator[str]:
    """Yield an address on which nothing listens."""
    with closing(socket.socket()) as bound:
        bound.bind(("127.0.0.1", 0))  # never listens; keeps the port from others
        yield f"http://127.0.0.1:{bound.getsockname()[1]}/dev/upload"


def host(folder: Path) -> tuple[Path, Path]:
    """Make two folders for PATH: a host with stubs, and the same without python3."""
    stubs, no_python = folder / "host", folder / "no-python"
    for place in (stubs, no_python):
        place.mkdir()
        (place / "pveversion").write_text(PVEVERSION)
        (place / "pveversion").chmod(0o755)
    for name in NEEDED:
        found = shutil.which(name, path=SYSTEM)
        if not found:
            raise SystemExit(f"{name} is missing; run: apt install {name}")
        (no_python / name).symlink_to(found)
    return stubs, no_python
