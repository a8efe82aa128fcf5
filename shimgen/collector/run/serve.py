"""`shimgen serve`: workers that answer, one housekeeping process, a supervisor."""

from __future__ import annotations

import asyncio
import contextlib
import os
import resource
import socket
from pathlib import Path

import click
import uvicorn

from shimgen.collector.keep.sqlite import SQLiteStore
from shimgen.collector.receive.connection import Connection
from shimgen.collector.run.app import create
from shimgen.collector.run.housekeeping import run_housekeeping
from shimgen.collector.run.supervisor import Parent, Supervisor
from shimgen.collector.settings import Configuration, Settings
from shimgen.errors import ShimgenError, reason
from shimgen.spec import Spec

BACKLOG = 2048  # connections that wait in the kernel to be accepted
MAX_CONNECTIONS = 20_000  # of a worker at the same time; more are answered with 503
KEEP_ALIVE = 15  # seconds until a connection without a request is closed
GRACE = 5  # seconds for requests that are being answered when a worker stops


class _Worker(uvicorn.Server):
    """A server that tells its parent when it is ready, and stops when that ends."""

    def __init__(self, config: uvicorn.Config, parent: Parent) -> None:
        super().__init__(config)
        self._parent = parent

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start to answer."""
        await super().startup(sockets)
        loop = asyncio.get_running_loop()
        loop.add_reader(self._parent.lifeline, self._stop_without_parent)
        self._parent.tell_ready()

    def _stop_without_parent(self) -> None:
        asyncio.get_running_loop().remove_reader(self._parent.lifeline)
        self.should_exit = True


def run(spec: Spec, configuration: Configuration) -> None:
    """Serve until a signal asks to stop.

    Prints the settings and, when it is ready, its address. Raises ShimgenError if the
    address or the database cannot be used.
    """
    settings = configuration.settings
    os.umask(0o077)  # the files with reports are for this user only
    for line in configuration.lines():
        click.echo(line)
    with _listen(settings.host, settings.port) as listener:
        # Before anything else runs: create the database, or report why it is unusable.
        SQLiteStore(Path(settings.db), spec).close()

        def answer(parent: Parent) -> None:
            _answer(spec, settings, listener, parent)

        def keep_clean(parent: Parent) -> None:
            listener.close()
            with contextlib.closing(SQLiteStore(Path(settings.db), spec)) as store:
                run_housekeeping(store, settings, parent)

        def ready() -> None:
            click.echo(f"listening on {_url(listener)}")
            _notify_systemd()

        Supervisor([*[answer] * settings.workers, keep_clean]).run(ready)


def _answer(
    spec: Spec, settings: Settings, listener: socket.socket, parent: Parent
) -> None:
    """Answer requests; this is what a worker process does."""
    _raise_file_limit()
    with contextlib.closing(SQLiteStore(Path(settings.db), spec)) as store:
        config = uvicorn.Config(
            create(spec, store, settings),
            access_log=False,
            http=Connection,
            limit_concurrency=MAX_CONNECTIONS,
            log_level="warning",
            loop="uvloop",
            proxy_headers=False,
            server_header=False,
            timeout_graceful_shutdown=GRACE,
            timeout_keep_alive=KEEP_ALIVE,
            ws="none",
        )
        _Worker(config, parent).run(sockets=[listener])


def _raise_file_limit() -> None:
    """Allow as many open files as the system permits: each connection is one."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def _notify_systemd() -> None:
    """Tell systemd, if it started us, that the service is ready: see sd_notify(3)."""
    path = os.environ.get("NOTIFY_SOCKET", "")
    if path:
        name = "\0" + path[1:] if path.startswith("@") else path
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notification:
            notification.sendto(b"READY=1", name)


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=BACKLOG)
    except OSError as error:
        raise ShimgenError(
            f"cannot listen on {host} port {port}: {reason(error)}; "
            "choose other values for --host and --port (port 0 chooses a free one)"
        ) from error


def _url(listener: socket.socket) -> str:
    host, port = listener.getsockname()[:2]
    return f"http://{f'[{host}]' if ':' in host else host}:{port}/"
