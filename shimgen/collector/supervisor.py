"""Child processes that are started again when they end, and stopped together."""

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

GRACE = 10.0  # seconds between the wish to stop and the end of what is left
SOON = 5.0  # seconds; a child that ends sooner has not done its job
TRIES = 3  # times that children may end so soon

_STOP = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


class Parent:
    """What a child knows of its parent: whether it lives, and how to tell it things."""

    def __init__(self) -> None:
        self.lifeline, self._alive = os.pipe()
        self.told, self._telling = os.pipe()

    def tell_ready(self) -> None:
        """Say that the child does its job now, if there is somebody to hear it."""
        with suppress(BrokenPipeError):
            os.write(self._telling, b".")

    def leave_to_child(self) -> None:
        """Give up, in a child, what only the parent needs.

        From then on `lifeline` can be read, to its end, once the parent is gone.
        """
        os.close(self._alive)
        os.close(self.told)


class Supervisor:
    """Runs each job in a process of its own; a job ends at SIGTERM or with its parent.

    To be used before any thread is started: children are forks.
    """

    def __init__(self, jobs: Sequence[Callable[[Parent], None]]) -> None:
        self._jobs = jobs
        self._parent = Parent()
        self._running: dict[int, tuple[int, float]] = {}  # number of the job, start
        self._failures = 0

    def run(self, ready: Callable[[], None]) -> None:
        """Run until a signal asks to stop; call `ready` once all jobs are done.

        Raises ShimgenError where a job ends again and again.
        """
        with _noted_signals() as noted:
            try:
                for number in range(len(self._jobs)):
                    self._start(number)
                self._watch(noted, ready)
            finally:
                self._stop(noted)

    def _watch(self, noted: int, ready: Callable[[], None]) -> None:
        unready = len(self._jobs)
        while True:
            readable, _, _ = select.select([noted, self._parent.told], [], [])
            if self._parent.told in readable:
                before = unready
                unready -= len(os.read(self._parent.told, 64))
                if unready <= 0 < before:
                    ready()
            if noted in readable:
                if set(os.read(noted, 64)) & set(_STOP):
                    return
                for number in self._ended():
                    self._start(number)

    def _start(self, number: int) -> None:
        sys.stdout.flush()
        signal.pthread_sigmask(signal.SIG_BLOCK, _STOP)
        child = os.fork()
        if child == 0:
            self._be_child(number)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _STOP)
        self._running[child] = (number, time.monotonic())

    def _be_child(self, number: int) -> None:
        status = 1
        try:
            signal.set_wakeup_fd(-1)
            for one in (*_STOP, signal.SIGCHLD):
                signal.signal(one, signal.SIG_DFL)
            signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's
            signal.pthread_sigmask(signal.SIG_UNBLOCK, _STOP)
            self._parent.leave_to_child()
            self._jobs[number](self._parent)
            status = 0
        except ShimgenError as error:
            sys.stderr.write(f"{error}\n")
        except BaseException:
            traceback.print_exc()
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(status)

    def _ended(self) -> Iterator[int]:
        """Yield the jobs whose process has ended."""
        for child, (number, begun) in list(self._running.items()):
            if os.waitpid(child, os.WNOHANG)[0] == 0:
                continue
            del self._running[child]
            soon = time.monotonic() - begun < SOON
            self._failures = self._failures + 1 if soon else 0
            if self._failures >= TRIES:
                raise ShimgenError(
                    "a process ends as soon as it is started; what it said stands above"
                )
            yield number

    def _stop(self, noted: int) -> None:
        """Ask all to end, wait, and kill what does not."""
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
            elif self._running and select.select([noted], [], [], left)[0]:
                os.read(noted, 64)


@contextmanager
def _noted_signals() -> Iterator[int]:
    """Give a descriptor from which the numbers of signals can be read."""
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    numbers = (*_STOP, signal.SIGCHLD)
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
