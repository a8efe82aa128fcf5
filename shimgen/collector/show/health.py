"""Whether the collector can do its work now."""

from __future__ import annotations

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from shimgen.collector.keep.store import Store, StoreError


class Health:
    """Writes as a report would be written, and says whether that went well."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def show(self, request: Request) -> Response:  # noqa: ARG002  Starlette's
        """Answer 200, or 503 where nothing can be kept."""
        try:
            self._store.check()
        except StoreError as error:
            raise HTTPException(503, "the storage cannot be written") from error
        return JSONResponse({"status": "ok"}, headers={"Cache-Control": "no-store"})
