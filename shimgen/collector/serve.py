"""`shimgen serve`: processes that answer, one that keeps house, one that watches."""

from __future__ import annotations

import asyncio
import contextlib
import os
import resource
import socket
from pathlib import Path

import click
import uvicorn

from shimgen.collector.app import create
from shimgen.collector.housekeeping import keep_house
from shimgen.collector.keep.sqlite import SQLiteStore
from shimgen.collector.receive.connection import Connection
from shimgen.collector.settings import Configuration, Settings
from shimgen.collector.supervisor import Parent, Supervisor
from shimgen.errors import ShimgenError
from shimgen.spec import Spec

BACKLOG = 2048  # connections that wait to be accepted
CONNECTIONS = 20_000  # at once, a process; more are answered 503
IDLE = 15  # seconds until a connection without a request is closed


class _Worker(uvicorn.Server):
    """Tells its parent when it answers, and stops when the parent is gone."""

    def __init__(self, config: uvicorn.Config, parent: Parent) -> None:
        super().__init__(config)
        self._parent = parent

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start to answer."""
        await super().startup(sockets)
        loop = asyncio.get_running_loop()
        loop.add_reader(self._parent.lifeline, self._orphaned)
        self._parent.tell_ready()

    def _orphaned(self) -> None:
        asyncio.get_running_loop().remove_reader(self._parent.lifeline)
        self.should_exit = True


def run(spec: Spec, configuration: Configuration) -> None:
    """Serve until a signal asks to stop.

    Prints the settings, and a line with the address once it answers. Raises
    ShimgenError when the address or the database cannot be used.
    """
    settings = configuration.settings
    os.umask(0o077)  # what arrives is nobody else's
    for line in configuration.lines():
        click.echo(line)
    with _listen(settings.host, settings.port) as listener:
        SQLiteStore(Path(settings.db), spec).close()  # made, or found to be unusable

        def answer(parent: Parent) -> None:
            _answer(spec, settings, listener, parent)

        def tidy(parent: Parent) -> None:
            listener.close()
            with contextlib.closing(SQLiteStore(Path(settings.db), spec)) as store:
                keep_house(store, settings, parent)

        def ready() -> None:
            click.echo(f"listening on {_address(listener)}")
            _tell_systemd()

        Supervisor([*[answer] * settings.workers, tidy]).run(ready)


def _answer(
    spec: Spec, settings: Settings, listener: socket.socket, parent: Parent
) -> None:
    """Answer requests, in a process of its own."""
    _take_many_files()
    with contextlib.closing(SQLiteStore(Path(settings.db), spec)) as store:
        config = uvicorn.Config(
            create(spec, store, settings),
            access_log=False,
            http=Connection,
            limit_concurrency=CONNECTIONS,
            log_level="warning",
            loop="uvloop",
            proxy_headers=False,
            server_header=False,
            timeout_graceful_shutdown=5,
            timeout_keep_alive=IDLE,
            ws="none",
        )
        _Worker(config, parent).run(sockets=[listener])


def _take_many_files() -> None:
    """Use what the system lets this process have: each connection is an open file."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def _tell_systemd() -> None:
    """Say that the service is ready, as sd_notify(3) does; without systemd, nothing."""
    path = os.environ.get("NOTIFY_SOCKET", "")
    if path:
        name = "\0" + path[1:] if path.startswith("@") else path
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notice:
            notice.sendto(b"READY=1", name)


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=BACKLOG)
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
