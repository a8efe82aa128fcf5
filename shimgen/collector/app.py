"""The web application: which room answers what."""

from __future__ import annotations

import contextlib
import ipaddress
import re
from collections.abc import AsyncIterator
from urllib.parse import unquote, urlsplit

import anyio.to_thread
from starlette.applications import Starlette
from starlette.routing import Route

from shimgen.collector.keep.store import Store
from shimgen.collector.metrics import Metrics
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

    return Starlette(
        routes=[
            *(Exactly(one, upload) for one in dict.fromkeys((path, SHORT))),
            *routes(spec, store, settings, metrics, path, trusted),
        ],
        exception_handlers=Refusals(spec, settings, {path, SHORT}).handlers(),
        lifespan=lifespan,
    )


class Exactly(Route):
    """POST to one path in which braces mean nothing."""

    def __init__(self, path: str, endpoint: Upload) -> None:
        super().__init__("/", endpoint, methods=["POST"])
        self.path_regex = re.compile(rf"\A{re.escape(path)}\Z")
