"""What is said where a request cannot be answered: a page, or problem details."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from http import HTTPStatus
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from shimgen.collector.keep.store import StoreError
from shimgen.collector.receive import problems
from shimgen.collector.settings import Settings
from shimgen.collector.show.chosen import ChoiceError
from shimgen.collector.show.rendering import HEADERS, Templates
from shimgen.spec import Spec

_AGAIN = 10  # seconds until a storage that cannot be read may be asked again


class Refusals:
    """Handlers of exceptions; programs get problem details, people a page."""

    def __init__(
        self, spec: Spec, settings: Settings, uploads: Collection[str]
    ) -> None:
        self._templates = Templates(spec, settings)
        self._uploads = uploads

    def handlers(self) -> Mapping[Any, Callable[[Request, Exception], Response]]:
        """Return them by what they handle."""
        return {
            **problems.HANDLERS,
            HTTPException: self._http,
            ChoiceError: self._choice,
            StoreError: self._store,
        }

    def _http(self, request: Request, error: Exception) -> Response:
        answer = problems.HANDLERS[HTTPException](request, error)
        assert isinstance(error, HTTPException)
        return self._page(request, error.status_code, error.detail) or answer

    def _choice(self, request: Request, error: Exception) -> Response:
        assert isinstance(error, ChoiceError)
        page = self._page(request, error.status, str(error))
        return page or problems.response(error.status, str(error))

    def _store(self, request: Request, _: Exception) -> Response:
        detail = f"the storage cannot be read now; try again in {_AGAIN} seconds"
        page = self._page(request, 503, detail)
        return page or problems.later(503, detail, _AGAIN)

    def _page(self, request: Request, status: int, detail: str) -> Response | None:
        """Return a page, if it is one that was asked for."""
        path = request.url.path
        wanted = "text/html" in request.headers.get("accept", "")
        if not wanted or path in self._uploads or path.startswith("/api/"):
            return None
        title = HTTPStatus(status).phrase
        said = "" if detail == title else detail
        body = self._templates.render("problem.html", request, title=title, detail=said)
        headers = {**HEADERS, "Cache-Control": "no-store"}
        return Response(body, status, headers, media_type="text/html")
