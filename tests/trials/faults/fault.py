"""What a row of the table is."""

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
    """Where a trial takes place, and the limit that its reports have, in seconds."""

    wire: Wire
    scratch: Scratch
    limit: int
    quick: bool = False


SceneMaker = Callable[[Place], AbstractContextManager[Scene]]
GOOD = answer(200, b"ok")


@dataclass(frozen=True)
class Fault:
    """A fault, tried with each transport; `both` are python3 and curl together.

    What `known_limit` says is why it may fail.
    """

    name: str
    scene: SceneMaker
    transports: tuple[str, ...] = TRANSPORTS
    known_limit: str = ""

    def rows(self) -> dict[str, str]:
        """Names of its rows, and the transport of each."""
        return {f"{self.name}, {label(name)}": name for name in self.transports}


def label(transport: str) -> str:
    """Name a transport in a row."""
    return "python3 and curl" if transport == "both" else transport


@contextmanager
def serving(
    place: Place, behaviour: Behaviour, *, tls: ssl.SSLContext | None = None
) -> Iterator[Server]:
    """Have a server with these manners at the other end of the wire."""
    with ExitStack() as stack:
        with place.wire.away():  # its threads, too, are then there
            server = stack.enter_context(Server(behaviour, tls=tls, address=AWAY))
        yield server


def behaving(behaviour: Behaviour, *answers: str) -> SceneMaker:
    """Let the installer meet a server with these manners."""

    @contextmanager
    def scene(place: Place) -> Iterator[Scene]:
        with serving(place, behaviour) as server:
            yield Scene(server.url(), answers)

    return scene
