"""All paths of the site that answer to GET."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from shimgen.collector.show import openapi
from shimgen.collector.show.api import ENDPOINTS, ROOT, Api
from shimgen.collector.show.files import Files
from shimgen.collector.show.rendering import HEADERS, STYLE, STYLE_PATH
from shimgen.collector.show.site import Page, Site


def routes(site: Site, pages: Sequence[Page]) -> list[Route]:
    """Return the routes of the pages, the API, the style sheet and the shell files."""
    api = Api(site)
    files = Files(site.spec, site.address, site.upload)
    document = openapi.document(site.spec, site.upload)

    def api_document(_: Request) -> Response:
        return JSONResponse(document)

    handlers: dict[str, Callable[[Request], Response]] = {
        **{page.path: partial(page.handler, site) for page in pages},
        STYLE_PATH: _style,
        "/api/openapi.json": api_document,
        **{ROOT + endpoint.path: api.handler(endpoint) for endpoint in ENDPOINTS},
        f"/{site.spec.project.file}": files.serve,
        f"/{site.spec.project.error_handler}": files.serve,
        "/SHA256SUMS": files.serve,
    }
    return [Route(path, handler) for path, handler in handlers.items()]


def _style(_: Request) -> Response:
    """Answer with the style sheet; its path changes whenever its content does."""
    headers = {**HEADERS, "Cache-Control": "public, max-age=31536000, immutable"}
    return Response(STYLE, headers=headers, media_type="text/css")
