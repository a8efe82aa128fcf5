"""HTTPS: verified, or no answer; never left for plain HTTP on the way."""

from __future__ import annotations

import ssl
from pathlib import Path

import pytest

from support.certificates import Certificates
from support.servers import Behaviour, Connection, Server, manners
from support.servers.manners import answer, by_target, redirect, response, say
from support.transports import (
    BODY,
    LIMIT,
    Outcome,
    Toolbox,
    python3,
    report,
)

OK = b"HTTP/1.1 200 OK\r\n"
END = response(200, b"end")


def securely(
    toolbox: Toolbox, certificates: Certificates, url: str, *, limit: int = 5
) -> Outcome:
    """Report to `url`, trusting the authority of the tests and no other."""
    trust = {"SSL_CERT_FILE": str(certificates.bundle)}
    seen = report(toolbox, url, trust, limit=limit)
    seen.assert_good_guest(limit)
    return seen


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_a_trusted_server_gets_the_report(
    toolbox: Toolbox, certificates: Certificates, host: str
) -> None:
    with Server(answer(200, b"ok"), tls=certificates.good) as server:
        seen = securely(toolbox, certificates, server.url(host=host))
    seen.assert_answered(b"ok200")
    (request,) = server.requests
    assert request.header(b"Host") == server.netloc(host).encode()
    assert request.body == BODY


@pytest.mark.parametrize(
    "flaw", ["expired", "wrong_name", "unknown_issuer", "self_signed"]
)
def test_a_server_whose_certificate_is_not_good_gets_nothing(
    toolbox: Toolbox, certificates: Certificates, flaw: str
) -> None:
    context: ssl.SSLContext = getattr(certificates, flaw)
    with Server(answer(200, b"ok"), tls=context) as server:
        seen = securely(toolbox, certificates, server.url())
    seen.assert_answered(b"000")
    assert server.accepted == 1
    assert server.requests == []
    assert server.strays == []


def test_a_server_is_not_trusted_without_a_store_that_knows_it(
    toolbox: Toolbox, certificates: Certificates
) -> None:
    with Server(answer(200, b"ok"), tls=certificates.good) as server:
        seen = report(toolbox, server.url(), limit=5)
    seen.assert_answered(b"000")
    seen.assert_good_guest(limit=5)
    assert server.requests == []


def test_a_name_that_the_certificate_lacks_is_refused_though_it_resolves(
    toolbox: Toolbox, certificates: Certificates
) -> None:
    with Server(answer(200, b"ok"), tls=certificates.expired) as server:
        seen = securely(toolbox, certificates, server.url(host="localhost"))
    seen.assert_answered(b"000")


@pytest.mark.parametrize(
    ("manner", "expected"),
    [
        (manners.close_at_once, b"000"),
        (manners.reset_at_once, b"000"),
        (manners.close_after_request, b"000"),
        (say(response(200, b"hello", length=None)), b"hello200"),
        (manners.ragged_tls(response(200, b"hello")), b"hello200"),
        (manners.ragged_tls(response(200, b"hello", length=None)), b"hello200"),
        (manners.ragged_tls(OK), b"000"),  # curl: 200
        (manners.then_reset(OK + b"Content-Length: 6\r\n\r\nabc"), b"abc200"),
        (answer(200, b"a" * 2**20), b"a" * 4096 + b"200"),
    ],
    ids=[
        "closes",
        "resets",
        "closes after the request",
        "no length",
        "no farewell",
        "no length and no farewell",
        "no farewell in the head",
        "reset in the body",
        "1 MiB",
    ],
)
def test_manners_over_tls_are_answered_like_those_without(
    toolbox: Toolbox, certificates: Certificates, manner: Behaviour, expected: bytes
) -> None:
    with Server(manner, tls=certificates.good) as server:
        seen = securely(toolbox, certificates, server.url())
    seen.assert_answered(expected)


def speak_http(connection: Connection) -> None:
    """Answer the client's first words of TLS as if they were a request."""
    connection.sock.recv(65536)
    connection.send(END)


@pytest.mark.parametrize(
    "manner",
    [manners.close_at_once, manners.reset_at_once, speak_http],
    ids=["closes", "resets", "speaks HTTP"],
)
def test_a_plain_server_at_an_https_url_is_no_answer(
    toolbox: Toolbox, certificates: Certificates, manner: Behaviour
) -> None:
    with Server(manner) as server:
        url = server.url().replace("http:", "https:")
        seen = securely(toolbox, certificates, url)
    seen.assert_answered(b"000")


def test_a_tls_server_at_an_http_url_is_no_answer(
    toolbox: Toolbox, certificates: Certificates
) -> None:
    with Server(answer(200), tls=certificates.good) as server:
        url = server.url().replace("https:", "http:")
        seen = securely(toolbox, certificates, url)
    seen.assert_answered(b"000")


@pytest.mark.parametrize("tls", [False, True], ids=["before the handshake", "after it"])
def test_a_silent_tls_server_holds_up_no_script_beyond_the_limit(
    toolbox: Toolbox, certificates: Certificates, tls: bool
) -> None:
    context = certificates.good if tls else None
    with Server(manners.stay_silent, tls=context) as server:
        url = server.url().replace("http:", "https:")
        seen = securely(toolbox, certificates, url, limit=LIMIT)
    seen.assert_answered(b"000")


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_redirect_from_https_to_http_is_not_followed(
    toolbox: Toolbox, certificates: Certificates, status: int
) -> None:
    with Server(answer(200, b"open")) as plain:
        downgrade = redirect(status, plain.url("/b"))
        with Server(downgrade, tls=certificates.good) as server:
            seen = securely(toolbox, certificates, server.url())
    seen.assert_answered(b"moved%d" % status)
    assert plain.accepted == 0


def test_a_redirect_from_http_to_https_is_followed(
    toolbox: Toolbox, certificates: Certificates
) -> None:
    with (
        Server(answer(200, b"end"), tls=certificates.good) as secure,
        Server(redirect(308, secure.url("/b"))) as server,
    ):
        seen = securely(toolbox, certificates, server.url())
    seen.assert_answered(b"end200")
    assert [request.body for request in secure.requests] == [BODY]


def test_a_redirect_from_http_to_an_untrusted_server_is_no_answer(
    toolbox: Toolbox, certificates: Certificates
) -> None:
    with (
        Server(answer(200), tls=certificates.self_signed) as secure,
        Server(redirect(308, secure.url("/b"))) as server,
    ):
        seen = securely(toolbox, certificates, server.url())
    seen.assert_answered(b"000")
    assert secure.requests == []


@pytest.mark.parametrize("location", ["/b", "//HERE/b", "https://HERE/b"])
def test_a_redirect_within_https_stays_in_https(
    toolbox: Toolbox, certificates: Certificates, location: str
) -> None:
    server = Server(lambda _: None, tls=certificates.good)
    moved = response(307, b"", "Location: " + location.replace("HERE", server.netloc()))
    server.behaviour = by_target({"/dev/upload": moved, "/b": END})
    with server:
        seen = securely(toolbox, certificates, server.url())
    seen.assert_answered(b"end200")
    assert [request.target for request in server.requests] == [b"/dev/upload", b"/b"]


def test_only_curl_reads_its_own_name_for_a_bundle_of_authorities(
    toolboxes: dict[str, Toolbox], certificates: Certificates
) -> None:
    trust = {"CURL_CA_BUNDLE": str(certificates.bundle)}
    answers = {}
    for name, toolbox in toolboxes.items():
        with Server(answer(200, b"ok"), tls=certificates.good) as server:
            answers[name] = report(toolbox, server.url(), trust, limit=5).response
    assert answers == {"python3": b"000", "curl": b"ok200"}


WITHOUT_TLS = """#!/bin/sh
while [ "$1" != -c ]; do shift; done
shift
exec {python3} -I -S -B -c \
  'import sys; sys.modules["ssl"] = None; exec(sys.argv.pop(1))' "$@"
"""


def test_curl_takes_over_where_python3_has_no_tls(
    tmp_path: Path, certificates: Certificates
) -> None:
    toolbox = Toolbox(tmp_path / "path")
    toolbox.script("python3", WITHOUT_TLS.format(python3=python3()))
    with Server(answer(200, b"ok")) as plain:
        securely(toolbox, certificates, plain.url()).assert_answered(b"ok200")
    toolbox.link("curl")
    with Server(answer(200, b"ok"), tls=certificates.good) as server:
        securely(toolbox, certificates, server.url()).assert_answered(b"ok200")
    assert len(server.requests) == 1
