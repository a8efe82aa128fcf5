"""A slow line: packets pass through this program, which delays them."""

from __future__ import annotations

import fcntl
import os
import select
import struct
import threading
import time
from collections import deque
from typing import Self

from .namespace import Wire, ip

TUNSETIFF = 0x400454CA
IFF_TUN, IFF_NO_PI = 0x0001, 0x1000


class Delay:
    """Replaces the cable of a wire; each packet takes `seconds` to the other end.

    Use it as a context manager.
    """

    def __init__(self, wire: Wire, seconds: float) -> None:
        self._seconds = seconds
        ip("link delete wire")
        home = _device()
        wire.set_up_home()
        with wire.away():
            away = _device()
            wire.set_up_away()
        self._opposite = {home: away, away: home}
        self._stop, self._stopping = os.pipe()
        self._thread = threading.Thread(target=self._carry, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self._stopping)
        self._thread.join()
        for descriptor in (self._stop, *self._opposite):
            os.close(descriptor)

    def _carry(self) -> None:
        under_way: deque[tuple[float, int, bytes]] = deque()
        ends = [self._stop, *self._opposite]
        while True:
            wait = max(under_way[0][0] - time.monotonic(), 0) if under_way else None
            ready, _, _ = select.select(ends, [], [], wait)
            if self._stop in ready:
                return
            for end in ready:
                packet = os.read(end, 65536)
                due = time.monotonic() + self._seconds
                under_way.append((due, self._opposite[end], packet))
            while under_way and under_way[0][0] <= time.monotonic():
                _, end, packet = under_way.popleft()
                os.write(end, packet)


def _device() -> int:
    """Make the network device `wire` here; return the descriptor of its other side."""
    descriptor = os.open("/dev/net/tun", os.O_RDWR)
    request = struct.pack("16sH22x", b"wire", IFF_TUN | IFF_NO_PI)
    fcntl.ioctl(descriptor, TUNSETIFF, request)
    return descriptor
