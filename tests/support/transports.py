"""One report through one transport: only `python3` or only `curl` is on PATH."""

from __future__ import annotations

import os
import re
import select
import shutil
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from .frozen import API_FUNC

TRANSPORTS = ("python3", "curl")
LIMIT = 1  # seconds; the default limit of the reports that the tests make
HUNG = 30  # seconds; a run that takes longer has a defect and is killed
MARK = "SHIMGEN_TEST_RUN"

REPORT = """
. "$1"
post_to_api
printf '%s\\n%s\\n%s' "$?" "$POST_TO_API_DONE" "$RESPONSE"
"""
SCRIPT = {
    "DIAGNOSTICS": "yes",
    "RANDOM_UUID": "550e8400-e29b-41d4-a716-446655440000",
    "CT_TYPE": "1",
    "DISK_SIZE": "8",
    "CORE_COUNT": "2",
    "RAM_SIZE": "2048",
    "var_os": "debian",
    "var_version": "12",
    "NSAPP": "jellyfin",
    "METHOD": "default",
}
BODY = (
    b'{"ct_type":1,"type":"lxc","disk_size":8,"core_count":2,"ram_size":2048,'
    b'"os_type":"debian","os_version":"12","nsapp":"jellyfin","method":"default",'
    b'"pve_version":"8.2.2","status":"installing",'
    b'"random_id":"550e8400-e29b-41d4-a716-446655440000"}'
)
PVEVERSION = "#!/bin/sh\necho pve-manager/8.2.2/9355359cd7afbae4\n"


def program(name: str) -> str:
    """Return the path of the system's own program, not that of a version manager."""
    path = shutil.which(name, path=os.defpath) or shutil.which(name)
    if path is None:
        raise FileNotFoundError(f"no {name} on this machine: install {name}")
    return path


def python3() -> str:
    """Return the path of the system's python3, else of the one that runs the tests."""
    return shutil.which("python3", path=os.defpath) or sys.executable


class Toolbox:
    """A directory that is the whole PATH: a `pveversion`, and what a test adds."""

    def __init__(self, directory: Path, *names: str) -> None:
        directory.mkdir(parents=True)
        self.path = directory
        self.script("pveversion", PVEVERSION)
        for name in names:
            self.link(name)

    def link(self, name: str) -> None:
        """Add a link to the real program."""
        real = python3() if name == "python3" else program(name)
        (self.path / name).symlink_to(real)

    def script(self, name: str, text: str) -> None:
        """Add an executable file with this text; it replaces one of the same name."""
        file = self.path / name
        file.unlink(missing_ok=True)
        file.write_text(text)
        file.chmod(0o755)


def one_transport_each(directory: Path) -> dict[str, Toolbox]:
    """Return toolboxes with one transport each, by the name of the transport."""
    return {name: Toolbox(directory / name, name) for name in TRANSPORTS}


@dataclass(frozen=True)
class Outcome:
    """What a script saw of its report, and the processes that it left behind."""

    status: str
    flag: str
    response: bytes
    stderr: bytes
    seconds: float
    left: tuple[str, ...]

    def assert_good_guest(self, limit: float = LIMIT) -> None:
        """Fail unless it returned 0, silently and in time, and left no process."""
        assert self.status == "0"
        assert self.stderr == b""
        assert self.left == ()
        assert self.seconds < limit + 1

    def assert_answered(self, response: bytes) -> None:
        """Fail unless RESPONSE is this, and the flag says whether that settles it."""
        assert self.response == response
        open_again = re.search(rb"(000|408|425|429|5..)$", response)
        assert self.flag == ("false" if open_again else "true")


def report(
    toolbox: Toolbox,
    url: str,
    environment: Mapping[str, str] | None = None,
    *,
    limit: int = LIMIT,
    script: str = REPORT,
) -> Outcome:
    """Run a script that reports to `url`, with the toolbox as its PATH."""
    mark = uuid.uuid4().hex
    settings = {"TELEMETRY_URL": url, "TELEMETRY_TIMEOUT": str(limit)}
    begin = time.monotonic()
    shell = subprocess.Popen(
        [program("bash"), "--norc", "-c", script, "bash", str(API_FUNC)],
        env={
            "PATH": str(toolbox.path),
            MARK: mark,
            **SCRIPT,
            **settings,
            **(environment or {}),
        },
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    try:
        out, err = shell.communicate(timeout=HUNG)
    except subprocess.TimeoutExpired:
        os.killpg(shell.pid, signal.SIGKILL)
        shell.communicate()
        raise
    seconds = time.monotonic() - begin
    left = survivors(shell.pid, mark, begin + limit + 1)
    status, flag, response = out.split(b"\n", 2)
    return Outcome(status.decode(), flag.decode(), response, err, seconds, left)


def survivors(session: int, mark: str, deadline: float) -> tuple[str, ...]:
    """Kill the processes of a run that outlive the deadline; return their names.

    They are found by their session and, if they left it, by a mark in their
    environment. This waits for their end, and for the end of processes that they start
    meanwhile, until the deadline, in seconds of the monotonic clock.
    """
    while processes := members(session, mark):
        alive = [process for process in processes if not ends(process, deadline)]
        if alive:
            names = tuple((process / "comm").read_text().strip() for process in alive)
            for process in alive:
                os.kill(int(process.name), signal.SIGKILL)
            return names
    return ()


def members(session: int, mark: str) -> list[Path]:
    """Return the directories in /proc of the running processes of a run."""
    return [
        process
        for process in Path("/proc").glob("[0-9]*")
        if _belongs(process, session, f"{MARK}={mark}".encode())
    ]


def _belongs(process: Path, session: int, mark: bytes) -> bool:
    try:
        fields = (process / "stat").read_text().rpartition(")")[2].split()
        environment = (process / "environ").read_bytes()
    except OSError:  # gone, or another user's
        return False
    return fields[0] != "Z" and (int(fields[3]) == session or mark in environment)


def ends(process: Path, deadline: float) -> bool:
    """Wait until the process ends or the deadline passes; return whether it ended."""
    try:
        descriptor = os.pidfd_open(int(process.name))
    except ProcessLookupError:
        return True
    remaining = max(deadline - time.monotonic(), 0)
    ended, _, _ = select.select([descriptor], [], [], remaining)
    os.close(descriptor)
    return bool(ended)
