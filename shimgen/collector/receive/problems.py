"""What is said to a client that is refused: problem details, as in RFC 9457.

`type` is always `about:blank`: the status says what kind of problem it is, and
`detail` what helps. `field` names the key of a report that it is about.
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
MAX_FIELD = 64  # characters of a key that a client made up

_DETAILS = {
    HTTPStatus.NOT_FOUND: "there is nothing at this path",
    HTTPStatus.METHOD_NOT_ALLOWED: "this path takes other methods; Allow lists them",
    HTTPStatus.INTERNAL_SERVER_ERROR: "the collector has a defect; its log says more",
}


def phrase(status: int) -> str:
    """Return what a status says."""
    return HTTPStatus(status).phrase


def response(
    status: int, detail: str, field: str = "", headers: Mapping[str, str] | None = None
) -> Response:
    """Return the answer to a request that is refused."""
    content = {
        "type": "about:blank",
        "title": phrase(status),
        "status": status,
        "detail": detail,
    }
    if field:
        content["field"] = field[:MAX_FIELD]
    # ASCII only: a client's key may hold what UTF-8 cannot.
    body = json.dumps(content)
    kept = {"Cache-Control": "no-store"} | dict(headers or {})
    return Response(body, status, kept, media_type=MEDIA_TYPE)


def later(status: int, detail: str, seconds: int) -> Response:
    """Return an answer that says in how many seconds to try again."""
    return response(status, detail, headers={"Retry-After": str(seconds)})


def _of_http(_: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    detail = error.detail
    if detail == HTTPStatus(error.status_code).phrase:  # nothing else was said
        detail = _DETAILS.get(HTTPStatus(error.status_code), detail)
    return response(error.status_code, detail, headers=error.headers)


def defect() -> Response:
    """Return the answer to a request that the collector fails at."""
    status = HTTPStatus.INTERNAL_SERVER_ERROR
    return response(status, _DETAILS[status])


def _of_defect(_: Request, __: Exception) -> Response:
    return defect()


# For `exception_handlers` of an application.
HANDLERS: Mapping[Any, Callable[[Request, Exception], Response]] = {
    HTTPException: _of_http,
    Exception: _of_defect,
}
