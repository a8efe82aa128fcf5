"""The functions of the sender for proxies, TLS and redirects, each by itself."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from support.sender_names import Socket, functions


@pytest.fixture
def sender() -> SimpleNamespace:
    return functions()


@pytest.mark.parametrize(
    ("settings", "scheme", "proxy"),
    [
        ({}, b"http", b""),
        ({b"http_proxy": b"a"}, b"http", b"a"),
        ({b"http_proxy": b"a"}, b"https", b""),
        ({b"HTTP_PROXY": b"a"}, b"http", b""),
        ({b"https_proxy": b"a", b"HTTPS_PROXY": b"b"}, b"https", b"a"),
        ({b"https_proxy": b"", b"HTTPS_PROXY": b"b"}, b"https", b"b"),
        ({b"https_proxy": b"a"}, b"http", b""),
        ({b"HTTPS_PROXY": b"b", b"all_proxy": b"c"}, b"https", b"b"),
        ({b"http_proxy": b"", b"all_proxy": b"c", b"ALL_PROXY": b"d"}, b"http", b"c"),
        ({b"ALL_PROXY": b"d"}, b"http", b"d"),
        ({b"ALL_PROXY": b"d"}, b"https", b"d"),
        ({b"all_proxy": b"c", b"no_proxy": b"*"}, b"http", b""),
        ({b"all_proxy": b"c", b"NO_PROXY": b"x,a.Test"}, b"http", b""),
        ({b"all_proxy": b"c", b"no_proxy": b"", b"NO_PROXY": b"a.test"}, b"http", b""),
        (
            {b"all_proxy": b"c", b"no_proxy": b"x", b"NO_PROXY": b"a.test"},
            b"http",
            b"c",
        ),
        ({b"all_proxy": b"c", b"no_proxy": b"x .test"}, b"http", b""),
        ({b"all_proxy": b"c", b"no_proxy": b"TEST,x"}, b"http", b""),
        ({b"all_proxy": b"c", b"no_proxy": b".a.test"}, b"http", b""),
        ({b"all_proxy": b"c", b"no_proxy": b"est,b.a.test, ,."}, b"http", b"c"),
    ],
)
def test_a_proxy_is_chosen_as_curl_chooses_it(
    sender: SimpleNamespace,
    monkeypatch: pytest.MonkeyPatch,
    settings: dict[bytes, bytes],
    scheme: bytes,
    proxy: bytes,
) -> None:
    for name in (b"no_proxy", b"NO_PROXY"):
        monkeypatch.delitem(sender.ENV, name, raising=False)
    for name, value in settings.items():
        monkeypatch.setitem(sender.ENV, name, value)
    assert sender.proxy_for(scheme, b"a.test") == proxy


@pytest.mark.parametrize(
    ("user", "line"),
    [
        (b"", b""),
        (b"u:p", b"A: Basic dTpw\r\n"),
        (b"u", b"A: Basic dTo=\r\n"),
        (b"%75:%3a", b"A: Basic dTo6\r\n"),
        (b"u:" + b"p" * 60, b"A: Basic dTpw" + b"cHBw" * 19 + b"cHA=\r\n"),
    ],
)
def test_credentials_become_one_header_line(
    sender: SimpleNamespace, user: bytes, line: bytes
) -> None:
    assert sender.basic(b"A", user) == line


@pytest.mark.parametrize(("host", "peer"), [(b"h", b"h:8"), (b"::1", b"[::1]:8")])
def test_a_tunnel_is_asked_for_in_these_bytes(
    sender: SimpleNamespace, host: bytes, peer: bytes
) -> None:
    for status in (200, 299):
        sock = Socket(b"HTTP/1.1 %d OK\r\n\r\n" % status)
        sender.open_tunnel(sock, host, 8, b"P: q\r\n")
        asked = b"CONNECT " + peer + b" HTTP/1.1\r\nHost: " + peer + b"\r\nP: q\r\n\r\n"
        assert sock.sent == asked
    for status in (300, 407):
        with pytest.raises(OSError, match="refused"):
            sender.open_tunnel(Socket(b"HTTP/1.1 %d N\r\n\r\n" % status), host, 8, b"")


@pytest.mark.parametrize(
    ("location", "target"),
    [
        (b"/c", b"//h:8/c"),
        (b"c?d", b"//h:8/a/c?d"),
        (b"?d", b"//h:8/a/b?d"),
        (b"//i/c", b"//i/c"),
        (b"/!~", b"//h:8/!~"),
        (b"http/c", b"//h:8/a/http/c"),
        *((location, b"") for location in (b"http:c", b"HTTPS:/c", b"ftp://i/c")),
        *((location, b"") for location in (b"mailto:a", b"/a b", b"/a\x7f", b"/a\x1f")),
        *((location, b"") for location in (b"/\xe4", b"https:c", b"http:a:b")),
    ],
)
@pytest.mark.parametrize("scheme", [b"http:", b"https:"])
def test_a_redirect_keeps_what_it_does_not_say(
    sender: SimpleNamespace, scheme: bytes, location: bytes, target: bytes
) -> None:
    found = sender.follow(scheme + b"//h:8/a/b?x#y", location)
    assert found == (target and scheme + target)


@pytest.mark.parametrize(
    ("scheme", "location", "target"),
    [
        (b"http", b"HTTP://i/c", b"http://i/c"),
        (b"http", b"https://i/c", b"https://i/c"),
        (b"HTTP", b"https://i/c", b"https://i/c"),
        (b"https", b"https://i/c", b"https://i/c"),
        (b"https", b"http://i/c", b""),
    ],
)
def test_a_redirect_may_change_to_https_and_never_back(
    sender: SimpleNamespace, scheme: bytes, location: bytes, target: bytes
) -> None:
    assert sender.follow(scheme + b"://h/", location) == target


@pytest.mark.parametrize(
    ("scheme", "proxy", "connected", "expected"),
    [
        (b"http", b"", (b"h", 8), (b"/p", b"Authorization: Basic dTo=\r\n", b"")),
        (b"https", b"", (b"h", 8), (b"/p", b"Authorization: Basic dTo=\r\n", b"tls")),
        (
            b"http",
            b"u:p@x",
            (b"x", 1080),
            (
                b"http://h:8/p",
                b"Authorization: Basic dTo=\r\nProxy-Authorization: Basic dTpw\r\n",
                b"",
            ),
        ),
        (
            b"https",
            b"HTTP://x:9/y",
            (b"x", 9),
            (b"/p", b"Authorization: Basic dTo=\r\n", b"tunneltls"),
        ),
    ],
)
def test_a_server_is_reached_directly_or_by_its_proxy(
    sender: SimpleNamespace,
    monkeypatch: pytest.MonkeyPatch,
    scheme: bytes,
    proxy: bytes,
    connected: tuple[bytes, int],
    expected: tuple[bytes, bytes, bytes],
) -> None:
    seen: list[object] = []

    def connect(*peer: object) -> Socket:
        seen.append(peer)
        return Socket()

    def tunnel(sock: Socket, host: bytes, port: int, permit: bytes) -> None:
        assert (host, port, permit) == (b"h", 8, b"")
        sock.sent += b"tunnel"

    def secure(sock: Socket, host: bytes) -> Socket:
        assert host == b"h"
        sock.sent += b"tls"
        return sock

    names = sender.reach.__globals__
    for function in (connect, secure):
        monkeypatch.setitem(names, function.__name__, function)
    monkeypatch.setitem(names, "open_tunnel", tunnel)
    monkeypatch.setitem(sender.ENV, scheme + b"_proxy", proxy)
    monkeypatch.setitem(sender.ENV, b"no_proxy", b"i")
    sock, path, extra = sender.reach(scheme, b"u", b"h:8", b"h", 8, b"/p")
    assert ((path, extra, sock.sent), seen) == (expected, [connected])
    monkeypatch.setitem(sender.ENV, b"no_proxy", b"h")
    sender.reach(scheme, b"", b"h:8", b"h", 8, b"/p")
    assert seen[1:] == [(b"h", 8)]
