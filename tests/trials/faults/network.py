"""Faults of the network."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from support.servers import Connection
from support.servers.manners import answer

from .delay import Delay
from .far_end import YEARS, certified
from .fault import GOOD, Fault, Place, SceneMaker, behaving, serving
from .names import Addresses, NameServer
from .namespace import AWAY, BEYOND, BEYOND6, ip
from .play import Scene

HOST = "collector.test"
PORT = 8080  # nothing listens there
DEAD = [f"{BEYOND}.{host}" for host in range(1, 11)]


@contextmanager
def no_route(_: Place) -> Iterator[Scene]:
    """Remove the route to the server."""
    ip("route delete default")
    yield Scene(f"http://{DEAD[0]}/dev/upload", ("000",))


@contextmanager
def link_down(place: Place) -> Iterator[Scene]:
    """Unplug the other end of the cable."""
    with place.wire.away():
        ip("link set wire down")
    yield Scene(f"http://{AWAY}:{PORT}/dev/upload", ("000",))


def unplug(connection: Connection) -> None:
    """Receive the request, then take the link down."""
    connection.request()
    ip("link set wire down")


def filtered(hook: str, rule: str, *answers: str, size: int = 2) -> SceneMaker:
    """Filter packets at a server that answers with a body of `size` bytes."""

    @contextmanager
    def scene(place: Place) -> Iterator[Scene]:
        place.wire.filter(hook, rule)
        with behaving(answer(200, b"x" * size), *answers)(place) as behaviour:
            yield behaviour

    return scene


def delayed(seconds: float, *answers: str) -> SceneMaker:
    """Delay packets, so that a round trip takes so many seconds."""

    @contextmanager
    def scene(place: Place) -> Iterator[Scene]:
        with (
            Delay(place.wire, seconds / 2),
            behaving(GOOD, *answers)(place) as behaviour,
        ):
            yield behaviour

    return scene


def named(
    addresses: Addresses | None = None,
    *answers: str,
    refuses: bool = False,
    seconds: float = 0.0,
) -> SceneMaker:
    """Have the name of a good server looked up at a name server like this."""

    @contextmanager
    def scene(place: Place) -> Iterator[Scene]:
        known = {"A": [AWAY]} if addresses is None else addresses
        with place.wire.away():
            names = NameServer(AWAY, known, refuses=refuses, seconds=seconds)
        with names, serving(place, GOOD) as server:
            yield Scene(
                server.url(host=HOST), answers or expected_answer(seconds, place.limit)
            )

    return scene


def expected_answer(seconds: float, limit: int) -> tuple[str, ...]:
    """Return the status of a report whose answer takes so many seconds."""
    return ("200",) if seconds < limit else ("000",)


def among_the_dead(addresses: Addresses, *answers: str) -> SceneMaker:
    """Give the server further addresses from which no answer comes."""

    @contextmanager
    def scene(place: Place) -> Iterator[Scene]:
        place.wire.filter("prerouting", f"ip daddr {BEYOND}.0/24 drop")
        place.wire.filter("prerouting", f"ip6 daddr {BEYOND6} drop")
        with named(addresses, *answers)(place) as behaviour:
            yield behaviour

    return scene


@contextmanager
def silent_names(place: Place) -> Iterator[Scene]:
    """Ask a name server whose answers never arrive."""
    place.wire.filter("input", "udp dport 53 drop")
    yield Scene(f"http://{HOST}:{PORT}/dev/upload", ("000",))


@contextmanager
def no_name_server(_: Place) -> Iterator[Scene]:
    """Ask a host on which no name server runs."""
    yield Scene(f"http://{HOST}:{PORT}/dev/upload", ("000",))


REJECT = "meta l4proto tcp reject with"

FAULTS = [
    Fault("nothing wrong", behaving(GOOD, "200")),
    Fault("nothing wrong, TLS", certified(-YEARS, YEARS, "200")),
    Fault("no route", no_route),
    Fault("link down", link_down),
    Fault("link down during a send", behaving(unplug, "000")),
    Fault("SYN dropped", filtered("input", "tcp flags syn drop", "000")),
    Fault("REJECT, TCP reset", filtered("input", f"{REJECT} tcp reset", "000")),
    Fault(
        "REJECT, prohibited",
        filtered("input", f"{REJECT} icmpx type admin-prohibited", "000"),
    ),
    Fault("30 % loss", filtered("input", "numgen random mod 100 < 30 drop")),
    Fault("0.3 s delay", delayed(0.3, "200")),
    Fault("3 s delay", delayed(3, "000")),
    Fault(
        "MTU black hole, requests",
        filtered("input", "meta length > 300 drop", "000"),
    ),
    Fault(
        "MTU black hole, answers",
        filtered("output", "meta length > 600 drop", "000", size=3000),
    ),
    Fault("DNS silent", silent_names),
    Fault("no DNS server", no_name_server),
    Fault("DNS refuses", named(None, "000", refuses=True)),
    Fault("DNS slow, 3 s", named(seconds=3)),
    Fault("DNS without an address", named({}, "000")),
    Fault("ten dead addresses", among_the_dead({"A": DEAD}, "000")),
    Fault(
        "IPv6 dead, IPv4 alive",
        among_the_dead({"AAAA": [BEYOND6], "A": [AWAY]}, "200"),
    ),
]
