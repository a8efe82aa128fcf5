"""Directories for PATH: stub host commands, and a stub python3 for the sender.

The stub `python3` writes what it was to send into a FIFO and prints what the sender
would. That leaves the network out and takes a millisecond.
"""

from __future__ import annotations

import fcntl
import os
import select
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, Self

from shimgen.reference import Lost, Reply

from .bash_session import word

SLOW = 10  # seconds within which a report from the background must arrive
ROOM = 1 << 20  # bytes that can be written before anybody reads
RECORD = ("__api_url", "body", "__api_limit", "__api_agent")


@dataclass(frozen=True)
class Sent:
    """The input of a sender, or what a server received.

    `limit` is in seconds; None if it is not known.
    """

    url: bytes
    body: bytes
    limit: float | None
    agent: bytes


class Network(Protocol):
    """The receiver of reports: a stub of the sender, or a real server."""

    def answer(self, reply: Reply | Lost) -> None:
        """Answer with this reply from now on."""

    def take(self, *, expected: bool) -> list[Sent]:
        """Return what was sent since the last call; wait for it if it is expected."""


class Directories:
    """Directories for PATH, each with a different reason to find a program or not.

    `here` is to be the working directory, which an empty part of PATH means.
    """

    def __init__(self, top: Path, commands: Iterable[str]) -> None:
        self.top = top
        self.commands = tuple(commands)
        self._printed: dict[str, bytes] = {}
        for name in ("tools", "commands", "links", "empty", "here", "fakes"):
            (top / name).mkdir(parents=True)
        for name in self.commands:
            for folder in ("tools", "commands", "here"):
                install(top / folder / name, b"#!/bin/sh\n")
            (top / "fakes" / name).write_bytes(b"#!/bin/sh\necho wrong\n")
        for name in (*self.commands, "python3"):
            (top / "links" / name).symlink_to(top / "tools" / name)
        (top / "fakes" / "python3").mkdir()
        (top / "fakes" / "curl").symlink_to("nowhere")

    def add(self, name: str, programs: Mapping[str, str]) -> None:
        """Add a directory with the host commands and links to these programs."""
        (self.top / name).mkdir()
        for command in self.commands:
            (self.top / name / command).symlink_to(self.top / "tools" / command)
        for link, target in programs.items():
            (self.top / name / link).symlink_to(target)

    def path(self, *names: str) -> bytes:
        """Return a PATH of these directories; an empty name stays an empty entry."""
        return os.fsencode(":".join(n and str(self.top / n) for n in names))

    def programs(self, path: bytes | None) -> frozenset[str]:
        """Return the names of the programs that a PATH finds."""
        if not path:
            return frozenset()
        programs: set[str] = set()
        for part in path.split(b":"):
            folder = Path(os.fsdecode(part)) if part else self.top / "here"
            programs |= {
                file.name
                for file in (folder.iterdir() if folder.is_dir() else ())
                if file.is_file() and os.access(file, os.X_OK)
            }
        return frozenset(programs)

    def print(self, outputs: Mapping[str, bytes]) -> None:
        """Let host commands print this, wherever PATH finds them, others nothing."""
        for name in self.commands:
            output = outputs.get(name, b"")
            if self._printed.get(name) == output:
                continue
            self._printed[name] = output
            text = b"#!/bin/sh\nprintf %%s %s\nexit 1\n" % word(output)
            for folder in ("tools", "commands", "here"):
                install(self.top / folder / name, text)


def install(file: Path, text: bytes) -> None:
    """Put a program there at once, also where the one before it still runs."""
    new = file.with_name(f".{file.name}")
    new.write_bytes(text)
    new.chmod(0o755)
    new.replace(file)


class Recorder:
    """The stub `python3`: a server that answers as the test says.

    Used as a context manager; `program` is where it is put.
    """

    def __init__(self, fifo: Path, program: Path) -> None:
        self.fifo = fifo
        self.program = program
        os.mkfifo(fifo)
        self._reader = os.open(fifo, os.O_RDWR | os.O_NONBLOCK)
        fcntl.fcntl(self._reader, fcntl.F_SETPIPE_SZ, ROOM)
        self._unread = b""
        self.answer(Lost())

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self._reader)

    def answer(self, reply: Reply | Lost) -> None:
        """Give this reply from now on, as late as it says, as the sender prints it."""
        said = b":000"
        if isinstance(reply, Reply):
            said = b":%s%03d" % (reply.body[:4096], reply.status)
        late = b"/bin/sleep %d\n" % reply.seconds if reply.seconds else b""
        values = " ".join(f'"${name}"' for name in RECORD).encode()
        install(
            self.program,
            b"#!/bin/sh\nIFS= read -r body\n"
            b"printf '%%s\\0' %s >%s\n%sprintf %%s %s\n"
            % (values, word(os.fsencode(self.fifo)), late, word(said)),
        )

    def take(self, *, expected: bool) -> list[Sent]:
        """Return what was sent since the last call.

        Where something is expected it waits for that: a report in the background
        comes when the call has long returned.
        """
        deadline = SLOW if expected else 0
        while not (records := self._records()):
            if not select.select([self._reader], [], [], deadline)[0]:
                return []
            self._unread += os.read(self._reader, ROOM)
        return records

    def _records(self) -> list[Sent]:
        *whole, rest = self._unread.split(b"\0")
        if rest or len(whole) % len(RECORD):
            return []
        self._unread = b""
        return [
            Sent(url, body, float(limit), agent)
            for url, body, limit, agent in zip(*[iter(whole)] * 4, strict=True)
        ]
