"""The address at which this collector is reached, for the files that it serves."""

from __future__ import annotations

import re

from starlette.exceptions import HTTPException
from starlette.requests import Request

from shimgen.collector.clients import Networks, is_within
from shimgen.collector.settings import Settings

# The host of a URL, with an optional port, and nothing else: it is written to a script.
_HOST = re.compile(r"(?:[A-Za-z0-9.-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\])(?::[0-9]{1,5})?")


class Address:
    """The address in the settings or, if there is none, the one in each request."""

    def __init__(self, settings: Settings, trusted: Networks) -> None:
        self._public_url = settings.public_url.rstrip("/")
        self._trusted = trusted

    def base_url(self, request: Request) -> str:
        """Return the address without a slash at the end.

        A trusted proxy says whether it was asked by https. Raises HTTPException (400)
        if the Host header is not a host.
        """
        if self._public_url:
            return self._public_url
        host = request.headers.get("host", "")
        if not _HOST.fullmatch(host):
            raise HTTPException(
                400,
                "the Host header must be a host name or address, with or without port",
            )
        peer = request.client.host if request.client else ""
        forwarded = request.headers.get("x-forwarded-proto", "http")
        secure = forwarded == "https" and is_within(peer, self._trusted)
        return f"{'https' if secure else 'http'}://{host}"
