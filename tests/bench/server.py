"""Answers every report at once; run by timing.py in a process of its own."""

from __future__ import annotations

import socket
import ssl
import sys
from contextlib import suppress

ANSWER = b"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok"


def main() -> None:
    """Print the port, then answer until the end of the benchmark kills it.

    With an argument, a file with a key and its certificate, it speaks TLS.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    if sys.argv[1:]:
        context.load_cert_chain(sys.argv[1])
    with socket.create_server(("127.0.0.1", 0), backlog=64) as server:
        print(server.getsockname()[1], flush=True)
        while True:
            connection, _ = server.accept()
            with suppress(OSError), connection:
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                if sys.argv[1:]:
                    connection = context.wrap_socket(connection, server_side=True)
                data = b""
                while b"}" not in data:
                    data += connection.recv(65536)
                connection.sendall(ANSWER)


main()
