"""A loopback server in threads; a test decides how it behaves."""

from __future__ import annotations

import socket
import ssl
import struct
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Self

HEAD_END = b"\r\n\r\n"
RESET = struct.pack("ii", 1, 0)  # SO_LINGER for no time: close() sends a reset


@dataclass(frozen=True)
class Request:
    """One request, byte for byte as it came."""

    head: bytes
    body: bytes

    @property
    def line(self) -> bytes:
        """The request line, without its end."""
        return self.head.partition(b"\r\n")[0]

    @property
    def method(self) -> bytes:
        """First word of the request line."""
        return self.line.split(b" ")[0]

    @property
    def target(self) -> bytes:
        """Second word of the request line."""
        return self.line.split(b" ")[1]

    @property
    def headers(self) -> list[tuple[bytes, bytes]]:
        """Name and value of each header line, in order, names as they were spelt."""
        lines = self.head.removesuffix(HEAD_END).split(b"\r\n")[1:]
        pairs = [line.partition(b":") for line in lines]
        return [(name, value.strip()) for name, _, value in pairs]

    def header(self, name: bytes) -> bytes | None:
        """Value of the first header of that name in any letter case, or None."""
        return next(
            (value for key, value in self.headers if key.lower() == name.lower()), None
        )


class Connection:
    """The server's end of one connection, which a behaviour may use in any way."""

    def __init__(self, server: Server, sock: socket.socket) -> None:
        self.server = server
        self.sock = sock
        self._unread = b""
        # Send at once: a reset would drop what Nagle's algorithm holds back.
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def request(self) -> Request:
        """Read and record the next request; raises OSError if it is not complete."""
        while HEAD_END not in self._unread:
            self._receive()
        head, end, self._unread = self._unread.partition(HEAD_END)
        request = Request(head + end, b"")
        size = int(request.header(b"Content-Length") or 0)
        while len(self._unread) < size:
            self._receive()
        body, self._unread = self._unread[:size], self._unread[size:]
        request = Request(head + end, body)
        self.server.requests.append(request)
        self.server.received.set()
        return request

    def _receive(self) -> None:
        data = self.sock.recv(65536)
        if not data:
            raise ConnectionAbortedError(f"the client left after {self._unread!r}")
        self._unread += data

    def send(self, data: bytes) -> None:
        """Send all of it at once."""
        self.sock.sendall(data)

    def drip(self, data: bytes, seconds: float) -> None:
        """Send a byte, then wait, and so on; end early where the server stops."""
        for byte in data:
            self.send(bytes([byte]))
            if self.server.stopping.wait(seconds):
                return

    def wait_until_gone(self) -> None:
        """Take whatever comes until the client or the server ends the connection."""
        while data := self.sock.recv(65536):
            self._unread += data

    def reset(self) -> None:
        """Close with a reset, so that the client sees an error, not an end."""
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
        self.sock.close()

    def start_tls(self, context: ssl.SSLContext) -> None:
        """Do the server's half of a TLS handshake on this connection."""
        self.sock = context.wrap_socket(
            self.sock, server_side=True, do_handshake_on_connect=False
        )
        assert isinstance(self.sock, ssl.SSLSocket)
        self.sock.do_handshake()

    def finish(self) -> None:
        """Shut down the sending side, then record what else the client sends."""
        if self.sock.fileno() < 0:
            return
        with suppress(OSError, ValueError):  # ValueError: TLS is over already
            if isinstance(self.sock, ssl.SSLSocket):
                self.sock.unwrap()
            else:
                self.sock.shutdown(socket.SHUT_WR)
                self.wait_until_gone()
        self.sock.close()
        if self._unread:
            self.server.strays.append(self._unread)

    def cut(self) -> None:
        """Wake whoever waits on this connection, from another thread."""
        with suppress(OSError):
            self.sock.shutdown(socket.SHUT_RDWR)


Behaviour = Callable[[Connection], None]


class Server:
    """Listens on a free loopback port while used as a context manager.

    Each connection gets `behaviour` in a thread of its own. `requests` are those
    that came whole, recorded before they were answered; `strays` are bytes that
    belong to none; `received` is set when the first request came. `accepted`
    counts connections.
    """

    def __init__(
        self,
        behaviour: Behaviour,
        *,
        tls: ssl.SSLContext | None = None,
        address: str = "127.0.0.1",
    ) -> None:
        self.behaviour = behaviour
        self.tls = tls
        self.requests: list[Request] = []
        self.strays: list[bytes] = []
        self.accepted = 0
        self.received = threading.Event()
        self.stopping = threading.Event()
        self._bugs: list[Exception] = []
        self._connections: list[Connection] = []
        self._threads: list[threading.Thread] = []
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        self._listener = socket.socket(family, socket.SOCK_STREAM)
        self._listener.bind((address, 0))
        self._listener.listen(64)
        self.address = address
        self.port: int = self._listener.getsockname()[1]

    def url(self, target: str = "/dev/upload", *, host: str = "") -> str:
        """URL of `target` here; `host` may be another name of this machine."""
        scheme = "https" if self.tls else "http"
        return f"{scheme}://{self.netloc(host)}{target}"

    def netloc(self, host: str = "") -> str:
        """`HOST:PORT` as it stands in a URL and in the Host header."""
        name = host or self.address
        return f"[{name}]:{self.port}" if ":" in name else f"{name}:{self.port}"

    def __enter__(self) -> Self:
        self._start(self._accept)
        return self

    def __exit__(self, *_: object) -> None:
        self.stopping.set()
        self._listener.shutdown(socket.SHUT_RDWR)
        self._threads[0].join()  # first: this thread starts the others
        for connection in self._connections:
            connection.cut()
        for thread in self._threads[1:]:
            thread.join()
        self._listener.close()
        if self._bugs:
            raise ExceptionGroup("a behaviour of the test server failed", self._bugs)

    def _start(self, work: Callable[[], None]) -> None:
        thread = threading.Thread(target=work, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while True:
            try:
                sock, _ = self._listener.accept()
            except OSError:  # shut down
                return
            self.accepted += 1
            connection = Connection(self, sock)
            self._connections.append(connection)
            self._start(partial(self._serve, connection))

    def _serve(self, connection: Connection) -> None:
        try:
            if self.tls:
                connection.start_tls(self.tls)
            self.behaviour(connection)
        except OSError:  # the client left, or refused the certificate
            pass
        except Exception as bug:  # a test must see it
            self._bugs.append(bug)
        connection.finish()
