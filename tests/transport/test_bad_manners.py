"""What a report makes of servers good and bad: the same through python3 and curl."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from support.servers import Behaviour, Server, manners
from support.servers.manners import answer, chunked, response, say, then_reset
from support.together import together
from support.transports import TRANSPORTS, Outcome, Toolbox, report

OK = b"HTTP/1.1 200 OK\r\n"
CHUNKED = OK + b"Transfer-Encoding: chunked\r\n\r\n"
HELLO = chunked(b"hello")
SIX = OK + b"Content-Length: 6\r\n\r\n"
PRINTED_HEAD = b"HTTP/1.1 500 Oops\r\nX: y\r\n\r\nnot a head"
HIGH = bytes(range(1, 256))

# Server behaviour and the RESPONSE that a script sees. curl 7.88 by itself would
# differ where a comment says so.
CASES: dict[str, tuple[Behaviour, bytes]] = {
    "200": (answer(200, b'{"ok":true}'), b'{"ok":true}200'),
    "200 without body": (answer(200), b"200"),
    "201": (answer(201, b"made"), b"made201"),
    "204": (say(b"HTTP/1.1 204 No Content\r\n\r\n"), b"204"),
    "204 with a body that must not be": (answer(204, b"abc"), b"204"),
    "304 with a body that must not be": (answer(304, b"abc"), b"304"),
    "400": (answer(400, b"no"), b"no400"),
    "401 with a challenge": (
        answer(401, b"no", 'WWW-Authenticate: Basic realm="x"'),
        b"no401",
    ),
    "404": (answer(404, b"no"), b"no404"),
    "413": (answer(413, b"much"), b"much413"),
    "429": (answer(429, b"later", "Retry-After: 60"), b"later429"),
    "500": (answer(500, b"oh"), b"oh500"),
    "503": (answer(503, b"oh"), b"oh503"),
    "999": (answer(999, b"oh"), b"oh999"),
    # No whole head, no answer.
    "closes at once": (manners.close_at_once, b"000"),
    "resets at once": (manners.reset_at_once, b"000"),
    "closes after the request": (manners.close_after_request, b"000"),
    "resets after the request": (manners.reset_after_request, b"000"),
    "closes in the status line": (say(OK[:-2]), b"000"),
    "closes after the status line": (say(OK), b"000"),  # curl: 200
    "closes in a header": (say(OK + b"Content-Le"), b"000"),  # curl: 200
    "closes before the empty line": (say(SIX[:-2]), b"000"),  # curl: 200
    "resets in a header": (then_reset(OK + b"Content-Le"), b"000"),  # curl: 200
    "closes after 100": (say(b"HTTP/1.1 100 Continue\r\n\r\n"), b"000"),  # curl: 100
    "endless headers": (manners.endlessly(OK, b"X: y\r\n" * 200), b"000"),  # curl: 200
    "endless header": (manners.endlessly(OK + b"X: ", b"y" * 999), b"000"),  # curl: 200
    "SSH": (say(b"SSH-2.0-OpenSSH_9.2p1\r\n"), b"000"),
    "bare HTML": (say(b"<html>hello</html>\r\n\r\n"), b"000"),
    "HTTP/0.9": (say(b"hello\n"), b"000"),
    "random bytes": (say(bytes(range(256)) * 4), b"000"),
    "status of two digits": (say(b"HTTP/1.1 20 OK\r\n\r\nx"), b"000"),
    "status of four digits": (say(b"HTTP/1.1 2000 OK\r\n\r\nx"), b"000"),
    "status 000": (say(b"HTTP/1.1 000 OK\r\n\r\nx"), b"000"),
    "empty line first": (say(b"\r\n" + response(200, b"x")), b"000"),
    # Odd ways, and yet answers.
    "answers unread": (manners.unread(response(413, b"early")), b"early413"),
    "HTTP/1.0": (say(b"HTTP/1.0 200 OK\r\n\r\nold"), b"old200"),
    "empty reason": (say(b"HTTP/1.1 200 \r\nContent-Length: 2\r\n\r\nok"), b"ok200"),
    "no reason": (say(b"HTTP/1.1 200\r\nContent-Length: 2\r\n\r\nok"), b"ok200"),
    "line ends without CR": (say(b"HTTP/1.1 200 OK\nX: y\n\nok"), b"ok200"),
    "mixed line ends": (say(b"HTTP/1.1 200 OK\r\nX: y\n\r\nok"), b"ok200"),
    "header of 90 kB": (answer(200, b"ok", "X: " + "y" * 90_000), b"ok200"),
    "500 headers": (answer(200, b"ok", *["X: " + "y" * 99] * 500), b"ok200"),
    "numbers in the head": (
        answer(200, b"ok", "Expires: Thu, 01 Dec 1994 16:00:00 GMT", "X: 100 101 "),
        b"ok200",
    ),
    "folded header": (say(OK + b"X: a\r\n b\r\nContent-Length: 2\r\n\r\nok"), b"ok200"),
    "lower-case headers": (say(OK + b"content-length:2\r\n\r\nok and more"), b"ok200"),
    "100, then 200": (
        say(b"HTTP/1.1 100 Continue\r\n\r\n", response(200, b"ok")),
        b"ok200",
    ),
    "103, then 200": (
        say(b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n", response(200, b"ok")),
        b"ok200",
    ),
    "twenty 100s, then 500": (
        say(b"HTTP/1.1 100 Continue\r\nX: y\r\n\r\n" * 20 + response(500, b"oh")),
        b"oh500",
    ),
    "a byte at a time": (manners.drip(b"", response(200, b"ok"), 0.001), b"ok200"),
    # Bodies.
    "no length": (say(response(200, b"hello", length=None)), b"hello200"),
    "too great a length": (say(response(200, b"hello", length=10)), b"hello200"),
    "too small a length": (say(response(200, b"hello", length=3)), b"hel200"),
    "huge length": (say(response(200, b"hello", length=10**30)), b"hello200"),
    "a second response behind": (
        say(response(200, b"ok") + response(500, b"no")),
        b"ok200",
    ),
    "reset in the body": (then_reset(SIX + b"abc"), b"abc200"),
    "closed in the body": (say(SIX + b"abc"), b"abc200"),
    # Who asks by HTTP/1.0 understands no chunks: a body is what came.
    "chunked": (say(CHUNKED + HELLO), HELLO + b"200"),
    "chunked, cut": (say(CHUNKED + b"5\r\nhel"), b"5\r\nhel200"),
    "chunked, 1 MiB": (
        say(CHUNKED + chunked(b"a" * 2**20)),
        b"100000\r\n" + b"a" * 4088 + b"200",
    ),
    "1 MiB": (answer(200, b"a" * 2**20), b"a" * 4096 + b"200"),
    "1 MiB after a line with a colon": (
        answer(200, b"\n:" + b"a" * 2**20),
        b"\n:" + b"a" * 4094 + b"200",
    ),
    "endless": (manners.endlessly(OK + b"\r\n", b"a" * 4096), b"a" * 4096 + b"200"),
    "4096 bytes": (answer(200, b"a" * 4095 + b"z"), b"a" * 4095 + b"z200"),
    "4097 bytes": (answer(200, b"a" * 4096 + b"z"), b"a" * 4096 + b"200"),
    "NULs": (answer(200, b"\0a\0\0b\0"), b"ab200"),
    "all other bytes": (answer(200, HIGH), HIGH + b"200"),
    "newlines at the end": (answer(200, b"ok\n\n\n"), b"ok\n\n\n200"),
    "a body like a head": (answer(200, PRINTED_HEAD), PRINTED_HEAD + b"200"),
    "compressed unasked": (answer(200, b"ok", "Content-Encoding: gzip"), b"ok200"),
}

# What such bytes mean as a body is anybody's guess; the status is clear.
DOUBTFUL: dict[str, Behaviour] = {
    "two lengths": say(OK + b"Content-Length: 5\r\nContent-Length: 3\r\n\r\nhello"),
    "chunked and a length": say(CHUNKED[:-2] + b"Content-Length: 2\r\n\r\n" + HELLO),
    "unknown coding": say(OK + b"Transfer-Encoding: x, chunked\r\n\r\n0\r\n\r\n"),
    "chunked, with a trailer": say(CHUNKED + chunked(b"ok", end=b"0\r\nX: y\r\n\r\n")),
}

# Whole answers of servers that then keep the connection: there is nothing to wait for.
KEPT: dict[str, tuple[bytes, bytes]] = {
    "length": (response(200, b"ok"), b"ok200"),
    "no body by status": (b"HTTP/1.1 204 No Content\r\n\r\n", b"204"),
    "not modified": (response(304, length=5), b"304"),
    "empty body": (response(200), b"200"),
}
BEHAVIOURS = {
    **{name: behaviour for name, (behaviour, _) in CASES.items()},
    **DOUBTFUL,
    **{f"kept: {name}": manners.then_hang(data) for name, (data, _) in KEPT.items()},
}

pytestmark = pytest.mark.parametrize("transport", TRANSPORTS)


@pytest.fixture(scope="module")
def outcome(
    request: pytest.FixtureRequest, toolboxes: dict[str, Toolbox]
) -> Iterator[Callable[[str, str], Outcome]]:
    def job(transport: str, case: str) -> Outcome:
        with Server(BEHAVIOURS[case]) as server:
            # Time enough: none of these servers makes its client wait.
            return report(toolboxes[transport], server.url(), limit=5)

    yield from together(request, job, "transport", "case")


@pytest.mark.parametrize("case", CASES)
def test_response_is_body_and_status_of_what_came(
    transport: str, case: str, outcome: Callable[[str, str], Outcome]
) -> None:
    seen = outcome(transport, case)
    seen.assert_answered(CASES[case][1])
    seen.assert_good_guest(limit=5)


@pytest.mark.parametrize("case", DOUBTFUL)
def test_a_status_is_an_answer_though_the_body_is_doubtful(
    transport: str, case: str, outcome: Callable[[str, str], Outcome]
) -> None:
    seen = outcome(transport, case)
    assert seen.response.endswith(b"200")
    assert seen.flag == "true"
    seen.assert_good_guest(limit=5)


@pytest.mark.parametrize("case", [f"kept: {name}" for name in KEPT])
def test_a_whole_answer_is_taken_though_the_connection_is_kept(
    transport: str, case: str, outcome: Callable[[str, str], Outcome]
) -> None:
    seen = outcome(transport, case)
    seen.assert_answered(KEPT[case.removeprefix("kept: ")][1])
    seen.assert_good_guest(limit=5)
    assert seen.seconds < 5
