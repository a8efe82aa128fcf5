"""Clients that only hold connections open do not keep others from being answered."""

from __future__ import annotations

import asyncio
import contextlib
import resource
from collections.abc import Iterator
from pathlib import Path

import pytest

from support.raw import UNLIMITED, answer, play, port, request
from support.serving import serving

IDLE = 10_000
SLOW = 100  # of each kind
# The usual limit of open files in a login session, which the server may raise.
FEW = ("prlimit", "--nofile=1024:")


@pytest.fixture
def many_files() -> Iterator[None]:
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (before[1], before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, before)


class Silent(asyncio.Protocol):
    """A connection that sends `words` at most; `closed` is done when it is closed."""

    transport: asyncio.Transport

    def __init__(self, words: bytes) -> None:
        self.words = words
        self.closed = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Send the words."""
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        transport.write(self.words)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002  asyncio's
        """Note that it is closed."""
        if not self.closed.done():
            self.closed.set_result(None)


async def hold(to: int, count: int, words: bytes) -> list[Silent]:
    """Open connections that send `words` and nothing more."""
    loop = asyncio.get_running_loop()
    return [
        (await loop.create_connection(lambda: Silent(words), "127.0.0.1", to))[1]
        for _ in range(count)
    ]


async def ended(held: list[Silent]) -> None:
    """Wait until the server has closed all connections."""
    await asyncio.gather(*(one.closed for one in held))


async def send(to: int, run: str) -> int:
    """Send a report on a new connection; return the status of the answer."""
    reader, writer = await asyncio.open_connection("127.0.0.1", to)
    writer.write(request(run))
    status = await answer(reader)
    writer.close()
    return status


@pytest.mark.usefixtures("many_files")
def test_ten_thousand_idle_connections_delay_no_report(tmp_path: Path) -> None:
    async def life(to: int) -> list[int]:
        held = await hold(to, IDLE, b"")
        statuses = [await send(to, f"run-{number}") for number in range(20)]
        for one in held:
            one.transport.abort()
        await ended(held)
        return statuses

    with serving(tmp_path / "db", *UNLIMITED, within=FEW) as (url, _):
        assert play(life(port(url))) == [200] * 20


def test_a_connection_without_a_complete_request_is_closed_after_a_timeout(
    tmp_path: Path,
) -> None:
    unfinished = [
        b"",
        b"POST /dev/upload HTTP/1.1\r\nHost: a\r\nX-",
        request("slow")[:-1],
        b"\r\n",
        request("done") + b"\r\n",
        request("done") + request("slow")[:9],
    ]

    async def life(to: int) -> int:
        held = [one for words in unfinished for one in await hold(to, SLOW, words)]
        status = await send(to, "other")
        await ended(held)
        return status

    with serving(tmp_path / "db", *UNLIMITED) as (url, _):
        assert play(life(port(url))) == 200


@pytest.mark.parametrize(
    "lines",
    [b"X: " + b"a" * 10_000_000, b"X: a\r\n" * 500_000, b"a" * 10_000_000],
    ids=["one long header", "many headers", "a long name"],
)
def test_endless_headers_are_refused(tmp_path: Path, lines: bytes) -> None:
    async def life(to: int) -> tuple[bytes, int]:
        reader, writer = await asyncio.open_connection("127.0.0.1", to)
        first_line = b""
        with contextlib.suppress(ConnectionError):
            writer.write(b"GET / HTTP/1.1\r\nHost: a\r\n" + lines)
            first_line = await reader.readline()
            await writer.drain()
            await reader.read()
        writer.close()
        return first_line, await send(to, "other")

    with serving(tmp_path / "db", *UNLIMITED) as (url, _):
        first_line, status = play(life(port(url)))
    assert first_line in (b"", b"HTTP/1.1 431 Request Header Fields Too Large\r\n")
    assert status == 200
