"""The receiving side: takes reports, stores them, shows them."""

from __future__ import annotations

import contextlib
import socket
from pathlib import Path

import click
import uvicorn

from shimgen.collector.app import create
from shimgen.collector.keep.sqlite import SQLiteStore
from shimgen.errors import ShimgenError
from shimgen.spec import load


class _Server(uvicorn.Server):
    """Says where it listens, once it answers and a signal ends it in order."""

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, then print the addresses."""
        await super().startup(sockets)
        for listener in sockets or ():
            click.echo(f"listening on {_address(listener)}")


def run(spec: Path, host: str, port: int, db: Path) -> None:
    """Serve until Ctrl-C; the first line on stdout is the address (port 0: a free one).

    Raises ShimgenError when the spec, the address or the database cannot be used.
    """
    rules = load(spec)
    with (
        _listen(host, port) as listener,
        contextlib.closing(SQLiteStore(db, rules)) as store,
    ):
        config = uvicorn.Config(
            create(rules, store),
            access_log=False,
            lifespan="off",
            log_level="warning",
            server_header=False,
            timeout_graceful_shutdown=3,
        )
        with contextlib.suppress(KeyboardInterrupt):
            _Server(config).run(sockets=[listener])


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family)
    except OSError as error:
        # Python adds the address, which the message has already.
        reason = (error.strerror or str(error)).partition(" (")[0].lower()
        raise ShimgenError(
            f"cannot listen on {host} port {port}: {reason}; choose other values for "
            "--host and --port (0 is a free port)"
        ) from error


def _address(listener: socket.socket) -> str:
    host, port = listener.getsockname()[:2]
    return f"http://{f'[{host}]' if ':' in host else host}:{port}/"
