"""How often a client may ask, without keeping who it is.

A client is known by a keyed hash of its address, in memory alone; the key is random and
forgotten after an hour, and with it whatever was counted.
"""

from __future__ import annotations

import hashlib
import math
import secrets
import time
from collections.abc import Callable, Sequence
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import Any

from limits import RateLimitItemPerMinute
from limits.strategies import FixedWindowRateLimiter

from shimgen.collector.receive.window import Window

KEY_AGE = 3600  # seconds
_SITE = 64  # bits of an IPv6 address that one site has; the rest is free to choose

Networks = Sequence[IPv4Network | IPv6Network]


class Limiter:
    """Counts the requests of clients; `clock` gives seconds that never go back."""

    def __init__(
        self, per_minute: int, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._clock = clock
        self._rate = RateLimitItemPerMinute(per_minute)
        self._window = Window(clock)
        self._limiter = FixedWindowRateLimiter(self._window)
        self._key = b""
        self._until = -math.inf  # when the key is forgotten

    def wait(self, client: str) -> int:
        """Count a request; return 0, or in how many seconds `client` may ask again."""
        now = self._clock()
        if now >= self._until:
            self._window.reset()
            self._key = secrets.token_bytes(32)
            self._until = now + KEY_AGE
        name = hashlib.blake2b(_site(client), key=self._key, digest_size=16).hexdigest()
        if self._limiter.hit(self._rate, name):
            return 0
        until = self._limiter.get_window_stats(self._rate, name).reset_time
        return max(1, math.ceil(until - now))


def client_of(scope: Any, trusted: Networks) -> str:
    """Return the address that an ASGI request came from; "" where there is none.

    Where that is a trusted proxy, it is what the proxy added to X-Forwarded-For, the
    last address there; what stands before it anybody may have written.
    """
    client = scope.get("client")
    peer: str = client[0] if client else ""
    if not trusted or not within(peer, trusted):
        return peer
    lines = [value for name, value in scope["headers"] if name == b"x-forwarded-for"]
    last = b",".join(lines).rpartition(b",")[2].decode("latin-1").strip()
    return last if _is_address(last) else peer


def within(peer: str, networks: Networks) -> bool:
    """Tell whether an address is one of networks; no text that is none is."""
    if not _is_address(peer):
        return False
    address = ip_address(peer)
    if isinstance(address, IPv6Address) and address.ipv4_mapped:
        address = address.ipv4_mapped
    return any(address in network for network in networks)


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True


def _site(client: str) -> bytes:
    """Return what is counted as one client: an IPv4 address, or an IPv6 network."""
    if ":" not in client:
        return client.encode()
    try:
        address = ip_address(client)
    except ValueError:
        return client.encode()
    if isinstance(address, IPv6Address) and address.ipv4_mapped:
        return str(address.ipv4_mapped).encode()
    return address.packed[: _SITE // 8]
