"""The sender by itself, on every Python at hand."""

from __future__ import annotations

import ast
import signal
import subprocess
import tempfile
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import IO

import pytest

from support.certificates import Certificates
from support.frozen import API_FUNC
from support.paths import ROOT
from support.pythons import pythons
from support.servers import Behaviour, Refusing, Server, Unreachable, manners
from support.servers.manners import answer, by_target, chunked, response, say
from support.transports import program, python3

SOURCE = (ROOT / "shell" / "sender.py").read_text()
BODY = b'{"status":"completed","text":"\\"\\\\ ~"}'
OK = b"HTTP/1.1 200 OK\r\n"
PYTHONS = pythons()
WHERE = [f"{Path(path).name} {Path(path).parent.parent.name}" for path in PYTHONS]

every_python = pytest.mark.parametrize("python", PYTHONS, ids=WHERE)


def start(
    python: str,
    url: str,
    environment: Mapping[str, str] | None = None,
    *,
    limit: str = "5",
    body: bytes = BODY,
    end: bytes = b"\n",
    prelude: str = "",
    wrapper: tuple[str, ...] = (),
) -> subprocess.Popen[bytes]:
    """Start the sender as the shim does, behind a prelude that may change Python."""
    code = prelude + SOURCE
    with given(body + end) as stdin:
        return subprocess.Popen(
            [*wrapper, python, "-I", "-S", "-B", "-c", code],
            env={
                "__api_url": url,
                "__api_limit": limit,
                "__api_agent": "api.func/1.0.0",
                **(environment or {}),
            },
            stdin=stdin,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )


def given(text: bytes) -> IO[bytes]:
    """Return a file that holds a text, to be read from its start."""
    file = tempfile.TemporaryFile()  # noqa: SIM115 -- the caller closes it
    file.write(text)
    file.seek(0)
    return file


def send(
    python: str,
    url: str,
    environment: Mapping[str, str] | None = None,
    *,
    limit: str = "5",
    body: bytes = BODY,
    prelude: str = "",
) -> bytes:
    """Run the sender; return what it prints."""
    process = start(python, url, environment, limit=limit, body=body, prelude=prelude)
    return process.communicate()[0]


# Behaviours that reach each corner of the sender, and what it prints.
CORNERS: dict[str, tuple[Behaviour, bytes]] = {
    "an answer": (answer(201, b'{"id":7}'), b':{"id":7}201'),
    "no body": (answer(204), b":204"),
    "no body, and yet one": (answer(204, b"abc"), b":204"),
    "only a version": (say(b"HTTP/1.1\r\n\r\n"), b":000"),
    "1xx first": (say(b"HTTP/1.1 100 C\r\n\r\n" + response(200, b"ok")), b":ok200"),
    "chunks, which it did not ask for": (
        say(OK + b"Transfer-Encoding: chunked\r\n\r\n" + chunked(b"he")),
        b":2\r\nhe\r\n0\r\n\r\n200",
    ),
    "no length": (say(response(200, b"ok", length=None)), b":ok200"),
    "1 MiB": (answer(200, b"a" * 2**20), b":" + b"a" * 4096 + b"200"),
    "NULs": (answer(200, b"\0a\0b"), b":ab200"),
    "a redirect": (
        by_target(
            {
                "/dev/upload": response(307, b"", "Location: b?c"),
                "/dev/b?c": response(200, b"end"),
            }
        ),
        b":end200",
    ),
    "a reset": (manners.reset_after_request, b":000"),
    "garbage": (say(b"220 smtp.test ESMTP\r\n\r\n"), b":000"),
    "silence": (manners.never_answer, b":000"),
    "half a body": (manners.then_hang(OK + b"\r\nabc"), b":abc200"),
}


@every_python
@pytest.mark.parametrize("corner", CORNERS)
def test_the_sender_prints_a_colon_and_the_answer(python: str, corner: str) -> None:
    behaviour, printed = CORNERS[corner]
    with Server(behaviour) as server:
        # Only the last two need all of it; the limit may be a fraction.
        limit = "0.3" if corner in ("silence", "half a body") else "5"
        assert send(python, server.url(), limit=limit) == printed
    assert {request.body for request in server.requests} == {BODY}


@every_python
def test_the_sender_sends_exactly_these_bytes(python: str) -> None:
    with Server(answer(200)) as server:
        send(python, server.url("/dev/upload?a=b#c"))
    (request,) = server.requests
    assert request.head == (
        b"POST /dev/upload?a=b HTTP/1.0\r\n"
        b"Host: " + server.netloc().encode() + b"\r\n"
        b"User-Agent: api.func/1.0.0\r\n"
        b"Accept: */*\r\n"
        b"Content-Type: application/json\r\n"
        b"Connection: close\r\n"
        b"Content-Length: %d\r\n\r\n" % len(BODY)
    )
    assert request.body == BODY
    assert server.strays == []


@every_python
def test_the_sender_verifies_https(python: str, certificates: Certificates) -> None:
    trust = {"SSL_CERT_FILE": str(certificates.bundle)}
    with Server(answer(200, b"ok"), tls=certificates.good) as server:
        assert send(python, server.url(), trust) == b":ok200"
        assert send(python, server.url()) == b":000"
    with Server(answer(200, b"ok"), tls=certificates.wrong_name) as server:
        assert send(python, server.url(), trust) == b":000"


@every_python
def test_the_sender_speaks_to_a_proxy(python: str) -> None:
    with Server(answer(200, b"via")) as proxy:
        settings = {"http_proxy": "http://user:pass@" + proxy.netloc()}
        assert send(python, "http://telemetry.test/x", settings) == b":via200"
    (request,) = proxy.requests
    assert request.target == b"http://telemetry.test/x"
    assert request.header(b"Proxy-Authorization") == b"Basic dXNlcjpwYXNz"


@every_python
def test_nobody_at_the_port_is_000(python: str) -> None:
    with Refusing() as nobody:
        assert send(python, nobody.url()) == b":000"


@every_python
def test_a_long_body_arrives_whole(python: str) -> None:
    body = b'{"text":"' + b"x" * 120_000 + b'"}'
    with Server(answer(200)) as server:
        assert send(python, server.url(), body=body) == b":200"
    assert server.requests[0].body == body


@every_python
@pytest.mark.parametrize("body", [b"", BODY[:-1], BODY])
def test_a_body_whose_end_is_missing_is_left_to_curl(python: str, body: bytes) -> None:
    with Server(answer(200)) as server:
        assert start(python, server.url(), body=body, end=b"").communicate()[0] == b""
    assert server.requests == []


@every_python
def test_without_ssl_http_is_sent_and_https_left_to_curl(
    python: str, certificates: Certificates
) -> None:
    prelude = "import sys; sys.modules['ssl'] = sys.modules['_ssl'] = None\n"
    with Server(answer(200, b"ok")) as server:
        assert send(python, server.url(), prelude=prelude) == b":ok200"
    with Server(answer(200), tls=certificates.good) as server:
        assert send(python, server.url(), prelude=prelude) == b""
    assert server.requests == []


@every_python
def test_without_cpythons_private_modules_the_public_ones_do(python: str) -> None:
    prelude = (
        "import os, signal, socket, sys\n"
        "sys.modules.update(_socket=None, posix=None, _signal=None)\n"
    )
    with Server(answer(200, b"ok")) as server:
        assert send(python, server.url(), prelude=prelude) == b":ok200"


@every_python
def test_without_sockets_nothing_is_printed(python: str) -> None:
    prelude = "import sys; sys.modules.update(_socket=None, socket=None)\n"
    with Server(answer(200)) as server:
        assert send(python, server.url(), prelude=prelude) == b""
    assert server.accepted == 0


def test_the_second_address_of_a_name_is_tried_where_the_first_refuses() -> None:
    with Refusing() as nobody, Server(answer(200, b"ok")) as server:
        prelude = resolving_to(nobody.port, server.port)
        assert send(python3(), server.url(), prelude=prelude) == b":ok200"


def test_the_second_address_of_a_name_gets_its_share_of_the_limit() -> None:
    with Unreachable() as nobody, Server(answer(200, b"ok")) as server:
        prelude = resolving_to(nobody.port, server.port)
        assert send(python3(), server.url(), limit="2", prelude=prelude) == b":ok200"


def resolving_to(*ports: int) -> str:
    """Code in front of the sender: every host name resolves to these loopback ports."""
    addresses = [(2, 1, 6, "", ("127.0.0.1", port)) for port in ports]
    return f"import _socket; _socket.getaddrinfo = lambda *_: {addresses}\n"


def test_a_name_server_that_hangs_cannot_hold_the_sender_beyond_its_limit() -> None:
    prelude = "import _socket, time\n_socket.getaddrinfo = lambda *_: time.sleep(60)\n"
    begin = time.monotonic()
    process = start(python3(), "http://telemetry.test/", limit="0.2", prelude=prelude)
    assert process.communicate()[0] in (b"", b":000")
    assert time.monotonic() - begin < 0.2 + 1


def test_an_interrupt_ends_the_sender_at_once_and_silently() -> None:
    with Server(manners.never_answer) as server:
        process = start(python3(), server.url())
        assert server.received.wait(5)
        process.send_signal(signal.SIGINT)
        assert process.communicate() == (b"", b"")
    assert process.returncode == -signal.SIGINT


def test_a_sender_that_is_to_ignore_interrupts_ignores_them() -> None:
    go = threading.Event()
    shell = (program("sh"), "-c", 'trap "" INT; exec "$@"', "sh")
    with Server(manners.hold(go, response(200, b"ok"))) as server:
        process = start(python3(), server.url(), wrapper=shell)
        assert server.received.wait(5)
        process.send_signal(signal.SIGINT)
        go.set()
        assert process.communicate() == (b":ok200", b"")


def test_the_sender_leaves_no_file(tmp_path: Path) -> None:
    with Server(answer(200, b"ok")) as server:
        settings = {"HOME": str(tmp_path), "TMPDIR": str(tmp_path)}
        assert send(python3(), server.url(), settings) == b":ok200"
    assert list(tmp_path.iterdir()) == []


def test_the_sender_has_no_syntax_newer_than_python_3_6() -> None:
    ast.parse(SOURCE, feature_version=(3, 6))


def test_the_sender_has_no_single_quote_as_it_stands_in_single_quotes() -> None:
    assert "'" not in SOURCE


def test_the_embedded_sender_is_the_file_byte_for_byte() -> None:
    assert f" '{SOURCE}'" in API_FUNC.read_text()


def test_some_python_was_found() -> None:
    assert PYTHONS, "no Python is tried: install python3 or set SHIMGEN_PYTHONS"
