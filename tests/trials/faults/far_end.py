"""Faults of the server, and of impostors in its place."""

from __future__ import annotations

import datetime
import select
import socket
import ssl
import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import trustme

from support.servers import Behaviour, manners
from support.servers.manners import answer, response, say, then_reset

from .fault import GOOD, Fault, Place, SceneMaker, behaving, serving
from .namespace import AWAY, BEYOND
from .play import Scene

HALF_A_HEAD = b"HTTP/1.1 200 OK\r\nContent-Le"
HALF_A_BODY = b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nabc"
PORTAL = answer(200, b"<html><title>Please log in</title></html>")
YEARS = datetime.timedelta(days=365) * 6


@contextmanager
def dies_before_accept(place: Place) -> Iterator[Scene]:
    """Connect to a server that ends before it accepts the connection."""
    with place.wire.away():
        listener = socket.create_server((AWAY, 0))
    port = listener.getsockname()[1]

    def die() -> None:
        select.select([listener], [], [])
        listener.close()

    thread = threading.Thread(target=die, daemon=True)
    thread.start()
    yield Scene(f"http://{AWAY}:{port}/dev/upload", ("000",))
    with suppress(OSError):  # closed already
        listener.shutdown(socket.SHUT_RDWR)
    thread.join()


@contextmanager
def portal(place: Place) -> Iterator[Scene]:
    """Reach a captive portal instead of every host."""
    with serving(place, PORTAL) as server:
        place.wire.redirect(server.port)
        yield Scene(f"http://{BEYOND}.1/dev/upload", ("200",))


def over_tls(behaviour: Behaviour) -> SceneMaker:
    """Ask for TLS from a server that does not speak it."""

    @contextmanager
    def scene(place: Place) -> Iterator[Scene]:
        with serving(place, behaviour) as server:
            yield Scene(server.url().replace("http:", "https:"), ("000",))

    return scene


def certified(
    begin: datetime.timedelta, end: datetime.timedelta, *answers: str
) -> SceneMaker:
    """Use a certificate that is valid from `begin` to `end`, relative to now.

    To a client, a wrong clock and a wrong certificate look the same.
    """

    @contextmanager
    def scene(place: Place) -> Iterator[Scene]:
        now = datetime.datetime.now(datetime.UTC)
        authority = trustme.CA()
        bundle = f"{uuid.uuid4().hex}.pem"
        authority.cert_pem.write_to_path(str(place.scratch.given / bundle))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert(
            AWAY, not_before=now + begin, not_after=now + end
        ).configure_cert(context)
        with serving(place, GOOD, tls=context) as server:
            trust = {"SSL_CERT_FILE": f"/mnt/{bundle}"}
            yield Scene(server.url(), answers, trust)

    return scene


DIES = {
    "after accept": (manners.close_at_once, manners.reset_at_once, "000"),
    "after the request": (
        manners.close_after_request,
        manners.reset_after_request,
        "000",
    ),
    "in the head": (say(HALF_A_HEAD), then_reset(HALF_A_HEAD), "000"),
    "in the body": (say(HALF_A_BODY), then_reset(HALF_A_BODY), "200"),
}

FAULTS = [
    Fault("server dies before accept", dies_before_accept),
    *(
        Fault(f"server dies {when}, {how}", behaving(behaviour, status))
        for when, (closes, resets, status) in DIES.items()
        for how, behaviour in (("FIN", closes), ("RST", resets))
    ),
    Fault("server silent", behaving(manners.never_answer, "000")),
    Fault("TLS server silent after connect", over_tls(manners.stay_silent)),
    Fault("captive portal, 200 HTML", portal),
    Fault(
        "captive portal instead of TLS",
        over_tls(manners.unread(response(400, b"plain"))),
    ),
    Fault("clock years behind, TLS", certified(YEARS, YEARS * 2, "000")),
    Fault("clock years ahead, TLS", certified(-YEARS * 2, -YEARS, "000")),
]
