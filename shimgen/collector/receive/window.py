"""Where the `limits` library counts: a dictionary that forgets what is over.

The library's own one starts a thread up to a hundred times a second, each of which
looks at all counters; with many clients that would be most of what a collector does.
"""

from __future__ import annotations

from collections.abc import Callable

from limits.storage import Storage

MAX_COUNTERS = 200_000  # about 50 MB


class Window(Storage):
    """Counters of an event loop: one thread uses them. `clock` gives seconds."""

    def __init__(self, clock: Callable[[], float]) -> None:
        super().__init__()
        self._clock = clock
        self._counters: dict[str, tuple[int, float]] = {}  # count, end
        self._clean = 0.0  # when to look for what is over

    def incr(self, key: str, expiry: float, amount: int = 1) -> int:
        """Add to a counter, which begins anew `expiry` seconds after it began."""
        now = self._clock()
        count, end = self._counters.get(key, (0, 0.0))
        if now >= end:
            self._make_room(now, expiry)
            count, end = 0, now + expiry
        self._counters[key] = (count + amount, end)
        return count + amount

    def _make_room(self, now: float, expiry: float) -> None:
        """Remove what is over, once a window; where that is not enough, all."""
        if now >= self._clean:
            self._clean = now + expiry
            kept = {k: v for k, v in self._counters.items() if v[1] > now}
            self._counters = kept
        if len(self._counters) >= MAX_COUNTERS:
            self._counters.clear()

    def get(self, key: str) -> int:
        """Return a counter."""
        count, end = self._counters.get(key, (0, 0.0))
        return count if self._clock() < end else 0

    def get_expiry(self, key: str) -> float:
        """Return when a counter begins anew."""
        return self._counters.get(key, (0, self._clock()))[1]

    def clear(self, key: str) -> None:
        """Forget a counter."""
        self._counters.pop(key, None)

    def reset(self) -> int:
        """Forget all counters; return how many there were."""
        found = len(self._counters)
        self._counters.clear()
        return found

    def check(self) -> bool:
        """Say that it works, as memory does."""
        return True

    @property
    def base_exceptions(self) -> type[Exception]:
        """What may go wrong: nothing of its own."""
        return ValueError
