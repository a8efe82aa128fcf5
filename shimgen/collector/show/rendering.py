"""Templates, the headers of every page, and answers that need no second rendering."""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import Response

from shimgen import __version__
from shimgen.collector.keep.store import Figures
from shimgen.collector.settings import Settings
from shimgen.spec import Spec

HERE = Path(__file__).parent
STYLE = (HERE / "style.css").read_bytes()
STYLE_PATH = f"/style-{hashlib.sha256(STYLE).hexdigest()[:12]}.css"

# No script at all, no frame around a page, nothing from anywhere else.
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; "
        "form-action 'none'; frame-ancestors 'none'"
    ),
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
FRESH_FOR = 60  # seconds in which a browser need not ask again
_KEPT = 256  # bodies
_LONGEST = 512  # characters of an address whose body is kept


class Templates:
    """Renders templates with what all pages need."""

    def __init__(self, spec: Spec, settings: Settings) -> None:
        self._environment = Environment(
            loader=FileSystemLoader(HERE / "templates"),
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
            "style_path": STYLE_PATH,
        }

    def render(self, name: str, request: Request, **values: Any) -> bytes:
        """Return the page that a template makes."""
        template = self._environment.get_template(name)
        return template.render(here=request.url.path, **values).encode()


class Cache:
    """Bodies by address, valid while nothing new is published."""

    def __init__(self, spec: Spec, figures: Figures, settings: Settings) -> None:
        self._figures = figures
        self._fixed = f"{__version__} {spec.digest} {settings}"
        self._bodies: OrderedDict[tuple[str, str], bytes] = OrderedDict()
        self._lock = threading.Lock()

    def answer(
        self, request: Request, media_type: str, make: Callable[[], bytes]
    ) -> Response:
        """Answer with what `make` returns, or with 304 where the client has it."""
        address = f"{request.url.path}?{request.url.query}"
        state = f"{self._figures.generation()} {self._fixed}"
        digest = hashlib.sha256(f"{state} {address}".encode()).hexdigest()[:24]
        headers = {
            **HEADERS,
            "ETag": f'"{digest}"',
            "Cache-Control": f"public, max-age={FRESH_FOR}",
        }
        if matches(request, headers["ETag"]):
            return Response(status_code=304, headers=headers)
        body = self._body((state, address), make)
        return Response(body, headers=headers, media_type=media_type)

    def _body(self, key: tuple[str, str], make: Callable[[], bytes]) -> bytes:
        with self._lock:
            if key in self._bodies:
                self._bodies.move_to_end(key)
                return self._bodies[key]
        body = make()
        if len(key[1]) <= _LONGEST:
            with self._lock:
                self._bodies[key] = body
                while len(self._bodies) > _KEPT:
                    self._bodies.popitem(last=False)
        return body


def matches(request: Request, tag: str) -> bool:
    """Whether the client says that it has the body with this tag (RFC 9110, 13.1.2)."""
    given = request.headers.get("if-none-match", "")
    tags = [one.strip().removeprefix("W/") for one in given.split(",")]
    return tag in tags or tags == ["*"]
