"""Signals at moments spread over a send."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from .fault import Fault, Place, SceneMaker, serving
from .local import PAUSE, silent_at_first, slowly
from .play import Director, Running, Scene

MOMENTS = 50
QUICK_MOMENTS = 5
SEND_DURATION = PAUSE + 0.1  # bash and the transport need some time, too
STOPPED = 0.2
AT_ONCE = 0.9  # seconds: less than any limit, but enough on a busy machine


def sending(number: int, moment: float, *, group: bool) -> Director:
    """Send a signal so many seconds after the report began.

    The installer may be in the send, or waiting at the gate, which opens after the
    signal; both must give the same result.
    """

    def direct(running: Running) -> None:
        time.sleep(moment)
        running.signal(number, group=group)
        running.open_gate()

    return direct


def stopping(moment: float) -> Director:
    """Stop all processes of a run for a while, so many seconds after its begin."""

    def direct(running: Running) -> None:
        time.sleep(moment)
        begin = time.monotonic()
        send_to_all(running, signal.SIGSTOP)
        time.sleep(STOPPED)
        send_to_all(running, signal.SIGCONT)
        running.stopped = time.monotonic() - begin
        running.open_gate()

    return direct


def send_to_all(running: Running, number: int) -> None:
    """Send a signal to every process of a run."""
    for process in running.processes():
        with suppress(ProcessLookupError):
            os.kill(int(process.name), number)


def moments(place: Place) -> list[float]:
    """Return the times of the signals, in seconds after the start of the report."""
    count = QUICK_MOMENTS if place.quick else MOMENTS
    return [SEND_DURATION * number / count for number in range(count)]


def signalled(number: int, *, group: bool = True, catch: bool = False) -> SceneMaker:
    """Send a signal to the installer, or as a terminal does to its group."""

    @contextmanager
    def scene(place: Place) -> Iterator[Scene]:
        with serving(place, slowly) as server:
            yield Scene(
                server.url(),
                environment={"CATCH": "yes" if catch else ""},
                directors=tuple(
                    sending(number, moment, group=group) for moment in moments(place)
                ),
            )

    return scene


def interrupted(*, catch: bool) -> SceneMaker:
    """Press Ctrl-C while no answer comes: that ends the send at once."""

    @contextmanager
    def scene(place: Place) -> Iterator[Scene]:
        with serving(place, silent_at_first) as server:
            yield Scene(
                server.url(),
                environment={"CATCH": "yes" if catch else ""},
                directors=(sending(signal.SIGINT, PAUSE / 2, group=True),),
                bound=AT_ONCE,
            )

    return scene


@contextmanager
def stopped(place: Place) -> Iterator[Scene]:
    """Stop everything, as on a suspended host, and continue it."""
    with serving(place, slowly) as server:
        yield Scene(
            server.url(),
            ("000", "200"),
            directors=tuple(map(stopping, moments(place))),
        )


FAULTS = [
    Fault("SIGINT", signalled(signal.SIGINT)),
    Fault("SIGINT, trapped", signalled(signal.SIGINT, catch=True)),
    Fault("SIGINT, server silent", interrupted(catch=False)),
    Fault("SIGINT, server silent, trapped", interrupted(catch=True)),
    Fault("SIGTERM", signalled(signal.SIGTERM, group=False)),
    Fault("SIGTERM, trapped", signalled(signal.SIGTERM, group=False, catch=True)),
    Fault("SIGHUP", signalled(signal.SIGHUP)),
    Fault("SIGHUP, trapped", signalled(signal.SIGHUP, catch=True)),
    Fault("SIGPIPE", signalled(signal.SIGPIPE)),
    Fault("SIGSTOP and SIGCONT", stopped),
]
