"""The shell files, with the address of this collector as their endpoint."""

from __future__ import annotations

import hashlib
from functools import lru_cache

from msgspec import structs
from starlette.requests import Request
from starlette.responses import Response

from shimgen.collector.show.address import Address
from shimgen.collector.show.rendering import HEADERS, MAX_AGE, matches
from shimgen.render import render
from shimgen.spec import Spec


class Files:
    """Serves the files that `shimgen build` renders, but with another endpoint.

    `upload` is the path where this collector receives reports.
    """

    def __init__(self, spec: Spec, address: Address, upload: str) -> None:
        self._spec = spec
        self._address = address
        self._upload = upload
        self._rendered = lru_cache(maxsize=64)(self._render)

    def serve(self, request: Request) -> Response:
        """Answer with the file that the path names."""
        files = self._rendered(self._address.base_url(request))
        body = files[request.url.path.removeprefix("/")].encode()
        digest = hashlib.sha256(body).hexdigest()
        headers = {
            **HEADERS,
            "ETag": f'"{digest}"',
            "Cache-Control": f"public, max-age={MAX_AGE}",
            "X-Checksum-Sha256": digest,
            "Vary": "Host",
        }
        if matches(request, headers["ETag"]):
            return Response(status_code=304, headers=headers)
        return Response(body, headers=headers, media_type="text/plain")

    def _render(self, base_url: str) -> dict[str, str]:
        project = structs.replace(self._spec.project, endpoint=base_url + self._upload)
        return dict(render(structs.replace(self._spec, project=project)))
