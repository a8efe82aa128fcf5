"""A server of one worker: `python -m bench.collector.server bare|collector DB`.

Prints its port, and serves until a signal.
"""

from __future__ import annotations

import contextlib
import socket
import sys
from collections.abc import Iterator
from pathlib import Path

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from shimgen.collector.keep.sqlite import SQLiteStore
from shimgen.collector.receive.connection import Connection
from shimgen.collector.receive.limiter import Limiter
from shimgen.collector.run.app import create
from shimgen.collector.settings import Settings
from shimgen.spec import DEFAULT_SPEC, load

_UNLIMITED = 10**9  # requests of a client in a minute


async def _parse(request: Request) -> JSONResponse:
    report = await request.json()
    return JSONResponse({"status": "stored", "event": report["status"]})


@contextlib.contextmanager
def application(kind: str, db: Path) -> Iterator[Starlette]:
    """Yield the collector, or an application that only parses JSON."""
    if kind == "bare":
        yield Starlette(routes=[Route("/dev/upload", _parse, methods=["POST"])])
        return
    spec = load(DEFAULT_SPEC)
    with contextlib.closing(SQLiteStore(db, spec)) as store:
        yield create(spec, store, Settings(), Limiter(_UNLIMITED))


def serve(app: Starlette, kind: str) -> None:
    """Serve on a free port of the loopback interface."""
    config = uvicorn.Config(
        app,
        access_log=False,
        http="httptools" if kind == "bare" else Connection,
        log_level="warning",
        loop="uvloop",
        proxy_headers=False,
        server_header=False,
        ws="none",
    )
    with socket.create_server(("127.0.0.1", 0), backlog=2048) as listener:
        print(listener.getsockname()[1], flush=True)
        with contextlib.suppress(KeyboardInterrupt):  # raised again when all is done
            uvicorn.Server(config).run(sockets=[listener])


def main() -> None:
    """Serve the application that the arguments name."""
    with application(sys.argv[1], Path(sys.argv[2])) as app:
        serve(app, sys.argv[1])


if __name__ == "__main__":
    main()
