"""The shell files as this collector serves them: with its own address in them."""

from __future__ import annotations

import hashlib
import re
from functools import lru_cache

from msgspec import structs
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from shimgen.collector.receive.limiter import Networks, within
from shimgen.collector.settings import Settings
from shimgen.collector.show.rendering import FRESH_FOR, HEADERS, matches
from shimgen.render import render
from shimgen.spec import Spec

# What may stand in a URL's place of a host, and in no other: it ends up in a script.
_HOST = re.compile(r"(?:[A-Za-z0-9.-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\])(?::[0-9]{1,5})?")


class Address:
    """Where this collector is reached: as its settings say, else as requests do."""

    def __init__(self, settings: Settings, trusted: Networks) -> None:
        self._public = settings.public_url.rstrip("/")
        self._trusted = trusted

    def of(self, request: Request) -> str:
        """Return it as a request says it, without a slash at the end.

        The scheme is what a trusted proxy gives. Raises HTTPException (400) where the
        Host header is none.
        """
        if self._public:
            return self._public
        host = request.headers.get("host", "")
        if not _HOST.fullmatch(host):
            raise HTTPException(400, "the Host header names no host")
        peer = request.client.host if request.client else ""
        forwarded = request.headers.get("x-forwarded-proto", "http")
        secure = forwarded == "https" and within(peer, self._trusted)
        return f"{'https' if secure else 'http'}://{host}"


class Files:
    """Serves what `shimgen build` would render, but for the endpoint."""

    def __init__(self, spec: Spec, address: Address, upload: str) -> None:
        self._spec = spec
        self._address = address
        self._upload = upload
        self._rendered = lru_cache(maxsize=64)(self._render)

    def serve(self, request: Request) -> Response:
        """Return one of the files; its name is the request's path."""
        files = self._rendered(self._address.of(request))
        body = files[request.url.path.removeprefix("/")].encode()
        digest = hashlib.sha256(body).hexdigest()
        headers = {
            **HEADERS,
            "ETag": f'"{digest}"',
            "Cache-Control": f"public, max-age={FRESH_FOR}",
            "X-Checksum-Sha256": digest,
            "Vary": "Host",
        }
        if matches(request, headers["ETag"]):
            return Response(status_code=304, headers=headers)
        return Response(body, headers=headers, media_type="text/plain")

    def _render(self, base: str) -> dict[str, str]:
        project = structs.replace(self._spec.project, endpoint=base + self._upload)
        return dict(render(structs.replace(self._spec, project=project)))
