"""The connection of a client: limits on what it may send and how long it may take."""

from __future__ import annotations

import asyncio
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from shimgen.collector import problems

REQUEST_TIMEOUT = 20  # seconds until a request must have arrived completely
MAX_HEAD = 32 * 1024  # bytes of a request line and its headers


class Connection(HttpToolsProtocol):
    """uvicorn's connection, which by itself waits forever for the end of a request.

    This one closes a connection if a request is not complete in time, if no request
    comes, and if the headers are too long.
    """

    _timer: asyncio.TimerHandle | None = None
    _complete = False  # whether the newest bytes completed a request
    _in_head = False
    _head_size = 0  # bytes of the headers that are arriving

    def connection_made(self, transport: Any) -> None:
        """Start to wait for a request."""
        super().connection_made(transport)
        self._start_timer()

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop the timer of a closed connection."""
        self._stop_timer()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Parse the bytes that arrived; if the request is incomplete, keep waiting."""
        self._complete = False
        super().data_received(data)
        if self._in_head:
            self._head_size += len(data)
            if self._head_size > MAX_HEAD and not self.transport.is_closing():
                self._refuse(
                    431,
                    f"the headers are longer than {MAX_HEAD} bytes; send fewer or "
                    "shorter ones",
                )
        if self._complete or self.transport.is_closing():
            self._stop_timer()
        elif self._timer is None:
            self._start_timer()

    def on_message_begin(self) -> None:
        """Note the start of a request."""
        self._complete, self._in_head, self._head_size = False, True, 0
        super().on_message_begin()

    def on_header(self, name: bytes, value: bytes) -> None:
        """Pass a header on, but no trailer: nothing reads those."""
        if self._in_head:
            super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """Note the end of the headers; raises ValueError, for a 400, if they are odd.

        Anything but HTTP/1.0 and 1.1 is refused, because parsers disagree about it, and
        so are chunks in HTTP/1.0, which does not have them (RFC 9112, 6.1).
        """
        self._in_head = False
        version = self.parser.get_http_version()
        chunked = any(name == b"transfer-encoding" for name, _ in self.headers)
        if version != "1.1" and (version != "1.0" or chunked):
            raise ValueError(f"HTTP/{version} is not served; use HTTP/1.1")
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """Note that the request is complete."""
        self._complete = True
        super().on_message_complete()

    def send_400_response(self, msg: str) -> None:  # noqa: ARG002  uvicorn's signature
        """Refuse bytes that are not a valid HTTP request."""
        self._refuse(400, "this is not a valid HTTP request; use HTTP/1.1")

    def _refuse(self, status: int, detail: str) -> None:
        answer = problems.response(status, detail, headers={"Connection": "close"})
        head = f"HTTP/1.1 {status} {problems.phrase(status)}\r\n".encode()
        lines = [name + b": " + value + b"\r\n" for name, value in answer.raw_headers]
        self.transport.write(b"".join([head, *lines, b"\r\n", bytes(answer.body)]))
        self.transport.close()

    def _start_timer(self) -> None:
        self._timer = self.loop.call_later(REQUEST_TIMEOUT, self._expire)

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _expire(self) -> None:
        """Close without an answer: often nobody is left to read one."""
        self._timer = None
        self.transport.close()
