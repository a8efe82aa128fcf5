"""The web application: takes a report, shows the reports, says that it lives."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from urllib.parse import unquote, urlsplit

import anyio.to_thread
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from shimgen.collector import page
from shimgen.collector.keep.store import Store
from shimgen.collector.receive import problems
from shimgen.collector.receive.committer import Committer
from shimgen.collector.receive.limiter import Limiter
from shimgen.collector.receive.upload import Upload
from shimgen.spec import Spec

_PAGE_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": page.POLICY,
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


def create(spec: Spec, store: Store, limiter: Limiter | None = None) -> Starlette:
    """Return the application; without a limiter, a client has 600 requests a minute."""
    committer = Committer(store)
    upload = Upload(spec, committer, limiter or Limiter(600))
    path = unquote(urlsplit(spec.project.endpoint).path) or "/"

    async def show(_: Request) -> Response:
        html = page.render(spec, store.runs(page.RUNS))
        return HTMLResponse(html, headers=_PAGE_HEADERS)

    async def health(_: Request) -> Response:
        return JSONResponse({"status": "ok"})

    @contextlib.asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        yield
        await anyio.to_thread.run_sync(committer.close)

    return Starlette(
        routes=[
            Route(path, upload, methods=["POST"]),
            Route("/", show),
            Route("/healthz", health),
        ],
        exception_handlers=problems.HANDLERS,
        lifespan=lifespan,
    )
