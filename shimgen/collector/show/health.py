"""Whether the collector can do its work now."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from shimgen.collector.keep.store import Store, StoreError

_GOOD_FOR = 1.0  # seconds: whoever asks may do so often, and each look is a write


class Health:
    """Writes as a report would be written, and says whether that went well."""

    def __init__(
        self, store: Store, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._store = store
        self._clock = clock
        self._lock = threading.Lock()
        self._good_until = 0.0

    def show(self, request: Request) -> Response:  # noqa: ARG002  Starlette's
        """Answer 200, or 503 where nothing can be kept."""
        with self._lock:
            if self._clock() >= self._good_until:
                self._look()
        return JSONResponse({"status": "ok"}, headers={"Cache-Control": "no-store"})

    def _look(self) -> None:
        try:
            self._store.check()
        except StoreError as error:
            raise HTTPException(503, "the storage cannot be written") from error
        self._good_until = self._clock() + _GOOD_FOR
