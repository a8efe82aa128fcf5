"""The endpoint that receives a report, and answers when the report is durable."""

from __future__ import annotations

import time
from collections.abc import Callable

import msgspec
from starlette.responses import Response
from starlette.types import Message, Receive, Scope, Send

from shimgen.collector import problems
from shimgen.collector.clients import Networks, client_address
from shimgen.collector.keep.errors import StoreError
from shimgen.collector.keep.store import Report
from shimgen.collector.metrics import Metrics
from shimgen.collector.receive.check import PayloadError
from shimgen.collector.receive.committer import BusyError, Committer
from shimgen.collector.receive.limiter import Limiter
from shimgen.collector.receive.validate import Validator
from shimgen.spec import Spec

MAX_BODY = 16 * 1024  # bytes
_RETRY_AFTER = 10  # seconds until a client may retry when the storage does not work
_JSON = b"application/json"


class Upload:
    """An ASGI application that takes one report; a Route gives it path and method.

    It is plain ASGI: building a Starlette Request would cost as much as everything else
    here. Requests from `trusted` proxies count for the client that they name. `clock`
    returns epoch seconds.
    """

    def __init__(
        self,
        spec: Spec,
        committer: Committer,
        limiter: Limiter,
        trusted: Networks,
        metrics: Metrics,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._validator = Validator(spec)
        self._committer = committer
        self._limiter = limiter
        self._trusted = trusted
        self._clock = clock
        self._metrics = metrics
        self._count_stored = metrics.answers.labels("200").inc
        self._stored = {
            event.function: _stored(event.function) for event in spec.events
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Receive a report and answer."""
        refusal = self._refuse_unread(scope)
        if refusal is None:
            body = await _body(receive)
            if body is None:
                return  # the client has gone
            if len(body) <= MAX_BODY:
                answer = await self._store(body)
                if isinstance(answer, tuple):
                    self._count_stored()
                    for message in answer:
                        await send(message)
                    return
                refusal = answer
            else:
                detail = f"the body must be at most {MAX_BODY} bytes"
                # Closing the connection saves reading the rest of the body.
                refusal = problems.response(
                    413, detail, headers={"Connection": "close"}
                )
        self._metrics.answers.labels(str(refusal.status_code)).inc()
        await refusal(scope, receive, send)

    def _refuse_unread(self, scope: Scope) -> Response | None:
        """Return the answer to a request that is refused without reading its body."""
        wait = self._limiter.wait(client_address(scope, self._trusted))
        if wait:
            detail = f"too many requests; try again in {wait} seconds"
            return problems.retry_later(429, detail, wait)
        for name, value in scope["headers"]:
            if name == b"content-type":
                if value == _JSON or _is_json(value):
                    return None
                break
        return problems.response(415, "the Content-Type must be application/json")

    async def _store(self, body: bytes) -> tuple[Message, Message] | Response:
        """Store the report in `body`; return the ASGI messages of 200, or a refusal."""
        try:
            accepted = self._validator.accept(body)
            report = Report(*accepted, int(self._clock()))
            await self._committer.add(report)
        except PayloadError as error:
            return problems.response(400, error.problem, error.field)
        except BusyError as error:
            return problems.retry_later(503, str(error), _RETRY_AFTER)
        except StoreError:
            detail = (
                f"the report cannot be stored now; try again in {_RETRY_AFTER} seconds"
            )
            return problems.retry_later(503, detail, _RETRY_AFTER)
        return self._stored[accepted.event]


def _is_json(media_type: bytes) -> bool:
    return media_type.partition(b";")[0].strip().lower() == _JSON


async def _body(receive: Receive) -> bytes | None:
    """Read a body; one that is too long is returned as soon as it exceeds MAX_BODY.

    Returns None if the client has closed the connection.
    """
    body: bytes = b""
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        body += message.get("body", b"")
        if len(body) > MAX_BODY or not message.get("more_body", False):
            return body


def _stored(event: str) -> tuple[Message, Message]:
    """Return the ASGI messages of the answer to a stored report."""
    body = msgspec.json.encode({"status": "stored", "event": event})
    headers = [
        (b"content-type", _JSON),
        (b"content-length", str(len(body)).encode()),
        (b"cache-control", b"no-store"),
    ]
    return (
        {"type": "http.response.start", "status": 200, "headers": headers},
        {"type": "http.response.body", "body": body},
    )
