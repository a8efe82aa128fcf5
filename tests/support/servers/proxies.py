"""Behaviours of a proxy, good and bad."""

from __future__ import annotations

import socket
import threading
from base64 import b64encode
from contextlib import suppress

from .core import Behaviour, Connection
from .manners import response

ESTABLISHED = b"HTTP/1.1 200 Connection established\r\n\r\n"


def tunnel(
    port: int, *, credentials: str = "", greeting: bytes = ESTABLISHED
) -> Behaviour:
    """Answer CONNECT, for any name, with a tunnel to this loopback port.

    With `credentials` ("user:password") others get 407.
    """

    def behave(connection: Connection) -> None:
        request = connection.request()
        if request.method != b"CONNECT":
            connection.send(response(405, b"CONNECT only"))
            return
        expected = b"Basic " + b64encode(credentials.encode())
        if credentials and request.header(b"Proxy-Authorization") != expected:
            connection.send(response(407, b"who are you"))
            return
        with socket.create_connection(("127.0.0.1", port)) as origin:
            connection.send(greeting)
            _splice(connection.sock, origin)

    return behave


def _splice(one: socket.socket, other: socket.socket) -> None:
    """Carry bytes both ways until both ends are done."""
    back = threading.Thread(target=_carry, args=(other, one), daemon=True)
    back.start()
    _carry(one, other)
    back.join()


def _carry(source: socket.socket, sink: socket.socket) -> None:
    with suppress(OSError):
        while data := source.recv(65536):
            sink.sendall(data)
    with suppress(OSError):
        sink.shutdown(socket.SHUT_WR)
