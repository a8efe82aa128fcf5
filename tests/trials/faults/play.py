"""One run of the installer, observed from outside."""

from __future__ import annotations

import fcntl
import math
import os
import select
import signal
import subprocess
import time
import uuid
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from support.transports import MARK, members, program, survivors
from support.transports import SCRIPT as SETTINGS

from .outcome import Outcome
from .stage import SET_UP, Scratch, files

HUNG = 60  # seconds without output of the installer
SBIN = "/usr/sbin:/usr/bin:/sbin:/bin"


@dataclass
class Call:
    """Begin and end of a report in seconds; no end if the script ended during it."""

    begin: float
    end: float | None = None


Director = Callable[["Running"], None]
"""Called when the first report has begun; it must open the gate."""


def let_through(running: Running) -> None:
    """Let the installer continue."""
    running.open_gate()


@dataclass(frozen=True)
class Scene:
    """What the installer meets.

    `answers` are the statuses in RESPONSE that show that the fault took place; without
    any, all are accepted. `fault` is shell code that breaks the root file system or
    sets limits before the installer starts. `path` is its PATH, if not that of the
    transport. Each director plays one run. `bound` is how many seconds a report may
    take, if less than its limit plus one second.
    """

    url: str
    answers: tuple[str, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    fault: str = ":"
    path: str = ""
    user: int = 0
    terminal: bool = False
    directors: tuple[Director, ...] = (let_through,)
    bound: float = math.inf


class Running:
    """A running installer, in a root file system of its own."""

    def __init__(
        self, scene: Scene, transport: str, limit: int, shim: str, top: Path
    ) -> None:
        self.top = top
        self.calls: list[Call] = []
        self.answers: list[str] = []
        self.descriptors: list[dict[str, str]] = []
        self.stopped = 0.0
        self._said = b""
        self._mark = uuid.uuid4().hex
        gate, self._gate = _high_pipe()
        self._marks, marks = _high_pipe()
        self._terminal, inside = os.openpty() if scene.terminal else (-1, -1)
        words = [
            *(["setsid", "--ctty"] if scene.terminal else ["setsid"]),
            *("unshare", "--mount", program("bash"), "-c", SET_UP, "stage"),
            *(str(top), str(gate), str(marks), scene.fault, str(scene.user)),
            *(f"/mnt/{scene.path or transport}", program("bash"), "--norc"),
            *("/mnt/installer", f"/mnt/{shim}.func"),
        ]
        environment = {
            **SETTINGS,
            "PATH": SBIN,
            "TELEMETRY_URL": scene.url,
            "TELEMETRY_TIMEOUT": str(limit),
            MARK: self._mark,
            **scene.environment,
        }
        with (top / "stdout").open("wb") as out, (top / "stderr").open("wb") as err:
            self.process = subprocess.Popen(
                words,
                env=environment,
                stdin=inside if scene.terminal else subprocess.DEVNULL,
                stdout=inside if scene.terminal else out,
                stderr=inside if scene.terminal else err,
                pass_fds=(gate, marks),
            )
        _close(gate, marks, inside)
        self._ended = os.pidfd_open(self.process.pid)

    def open_gate(self) -> None:
        """Let the installer through the gate where it waits, or the next."""
        with suppress(BrokenPipeError):  # it has ended meanwhile
            os.write(self._gate, b"\n")

    def signal(self, number: int, *, group: bool) -> None:
        """Send a signal to the installer alone, or as a terminal does to its group."""
        with suppress(ProcessLookupError):
            kill = os.killpg if group else os.kill
            kill(self.process.pid, number)

    def processes(self) -> list[Path]:
        """Directories in /proc of the installer and all that it has started."""
        return members(self.process.pid, self._mark)

    def close_terminal(self) -> None:
        """Read what the terminal shows, then close it."""
        os.set_blocking(self._terminal, False)
        with suppress(BlockingIOError):
            (self.top / "stdout").write_bytes(os.read(self._terminal, 65536))
        os.close(self._terminal)
        self._terminal = -1

    def play(self, director: Director, limit: int) -> Outcome:
        """Follow the run to its end, and return its outcome."""
        try:
            while mark := self._next_mark():
                self._note(*mark.split(" "))
                if mark.startswith("begin") and len(self.calls) == 1:
                    director(self)
            status = self.process.wait(HUNG)
            end = time.time()
        finally:
            self.process.kill()
            self.process.wait()
            due = max((call.begin for call in self.calls), default=0.0) + limit + 1
            deadline = time.monotonic() + due - time.time()
            left = survivors(self.process.pid, self._mark, deadline)
            _close(self._gate, self._marks, self._ended, self._terminal)
        return Outcome(
            status=status,
            output={n: (self.top / n).read_bytes() for n in ("stdout", "stderr")},
            files=files(self.top / "upper"),
            descriptors=self.descriptors,
            answers=tuple(self.answers),
            blocked=self._blocked(end),
            left=left,
        )

    def _blocked(self, end: float) -> float:
        """Return the seconds of the longest report, without those of a stop."""
        longest = max(((c.end or end) - c.begin for c in self.calls), default=0.0)
        return max(longest - self.stopped, 0.0)

    def _next_mark(self) -> str:
        """Return the next mark, or nothing when the installer has ended."""
        while b"\n" not in self._said:
            ready, _, _ = select.select([self._marks, self._ended], [], [], HUNG)
            if not ready:
                raise AssertionError(f"no output for {HUNG} s")
            if self._marks not in ready:
                return ""
            said = os.read(self._marks, 65536)
            if not said:  # it has closed its end of the pipe, so it is ending
                return ""
            self._said += said
        line, _, self._said = self._said.partition(b"\n")
        return line.decode()

    def _note(self, word: str, ended: str, answered: str) -> None:
        """Record a mark and the report before it; let the installer continue."""
        process = self.process.pid
        os.waitid(os.P_PID, process, os.WSTOPPED | os.WEXITED | os.WNOWAIT)
        if self.calls:
            self.calls[-1].end = float(ended or time.time())
            self.answers += [answered] if ended else []
        if word == "begin":
            self.calls.append(Call(time.time()))
        else:
            folder = Path(f"/proc/{process}/fd")
            descriptors = {link.name: str(link.readlink()) for link in folder.iterdir()}
            self.descriptors.append(descriptors)
        self.signal(signal.SIGCONT, group=False)


def _high_pipe() -> tuple[int, int]:
    """Open a pipe whose numbers are not used in the installer."""
    low = os.pipe()
    read, write = (fcntl.fcntl(end, fcntl.F_DUPFD_CLOEXEC, 10) for end in low)
    for end in low:
        os.close(end)
    return read, write


def _close(*descriptors: int) -> None:
    for descriptor in descriptors:
        if descriptor >= 0:
            os.close(descriptor)


def perform(
    scratch: Scratch,
    scene: Scene,
    transport: str,
    limit: int,
    shim: str,
    director: Director,
) -> Outcome:
    """Play one run in a new root file system."""
    with scratch.root() as top:
        return Running(scene, transport, limit, shim, top).play(director, limit)
