"""Turns system calls into acts: on files, processes, addresses and connections."""

from __future__ import annotations

import os.path
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal

from .strace import Call, described, strings

Column = Literal["files written", "processes", "addresses", "bytes sent", "other calls"]

OPENS = {"open": 1, "openat": 2, "openat2": 2}  # which argument holds the flags
_CHANGES = """
creat truncate ftruncate fallocate rename renameat renameat2 link linkat symlink
symlinkat unlink unlinkat mkdir mkdirat rmdir mknod mknodat chmod fchmod fchmodat
fchmodat2 chown fchown lchown fchownat utime utimes utimensat futimesat setxattr
lsetxattr fsetxattr removexattr lremovexattr fremovexattr
"""
CHANGES = frozenset(_CHANGES.split())
FORKS = frozenset({"fork", "vfork", "clone", "clone3"})
EXECS = {"execve": 1, "execveat": 2}  # which argument holds the argument list
KILLS = {"kill": 1, "tkill": 1, "tgkill": 2, "rt_sigqueueinfo": 1}
WRITES = frozenset({"write", "pwrite64", "sendto", "send"})
GATHERS = frozenset({"writev", "pwritev", "pwritev2", "sendmsg", "sendmmsg"})
ASKS = (
    "TCGETS",
    "TIOCGPGRP",
    "TIOCGWINSZ",
    "FIONBIO",
    "FIONREAD",
    "FIOCLEX",
    "TCGETS2",
)

# A pipe, or a pair of sockets without a name; netlink leads into the kernel.
INSIDE = re.compile(r"pipe:|anon_inode:|NETLINK:|UNIX[^,]*:\[\d+->\d+\]$")
INTERNET = re.compile(r'sin6?_port=htons\((\d+)\).*?"([^"]*)"')
BASIC_FLAGS = re.compile(r"\|SOCK_(CLOEXEC|NONBLOCK)")
IOV_BASE = re.compile(r'iov_base=("(?:[^"\\]|\\.)*")')
TLS_RECORDS = (20, 21, 22, 23)


@dataclass(frozen=True)
class Act:
    """Something that a process did and that others may notice, in words.

    For a started program there are its arguments and its environment, for a connection
    the bytes that were sent on it.
    """

    column: Column
    what: str
    argv: tuple[bytes, ...] = ()
    environment: tuple[bytes, ...] = ()
    sent: bytes = b""


@dataclass
class Reader:
    """Turns calls, sorted by time, into acts.

    `prints` maps the files of the script's stdout and stderr to these names.
    """

    prints: dict[str, str]
    acts: list[Act] = field(default_factory=list)
    _streams: dict[str, bytes] = field(default_factory=dict)

    def read(self, calls: Iterable[Call]) -> list[Act]:
        """Return the acts; at the end the bytes sent, one act per connection."""
        for call in calls:
            self._take(call)
        for socket, data in self._streams.items():
            self.acts.append(Act("bytes sent", f"to {socket}", sent=data))
        return self.acts

    def _take(self, call: Call) -> None:
        name = call.name
        if name in OPENS:
            if re.search(r"O_(WRONLY|RDWR|CREAT|TRUNC)", call.arguments[OPENS[name]]):
                self._add("files written", call, "open " + self._paths(call))
        elif name in CHANGES:
            self._add("files written", call, f"{name} {self._paths(call)}")
        elif name in FORKS:
            thread = "CLONE_THREAD" in ",".join(call.arguments)
            self._add("processes", call, "thread" if thread else "fork")
        elif name in EXECS:
            self._execute(call)
        elif name in KILLS:
            self._add("processes", call, f"kill {call.arguments[KILLS[name]]}")
        elif name in ("connect", "bind"):
            to = "connect to" if name == "connect" else name
            self._add("addresses", call, f"{to} {address(call, call.arguments[1])}")
        elif name in ("socket", "socketpair"):
            kinds = BASIC_FLAGS.sub("", " ".join(call.arguments[:2]))
            self._add("addresses", call, f"{name} {kinds}")
        elif name in ("listen", "accept", "accept4"):
            self._add("addresses", call, f"{name} {kind(call)}")
        elif name in WRITES | GATHERS:
            self._write(call)
        elif name != "ioctl" or not call.arguments[1].startswith(ASKS):
            what = f"{name}({', '.join(call.arguments)})"
            self._add("other calls", call, what)

    def _add(self, column: Column, call: Call, what: str) -> None:
        # An attempt to connect counts, whether or not it succeeds.
        failed = f" ({call.error})" if call.error and column != "addresses" else ""
        self.acts.append(Act(column, what + failed))

    def _paths(self, call: Call) -> str:
        """Return the paths among the arguments, joined with their directories."""
        paths, folder = [], ""
        for argument in call.arguments:
            if argument.startswith('"'):
                path = strings(argument)[0].decode(errors="backslashreplace")
                paths.append(os.path.join(folder, path))  # noqa: PTH118  keep any text
            else:
                folder = described(argument)
        return " to ".join(paths) or described(call.arguments[0])

    def _execute(self, call: Call) -> None:
        position = EXECS[call.name]
        argv = tuple(strings(call.arguments[position]))
        environment = tuple(strings(call.arguments[position + 1]))
        words = b" ".join(argv).decode(errors="backslashreplace")
        failed = f" ({call.error})" if call.error else ""
        self.acts.append(Act("processes", f"run {words}{failed}", argv, environment))

    def _write(self, call: Call) -> None:
        """Add a write to a file or a connection, but not to a pipe within the run."""
        target = described(call.arguments[0])
        if found := re.search(
            r"(msg_name=)?\{sa_family=.*?\}", ",".join(call.arguments)
        ):
            self._add("addresses", call, f"send to {address(call, found[0])}")
        if call.number < 0 or INSIDE.match(target):
            return
        data = written(call)
        if data is None or not target:
            self._add("other calls", call, f"{call.name}, not shown, to {target}")
        elif target in self.prints:
            text = data.decode(errors="backslashreplace").rstrip("\n")
            what = f"print on {self.prints[target]}: {text}"
            self._add("files written", call, what)
        elif target.startswith("/"):
            self._add("files written", call, f"write {target}")
        else:
            self._streams[target] = self._streams.get(target, b"") + data


def written(call: Call) -> bytes | None:
    """Return the bytes that a call wrote, None if the trace does not show them."""
    texts = [call.arguments[1]]
    if call.name in GATHERS:
        texts = IOV_BASE.findall(",".join(call.arguments[1:]))
    data = b"".join(part for text in texts for part in strings(text))
    if call.name == "sendmmsg":  # its result counts messages
        return data or None
    return data[: call.number] if len(data) >= call.number else None


def kind(call: Call) -> str:
    """Return the kind of a call's socket: `tcp`, `unix-stream`, `netlink`."""
    return described(call.arguments[0]).partition(":")[0].lower().removesuffix("v6")


def address(call: Call, text: str) -> str:
    """Return an address: `tcp 127.0.0.1:80`, `unix /run/nscd/socket`, `netlink`."""
    if match := INTERNET.search(text):
        port, host = match.groups()
        host = f"[{host}]" if ":" in host else host
        return f"{kind(call)} {host}:{port}"
    if paths := strings(text):
        return f"unix {paths[0].decode(errors='backslashreplace')}"
    return kind(call)


def is_tls(data: bytes) -> bool:
    """Whether the bytes are complete TLS records and nothing else."""
    while len(data) > 5 and data[0] in TLS_RECORDS and data[1] == 3:
        data = data[5 + int.from_bytes(data[3:5], "big") :]
    return not data
