"""HTTP error answers for programs: problem details as in RFC 9457.

`type` is always `about:blank`, because the status says what kind of problem it is.
`detail` explains it and says what to do; `field` names the key of a refused report.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

MEDIA_TYPE = "application/problem+json"
MAX_FIELD = 64  # characters; the client chose the key, and may have chosen a long one

_DETAILS = {
    HTTPStatus.NOT_FOUND: "there is nothing at this path",
    HTTPStatus.METHOD_NOT_ALLOWED: (
        "this path does not take this method; the Allow header lists those it takes"
    ),
    HTTPStatus.INTERNAL_SERVER_ERROR: (
        "the collector failed because of a defect; its log says more"
    ),
}


def phrase(status: int) -> str:
    """Return the standard reason phrase of an HTTP status."""
    return HTTPStatus(status).phrase


def response(
    status: int, detail: str, field: str = "", headers: Mapping[str, str] | None = None
) -> Response:
    """Return the problem details of a refused request."""
    content = {
        "type": "about:blank",
        "title": phrase(status),
        "status": status,
        "detail": detail,
    }
    if field:
        content["field"] = field[:MAX_FIELD]
    # json.dumps writes ASCII only: a key may hold code points that UTF-8 cannot encode.
    body = json.dumps(content)
    all_headers = {"Cache-Control": "no-store"} | dict(headers or {})
    return Response(body, status, all_headers, media_type=MEDIA_TYPE)


def retry_later(status: int, detail: str, seconds: int) -> Response:
    """Return a problem that tells the client to try again in `seconds`."""
    return response(status, detail, headers={"Retry-After": str(seconds)})


def from_http_exception(error: HTTPException) -> Response:
    """Return the problem of Starlette's HTTPException."""
    detail = error.detail
    if detail == phrase(error.status_code):  # Starlette's default, which adds nothing
        detail = _DETAILS.get(HTTPStatus(error.status_code), detail)
    return response(error.status_code, detail, headers=error.headers)


def defect() -> Response:
    """Return the problem of a request that made the collector raise an exception."""
    status = HTTPStatus.INTERNAL_SERVER_ERROR
    return response(status, _DETAILS[status])


def _handle_http_exception(_: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    return from_http_exception(error)


def _handle_defect(_: Request, __: Exception) -> Response:
    return defect()


# For `exception_handlers` of a Starlette application.
HANDLERS: Mapping[Any, Callable[[Request, Exception], Response]] = {
    HTTPException: _handle_http_exception,
    Exception: _handle_defect,
}
