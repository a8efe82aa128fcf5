"""Runs a command under strace and reads what it wrote.

Each process has its own file (`-ff`), so that no call is interrupted by one of another
process; the calls are then sorted by time. strace leaves out calls that only read, or
that only change their own process. All other calls are kept, including unknown ones.
"""

from __future__ import annotations

import ast
import os
import re
import shutil
import signal
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

HUNG = 90  # seconds; tracing slows a run down, but not that much
LONGEST = 1 << 18  # bytes of a string; the kernel accepts no longer argument
_QUIET = """
read pread64 readv preadv preadv2 lseek close close_range dup dup2 dup3 pipe pipe2
stat lstat fstat newfstatat fstatat64 statx statfs fstatfs access faccessat faccessat2
readlink readlinkat getcwd chdir fchdir getdents getdents64 fcntl fadvise64 readahead
getxattr lgetxattr fgetxattr listxattr llistxattr flistxattr umask eventfd2 fsync
mmap munmap mprotect mremap madvise mincore brk futex membarrier
poll ppoll select pselect6 epoll_create epoll_create1 epoll_ctl epoll_wait epoll_pwait
rt_sigaction rt_sigprocmask rt_sigreturn rt_sigsuspend rt_sigpending sigaltstack pause
getpid getppid gettid getuid geteuid getgid getegid getgroups getresuid getresgid
getpgrp getpgid getsid setpgid setsid wait4 waitid exit exit_group restart_syscall
uname sysinfo getrandom getrlimit setrlimit prlimit64 getrusage getpriority prctl
arch_prctl set_tid_address set_robust_list get_robust_list rseq sched_yield
sched_getaffinity times time gettimeofday clock_gettime clock_getres clock_nanosleep
nanosleep alarm getitimer setitimer
getsockopt setsockopt getsockname getpeername recvfrom recvmsg recvmmsg shutdown
"""
QUIET = _QUIET.split()
OPTIONS = (
    "-ff",  # child processes too, each in its own file
    "-ttt",  # times
    "-yy",  # paths, pipes and connections of descriptors
    "-v",  # whole environments
    "-x",  # bytes that are not text in hexadecimal
    f"-s{LONGEST}",
    # `?`: a call that this kernel does not have is not an error.
    f"--trace=!{','.join(f'?{name}' for name in QUIET)}",
)

LINE = re.compile(r"(\d+\.\d+) (\w+)\((.*)\)\s+= (.*)", re.DOTALL)
NO_CALL = re.compile(r"\d+\.\d+ (---|\+\+\+) ")
STRING = re.compile(r'"((?:[^"\\]|\\.)*)"')
TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|<<|->|[][{}()<>,]|[^][{}()<>,"-]+|.')


class TraceError(Exception):
    """There is no trace, or it cannot be parsed."""


@dataclass(frozen=True)
class Call:
    """One system call, with arguments and result as strace writes them."""

    time: float
    process: int
    name: str
    arguments: tuple[str, ...]
    result: str

    @property
    def number(self) -> int:
        """The result as a number, -1 if the call failed or did not return."""
        found = re.match(r"-?\d+", self.result)
        return int(found[0]) if found else -1

    @property
    def error(self) -> str:
        """The name of the error, or an empty text."""
        found = re.match(r"-1 (\w+)", self.result)
        return found[1] if found else ""


def program() -> str | None:
    """Return the path of strace, if it is installed."""
    return shutil.which("strace")


def run(
    command: Sequence[str],
    folder: Path,
    directory: Path,
    environment: Mapping[str, str],
) -> int:
    """Run a command until its last descendant has ended; return its exit status.

    Traces, `stdout` and `stderr` go to `folder`. Raises TraceError if strace cannot
    trace, or if the run does not end in time.
    """
    strace = program()
    assert strace
    trace = folder / "trace"
    with (
        (folder / "stdout").open("wb") as out,
        (folder / "stderr").open("wb") as err,
        subprocess.Popen(
            [strace, *OPTIONS, "-o", trace, "--", *command],
            cwd=directory,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=err,
            start_new_session=True,
        ) as process,
    ):
        try:
            status = process.wait(HUNG)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            raise TraceError(f"the run took longer than {HUNG} s") from None
    if not any(folder.glob("trace.*")):
        stderr = (folder / "stderr").read_text().strip()
        raise TraceError(f"strace cannot trace here: {stderr}")
    return status


def read(folder: Path) -> list[Call]:
    """Return all calls of all processes, sorted by time."""
    calls = [
        call
        for file in folder.glob("trace.*")
        for line in file.read_text("ascii").splitlines()
        if (call := parse(line, int(file.suffix[1:])))
    ]
    return sorted(calls, key=lambda call: call.time)


def parse(line: str, process: int) -> Call | None:
    """Parse a line; None if it is about a signal or the end of a process."""
    if NO_CALL.match(line):
        return None
    found = LINE.fullmatch(line)
    if not found:
        raise TraceError(f"not a line of strace: {line[:200]!r}")
    time, name, arguments, result = found.groups()
    return Call(float(time), process, name, split(arguments), result)


def split(text: str) -> tuple[str, ...]:
    """Split at commas outside of strings, brackets and descriptions of descriptors."""
    parts, depth = [""], 0
    for token in TOKEN.findall(text):
        if token == "," and depth == 0:
            parts.append("")
            continue
        depth += (token in "([{<") - (token in ")]}>")
        parts[-1] += token
    return tuple(part.strip() for part in parts)


def strings(text: str) -> list[bytes]:
    """Return the quoted strings in an argument as bytes."""
    if '"...' in text:
        raise TraceError(f"strace cut a string off: {text[:200]!r}")
    return [ast.literal_eval(f'b"{string}"') for string in STRING.findall(text)]


def described(descriptor: str) -> str:
    """Return `/dev/null` for `3</dev/null<char 1:3>>`; an empty text if unknown."""
    found = re.fullmatch(
        r"[^<]*<(.*?)(<char [^>]*>|<block [^>]*>)?>(\(deleted\))?", descriptor
    )
    return found[1] if found else ""
