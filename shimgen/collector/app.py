"""The web application: takes a report, shows the reports, says that it lives."""

from __future__ import annotations

import hashlib
import json
import secrets
import time
from collections import Counter
from urllib.parse import unquote, urlsplit

from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from shimgen.collector import page, validate
from shimgen.collector.keep.store import Report, Store
from shimgen.spec import Spec

MAX_BODY = 16 * 1024  # bytes
WINDOW = 60  # seconds

_PAGE_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": page.POLICY,
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


class Limiter:
    """Counts requests of a client within a window, and forgets them all after it.

    It keeps keyed hashes instead of addresses, and the key only in memory.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._key = secrets.token_bytes(32)
        self._window = -1
        self._counts: Counter[bytes] = Counter()

    def wait(self, client: str, now: float) -> int:
        """Return 0, or after how many seconds `client` may ask again."""
        window = int(now // WINDOW)
        if window != self._window:
            self._window = window
            self._counts.clear()
        name = hashlib.blake2b(client.encode(), key=self._key, digest_size=16).digest()
        if self._counts[name] >= self._limit:
            return WINDOW - int(now % WINDOW)
        self._counts[name] += 1
        return 0


class _Receiver:
    def __init__(self, spec: Spec, store: Store, limit: int) -> None:
        self.spec = spec
        self.store = store
        self.limiter = Limiter(limit)

    async def upload(self, request: Request) -> Response:
        """Check a report and keep it."""
        client = request.client.host if request.client else ""
        wait = self.limiter.wait(client, time.monotonic())
        if wait:
            problem = f"too many requests; try again in {wait} seconds"
            return _refuse(429, problem, headers={"Retry-After": str(wait)})
        if _media_type(request) != "application/json":
            return _refuse(415, "Content-Type must be application/json")
        try:
            body = await _body(request)
            if body is None:
                return _refuse(413, f"must be at most {MAX_BODY} bytes")
            payload = validate.parse(body)
            event = validate.recognise(self.spec, payload)
        except ClientDisconnect:
            return _refuse(400, "ended too early")
        except validate.PayloadError as error:
            return _refuse(400, error.problem, error.field)
        run = payload.get(validate.run_key(self.spec, event), "")
        self.store.add([Report(run, event.function, body, int(time.time()))])
        return _answer(200, {"status": "stored", "event": event.function})

    async def show(self, request: Request) -> Response:  # noqa: ARG002  Starlette's
        """Show the newest runs."""
        html = page.render(self.spec, self.store.runs(page.RUNS))
        return HTMLResponse(html, headers=_PAGE_HEADERS)

    async def health(self, request: Request) -> Response:  # noqa: ARG002  signature
        """Say that the process answers."""
        return _answer(200, {"status": "ok"})


def create(spec: Spec, store: Store, limit: int = 600) -> Starlette:
    """Return the application; `limit` is the requests that a client has a minute."""
    receiver = _Receiver(spec, store, limit)
    path = unquote(urlsplit(spec.project.endpoint).path) or "/"
    return Starlette(
        routes=[
            Route("/", receiver.show),
            Route("/healthz", receiver.health),
            Route(path, receiver.upload, methods=["POST"]),
        ]
    )


def _media_type(request: Request) -> str:
    return request.headers.get("content-type", "").split(";")[0].strip().lower()


async def _body(request: Request) -> bytes | None:
    """Read the body; None as soon as it is too long."""
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > MAX_BODY:
            return None
    return body


def _refuse(
    status: int, problem: str, field: str = "", headers: dict[str, str] | None = None
) -> Response:
    named = {"field": field[:64]} if field else {}
    return _answer(status, {**named, "problem": problem}, headers)


def _answer(
    status: int, content: dict[str, str], headers: dict[str, str] | None = None
) -> Response:
    # ASCII only: a sender's key may hold what UTF-8 cannot.
    text = json.dumps(content)
    return Response(text, status, headers, media_type="application/json")
