"""The bytes of a request: all that leaves the machine, and nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest

from support.frozen import FROZEN
from support.servers import Connection, Refusing, Request, Server
from support.servers.manners import answer, response
from support.transports import (
    BODY,
    SCRIPT,
    Toolbox,
    report,
)

ok = answer(200, b"ok")
AGENT = f"{FROZEN.project.file}/{FROZEN.project.version}".encode()


def assert_plain(request: Request, host: bytes) -> None:
    """Fail if a header is missing, wrong or one too many."""
    headers = sorted((name.lower(), value) for name, value in request.headers)
    if (b"connection", b"close") in headers:  # curl says so by its HTTP version
        headers.remove((b"connection", b"close"))
    assert headers == [
        (b"accept", b"*/*"),
        (b"content-length", b"%d" % len(BODY)),
        (b"content-type", b"application/json"),
        (b"host", host),
        (b"user-agent", AGENT),
    ]
    assert request.body == BODY


def test_a_report_is_one_post_with_these_headers_and_this_body(
    toolbox: Toolbox,
) -> None:
    with Server(ok) as server:
        report(toolbox, server.url(), limit=5).assert_answered(b"ok200")
    (request,) = server.requests
    assert request.line in (b"POST /dev/upload HTTP/1.0", b"POST /dev/upload HTTP/1.1")
    assert_plain(request, server.netloc().encode())
    assert server.strays == []


@pytest.mark.parametrize(
    ("end", "target"),
    [
        ("", "/"),
        ("/", "/"),
        ("?a=b", "/?a=b"),
        ("/a/b?c=/d&e=http://x/@y", "/a/b?c=/d&e=http://x/@y"),
        ("/a#part", "/a"),
        ("#part", "/"),
        ("/%41%20b", "/%41%20b"),
        ("/a;b:c@d", "/a;b:c@d"),
        ("/a/../b/./c", "/a/../b/./c"),
        ("/$(id)`id`'\"\\{a,b}[1-2]", "/$(id)`id`'\"\\{a,b}[1-2]"),
    ],
)
def test_the_target_is_the_urls_path_and_query_as_it_stands(
    toolbox: Toolbox, end: str, target: str
) -> None:
    with Server(ok) as server:
        report(toolbox, server.url(end), limit=5).assert_answered(b"ok200")
    assert [request.target.decode() for request in server.requests] == [target]


def test_a_name_is_looked_up_and_sent_as_it_is_spelt(toolbox: Toolbox) -> None:
    with Server(ok) as server:
        url = server.url(host="LocalHost").replace("http", "HTTP")
        report(toolbox, url, limit=5).assert_answered(b"ok200")
    assert_plain(server.requests[0], server.netloc("LocalHost").encode())


def test_an_address_is_sent_to_and_no_other(toolbox: Toolbox) -> None:
    with Server(ok, address="127.0.0.2") as server:
        report(toolbox, server.url(), limit=5).assert_answered(b"ok200")
    assert_plain(server.requests[0], server.netloc().encode())


def test_an_ipv6_address_is_sent_to(toolbox: Toolbox) -> None:
    with Server(ok, address="::1") as server:
        report(toolbox, server.url(), limit=5).assert_answered(b"ok200")
    assert_plain(server.requests[0], server.netloc().encode())


@pytest.mark.parametrize(
    ("credentials", "header"),
    [
        ("user:secret", b"Basic dXNlcjpzZWNyZXQ="),
        ("user", b"Basic dXNlcjo="),
        ("user:a:b", b"Basic dXNlcjphOmI="),
        ("us%40er:%3a", b"Basic dXNAZXI6Og=="),
    ],
)
def test_credentials_in_the_url_are_sent_as_basic_authorization(
    toolbox: Toolbox, credentials: str, header: bytes
) -> None:
    with Server(ok) as server:
        url = server.url().replace("//", f"//{credentials}@")
        report(toolbox, url, limit=5).assert_answered(b"ok200")
    assert [r.header(b"Authorization") for r in server.requests] == [header]
    assert server.requests[0].header(b"Host") == server.netloc().encode()


def test_nobody_at_the_port_is_no_answer(toolbox: Toolbox) -> None:
    with Refusing() as nobody:
        seen = report(toolbox, nobody.url(), limit=5)
    seen.assert_answered(b"000")
    seen.assert_good_guest(limit=5)


def test_settings_of_the_user_for_curl_and_python_change_nothing(
    toolbox: Toolbox, tmp_path: Path
) -> None:
    (tmp_path / ".curlrc").write_text('header = "X-Leak: curlrc"\nuser-agent = me\n')
    (tmp_path / ".netrc").write_text("machine 127.0.0.1 login me password secret\n")
    for module in ("time", "_socket", "socket", "sitecustomize"):
        (tmp_path / f"{module}.py").write_text("raise SystemExit(3)\n")
    home = str(tmp_path)
    environment = {
        "HOME": home,
        "CURL_HOME": home,
        "PYTHONPATH": home,
        "PYTHONHOME": home,
        "PYTHONSTARTUP": str(tmp_path / "time.py"),
        "PYTHONINSPECT": "1",
        "PYTHONVERBOSE": "1",
    }
    with Server(ok) as server:
        seen = report(toolbox, server.url(), environment, limit=5)
    seen.assert_answered(b"ok200")
    assert seen.stderr == b""
    assert_plain(server.requests[0], server.netloc().encode())


def test_no_argument_list_shows_what_is_reported(toolbox: Toolbox) -> None:
    shown: list[bytes] = []

    def look_around(connection: Connection) -> None:
        connection.request()
        shown.extend(argument_lists())
        connection.send(response(200, b"ok"))

    with Server(look_around) as server:
        report(toolbox, server.url(), limit=5).assert_answered(b"ok200")
    assert any(b"post_to_api" in arguments for arguments in shown)
    assert not any(SCRIPT["RANDOM_UUID"].encode() in each for each in shown)


def argument_lists() -> list[bytes]:
    """Argument lists of all processes, as any user can read them."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            found.append((process / "cmdline").read_bytes())
        except OSError:  # it ended meanwhile
            continue
    return found
