"""A fault, which is one row of the table for each transport."""

from __future__ import annotations

import ssl
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass

from support.servers import Behaviour, Server
from support.servers.manners import answer
from support.transports import TRANSPORTS

from .namespace import AWAY, Wire
from .play import Scene
from .stage import Scratch


@dataclass(frozen=True)
class Place:
    """Where a trial takes place, and the time limit of its reports in seconds."""

    wire: Wire
    scratch: Scratch
    limit: int
    quick: bool = False


SceneMaker = Callable[[Place], AbstractContextManager[Scene]]
GOOD = answer(200, b"ok")


@dataclass(frozen=True)
class Fault:
    """A fault, played with each transport; `both` is python3 and curl together.

    It may fail for the reason in `known_limit`, if there is one.
    """

    name: str
    scene: SceneMaker
    transports: tuple[str, ...] = TRANSPORTS
    known_limit: str = ""

    def rows(self) -> dict[str, str]:
        """Return the names of its rows, with the transport of each."""
        return {f"{self.name}, {label(name)}": name for name in self.transports}


def label(transport: str) -> str:
    """Name a transport in a row."""
    return "python3 and curl" if transport == "both" else transport


@contextmanager
def serving(
    place: Place, behaviour: Behaviour, *, tls: ssl.SSLContext | None = None
) -> Iterator[Server]:
    """Run a server with this behaviour at the other end of the wire."""
    with ExitStack() as stack:
        with place.wire.away():  # its threads, too, are then there
            server = stack.enter_context(Server(behaviour, tls=tls, address=AWAY))
        yield server


def behaving(behaviour: Behaviour, *answers: str) -> SceneMaker:
    """Let the installer meet a server with this behaviour."""

    @contextmanager
    def scene(place: Place) -> Iterator[Scene]:
        with serving(place, behaviour) as server:
            yield Scene(server.url(), answers)

    return scene
