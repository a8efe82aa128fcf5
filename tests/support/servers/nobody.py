"""Ports at which nobody answers."""

from __future__ import annotations

import socket
from contextlib import suppress
from typing import Self


class Refusing:
    """A port that is bound but not listening: every connection is refused.

    It stays bound, so no other process can begin to listen there meanwhile.
    """

    def __init__(self) -> None:
        self._socket = socket.socket()
        self._socket.bind(("127.0.0.1", 0))
        self.port: int = self._socket.getsockname()[1]

    def url(self, target: str = "/dev/upload") -> str:
        """URL of `target` at this port."""
        return f"http://127.0.0.1:{self.port}{target}"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()


class Unreachable(Refusing):
    """A port that drops packets: a connection is neither accepted nor refused.

    The queue of a listener that accepts nothing is full after a few connections;
    Linux then drops further SYN packets.
    """

    def __init__(self) -> None:
        super().__init__()
        self._socket.listen(0)
        self._fillers = [socket.socket() for _ in range(4)]
        for filler in self._fillers:
            filler.setblocking(False)
            with suppress(BlockingIOError):
                filler.connect(("127.0.0.1", self.port))

    def __exit__(self, *_: object) -> None:
        for filler in self._fillers:
            filler.close()
        super().__exit__()
