"""A real server in the place of the stub sender, for real transports."""

from __future__ import annotations

import queue
from typing import Self

from shimgen.reference import Lost, Reply

from .servers import Connection, Request, Server
from .servers.manners import response
from .stubs import SLOW, Sent


class Loopback:
    """Answers reports as the test says; used as a context manager."""

    def __init__(self) -> None:
        self._server = Server(self._behave)
        self._requests: queue.Queue[Request] = queue.Queue()
        self._reply: Reply | Lost = Lost()
        self.url = self._server.url().encode()

    def __enter__(self) -> Self:
        self._server.__enter__()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.__exit__()

    def answer(self, reply: Reply | Lost) -> None:
        """Give this reply, or hang up, from now on."""
        self._reply = reply

    def take(self, *, expected: bool) -> list[Sent]:
        """Return what was sent since the last call; wait for it where it is due."""
        requests = []
        try:
            requests.append(self._requests.get(expected, SLOW))
            while True:
                requests.append(self._requests.get_nowait())
        except queue.Empty:
            return [
                Sent(self.url, one.body, None, one.header(b"User-Agent") or b"")
                for one in requests
            ]

    def _behave(self, connection: Connection) -> None:
        self._requests.put(connection.request())
        if isinstance(self._reply, Reply):
            connection.send(response(self._reply.status, self._reply.body))
