"""Counters for the `limits` library: a dictionary that removes expired entries.

The library's own MemoryStorage starts a thread up to a hundred times a second, and each
one looks at all counters. With many clients, that would be most of a collector's work.
"""

from __future__ import annotations

from collections.abc import Callable

from limits.storage import Storage

MAX_COUNTERS = 200_000  # about 50 MB


class Window(Storage):
    """Counters for one event loop: only one thread may use them.

    `clock` returns seconds.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        super().__init__()
        self._clock = clock
        self._counters: dict[str, tuple[int, float]] = {}  # count, time of expiry
        self._next_cleanup = 0.0  # when to look for expired counters again

    def incr(self, key: str, expiry: float, amount: int = 1) -> int:
        """Add to a counter and return it; it restarts `expiry` seconds after its start.

        `expiry` is the length of the window in seconds.
        """
        now = self._clock()
        count, end = self._counters.get(key, (0, 0.0))
        if now >= end:
            self._make_room(now, expiry)
            count, end = 0, now + expiry
        self._counters[key] = (count + amount, end)
        return count + amount

    def _make_room(self, now: float, expiry: float) -> None:
        """Remove expired counters, once a window; if that is not enough, remove all."""
        if now >= self._next_cleanup:
            self._next_cleanup = now + expiry
            self._counters = {k: v for k, v in self._counters.items() if v[1] > now}
        if len(self._counters) >= MAX_COUNTERS:
            self._counters.clear()

    def get(self, key: str) -> int:
        """Return the value of a counter; 0 if it has expired or does not exist."""
        count, end = self._counters.get(key, (0, 0.0))
        return count if self._clock() < end else 0

    def get_expiry(self, key: str) -> float:
        """Return when a counter restarts, in seconds of the clock."""
        return self._counters.get(key, (0, self._clock()))[1]

    def clear(self, key: str) -> None:
        """Remove a counter."""
        self._counters.pop(key, None)

    def reset(self) -> int:
        """Remove all counters; return how many there were."""
        removed = len(self._counters)
        self._counters.clear()
        return removed

    def check(self) -> bool:
        """Return whether the storage works; memory always does."""
        return True

    @property
    def base_exceptions(self) -> type[Exception]:
        """The exceptions of this storage, for the library; it has none of its own."""
        return ValueError
