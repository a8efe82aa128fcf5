"""The rate limiter, which does not keep the addresses of clients.

A client is identified by a keyed hash of its address, in memory only. The key is random
and is replaced after an hour, and all counters are removed with it.
"""

from __future__ import annotations

import hashlib
import math
import secrets
import time
from collections.abc import Callable
from ipaddress import IPv6Address, ip_address

from limits import RateLimitItemPerMinute
from limits.strategies import FixedWindowRateLimiter

from shimgen.collector.receive.window import Window

KEY_LIFETIME = 3600  # seconds
_SITE_BITS = 64  # of an IPv6 address; a site may choose the other 64 bits freely


class Limiter:
    """Counts the requests of each client in windows of a minute.

    `per_minute` is how many requests a client may send in a window. `clock` returns
    seconds and never goes back.
    """

    def __init__(
        self, per_minute: int, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._clock = clock
        self._rate = RateLimitItemPerMinute(per_minute)
        self._window = Window(clock)
        self._limiter = FixedWindowRateLimiter(self._window)
        self._key = b""
        self._key_expires = -math.inf

    def wait(self, client: str) -> int:
        """Count a request of the address `client`.

        Returns 0 if the request is allowed, else the seconds until the next one is.
        """
        now = self._clock()
        if now >= self._key_expires:
            self._window.reset()
            self._key = secrets.token_bytes(32)
            self._key_expires = now + KEY_LIFETIME
        name = hashlib.blake2b(_site(client), key=self._key, digest_size=16).hexdigest()
        if self._limiter.hit(self._rate, name):
            return 0
        reset_time = self._limiter.get_window_stats(self._rate, name).reset_time
        return max(1, math.ceil(reset_time - now))


def _site(client: str) -> bytes:
    """Return what counts as one client: an IPv4 address or an IPv6 /64 network."""
    if ":" not in client:
        return client.encode()
    try:
        address = ip_address(client)
    except ValueError:
        return client.encode()
    if isinstance(address, IPv6Address) and address.ipv4_mapped:
        return str(address.ipv4_mapped).encode()
    return address.packed[: _SITE_BITS // 8]
