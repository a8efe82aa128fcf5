"""A receiver that is asked without a network, and reports that it takes."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import Iterator
from pathlib import Path

import httpx
from starlette.applications import Starlette

from shimgen import schema
from shimgen.collector import app
from shimgen.collector.keep.sqlite import SQLiteStore
from shimgen.collector.keep.store import Store
from shimgen.spec import DEFAULT_SPEC, Spec, load

UPLOAD = "/dev/upload"
JSON = {"Content-Type": "application/json"}

_SPEC = load(DEFAULT_SPEC)
START, VM, UPDATE = (
    schema.example(event, _SPEC.limits.max_length) for event in _SPEC.events
)


class Client:
    """Asks an application without a network, from the address `client`."""

    def __init__(self, application: Starlette, client: tuple[str, int]) -> None:
        self.application = application
        self.transport = httpx.ASGITransport(application, client=client)

    def get(self, path: str) -> httpx.Response:
        """Return the answer to a GET."""
        return asyncio.run(self._ask("GET", path, b"", {}))

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
def collecting(spec: Spec, path: Path, limit: int = 600) -> Iterator[Collector]:
    """Yield a client of a receiver, and its store."""
    with contextlib.closing(SQLiteStore(path / "reports.sqlite3", spec)) as store:
        yield Client(app.create(spec, store, limit), ("192.0.2.1", 1)), store


def post(client: Client, body: object) -> httpx.Response:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return client.post(UPLOAD, content=content, headers=JSON)
