"""Faults of the host: limits, memory, file systems, the terminal."""

from __future__ import annotations

import itertools
import os
import signal
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress

from support.servers import Connection
from support.servers.manners import never_answer, response

from .fault import GOOD, Fault, Place, SceneMaker, behaving, serving
from .play import Director, Running, Scene

SPIN = "#!/bin/sh\nwhile :; do :; done\n"
PAUSE = 0.3  # seconds until a server answers, if something is to happen before
USERS = itertools.count(61000)  # the kernel counts the processes of a user
BACKGROUND = {"TELEMETRY_BACKGROUND": "yes"}

NO_PROCESS = (
    "if bash cannot start a process, it tries again for 15 seconds, prints an error "
    "and ends the script with 254; the script's own next command would do the same"
)
FEW_PROCESSES = (
    "if the limit of processes is reached during a send, each bash that is already "
    "running tries again for up to 15 seconds"
)
NO_DESCRIPTOR = (
    "if no file descriptor is free, bash prints an error on stderr; the script's own "
    "next redirection would do the same"
)


def broken(fault: str, *answers: str) -> SceneMaker:
    """Run shell code in the installer's root file system before the installer."""

    @contextmanager
    def scene(place: Place) -> Iterator[Scene]:
        with serving(place, GOOD) as server:
            yield Scene(server.url(), answers, fault=fault)

    return scene


def crowded(processes: int) -> SceneMaker:
    """Limit the processes of the installer's user, the installer included.

    It runs as a user of its own, as the limit does not apply to root.
    """

    @contextmanager
    def scene(place: Place) -> Iterator[Scene]:
        with serving(place, GOOD) as server:
            limit = f"ulimit -u {processes}"
            yield Scene(server.url(), fault=limit, user=next(USERS))

    return scene


@contextmanager
def spinning(place: Place) -> Iterator[Scene]:
    """Replace python3 by a program that uses up its second of CPU time."""
    path = f"spin-{place.limit}"
    place.scratch.toolbox(path, "curl").script("python3", SPIN)
    with serving(place, GOOD) as server:
        yield Scene(server.url(), ("000", "200"), fault="ulimit -t 1", path=path)


@contextmanager
def sender_killed(place: Place) -> Iterator[Scene]:
    """Kill the sender of the first report when its request has arrived."""
    with serving(place, silent_at_first) as server:

        def direct(running: Running) -> None:
            running.open_gate()
            server.received.wait(place.limit)
            kill_senders(running)

        yield Scene(server.url(), ("000", "200"), directors=(direct,))


def kill_senders(running: Running) -> None:
    """Send SIGKILL to the senders, as the kernel does when it runs out of memory."""
    for process in running.processes():
        with suppress(OSError):  # it has ended already
            if (process / "comm").read_text().startswith(("python3", "curl")):
                os.kill(int(process.name), signal.SIGKILL)


def silent_at_first(connection: Connection) -> None:
    """Never answer the first connection; answer all others well."""
    first = connection.server.accepted == 1
    (never_answer if first else GOOD)(connection)


def slowly(connection: Connection) -> None:
    """Answer after a pause."""
    connection.request()
    connection.server.stopping.wait(PAUSE)
    connection.send(response(200, b"ok"))


def hung_up(environment: Mapping[str, str]) -> SceneMaker:
    """Close the terminal during a send."""

    def direct(running: Running) -> None:
        time.sleep(PAUSE / 2)
        running.close_terminal()
        running.open_gate()

    directors: tuple[Director, ...] = (direct,)

    @contextmanager
    def scene(place: Place) -> Iterator[Scene]:
        with serving(place, slowly) as server:
            yield Scene(
                server.url(),
                environment=environment,
                terminal=True,
                directors=directors,
            )

    return scene


@contextmanager
def silent_in_background(place: Place) -> Iterator[Scene]:
    """Report in the background to a server that never answers."""
    with behaving(never_answer)(place) as scene:
        yield Scene(scene.url, ("",), BACKGROUND)


FAULTS = [
    Fault("no further process", crowded(1), known_limit=NO_PROCESS),
    Fault("one further process", crowded(2), known_limit=FEW_PROCESSES),
    Fault("two further processes", crowded(3), known_limit=FEW_PROCESSES),
    Fault("four further processes", crowded(5), known_limit=FEW_PROCESSES),
    Fault("seven further processes", crowded(8)),
    Fault("two further open files", broken("ulimit -n 5"), known_limit=NO_DESCRIPTOR),
    Fault("three further open files", broken("ulimit -n 6", "000", "200")),
    Fault("memory for bash alone, 6 MB", broken("ulimit -v 6000", "000")),
    Fault("memory for a small program, 10 MB", broken("ulimit -v 10000", "000")),
    Fault("memory for python3, 24 MB", broken("ulimit -v 24000", "000", "200")),
    Fault("CPU time, 1 s, and a python3 that spins", spinning, ("both",)),
    Fault(
        "/tmp full",
        broken("mount -t tmpfs -o nr_inodes=1 tmpfs tmp", "200"),
    ),
    Fault("read-only root", broken('mount -o remount,ro "$PWD"', "200")),
    Fault("no /proc", broken("umount proc", "000")),
    Fault("no /dev/null", broken("umount dev/null; rm dev/null", "200")),
    Fault("no /dev/fd", broken("rm dev/fd", "000")),
    Fault("empty /dev", broken("mount -t tmpfs tmpfs dev", "000")),
    Fault(
        "sender killed, as when out of memory",
        sender_killed,
        ("python3", "curl", "both"),
    ),
    Fault("server silent, in the background", silent_in_background),
    Fault("terminal closes", hung_up({})),
    Fault("terminal closes, trapped", hung_up({"CATCH": "yes"})),
    Fault("terminal closes, in the background", hung_up(BACKGROUND)),
]
