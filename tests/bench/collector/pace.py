"""A client that sends at fixed times, whether or not earlier reports are answered.

The time of a report counts from when it was due. So it includes the time for which it
waited because the report before it on the same connection was not answered yet.
"""

from __future__ import annotations

import asyncio

import uvloop

from bench.collector.wrk import template
from support.collecting import START, UPLOAD

CONNECTIONS = 100


def paced(port: int, rate: int, seconds: int, prefix: str) -> float:
    """Send `rate` reports a second; return the 99th percentile of their seconds."""
    times = sorted(uvloop.run(_all(port, rate, seconds, prefix)))
    return times[len(times) * 99 // 100]


async def _all(port: int, rate: int, seconds: int, prefix: str) -> list[float]:
    loop = asyncio.get_running_loop()
    begin = loop.time() + 0.5
    each = rate * seconds // CONNECTIONS
    lines = [
        _line(port, f"{prefix}-{n}-", begin + n / rate, CONNECTIONS / rate, each)
        for n in range(CONNECTIONS)
    ]
    return [one for line in await asyncio.gather(*lines) for one in line]


async def _line(
    port: int, prefix: str, begin: float, every: float, count: int
) -> list[float]:
    """Send on one connection, from the time `begin` of the event loop's clock on."""
    loop = asyncio.get_running_loop()
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    times = []
    for number in range(count):
        due = begin + number * every
        await asyncio.sleep(max(0, due - loop.time()))
        writer.write(_request(f"{prefix}{number}"))
        await _answered(reader)
        times.append(loop.time() - due)
    writer.close()
    return times


def _request(run: str) -> bytes:
    body = template(START).replace("RUN", run)
    head = f"POST {UPLOAD} HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
    return f"{head}Content-Length: {len(body)}\r\n\r\n{body}".encode()


async def _answered(reader: asyncio.StreamReader) -> None:
    head = await reader.readuntil(b"\r\n\r\n")
    if not head.startswith(b"HTTP/1.1 200 "):
        raise RuntimeError(f"a report was not stored: {head.decode()}")
    length = head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0]
    await reader.readexactly(int(length))
