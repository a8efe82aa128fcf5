"""One report through one transport: only `python3` or only `curl` is on PATH."""

from __future__ import annotations

import os
import select
import shutil
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
API_FUNC = ROOT / "shell" / "dist" / "api.func"
TRANSPORTS = ("python3", "curl")
LIMIT = 1  # seconds; what the reports of the tests give a bad server
HUNG = 30  # seconds; a run that takes so long is broken and is killed
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
    """Path of the system's program of that name, never a version manager's."""
    found = shutil.which(name, path=os.defpath) or shutil.which(name)
    if found is None:
        raise FileNotFoundError(f"no {name} on this machine: install {name}")
    return found


def python3() -> str:
    """Path of the python3 that users have, else of the one that runs the tests."""
    return shutil.which("python3", path=os.defpath) or sys.executable


class Toolbox:
    """A directory to be all of PATH: a `pveversion` and what a test puts there."""

    def __init__(self, directory: Path, *names: str) -> None:
        directory.mkdir(parents=True)
        self.path = directory
        self.script("pveversion", PVEVERSION)
        for name in names:
            self.link(name)

    def link(self, name: str) -> None:
        """Put the real program there."""
        real = python3() if name == "python3" else program(name)
        (self.path / name).symlink_to(real)

    def script(self, name: str, text: str) -> None:
        """Put an executable file with this text there, in place of what was."""
        file = self.path / name
        file.unlink(missing_ok=True)
        file.write_text(text)
        file.chmod(0o755)


def one_transport_each(directory: Path) -> dict[str, Toolbox]:
    """Toolboxes by the name of the one transport that each holds."""
    return {name: Toolbox(directory / name, name) for name in TRANSPORTS}


@dataclass(frozen=True)
class Outcome:
    """What a script saw of its report, and what was left when it had ended."""

    status: str
    flag: str
    response: bytes
    stderr: bytes
    seconds: float
    left: tuple[str, ...]

    def assert_good_guest(self, limit: float = LIMIT) -> None:
        """Fail unless all promises hold that no server and no tool can break."""
        assert self.status == "0"
        assert self.stderr == b""
        assert self.left == ()
        assert self.seconds < limit + 1

    def assert_answered(self, response: bytes) -> None:
        """Fail unless RESPONSE is this and the flag says whether that is an answer."""
        assert self.response == response
        assert self.flag == ("false" if response == b"000" else "true")


def report(
    toolbox: Toolbox,
    url: str,
    environment: Mapping[str, str] | None = None,
    *,
    limit: int = LIMIT,
    script: str = REPORT,
) -> Outcome:
    """Run a script that reports to `url` with the toolbox as PATH."""
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
    left = tuple(survivors(shell.pid, mark, begin + limit + 1))
    status, flag, response = out.split(b"\n", 2)
    return Outcome(status.decode(), flag.decode(), response, err, seconds, left)


def survivors(session: int, mark: str, deadline: float) -> Iterator[str]:
    """Names of processes of a run that outlive the deadline (monotonic seconds).

    They are known by their session and, where they left it, by a mark in their
    environment. One that is dying is waited for, not polled.
    """
    for entry in Path("/proc").glob("[0-9]*"):
        if not _belongs(entry, session, mark):
            continue
        try:
            descriptor = os.pidfd_open(int(entry.name))
        except ProcessLookupError:
            continue
        remaining = max(deadline - time.monotonic(), 0)
        if not select.select([descriptor], [], [], remaining)[0]:
            yield (entry / "comm").read_text().strip()
            signal.pidfd_send_signal(descriptor, signal.SIGKILL)
        os.close(descriptor)


def _belongs(process: Path, session: int, mark: str) -> bool:
    try:
        fields = (process / "stat").read_text().rpartition(")")[2].split()
        environment = (process / "environ").read_bytes()
    except OSError:  # gone, or another user's
        return False
    return int(fields[3]) == session or f"{MARK}={mark}".encode() in environment
