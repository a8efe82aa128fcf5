"""A collector that is called without a network, and valid reports."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import Iterator
from pathlib import Path

import httpx
from starlette.applications import Starlette

from shimgen.collector.keep.sqlite import SQLiteStore
from shimgen.collector.keep.store import Store
from shimgen.collector.receive.limiter import Limiter
from shimgen.collector.run import app
from shimgen.collector.settings import Settings
from shimgen.spec import Spec, schema

from .frozen import FROZEN

UPLOAD = "/dev/upload"
JSON = {"Content-Type": "application/json"}

START, VM, UPDATE = (schema.example(event) for event in FROZEN.events)


class Client:
    """Calls an application without a network, from the address `client`."""

    def __init__(self, application: Starlette, client: tuple[str, int]) -> None:
        self.application = application
        self.transport = httpx.ASGITransport(application, client=client)

    def get(self, path: str, headers: dict[str, str] | None = None) -> httpx.Response:
        """Return the answer to a GET."""
        return asyncio.run(self._ask("GET", path, b"", headers or {}))

    def post(
        self, path: str, content: bytes, headers: dict[str, str]
    ) -> httpx.Response:
        """Return the answer to a POST."""
        return asyncio.run(self._ask("POST", path, content, headers))

    async def _ask(
        self, method: str, path: str, content: bytes, headers: dict[str, str]
    ) -> httpx.Response:
        async with httpx.AsyncClient(
            transport=self.transport, base_url="http://testserver", trust_env=False
        ) as client:
            return await client.request(method, path, content=content, headers=headers)


Collector = tuple[Client, Store]


@contextlib.contextmanager
def collecting(
    spec: Spec, path: Path, rate: int = 600, limiter: Limiter | None = None
) -> Iterator[Collector]:
    """Yield a client of a new collector, and the collector's store."""
    with contextlib.closing(SQLiteStore(path / "reports.sqlite3", spec)) as store:
        application = app.create(spec, store, Settings(rate=rate, live=True), limiter)
        with ended(application):
            yield Client(application, ("192.0.2.1", 1)), store


@contextlib.contextmanager
def ended(application: Starlette) -> Iterator[None]:
    """End the lifespan of an application at the end, as a server does."""

    async def end() -> None:
        async with application.router.lifespan_context(application):
            pass

    try:
        yield
    finally:
        asyncio.run(end())


def post(client: Client, body: object) -> httpx.Response:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return client.post(UPLOAD, content=content, headers=JSON)
