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
SPAN = PAUSE + 0.1  # a send: bash and transport need some time of their own
STOPPED = 0.2
AT_ONCE = 0.9  # less than any limit, and room for a busy machine


def sending(number: int, moment: float, *, group: bool) -> Director:
    """Send a signal so many seconds after the report began.

    It may find the installer in the send, or at the gate, which opens only then: that
    must make no difference.
    """

    def direct(running: Running) -> None:
        time.sleep(moment)
        running.signal(number, group=group)
        running.open_gate()

    return direct


def stopping(moment: float) -> Director:
    """Stop all processes of a run for a while, so many seconds after the begin."""

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
    """Seconds from the begin of a report."""
    count = QUICK_MOMENTS if place.quick else MOMENTS
    return [SPAN * number / count for number in range(count)]


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
    """Press Ctrl-C where no answer comes: that ends the send at once."""

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
    """Stop everything, as a suspended host does, and let it go on."""
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
