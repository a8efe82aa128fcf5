"""The sender's functions by themselves, and a server that they may be given."""

from __future__ import annotations

import os
from types import SimpleNamespace
from typing import Any

from .paths import ROOT

SENDER = (ROOT / "shell" / "sender.py").read_text()
LIMIT = 100.0


class Socket:
    """What a server sends, piece by piece; then it hangs up, or fails."""

    def __init__(self, *pieces: bytes, error: bool = False) -> None:
        self.pieces = list(pieces)
        self.error = error
        self.sent = b""
        self.waits: list[float] = []

    def settimeout(self, seconds: float) -> None:
        """Note how long the sender would wait."""
        self.waits.append(seconds)

    def sendall(self, data: bytes) -> None:
        """Note what it sends."""
        self.sent += data

    def recv(self, most: int) -> bytes:
        """Give the next piece, or what fits of it."""
        assert self.waits, "it would wait for ever"
        if not self.pieces:
            if self.error:
                raise OSError("timed out")
            return b""
        piece, rest = self.pieces[0][:most], self.pieces[0][most:]
        self.pieces[:1] = [rest] if rest else []
        return piece

    @property
    def is_read(self) -> bool:
        """Whether nothing is left."""
        return not self.pieces


def functions() -> SimpleNamespace:
    """Return the names of the sender without a run of it; `ENV` has the limit."""
    before = dict(os.environb)
    os.environb[b"__api_limit"] = b"%d" % LIMIT
    names: dict[str, Any] = {"__name__": "sender"}
    try:
        exec(SENDER.removesuffix("main()\n"), names)
    finally:
        os.environb.clear()
        os.environb.update(before)
    names["ENV"] = {}
    return SimpleNamespace(**names)
