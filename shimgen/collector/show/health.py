"""/healthz: whether the collector can store reports now."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from shimgen.collector.keep.errors import StoreError

_VALID_FOR = 1.0  # seconds; anybody may ask often, and each check is a write


class Health:
    """Checks the storage by `check`, which raises StoreError if it cannot write.

    `clock` returns seconds and never goes back.
    """

    def __init__(
        self, check: Callable[[], None], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._check_storage = check
        self._clock = clock
        self._lock = threading.Lock()
        self._healthy_until = 0.0

    def show(self, request: Request) -> Response:  # noqa: ARG002  Starlette's signature
        """Answer 200, or 503 if the storage cannot be written."""
        with self._lock:
            if self._clock() >= self._healthy_until:
                self._check()
        return JSONResponse({"status": "ok"}, headers={"Cache-Control": "no-store"})

    def _check(self) -> None:
        try:
            self._check_storage()
        except StoreError as error:
            raise HTTPException(
                503, "the storage cannot be written; run `shimgen collector doctor`"
            ) from error
        self._healthy_until = self._clock() + _VALID_FOR
