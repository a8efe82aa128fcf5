"""Templates, the headers of every page, and a cache of rendered answers."""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import Response

from shimgen import __version__
from shimgen.collector.keep.published import Figures
from shimgen.collector.settings import Settings
from shimgen.collector.show import wording
from shimgen.spec import Spec

HERE = Path(__file__).parent
TEMPLATES = HERE / "templates"
STYLE = (HERE / "style.css").read_bytes()
STYLE_PATH = f"/style-{hashlib.sha256(STYLE).hexdigest()[:12]}.css"

# No scripts, no frames around a page, nothing from other servers.
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; "
        "form-action 'none'; frame-ancestors 'none'"
    ),
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
MAX_AGE = 60  # seconds for which a browser need not ask again
_MAX_BODIES = 512  # in the cache
_MAX_ADDRESS = 512  # characters; the body of a longer address is not cached


class MenuItem(NamedTuple):
    """A link of the navigation."""

    path: str
    title: str


class Templates:
    """Renders templates, with the values that all pages need.

    `menu` is the navigation. `folders` are searched for templates, in this order.
    """

    def __init__(
        self,
        spec: Spec,
        settings: Settings,
        menu: Sequence[MenuItem],
        folders: Sequence[Path] = (TEMPLATES,),
    ) -> None:
        self._environment = Environment(
            loader=FileSystemLoader(folders),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._environment.globals |= {
            "project": spec.project,
            "k": settings.k,
            "retention": settings.retention,
            "live": settings.live,
            "menu": menu,
            "style_path": STYLE_PATH,
            "number": wording.number,
            "percent": wording.percent,
            "display": wording.display,
        }

    def render(self, name: str, request: Request, **values: Any) -> bytes:
        """Return the page of a template."""
        template = self._environment.get_template(name)
        return template.render(here=request.url.path, **values).encode()


class Cache:
    """Keeps rendered bodies by address; they are valid until something is published."""

    def __init__(self, spec: Spec, figures: Figures, settings: Settings) -> None:
        self._figures = figures
        self._configuration = f"{__version__} {spec.digest} {settings}"
        self._bodies: OrderedDict[tuple[str, str], bytes] = OrderedDict()
        self._lock = threading.Lock()

    def answer(
        self, request: Request, media_type: str, render: Callable[[], bytes]
    ) -> Response:
        """Answer with the body that `render` returns, or 304 if the client has it."""
        address = f"{request.url.path}?{request.url.query}"
        state = f"{self._figures.generation()} {self._configuration}"
        digest = hashlib.sha256(f"{state} {address}".encode()).hexdigest()[:24]
        headers = {
            **HEADERS,
            "ETag": f'"{digest}"',
            "Cache-Control": f"public, max-age={MAX_AGE}",
        }
        if matches(request, headers["ETag"]):
            return Response(status_code=304, headers=headers)
        body = self._body((state, address), render)
        return Response(body, headers=headers, media_type=media_type)

    def _body(self, key: tuple[str, str], render: Callable[[], bytes]) -> bytes:
        with self._lock:
            if key in self._bodies:
                self._bodies.move_to_end(key)
                return self._bodies[key]
        body = render()
        if len(key[1]) <= _MAX_ADDRESS:
            with self._lock:
                self._bodies[key] = body
                while len(self._bodies) > _MAX_BODIES:
                    self._bodies.popitem(last=False)
        return body


def matches(request: Request, tag: str) -> bool:
    """Return whether the client has the body with this ETag (RFC 9110, 13.1.2)."""
    header = request.headers.get("if-none-match", "")
    tags = [part.strip().removeprefix("W/") for part in header.split(",")]
    return tag in tags or tags == ["*"]
