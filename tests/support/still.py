"""A collector on loopback in which nothing is folded or published by itself."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Iterator

import uvicorn
from starlette.applications import Starlette


@contextlib.contextmanager
def still(application: Starlette) -> Iterator[str]:
    """Serve an application from a thread; yield its address."""
    server = uvicorn.Server(uvicorn.Config(application, log_level="error"))
    # It listens before the server runs: who asks early waits in the kernel's queue.
    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=server.run, args=([listening],))
        thread.start()
        try:
            yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join()
