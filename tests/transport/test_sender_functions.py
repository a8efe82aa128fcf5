"""Each function of the sender by itself, at the edges of what it takes."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from support.sender_names import LIMIT, Socket, functions

ROOM = 131072  # bytes that a head may have
ENOUGH = 65536  # bytes of a body after which no more is asked for


@pytest.fixture
def sender() -> SimpleNamespace:
    return functions()


@pytest.mark.parametrize(
    ("url", "parts"),
    [
        (b"http://h", (b"http", b"", b"h", b"h", 80, b"")),
        (b"http://H/", (b"http", b"", b"H", b"h", 80, b"/")),
        (b"HTTPS://h/a?b", (b"https", b"", b"h", b"h", 443, b"/a?b")),
        (b"http://h?a/b@c:d", (b"http", b"", b"h", b"h", 80, b"?a/b@c:d")),
        (b"http://h?a?b@c", (b"http", b"", b"h", b"h", 80, b"?a?b@c")),
        (b"http://h/?a", (b"http", b"", b"h", b"h", 80, b"/?a")),
        (b"http://h:8/a#b/c?d", (b"http", b"", b"h:8", b"h", 8, b"/a")),
        (b"http://h#:9/", (b"http", b"", b"h", b"h", 80, b"")),
        (b"http://h:/", (b"http", b"", b"h:", b"h", 80, b"/")),
        (b"http://u:p@h:8/", (b"http", b"u:p", b"h:8", b"h", 8, b"/")),
        (b"http://u@v@h/", (b"http", b"u@v", b"h", b"h", 80, b"/")),
        (b"http://[::1]/", (b"http", b"", b"[::1]", b"::1", 80, b"/")),
        (b"http://[FE::1]:8", (b"http", b"", b"[FE::1]:8", b"fe::1", 8, b"")),
        (b"http://Xh/", (b"http", b"", b"Xh", b"xh", 80, b"/")),
        (b"http://h/a://b", (b"http", b"", b"h", b"h", 80, b"/a://b")),
    ],
)
def test_a_url_is_split_as_curl_splits_it(
    sender: SimpleNamespace, url: bytes, parts: tuple[bytes | int, ...]
) -> None:
    assert sender.split(url) == parts
    has_port = parts[2] not in (b"h", b"H", b"Xh", b"h:", b"[::1]")
    assert sender.split(url, 1080)[4] == (parts[4] if has_port else 1080)


def test_time_is_left_until_the_deadline_and_never_none(
    sender: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sender.time, "monotonic", lambda: sender.DEADLINE - 7)
    assert sender.left() == 7
    monkeypatch.setattr(sender.time, "monotonic", lambda: sender.DEADLINE + 7)
    assert 0 < sender.left() < 0.1


def head_with(*lines: bytes) -> bytes:
    return b"".join(line + b"\r\n" for line in (b"HTTP/1.1 200 OK", *lines, b""))


HEAD = b"HTTP/1.1 200 OK\r\nA: b\r\n"


@pytest.mark.parametrize(
    ("pieces", "expected"),
    [
        ((HEAD + b"\r\nbody",), (200, HEAD[:-1], b"body")),
        ((HEAD[:5], HEAD[5:] + b"\r", b"\nb"), (200, HEAD[:-1], b"b")),
        (
            (b"HTTP/1.0 404\nA: b\n\nx\n\r\ny",),
            (404, b"HTTP/1.0 404\nA: b", b"x\n\r\ny"),
        ),
        ((b"HTTP/1.1 404\n\nx\n\ny",), (404, b"HTTP/1.1 404", b"x\n\ny")),
        ((b"HTTP/1.1 200 a\r\n\r\nx\n\ny",), (200, b"HTTP/1.1 200 a\r", b"x\n\ny")),
        ((b"HTTP/1.1 199 C\r\n\r\n", HEAD + b"\r\n"), (200, HEAD[:-1], b"")),
        ((b"HTTP/1.1 100 C\r\n\r\n" + HEAD + b"\r\nb",), (200, HEAD[:-1], b"b")),
        ((b"HTTP/1.1\t999\r\n\r\n",), (999, b"HTTP/1.1\t999\r", b"")),
    ],
)
def test_a_head_ends_at_its_first_empty_line(
    sender: SimpleNamespace, pieces: tuple[bytes, ...], expected: tuple[object, ...]
) -> None:
    sock = Socket(*pieces)
    assert sender.read_head(sock) == expected
    assert all(0 < wait <= LIMIT for wait in sock.waits)


@pytest.mark.parametrize(
    "said",
    [
        *(b"", HEAD, b"HTTP/1.1\r\n\r\n", b"http/1.1 200\r\n\r\n", b"\r\n\r\n"),
        *(b"HTTP/2 200\r\n\r\n", b"HTTP/1.1 99\r\n\r\n", b"HTTP/1.1 1000\r\n\r\n"),
        *(b"HTTP/1.1 OK 200\r\n\r\n", b"200 HTTP/1.1\r\n\r\n"),
    ],
)
def test_what_is_no_whole_head_is_no_answer(
    sender: SimpleNamespace, said: bytes
) -> None:
    with pytest.raises((OSError, ValueError)):
        sender.read_head(Socket(said))


def test_a_head_may_fill_its_room_and_no_more(sender: SimpleNamespace) -> None:
    filling = HEAD + b"A: " + b"b" * (ROOM - len(HEAD) - 5)
    status, head, rest = sender.read_head(Socket(filling, b"\n\n", b"rest"))
    assert (status, len(head), rest) == (200, ROOM - 2, b"")
    with pytest.raises(OSError, match="head"):
        sender.read_head(Socket(filling + b"b", b"\n\n"))


@pytest.mark.parametrize(
    ("name", "value"),
    [(b"a", b"b:c"), (b"b", b""), (b"c", b"d"), (b"d", b""), (b"http/1.1 200 ok", b"")],
)
def test_a_header_is_found_by_its_whole_name_and_once(
    sender: SimpleNamespace, name: bytes, value: bytes
) -> None:
    lines = (b"AA: x", b"\tA: y", b"A: b:c ", b"a: z", b"B:", b"C:d", b"b: e")
    head = head_with(*lines)
    assert sender.header(head, name) == value


@pytest.mark.parametrize(
    ("head", "start", "pieces", "body", "is_read"),
    [
        (head_with(b"Content-Length: 5"), b"ab", (b"cde", b"f"), b"abcde", False),
        (head_with(b"Content-Length: 5"), b"ab", (b"cdef",), b"abcde", True),
        (head_with(b"Content-Length: 5"), b"abcdef", (b"g",), b"abcde", False),
        (head_with(b"Content-Length: 5"), b"", (b"a", b"b"), b"ab", True),
        (head_with(b"Content-Length: 0"), b"ab", (b"c",), b"", False),
        (head_with(b"Content-Length: x"), b"ab", (b"c",), b"abc", True),
        (head_with(b"Content-Length: " + b"9" * 30), b"a", (b"b",), b"ab", True),
        (head_with(), b"ab", (b"c", b"d"), b"abcd", True),
        (head_with(), b"a" * 4095, (b"bc", b"d"), b"a" * 4095 + b"bc", False),
        (head_with(), b"a" * 4096, (b"b",), b"a" * 4096, False),
        (head_with(), b"\0" * 4096, (b"b",), b"\0" * 4096 + b"b", True),
        (head_with(), b"\0" + b"a" * 4096, (b"b",), b"\0" + b"a" * 4096, False),
        (
            head_with(b"Content-Length: 99999"),
            b"\0" * (ENOUGH - 1),
            (b"b", b"c"),
            b"\0" * (ENOUGH - 1) + b"b",
            False,
        ),
    ],
)
def test_a_body_is_read_until_there_is_enough(
    sender: SimpleNamespace,
    head: bytes,
    start: bytes,
    pieces: tuple[bytes, ...],
    body: bytes,
    is_read: bool,
) -> None:
    for error in (False, True):
        sock = Socket(*pieces, error=error)
        assert sender.read_body(sock, head, start) == body
        assert sock.is_read == is_read


def test_a_body_is_read_no_longer_than_to_the_deadline_though_bytes_still_come(
    sender: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = sender.DEADLINE - 1.0

    class Dripping(Socket):
        def recv(self, _: int) -> bytes:
            nonlocal now
            now += 0.0005
            return b"\0"

    monkeypatch.setattr(sender.time, "monotonic", lambda: now)
    body = sender.read_body(Dripping(), head_with(), b"ok")
    assert body == b"ok" + b"\0" * (len(body) - 2)
    assert 1990 < len(body) < 2010


def test_each_address_gets_an_equal_share_of_what_is_left(
    sender: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried: list[list[object]] = []

    class Refused(SimpleNamespace):
        def settimeout(self, seconds: float) -> None:
            self.seen.append(seconds)

        def connect(self, address: object) -> None:
            self.seen.append(address)
            if address != "third":
                raise OSError("refused")

        def close(self) -> None:
            self.seen.append("closed")

    def socket(*kind: object) -> Refused:
        tried.append([kind])
        return Refused(seen=tried[-1])

    found = [
        ("family", "kind", n, "", name)
        for n, name in enumerate(("first", "second", "third", "fourth"))
    ]
    fake = SimpleNamespace(
        socket=socket,
        SOCK_STREAM="stream",
        getaddrinfo=lambda *asked: found if asked == (b"h", 8, 0, "stream") else [],
    )
    names = sender.connect.__globals__
    monkeypatch.setitem(names, "socket", fake)
    monkeypatch.setitem(names, "left", lambda: 12.0)
    assert sender.connect(b"h", 8).seen is tried[-1]
    assert tried == [
        [("family", "kind", 0), 3.0, "first", "closed"],
        [("family", "kind", 1), 4.0, "second", "closed"],
        [("family", "kind", 2), 6.0, "third"],
    ]
    del found[2:]
    with pytest.raises(OSError, match="no address"):
        sender.connect(b"h", 8)
