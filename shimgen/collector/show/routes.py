"""All that can be got, by path."""

from __future__ import annotations

from collections.abc import Callable

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from shimgen.collector.keep.store import Store
from shimgen.collector.metrics import Metrics
from shimgen.collector.receive.limiter import Networks
from shimgen.collector.settings import Settings
from shimgen.collector.show import openapi
from shimgen.collector.show.api import ENDPOINTS, ROOT, Api
from shimgen.collector.show.files import Address, Files
from shimgen.collector.show.health import Health
from shimgen.collector.show.live import Live
from shimgen.collector.show.pages import Pages
from shimgen.collector.show.rendering import STYLE_PATH
from shimgen.spec import Spec


def routes(
    spec: Spec,
    store: Store,
    settings: Settings,
    metrics: Metrics,
    upload: str,
    trusted: Networks,
) -> list[Route]:
    """Return the routes; `upload` is the path where reports are taken.

    What proxies in the networks `trusted` say of a request is believed.
    """
    address = Address(settings, trusted)
    pages = Pages(spec, store, settings, address)
    api = Api(spec, store, settings)
    files = Files(spec, address, upload)
    described = openapi.document(spec, upload)

    def description(_: Request) -> Response:
        return JSONResponse(described)

    def api_page(request: Request) -> Response:
        return pages.api(request, openapi.operations(described))

    found: dict[str, Callable[[Request], Response]] = {
        "/": pages.statistics,
        "/app/{name:path}": pages.app,
        "/code/{code:int}": pages.code,
        "/privacy": pages.privacy,
        STYLE_PATH: pages.style,
        "/api": api_page,
        "/api/openapi.json": description,
        **{ROOT + one.path: api.handler(one) for one in ENDPOINTS},
        "/healthz": Health(store).show,
        "/metrics": metrics.show,
        f"/{spec.project.file}": files.serve,
        f"/{spec.project.error_handler}": files.serve,
        "/SHA256SUMS": files.serve,
    }
    if settings.live:
        found["/live"] = Live(spec, store, settings).show
    return [Route(path, handler) for path, handler in found.items()]
