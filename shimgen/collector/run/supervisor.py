"""The supervisor restarts child processes that end, and stops all of them together."""

from __future__ import annotations

import os
import select
import signal
import sys
import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress

from shimgen.errors import ShimgenError

GRACE = 10.0  # seconds between SIGTERM and SIGKILL
EARLY = 5.0  # seconds; a child that ends earlier after its start has failed
MAX_FAILURES = 3  # in a row, after which the supervisor gives up

_STOP_SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


class Parent:
    """The supervisor as its children see it, through two pipes."""

    def __init__(self) -> None:
        self.lifeline, self._lifeline_end = os.pipe()
        self.ready_messages, self._ready_end = os.pipe()

    def tell_ready(self) -> None:
        """Tell the parent that this child works now; if the parent is gone, nothing."""
        with suppress(BrokenPipeError):
            os.write(self._ready_end, b".")

    def close_in_child(self) -> None:
        """Close, in a child, the ends of the pipes that only the parent needs.

        Afterwards `lifeline` becomes readable when the parent ends.
        """
        os.close(self._lifeline_end)
        os.close(self.ready_messages)


class Supervisor:
    """Runs each job in a child process; a job ends at SIGTERM or with its parent.

    The children are forks, so use it before any thread is started.
    """

    def __init__(self, jobs: Sequence[Callable[[Parent], None]]) -> None:
        self._jobs = jobs
        self._parent = Parent()
        self._running: dict[int, tuple[int, float]] = {}  # job, start; by process
        self._failures = 0

    def run(self, ready: Callable[[], None]) -> None:
        """Run until a signal asks to stop; call `ready` once all jobs are ready.

        Raises ShimgenError if children fail again and again.
        """
        with _signal_pipe() as signals:
            try:
                for job in range(len(self._jobs)):
                    self._start(job)
                self._watch(signals, ready)
            finally:
                self._stop(signals)

    def _watch(self, signals: int, ready: Callable[[], None]) -> None:
        unready = len(self._jobs)
        messages = self._parent.ready_messages
        while True:
            readable, _, _ = select.select([signals, messages], [], [])
            if messages in readable:
                before = unready
                unready -= len(os.read(messages, 64))
                if unready <= 0 < before:
                    ready()
            if signals in readable:
                if set(os.read(signals, 64)) & set(_STOP_SIGNALS):
                    return
                for job in self._ended_jobs():
                    self._start(job)

    def _start(self, job: int) -> None:
        sys.stdout.flush()
        signal.pthread_sigmask(signal.SIG_BLOCK, _STOP_SIGNALS)
        child = os.fork()
        if child == 0:
            self._run_in_child(job)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _STOP_SIGNALS)
        self._running[child] = (job, time.monotonic())

    def _run_in_child(self, job: int) -> None:
        status = 1
        try:
            signal.set_wakeup_fd(-1)
            for number in (*_STOP_SIGNALS, signal.SIGCHLD):
                signal.signal(number, signal.SIG_DFL)
            # A terminal sends Ctrl-C to all; the parent handles it.
            signal.signal(signal.SIGINT, signal.SIG_IGN)
            signal.pthread_sigmask(signal.SIG_UNBLOCK, _STOP_SIGNALS)
            self._parent.close_in_child()
            self._jobs[job](self._parent)
            status = 0
        except ShimgenError as error:
            sys.stderr.write(f"{error}\n")
        except BaseException:
            traceback.print_exc()
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(status)

    def _ended_jobs(self) -> Iterator[int]:
        """Yield the jobs whose process has ended."""
        for child, (job, start) in list(self._running.items()):
            if os.waitpid(child, os.WNOHANG)[0] == 0:
                continue
            del self._running[child]
            failed = time.monotonic() - start < EARLY
            self._failures = self._failures + 1 if failed else 0
            if self._failures >= MAX_FAILURES:
                raise ShimgenError(
                    "a process ends again and again right after its start; fix what its"
                    " messages above say"
                )
            yield job

    def _stop(self, signals: int) -> None:
        """Ask all children to end, wait, and kill those that do not end in time."""
        for child in self._running:
            os.kill(child, signal.SIGTERM)
        deadline = time.monotonic() + GRACE
        while self._running:
            for child in list(self._running):
                if os.waitpid(child, os.WNOHANG)[0]:
                    del self._running[child]
            left = deadline - time.monotonic()
            if self._running and left <= 0:
                for child in self._running:
                    os.kill(child, signal.SIGKILL)
                    os.waitpid(child, 0)
                self._running.clear()
            elif self._running and select.select([signals], [], [], left)[0]:
                os.read(signals, 64)


@contextmanager
def _signal_pipe() -> Iterator[int]:
    """Yield a descriptor from which the numbers of arriving signals can be read."""
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    numbers = (*_STOP_SIGNALS, signal.SIGCHLD)
    handlers = [signal.signal(number, lambda *_: None) for number in numbers]
    before = signal.set_wakeup_fd(writing, warn_on_full_buffer=False)
    try:
        yield reading
    finally:
        signal.set_wakeup_fd(before)
        for number, handler in zip(numbers, handlers, strict=True):
            signal.signal(number, handler)
        os.close(reading)
        os.close(writing)
