"""Assembles the web application from the rooms."""

from __future__ import annotations

import contextlib
import ipaddress
import re
from collections.abc import AsyncIterator, Collection
from typing import Any
from urllib.parse import unquote, urlsplit

import anyio.to_thread
from starlette.applications import Starlette
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from shimgen.collector import problems
from shimgen.collector.keep.store import Store
from shimgen.collector.metrics import Metrics
from shimgen.collector.operate import live
from shimgen.collector.receive.committer import Committer
from shimgen.collector.receive.limiter import Limiter
from shimgen.collector.receive.upload import Upload
from shimgen.collector.settings import Settings
from shimgen.collector.show import site as sites
from shimgen.collector.show.health import Health
from shimgen.collector.show.pages import PAGES
from shimgen.collector.show.refusals import Refusals
from shimgen.collector.show.routes import routes
from shimgen.spec import Spec

SHORT_PATH = "/upload"  # receives reports, as the path of the spec's endpoint does


def create(
    spec: Spec, store: Store, settings: Settings, limiter: Limiter | None = None
) -> Starlette:
    """Return the web application.

    Tests pass a `limiter` to replace the one of the settings. When the application's
    lifespan ends, waiting reports are written; the store stays open.
    """
    metrics = Metrics(store.oldest)
    committer = Committer(store, metrics)
    trusted = [ipaddress.ip_network(x, strict=False) for x in settings.trusted_proxies]
    rate_limiter = limiter or Limiter(settings.rate)
    upload = Upload(spec, committer, rate_limiter, trusted, metrics)
    path = unquote(urlsplit(spec.project.endpoint).path) or "/"
    upload_paths = tuple(dict.fromkeys((path, SHORT_PATH)))
    pages = (*PAGES, live.page(store)) if settings.live else PAGES
    site = sites.build(spec, store, settings, trusted, path, pages)

    @contextlib.asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        yield
        await anyio.to_thread.run_sync(committer.close)

    return Collector(
        upload,
        upload_paths,
        routes=[
            *(ExactPath(upload_path, upload) for upload_path in upload_paths),
            *routes(site, pages),
            Route("/healthz", Health(store.check).show),
            Route("/metrics", metrics.show),
        ],
        exception_handlers=Refusals(site.templates, upload_paths).handlers(),
        lifespan=lifespan,
    )


class Collector(Starlette):
    """Passes reports to the upload before Starlette's own routing and middleware.

    This saves a quarter of the cost of a report.
    """

    def __init__(
        self, upload: Upload, upload_paths: Collection[str], **options: Any
    ) -> None:
        super().__init__(**options)
        self._upload = upload
        self._upload_paths = frozenset(upload_paths)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if scope.get("method") != "POST" or scope["path"] not in self._upload_paths:
            await super().__call__(scope, receive, send)
            return
        try:
            await self._upload(scope, receive, send)
        except Exception:
            await problems.defect()(scope, receive, send)
            raise  # so that the server logs it


class ExactPath(Route):
    """Refuses all methods but POST at one path; braces in it are plain characters."""

    def __init__(self, path: str, endpoint: Upload) -> None:
        super().__init__("/", endpoint, methods=["POST"])
        self.path_regex = re.compile(rf"\A{re.escape(path)}\Z")
