"""Error answers: a page for people, problem details for programs."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from http import HTTPStatus
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from shimgen.collector import problems
from shimgen.collector.keep.errors import StoreError
from shimgen.collector.show.rendering import HEADERS, Templates
from shimgen.collector.show.selection import SelectionError

_RETRY_AFTER = 10  # seconds until a client may retry when the storage does not work


class Refusals:
    """The exception handlers of the application.

    `uploads` are the paths that receive reports: whoever asks there is a program.
    """

    def __init__(self, templates: Templates, uploads: Collection[str]) -> None:
        self._templates = templates
        self._uploads = uploads

    def handlers(self) -> Mapping[Any, Callable[[Request, Exception], Response]]:
        """Return the handlers by the type of the exception."""
        return {
            **problems.HANDLERS,
            HTTPException: self._http,
            SelectionError: self._selection,
            StoreError: self._store,
        }

    def _http(self, request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        page = self._page(request, error.status_code, error.detail)
        return page or problems.from_http_exception(error)

    def _selection(self, request: Request, error: Exception) -> Response:
        assert isinstance(error, SelectionError)
        page = self._page(request, error.status, str(error))
        return page or problems.response(error.status, str(error))

    def _store(self, request: Request, _: Exception) -> Response:
        detail = f"the storage cannot be read now; try again in {_RETRY_AFTER} seconds"
        page = self._page(request, 503, detail)
        return page or problems.retry_later(503, detail, _RETRY_AFTER)

    def _page(self, request: Request, status: int, detail: str) -> Response | None:
        """Return an error page, or None if the client did not ask for a page."""
        path = request.url.path
        wants_page = "text/html" in request.headers.get("accept", "")
        if not wants_page or path in self._uploads or path.startswith("/api/"):
            return None
        title = HTTPStatus(status).phrase
        lead = "" if detail == title else detail
        body = self._templates.render("problem.html", request, title=title, detail=lead)
        headers = {**HEADERS, "Cache-Control": "no-store"}
        return Response(body, status, headers, media_type="text/html")
