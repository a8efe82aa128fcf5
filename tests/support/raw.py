"""Reports as bytes on a connection."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Coroutine
from typing import Any, TypeVar
from urllib.parse import urlsplit

from support.collecting import START, UPLOAD

T = TypeVar("T")

UNLIMITED = ("--rate", "1000000")
"""Options of a server that counts nobody's requests."""


HUNG = 300
"""Seconds after which an exchange that should have ended is a failure."""


def play(life: Coroutine[Any, Any, T]) -> T:
    """Run an exchange; raises TimeoutError where it does not end."""
    return asyncio.run(asyncio.wait_for(life, HUNG))


def port(url: str) -> int:
    """Return the port of an address."""
    found = urlsplit(url).port
    assert found
    return found


def request(run: str, head: str = "") -> bytes:
    """Return a start of a run as the shim sends it, with more lines in its head."""
    body = json.dumps(START | {"random_id": run}, separators=(",", ":"))
    return (
        f"POST {UPLOAD} HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
        f"{head}Content-Length: {len(body)}\r\n\r\n{body}"
    ).encode()


async def answer(reader: asyncio.StreamReader) -> int:
    """Read one answer; return its status. Raises EOFError where there is none."""
    head = await reader.readuntil(b"\r\n\r\n")
    length = re.search(rb"(?i)content-length: (\d+)", head)
    assert length, head
    await reader.readexactly(int(length[1]))
    return int(head.split()[1])
