"""An old curl refuses options that it does not know; the report is still sent."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest

from support.certificates import NAME, Certificates
from support.servers import Behaviour, Refusing, Server, manners
from support.servers.manners import answer, by_target, redirect, response, say
from support.servers.proxies import ESTABLISHED, tunnel
from support.transports import BODY, Toolbox, program, report

# What each version refuses; `.` stands for fractions of a second.
REFUSED = {
    "7.53": ("--suppress-connect-headers",),
    "7.41": ("--suppress-connect-headers", "--path-as-is"),
    "7.35": ("--suppress-connect-headers", "--path-as-is", "--no-alpn"),
    "7.29": ("--suppress-connect-headers", "--path-as-is", "--no-alpn", "."),
}
CURL = """#!/bin/sh
echo start >>'{starts}'
for word; do
  case $before$word in
  {refused})
    echo "curl: option $word: is unknown" >&2
    exit 2
    ;;
  esac
  before=
  [ "$word" != --max-time ] || before="$word "
done
exec {curl} "$@"
"""
SECURE_URL = f"https://{NAME}/dev/upload"
OK = b"HTTP/1.1 200 OK\r\n"
PRINTED_HEAD = b"HTTP/1.1 500 Oops\r\nX: y\r\n\r\nnot a head"


class OldCurl(Toolbox):
    """A PATH with a curl that refuses what it did not know in some version."""

    def __init__(self, directory: Path, version: str) -> None:
        super().__init__(directory / "path")
        self._starts = directory / "starts"
        refused = " | ".join(REFUSED[version]).replace(".", '"--max-time "*.*')
        text = CURL.format(starts=self._starts, refused=refused, curl=program("curl"))
        self.script("curl", text)

    @property
    def starts(self) -> int:
        """How often it was started."""
        return len(self._starts.read_text().splitlines())


@pytest.fixture(params=REFUSED)
def toolbox(request: pytest.FixtureRequest, tmp_path: Path) -> OldCurl:
    return OldCurl(tmp_path, request.param)


@pytest.fixture
def older(tmp_path: Path) -> OldCurl:
    return OldCurl(tmp_path, "7.41")


@pytest.fixture
def trust(certificates: Certificates) -> dict[str, str]:
    return {"SSL_CERT_FILE": str(certificates.bundle), "https_proxy": ""}


def test_a_report_is_sent_once(toolbox: OldCurl) -> None:
    with Server(answer(201, b"ok")) as server:
        seen = report(toolbox, server.url(), limit=5)
    seen.assert_answered(b"ok201")
    seen.assert_good_guest(limit=5)
    assert [request.body for request in server.requests] == [BODY]


def test_redirects_are_followed_and_what_it_refuses_is_not_tried_again(
    toolbox: OldCurl,
) -> None:
    hops = ["/dev/upload", "/1", "/2", "/3", "/4", "/5"]
    routes = {a: response(307, b"", f"Location: {b}") for a, b in pairwise(hops)}
    routes |= {"/5": response(307, b"moved", "Location: /6"), "/6": response(200)}
    with Server(by_target(routes)) as server:
        report(toolbox, server.url(), limit=5).assert_answered(b"moved307")
    assert [request.target.decode() for request in server.requests] == hops
    assert toolbox.starts <= 4 + len(hops)


def test_what_came_of_a_body_counts_at_the_limit(toolbox: OldCurl) -> None:
    with Server(manners.then_hang(OK + b"Content-Length: 6\r\n\r\nabc")) as server:
        seen = report(toolbox, server.url())
    seen.assert_answered(b"abc200")
    seen.assert_good_guest()


def test_a_curl_that_started_is_not_started_again(tmp_path: Path) -> None:
    toolbox = OldCurl(tmp_path, "7.29")
    toolbox.script("curl", (toolbox.path / "curl").read_text().replace("exit 2", ":"))
    with Refusing() as nobody:
        report(toolbox, nobody.url(), limit=5).assert_answered(b"000")
    assert toolbox.starts == 1


@pytest.mark.parametrize(
    "greeting",
    [
        ESTABLISHED,
        b"HTTP/1.0 200 OK\nLocation: https://other.test/\n\n",
        b"HTTP/1.1 299 Fine\r\nX: y\r\n\r\n",
    ],
)
@pytest.mark.parametrize(
    ("said", "expected"),
    [
        (response(200, b"secret"), b"secret200"),
        (response(503, b"later"), b"later503"),
        (response(204), b"204"),
        (response(404, PRINTED_HEAD), PRINTED_HEAD + b"404"),
        (response(302, b"moved", "Location: https://other.test/"), b"moved302"),
        (response(500, b"a" * 2**20), b"a" * 4096 + b"500"),
        (b"HTTP/1.1 100 C\r\n\r\n" + response(200, b"ok"), b"ok200"),
        (b"", b"000"),
        (OK, b"000"),
    ],
)
def test_the_answer_behind_that_of_the_proxy_counts(
    older: OldCurl,
    certificates: Certificates,
    trust: dict[str, str],
    greeting: bytes,
    said: bytes,
    expected: bytes,
) -> None:
    with (
        Server(say(said), tls=certificates.good) as server,
        Server(tunnel(server.port, greeting=greeting)) as proxy,
    ):
        settings = {**trust, "https_proxy": proxy.netloc()}
        report(older, SECURE_URL, settings, limit=5).assert_answered(expected)


def test_a_redirect_leads_through_the_proxy_again(
    older: OldCurl, certificates: Certificates, trust: dict[str, str]
) -> None:
    routes = {
        "/dev/upload": response(307, b"", "Location: b"),
        "/dev/b": OK + b"\r\nok",
    }
    with (
        Server(by_target(routes), tls=certificates.good) as server,
        Server(tunnel(server.port)) as proxy,
    ):
        settings = {**trust, "https_proxy": proxy.netloc()}
        report(older, SECURE_URL, settings, limit=5).assert_answered(b"ok200")
    assert [request.body for request in server.requests] == [BODY, BODY]


@pytest.mark.parametrize(
    "manner",
    [
        answer(407, b"who are you"),
        say(b"HTTP/1.1 403 No\r\n\r\n"),
        answer(502, PRINTED_HEAD),
        redirect(302, SECURE_URL),
        say(OK + b"\r\n"),
        say(OK + b"\r\n" + response(200, b"not TLS")),
        manners.close_after_request,
    ],
)
def test_the_answer_of_a_proxy_is_none_in_the_servers_name(
    older: OldCurl, manner: Behaviour
) -> None:
    with Server(manner) as proxy:
        settings = {"https_proxy": proxy.netloc()}
        report(older, SECURE_URL, settings, limit=5).assert_answered(b"000")


@pytest.mark.parametrize("body", [PRINTED_HEAD, response(200, b"ok")])
def test_without_a_proxy_a_body_like_a_head_is_a_body(
    older: OldCurl, certificates: Certificates, trust: dict[str, str], body: bytes
) -> None:
    with Server(answer(201, body), tls=certificates.good) as server:
        seen = report(older, server.url(host="localhost"), trust, limit=5)
    seen.assert_answered(body + b"201")
    with Server(answer(201, body)) as server:
        report(older, server.url(), limit=5).assert_answered(body + b"201")
