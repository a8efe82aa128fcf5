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
    ("name", "hosts", "others"),
    [
        (b"10.0.0.0/8", [b"10.0.0.0", b"10.255.255.255"], [b"11.0.0.0", b"9.255.0.1"]),
        (b"10.9.8.7/8", [b"10.0.0.1"], [b"110.0.0.1"]),
        (b"127.0.0.0/9", [b"127.127.0.1"], [b"127.128.0.0"]),
        (b"192.168.1.128/25", [b"192.168.1.129"], [b"192.168.1.127"]),
        (b"1.2.3.2/31", [b"1.2.3.3"], [b"1.2.3.4", b"1.2.3.1"]),
        (b"1.2.3.4/32", [b"1.2.3.4"], [b"1.2.3.5"]),
        (b"128.0.0.0/1", [b"255.0.0.1"], [b"127.0.0.1"]),
        (
            b"fd00::/8",
            [b"fd00::1", b"fdff:1::"],
            [b"fe00::1", b"fc00::1", b"253.0.0.1"],
        ),
        (b"fe80::/10", [b"febf::1"], [b"fec0::1"]),
        (b"2001:db8::/127", [b"2001:db8::1"], [b"2001:db8::2"]),
        (b"0:0::1", [b"::1"], [b"::2"]),
        (b"::1/128", [b"::1"], [b"::"]),
        # As for curl, a network without a size is an address.
        (b"1.2.3.4/", [b"1.2.3.4"], [b"1.2.3.5"]),
        (b"1.2.3.4/0", [b"1.2.3.4"], [b"1.2.3.5"]),
        (b"::1/0", [b"::1"], [b"::2"]),
        (b"1.2.3.4/33", [], [b"1.2.3.5", b"129.0.0.1"]),
        (b"1.2.3.4/-1", [], [b"1.2.3.5", b"129.0.0.1"]),
        (b"1.2.3.4/-33", [], [b"1.2.3.5", b"129.0.0.1"]),
        (b"1.2.3.4/x", [], [b"1.2.3.4", b"1.2.3.5"]),
        (b"1.2.3/24", [], [b"1.2.3.4"]),
        (b"a.test/8", [], [b"a.test", b"8", b"10.0.0.1"]),
        (b"\xff/8", [], [b"10.0.0.1"]),
        (b"/8", [], [b"10.0.0.1", b"8", b"::1"]),
        (b"10.0.0.0/8", [], [b"a.test", b"::a00:1", b"10"]),
    ],
)
def test_no_proxy_may_name_networks(
    sender: SimpleNamespace, name: bytes, hosts: list[bytes], others: list[bytes]
) -> None:
    sender.ENV.update({b"all_proxy": b"p", b"no_proxy": b"x.test, " + name})
    assert [host for host in hosts if sender.proxy_for(b"http", host)] == []
    assert [host for host in others if not sender.proxy_for(b"http", host)] == []


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
        (b"//h/c", b"//h/c"),
        (b"//u@H:9/c", b"//u@H:9/c"),
        (b"//h", b"//h"),
        (b"//h?c", b"//h?c"),
        (b"//h:#c", b"//h:#c"),
        (b"/!~", b"//h:8/!~"),
        (b"http/c", b"//h:8/a/http/c"),
        *((location, b"") for location in (b"http:c", b"HTTPS:/c", b"ftp://i/c")),
        *((location, b"") for location in (b"mailto:a", b"/a b", b"/a\x7f", b"/a\x1f")),
        *((location, b"") for location in (b"/\xe4", b"https:c", b"http:a:b")),
        *((location, b"") for location in (b"//i/c", b"//h@i/c", b"//h.i", b"//xh")),
        *((location, b"") for location in (b"//", b"///h/c", b"//[h]/c", b"//:8/c")),
        *((location, b"") for location in (b"//h:x/c", b"//h:8x", b"//h:8:8", b"//h]")),
        *((location, b"") for location in (b"//u@v@h/c", b"b:c", b"b?c:d\x7f")),
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
        (b"http", b"HTTP://h/c", b"http://h/c"),
        (b"http", b"https://h/c", b"https://h/c"),
        (b"HTTP", b"https://h/c", b"https://h/c"),
        (b"HTTP", b"http://h/c", b"http://h/c"),
        (b"https", b"https://h/c", b"https://h/c"),
        (b"https", b"http://h/c", b""),
        (b"https", b"https://i/c", b""),
        (b"http", b"https://i/c", b""),
    ],
)
def test_a_redirect_may_change_to_https_and_never_back(
    sender: SimpleNamespace, scheme: bytes, location: bytes, target: bytes
) -> None:
    assert sender.follow(scheme + b"://h/", location) == target


@pytest.mark.parametrize(
    ("url", "location", "leads"),
    [
        (b"http://u:p@H:8", b"http://h/", True),
        (b"http://h?a", b"http://h:8/", True),
        (b"http://[::A]", b"http://[::a]:9/", True),
        (b"http://[::a]/", b"http://[::b]/", False),
        (b"http://[::a]/", b"http://[::a/", False),
        (b"http://[::a]/", b"http://[::a]b/", False),
        (b"http://[::a]:8/", b"http://::a:8/", False),
        (b"http://h./", b"http://h/", False),
        (b"http://u@v@h/", b"http://h/", False),
        (b"http://u@v@h/", b"/a", False),
        (b"http://u@v@h/", b"http://u@v@h/", False),
    ],
)
def test_a_redirect_may_lead_to_the_same_host_only(
    sender: SimpleNamespace, url: bytes, location: bytes, leads: bool
) -> None:
    assert bool(sender.follow(url, location)) == leads


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
