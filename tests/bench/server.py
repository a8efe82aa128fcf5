"""Answers every report at once; run by bench.py in a process of its own."""

from __future__ import annotations

import socket

ANSWER = b"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok"


def main() -> None:
    """Print the port, then answer until the end of the benchmark kills it."""
    with socket.create_server(("127.0.0.1", 0), backlog=64) as server:
        print(server.getsockname()[1], flush=True)
        while True:
            connection, _ = server.accept()
            with connection:
                data = b""
                while b"}" not in data:
                    data += connection.recv(65536)
                connection.sendall(ANSWER)


main()
