"""The web application: which room answers what."""

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

from shimgen.collector.keep.store import Store
from shimgen.collector.metrics import Metrics
from shimgen.collector.receive import problems
from shimgen.collector.receive.committer import Committer
from shimgen.collector.receive.limiter import Limiter
from shimgen.collector.receive.upload import Upload
from shimgen.collector.settings import Settings
from shimgen.collector.show.refusals import Refusals
from shimgen.collector.show.routes import routes
from shimgen.spec import Spec

SHORT = "/upload"  # beside the path of the spec's endpoint


def create(
    spec: Spec, store: Store, settings: Settings, limiter: Limiter | None = None
) -> Starlette:
    """Return the application; a limiter in place of that of the settings is for tests.

    When its lifespan ends, reports that wait are written; the store stays open.
    """
    metrics = Metrics()
    committer = Committer(store, metrics)
    trusted = [ipaddress.ip_network(x, strict=False) for x in settings.trusted_proxies]
    limits = limiter or Limiter(settings.rate)
    upload = Upload(spec, committer, limits, trusted, metrics)
    path = unquote(urlsplit(spec.project.endpoint).path) or "/"

    @contextlib.asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        yield
        await anyio.to_thread.run_sync(committer.close)

    return Collector(
        upload,
        (path, SHORT),
        routes=[
            *(Exactly(one, upload) for one in dict.fromkeys((path, SHORT))),
            *routes(spec, store, settings, metrics, path, trusted),
        ],
        exception_handlers=Refusals(spec, settings, {path, SHORT}).handlers(),
        lifespan=lifespan,
    )


class Collector(Starlette):
    """Hands reports on before Starlette looks at them: a quarter of what one costs."""

    def __init__(self, upload: Upload, paths: Collection[str], **given: Any) -> None:
        super().__init__(**given)
        self._upload = upload
        self._paths = frozenset(paths)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if scope.get("method") != "POST" or scope["path"] not in self._paths:
            await super().__call__(scope, receive, send)
            return
        try:
            await self._upload(scope, receive, send)
        except Exception:
            await problems.defect()(scope, receive, send)
            raise  # for the log


class Exactly(Route):
    """Refuses all but POST at one path, in which braces mean nothing."""

    def __init__(self, path: str, endpoint: Upload) -> None:
        super().__init__("/", endpoint, methods=["POST"])
        self.path_regex = re.compile(rf"\A{re.escape(path)}\Z")
