"""A connection: how much a client may send, and how long it may take."""

from __future__ import annotations

import asyncio
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from shimgen.collector.receive import problems

PATIENCE = 20  # seconds for a request to arrive whole
MAX_HEAD = 32 * 1024  # bytes of a request line and its headers


class Connection(HttpToolsProtocol):
    """uvicorn's, which waits for ever for a request and for the end of its headers.

    Here a request that is not whole in time, and a connection without one, are closed,
    and so is one whose head is too long.
    """

    _timer: asyncio.TimerHandle | None = None
    _whole = False  # whether the newest bytes ended a request
    _in_head = False
    _head = 0  # bytes of a head that has not ended

    def connection_made(self, transport: Any) -> None:
        """Begin to wait for a request."""
        super().connection_made(transport)
        self._arm()

    def connection_lost(self, exc: Exception | None) -> None:
        """End."""
        self._disarm()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Take what came, and wait for the rest if it is not all."""
        self._whole = False
        super().data_received(data)
        if self._in_head:
            self._head += len(data)
            if self._head > MAX_HEAD and not self.transport.is_closing():
                self._refuse(431, f"the headers must be at most {MAX_HEAD} bytes")
        if self._whole or self.transport.is_closing():
            self._disarm()
        elif self._timer is None:
            self._arm()

    def on_message_begin(self) -> None:
        """Note that a request begins."""
        self._whole, self._in_head, self._head = False, True, 0
        super().on_message_begin()

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take a header, but no trailer: nobody reads those."""
        if self._in_head:
            super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """Note that the head ended; raises ValueError, for a 400, if it is odd.

        What is no HTTP/1 has no headers that others would agree on, and HTTP/1.0 has no
        chunks (RFC 9112, 6.1).
        """
        self._in_head = False
        version = self.parser.get_http_version()
        chunked = any(name == b"transfer-encoding" for name, _ in self.headers)
        if version != "1.1" and (version != "1.0" or chunked):
            raise ValueError(f"HTTP/{version} is not served")
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """Note that the request is whole."""
        self._whole = True
        super().on_message_complete()

    def send_400_response(self, msg: str) -> None:  # noqa: ARG002  uvicorn's
        """Refuse what is no HTTP."""
        self._refuse(400, "this is no valid HTTP request")

    def _refuse(self, status: int, detail: str) -> None:
        answer = problems.response(status, detail, headers={"Connection": "close"})
        head = f"HTTP/1.1 {status} {problems.phrase(status)}\r\n".encode()
        lines = [name + b": " + value + b"\r\n" for name, value in answer.raw_headers]
        self.transport.write(b"".join([head, *lines, b"\r\n", bytes(answer.body)]))
        self.transport.close()

    def _arm(self) -> None:
        self._timer = self.loop.call_later(PATIENCE, self._expire)

    def _disarm(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _expire(self) -> None:
        """Close; there may be nobody to tell why."""
        self._timer = None
        self.transport.close()
