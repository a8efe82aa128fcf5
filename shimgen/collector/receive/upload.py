"""The endpoint that takes a report, and answers when it is durable."""

from __future__ import annotations

import time
from collections.abc import Callable

import msgspec
from starlette.responses import Response
from starlette.types import Message, Receive, Scope, Send

from shimgen.collector.keep.store import Report, StoreError
from shimgen.collector.metrics import Metrics
from shimgen.collector.receive import problems
from shimgen.collector.receive.committer import BusyError, Committer
from shimgen.collector.receive.explain import PayloadError
from shimgen.collector.receive.limiter import Limiter, Networks, client_of
from shimgen.collector.receive.validate import Validator
from shimgen.spec import Spec

MAX_BODY = 16 * 1024  # bytes
_AGAIN = 10  # seconds until a collector that cannot write may be asked again
_JSON = b"application/json"


class Upload:
    """An ASGI application; a Route names its path and its method.

    It is no function of Starlette's Request, whose making costs as much as all the
    rest. `clock` gives epoch seconds.
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
        """Take a report."""
        refusal = self._refusal(scope)
        if refusal is None:
            body = await _body(receive)
            if body is None:
                return  # nobody is there to be told
            if len(body) <= MAX_BODY:
                answer = await self._kept(body)
                if isinstance(answer, tuple):
                    self._count_stored()
                    for message in answer:
                        await send(message)
                    return
                refusal = answer
            else:
                refusal = _closing(413, f"the body must be at most {MAX_BODY} bytes")
        self._metrics.answers.labels(str(refusal.status_code)).inc()
        await refusal(scope, receive, send)

    def _refusal(self, scope: Scope) -> Response | None:
        """Return the answer to a request whose body need not be read."""
        wait = self._limiter.wait(client_of(scope, self._trusted))
        if wait:
            detail = f"too many requests; try again in {wait} seconds"
            return problems.later(429, detail, wait)
        for name, value in scope["headers"]:
            if name == b"content-type":
                if value == _JSON or _is_json(value):
                    return None
                break
        return problems.response(415, "the Content-Type must be application/json")

    async def _kept(self, body: bytes) -> tuple[Message, Message] | Response:
        try:
            found = self._validator.accept(body)
            report = Report(*found, int(self._clock()))
            await self._committer.add(report)
        except PayloadError as error:
            return problems.response(400, error.problem, error.field)
        except BusyError as error:
            return problems.later(503, str(error), _AGAIN)
        except StoreError:
            detail = f"the report cannot be kept now; try again in {_AGAIN} seconds"
            return problems.later(503, detail, _AGAIN)
        return self._stored[found.event]


def _closing(status: int, detail: str) -> Response:
    """Return a refusal after which the rest of a body is not read."""
    return problems.response(status, detail, headers={"Connection": "close"})


def _is_json(media_type: bytes) -> bool:
    return media_type.partition(b";")[0].strip().lower() == _JSON


async def _body(receive: Receive) -> bytes | None:
    """Read a body, no further than to see that it is too long; None: client is gone."""
    body: bytes = b""
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        body += message.get("body", b"")
        if len(body) > MAX_BODY or not message.get("more_body", False):
            return body


def _stored(event: str) -> tuple[Message, Message]:
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
