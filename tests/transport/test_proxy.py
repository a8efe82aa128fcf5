"""Proxies: chosen by the environment as curl chooses them, good ones and bad ones."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from support.certificates import NAME, Certificates
from support.servers import Behaviour, Refusing, Server, manners
from support.servers.manners import answer, by_target, redirect, response, say
from support.servers.proxies import tunnel
from support.transports import (
    BODY,
    Outcome,
    Toolbox,
    report,
)

URL = f"http://{NAME}/dev/upload"  # no resolver knows the name: the proxy must
SECURE_URL = f"https://{NAME}/dev/upload"
via = answer(200, b"via")


def through(
    toolbox: Toolbox, proxy: Server, url: str, settings: Mapping[str, str]
) -> Outcome:
    """Report to `url` with these settings, in which PROXY is HOST:PORT of the proxy."""
    environment = {
        name: value.replace("PROXY", proxy.netloc()) for name, value in settings.items()
    }
    seen = report(toolbox, url, environment, limit=5)
    seen.assert_good_guest(limit=5)
    return seen


@pytest.mark.parametrize(
    "settings",
    [
        {"http_proxy": "http://PROXY"},
        {"http_proxy": "http://PROXY/"},
        {"http_proxy": "HTTP://PROXY/path?query"},
        {"http_proxy": "PROXY"},
        {"all_proxy": "http://PROXY"},
        {"ALL_PROXY": "http://PROXY"},
        {"http_proxy": "", "all_proxy": "http://PROXY"},
        {"http_proxy": "http://PROXY", "all_proxy": "http://127.0.0.1:9"},
    ],
    ids=repr,
)
def test_an_http_report_goes_to_the_proxy_that_the_environment_names(
    toolbox: Toolbox, settings: dict[str, str]
) -> None:
    with Server(via) as proxy:
        through(toolbox, proxy, URL, settings).assert_answered(b"via200")
    (request,) = proxy.requests
    assert request.target == URL.encode()
    assert request.header(b"Host") == NAME.encode()
    assert request.body == BODY


@pytest.mark.parametrize(
    "settings",
    [
        {"HTTP_PROXY": "http://PROXY"},  # a web server's CGI scripts have this one
        {"https_proxy": "http://PROXY", "HTTPS_PROXY": "http://PROXY"},
        {"http_proxy": "", "all_proxy": "", "ALL_PROXY": ""},
        {"http_proxy": "http://PROXY", "no_proxy": "*"},
        {"http_proxy": "http://PROXY", "NO_PROXY": "*"},
        {"http_proxy": "http://PROXY", "no_proxy": "127.0.0.1"},
        {"http_proxy": "http://PROXY", "NO_PROXY": "127.0.0.1"},
        {"http_proxy": "http://PROXY", "no_proxy": "a.test,127.0.0.1"},
        {"http_proxy": "http://PROXY", "no_proxy": "a.test, 127.0.0.1 ,b.test"},
        {"http_proxy": "http://PROXY", "no_proxy": "a.test 127.0.0.1"},
        {"http_proxy": "http://PROXY", "no_proxy": "127.0.0.1", "NO_PROXY": "x.test"},
        {"http_proxy": "http://PROXY", "no_proxy": "127.0.0.0/8"},
        {"http_proxy": "http://PROXY", "NO_PROXY": "10.0.0.0/8, 127.0.0.0/31,x.test"},
    ],
    ids=repr,
)
def test_a_report_bypasses_the_proxy_where_the_environment_says_so(
    toolbox: Toolbox, settings: dict[str, str]
) -> None:
    with Server(via) as proxy, Server(answer(200, b"straight")) as server:
        seen = through(toolbox, proxy, server.url(), settings)
    seen.assert_answered(b"straight200")
    assert proxy.accepted == 0
    assert server.requests[0].target == b"/dev/upload"


@pytest.mark.parametrize(
    "names",
    [
        "",
        " , ,",
        "other.test",
        "metry.test",
        "telemetry.test.other",
        "www.telemetry.test",
        f"{NAME}:80",
        "telemetry",
        "*.test",
    ],
)
def test_no_proxy_exempts_the_hosts_that_it_names_and_no_others(
    toolbox: Toolbox, names: str
) -> None:
    settings = {"http_proxy": "http://PROXY", "no_proxy": names}
    with Server(via) as proxy:
        through(toolbox, proxy, URL, settings).assert_answered(b"via200")


@pytest.mark.parametrize("names", ["127.0.0.2/31", "10.0.0.0/8", "127.0.0.0/x", "::/1"])
def test_no_proxy_exempts_no_address_outside_of_its_networks(
    toolbox: Toolbox, names: str
) -> None:
    settings = {"http_proxy": "http://PROXY", "no_proxy": names}
    with Server(via) as proxy, Server(answer(200, b"straight")) as server:
        seen = through(toolbox, proxy, server.url(), settings)
    seen.assert_answered(b"via200")


@pytest.mark.parametrize(
    "names", ["localhost", "LOCALHOST", ".localhost", "a,localhost"]
)
@pytest.mark.parametrize("host", ["localhost", "LocalHost"])
def test_no_proxy_may_name_hosts_in_any_letter_case(
    toolbox: Toolbox, names: str, host: str
) -> None:
    settings = {"http_proxy": "http://PROXY", "no_proxy": names}
    with Server(via) as proxy, Server(answer(200, b"straight")) as server:
        seen = through(toolbox, proxy, server.url(host=host), settings)
    seen.assert_answered(b"straight200")


@pytest.mark.parametrize(
    ("credentials", "header"),
    [
        ("user:pass", b"Basic dXNlcjpwYXNz"),
        ("user", b"Basic dXNlcjo="),
        ("us%40er:pa%3Ass", b"Basic dXNAZXI6cGE6c3M="),
    ],
)
def test_credentials_go_to_the_proxy(
    toolbox: Toolbox, credentials: str, header: bytes
) -> None:
    settings = {"http_proxy": f"http://{credentials}@PROXY"}
    with Server(via) as proxy:
        through(toolbox, proxy, URL, settings).assert_answered(b"via200")
    assert [r.header(b"Proxy-Authorization") for r in proxy.requests] == [header]


@pytest.mark.parametrize("status", [403, 407, 502, 504])
def test_the_answer_of_a_proxy_to_an_http_report_is_the_response(
    toolbox: Toolbox, status: int
) -> None:
    with Server(answer(status, b"no")) as proxy:
        seen = through(toolbox, proxy, URL, {"http_proxy": "PROXY"})
    seen.assert_answered(b"no%d" % status)


def test_a_redirect_goes_through_the_proxy_again(toolbox: Toolbox) -> None:
    routes = {
        URL: response(307, b"", f"Location: http://{NAME}:81/b"),
        f"http://{NAME}:81/b": response(200, b"end"),
    }
    with Server(by_target(routes)) as proxy:
        through(toolbox, proxy, URL, {"http_proxy": "PROXY"}).assert_answered(b"end200")
    assert [request.body for request in proxy.requests] == [BODY, BODY]


def test_a_redirect_to_another_host_is_not_followed_through_a_proxy_either(
    toolbox: Toolbox,
) -> None:
    with Server(redirect(307, "http://other.test/b")) as proxy:
        seen = through(toolbox, proxy, URL, {"http_proxy": "PROXY"})
    seen.assert_answered(b"moved307")
    assert len(proxy.requests) == 1


def test_a_proxy_that_does_not_answer_gives_no_answer(toolbox: Toolbox) -> None:
    with Refusing() as nobody, Server(via) as server:
        environment = {"http_proxy": nobody.url("")}
        seen = report(toolbox, server.url(), environment, limit=5)
    seen.assert_answered(b"000")
    assert server.accepted == 0


@pytest.mark.parametrize(
    "settings",
    [
        {"https_proxy": "http://PROXY"},
        {"HTTPS_PROXY": "http://PROXY"},
        {"https_proxy": "PROXY", "HTTPS_PROXY": "http://127.0.0.1:9"},
        {"all_proxy": "http://PROXY"},
        {"ALL_PROXY": "PROXY"},
    ],
    ids=repr,
)
def test_an_https_report_goes_through_a_tunnel(
    toolbox: Toolbox, certificates: Certificates, settings: dict[str, str]
) -> None:
    settings = {**settings, "SSL_CERT_FILE": str(certificates.bundle)}
    with (
        Server(answer(200, b"secret"), tls=certificates.good) as server,
        Server(tunnel(server.port)) as proxy,
    ):
        seen = through(toolbox, proxy, SECURE_URL, settings)
    seen.assert_answered(b"secret200")
    (connect,) = proxy.requests
    assert connect.line == f"CONNECT {NAME}:443 HTTP/1.1".encode()
    assert connect.header(b"Host") == f"{NAME}:443".encode()
    (request,) = server.requests
    assert request.target == b"/dev/upload"
    assert request.header(b"Host") == NAME.encode()
    assert request.header(b"Proxy-Authorization") is None
    assert request.body == BODY


def test_a_tunnel_request_names_the_user_agent_and_no_more(
    toolbox: Toolbox, certificates: Certificates
) -> None:
    settings = {"https_proxy": "PROXY", "SSL_CERT_FILE": str(certificates.bundle)}
    with (
        Server(answer(200), tls=certificates.good) as server,
        Server(tunnel(server.port)) as proxy,
    ):
        through(toolbox, proxy, SECURE_URL, settings)
    told = {name.lower() for name, _ in proxy.requests[0].headers}
    assert told <= {b"host", b"user-agent", b"proxy-connection"}


def test_a_tunnel_to_a_wrong_name_is_refused(
    toolbox: Toolbox, certificates: Certificates
) -> None:
    settings = {"https_proxy": "PROXY", "SSL_CERT_FILE": str(certificates.bundle)}
    with (
        Server(answer(200), tls=certificates.wrong_name) as server,
        Server(tunnel(server.port)) as proxy,
    ):
        seen = through(toolbox, proxy, SECURE_URL, settings)
    seen.assert_answered(b"000")
    assert server.requests == []


def test_credentials_open_a_tunnel(
    toolbox: Toolbox, certificates: Certificates
) -> None:
    settings = {"https_proxy": "u:p@PROXY", "SSL_CERT_FILE": str(certificates.bundle)}
    with (
        Server(answer(200, b"secret"), tls=certificates.good) as server,
        Server(tunnel(server.port, credentials="u:p")) as proxy,
    ):
        seen = through(toolbox, proxy, SECURE_URL, settings)
    seen.assert_answered(b"secret200")


@pytest.mark.parametrize(
    "greeting",
    [
        b"HTTP/1.0 200 OK\r\n\r\n",
        b"HTTP/1.1 201 Fine\r\nX: y\r\n\r\n",
        b"HTTP/1.1 200 OK\nContent-Length: 0\n\n",
    ],
)
def test_a_proxy_may_open_a_tunnel_with_any_2xx_and_reason(
    toolbox: Toolbox, certificates: Certificates, greeting: bytes
) -> None:
    settings = {"https_proxy": "PROXY", "SSL_CERT_FILE": str(certificates.bundle)}
    with (
        Server(answer(200, b"secret"), tls=certificates.good) as server,
        Server(tunnel(server.port, greeting=greeting)) as proxy,
    ):
        seen = through(toolbox, proxy, SECURE_URL, settings)
    seen.assert_answered(b"secret200")


@pytest.mark.parametrize(
    "manner",
    [
        answer(407, b"who are you"),
        answer(502, b"nobody there"),
        say(b"HTTP/1.1 403 No\r\n\r\n"),
        redirect(302, "http://127.0.0.1:9/"),
        manners.close_at_once,
        manners.reset_after_request,
        say(b"xyz\r\n\r\n"),
        say(b"HTTP/1.1 200 OK\r\n\r\n"),
        say(b"HTTP/1.1 200 OK\r\n\r\n" + response(200, b"not TLS")),
    ],
    ids=[
        "407",
        "502",
        "403 without length",
        "302",
        "closes",
        "resets",
        "garbage",
        "opens and closes",
        "opens and speaks HTTP",
    ],
)
def test_a_proxy_that_opens_no_tunnel_gives_no_answer_in_the_servers_name(
    toolbox: Toolbox, manner: Behaviour
) -> None:
    with Server(manner) as proxy:
        seen = through(toolbox, proxy, SECURE_URL, {"https_proxy": "PROXY"})
    seen.assert_answered(b"000")


def test_a_proxy_that_refuses_receives_no_report_even_if_it_opens_a_tunnel(
    toolbox: Toolbox, certificates: Certificates
) -> None:
    settings = {"https_proxy": "PROXY", "SSL_CERT_FILE": str(certificates.bundle)}
    refusal = b"HTTP/1.1 403 No\r\n\r\n"
    with (
        Server(answer(200, b"secret"), tls=certificates.good) as server,
        Server(tunnel(server.port, greeting=refusal)) as proxy,
    ):
        seen = through(toolbox, proxy, SECURE_URL, settings)
    seen.assert_answered(b"000")
    assert server.requests == []


@pytest.mark.parametrize("kind", ["socks5", "socks5h", "https"])
def test_the_sender_leaves_other_kinds_of_proxy_to_curl(
    tmp_path: Path, kind: str
) -> None:
    toolbox = Toolbox(tmp_path / "path", "python3")
    record = tmp_path / "called"
    toolbox.script("curl", f"#!/bin/sh\necho called >'{record}'\nexit 1\n")
    with Server(via) as proxy:
        through(toolbox, proxy, URL, {"http_proxy": f"{kind}://PROXY"})
    assert record.read_text() == "called\n"
    assert proxy.accepted == 0
