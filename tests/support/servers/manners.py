"""Behaviours of the test server: how it treats one connection."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Mapping

from .core import Behaviour, Connection


def response(
    status: int,
    body: bytes = b"",
    *headers: str,
    reason: str = "Whatever",
    length: int | None = -1,
) -> bytes:
    """Bytes of an HTTP/1.1 response; `length` None leaves Content-Length out."""
    size = len(body) if length == -1 else length
    lines = [f"HTTP/1.1 {status} {reason}", "Content-Type: text/plain", *headers]
    if size is not None:
        lines.append(f"Content-Length: {size}")
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + body


def say(*parts: bytes) -> Behaviour:
    """Read a request, send these bytes, close."""

    def behave(connection: Connection) -> None:
        connection.request()
        for part in parts:
            connection.send(part)

    return behave


def answer(status: int, body: bytes = b"", *headers: str) -> Behaviour:
    """Read a request and answer it properly."""
    return say(response(status, body, *headers))


def redirect(status: int, location: str, body: bytes = b"moved") -> Behaviour:
    """Redirect the client; `location` is latin-1 text, sent as it is."""
    return answer(status, body, f"Location: {location}")


def by_target(routes: Mapping[str, bytes]) -> Behaviour:
    """Answer each request with the bytes kept for its target, 404 elsewhere."""

    def behave(connection: Connection) -> None:
        target = connection.request().target.decode("latin-1")
        connection.send(routes.get(target, response(404, b"no such target")))

    return behave


def close_at_once(connection: Connection) -> None:
    """Accept, read nothing, close."""


def reset_at_once(connection: Connection) -> None:
    """Accept, read nothing, reset."""
    connection.reset()


def close_after_request(connection: Connection) -> None:
    """Read the request, close without an answer."""
    connection.request()


def reset_after_request(connection: Connection) -> None:
    """Read the request, reset."""
    connection.request()
    connection.reset()


def stay_silent(connection: Connection) -> None:
    """Accept, and never read or answer: also a TLS server without a handshake."""
    connection.wait_until_gone()


def never_answer(connection: Connection) -> None:
    """Read the request and never answer it."""
    connection.request()
    connection.wait_until_gone()


def drip(start: bytes, slow: bytes, seconds: float = 1.0) -> Behaviour:
    """Answer `start` at once, then `slow` a byte at a time, then close."""

    def behave(connection: Connection) -> None:
        connection.request()
        connection.send(start)
        connection.drip(slow, seconds)

    return behave


def then_hang(start: bytes) -> Behaviour:
    """Send the start of an answer and nothing more."""

    def behave(connection: Connection) -> None:
        connection.request()
        connection.send(start)
        connection.wait_until_gone()

    return behave


def then_reset(start: bytes) -> Behaviour:
    """Send the start of an answer, then reset."""

    def behave(connection: Connection) -> None:
        connection.request()
        connection.send(start)
        connection.reset()

    return behave


def unread(data: bytes) -> Behaviour:
    """Answer without reading the request: the rest of the connection is reset."""

    def behave(connection: Connection) -> None:
        connection.send(data)
        connection.sock.close()

    return behave


def hold(go: threading.Event, data: bytes) -> Behaviour:
    """Read a request and answer it when the test says go."""

    def behave(connection: Connection) -> None:
        connection.request()
        go.wait()
        connection.send(data)

    return behave


def endlessly(start: bytes, piece: bytes) -> Behaviour:
    """Send `start`, then `piece` again and again until the client leaves."""

    def behave(connection: Connection) -> None:
        connection.request()
        connection.send(start)
        while not connection.server.stopping.is_set():
            connection.send(piece)

    return behave


def ragged_tls(data: bytes) -> Behaviour:
    """Answer over TLS and close without TLS's close_notify."""

    def behave(connection: Connection) -> None:
        connection.request()
        connection.send(data)
        assert isinstance(connection.sock, ssl.SSLSocket)
        connection.cut()

    return behave


def chunked(*chunks: bytes, end: bytes = b"0\r\n\r\n") -> bytes:
    """Body of these chunks in chunked transfer coding."""
    return b"".join(b"%x\r\n%s\r\n" % (len(c), c) for c in chunks) + end
