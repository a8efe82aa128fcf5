"""Which redirects a report follows, and that it stays the same report."""

from __future__ import annotations

from itertools import pairwise

import pytest

from support.servers import Refusing, Server
from support.servers.manners import by_target, redirect, response
from support.transports import (
    BODY,
    Outcome,
    Toolbox,
    report,
)

START = "/dev/upload"
END = response(200, b"end")
MOVED = b"moved"

FOLLOWED = {
    "path": ("/b", "/b"),
    "path and query": ("/b?x=/y&z=http://x/", "/b?x=/y&z=http://x/"),
    "relative path": ("b", "/dev/b"),
    "path from the parent": ("../b", "/b"),
    "query alone": ("?x=1", "/dev/upload?x=1"),
    "URL": ("http://HERE/b", "/b"),
    "URL in capitals": ("HTTP://HERE/b", "/b"),
    "URL without path": ("http://HERE", "/"),
    "URL without path, with query": ("http://HERE?x=1", "/?x=1"),
    "network path": ("//HERE/b", "/b"),
    "fragment": ("/b#part", "/b"),
    "a colon later on": ("/b:c/http://x/", "/b:c/http://x/"),
    "blanks around": (" /b\t", "/b"),
}
NOT_FOLLOWED = {
    "empty": "",
    "other scheme": "ftp://HERE/b",
    "local file": "file:///etc/hostname",
    "mail": "mailto:root@localhost",
    "opaque http": "http:b",
    "blank": "/b c",
    "tab": "/b\tc",
    "control byte": "/b\x01c",
    "carriage return": "/b\rX-Injected: y",
    "not ASCII": "/b\xe9",
    "DEL": "/b\x7f",
}


def travel(
    toolbox: Toolbox, routes: dict[str, bytes], start: str = START
) -> tuple[Outcome, list[str]]:
    """Report to a server with these answers; return the targets asked for, too."""
    server = Server(lambda _: None)
    here = server.netloc().encode()
    server.behaviour = by_target(
        {target: data.replace(b"HERE", here) for target, data in routes.items()}
    )
    with server:
        seen = report(toolbox, server.url(start), limit=5)
    assert {request.method for request in server.requests} == {b"POST"}
    assert {request.body for request in server.requests} == {BODY}
    seen.assert_good_guest(limit=5)
    return seen, [request.target.decode() for request in server.requests]


def moved(status: int, location: str) -> bytes:
    """Bytes of a redirect whose body is MOVED."""
    return response(status, MOVED, f"Location: {location}")


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_these_redirects_are_followed_as_the_same_post(
    toolbox: Toolbox, status: int
) -> None:
    seen, targets = travel(toolbox, {START: moved(status, "/b"), "/b": END})
    seen.assert_answered(b"end200")
    assert targets == [START, "/b"]


@pytest.mark.parametrize("status", [300, 303, 305, 306, 309, 399])
def test_any_other_3xx_is_the_answer(toolbox: Toolbox, status: int) -> None:
    seen, targets = travel(toolbox, {START: moved(status, "/b"), "/b": END})
    seen.assert_answered(MOVED + b"%d" % status)
    assert targets == [START]


@pytest.mark.parametrize("status", [200, 201, 404])
def test_a_location_matters_in_redirects_alone(toolbox: Toolbox, status: int) -> None:
    seen, targets = travel(toolbox, {START: moved(status, "/b"), "/b": END})
    seen.assert_answered(MOVED + b"%d" % status)
    assert targets == [START]


@pytest.mark.parametrize("form", FOLLOWED)
def test_each_form_of_location_leads_where_it_says(toolbox: Toolbox, form: str) -> None:
    location, target = FOLLOWED[form]
    seen, targets = travel(toolbox, {START: moved(302, location), target: END})
    seen.assert_answered(b"end200")
    assert targets == [START, target]


def test_a_location_behind_120_kb_of_headers_leads_where_it_says(
    toolbox: Toolbox,
) -> None:
    long = response(302, MOVED, *[f"X: {'y' * 60_000}"] * 2)
    head, empty, body = long.partition(b"\r\n\r\n")
    away = head + b"\r\nLocation: /b" + empty + body
    seen, targets = travel(toolbox, {START: away, "/b": END})
    seen.assert_answered(b"end200")
    assert targets == [START, "/b"]


@pytest.mark.parametrize(
    ("location", "target"), [("b", "/dev/b"), ("?x=1", "/dev/upload?x=1")]
)
def test_a_relative_location_forgets_the_query_it_came_from(
    toolbox: Toolbox, location: str, target: str
) -> None:
    start = START + "?from=/a/b"
    seen, targets = travel(
        toolbox, {start: moved(302, location), target: END}, start=start
    )
    seen.assert_answered(b"end200")
    assert targets == [start, target]


def test_a_relative_location_forgets_the_fragment_it_came_from(
    toolbox: Toolbox,
) -> None:
    seen, targets = travel(
        toolbox, {START: moved(302, "b"), "/dev/b": END}, start=START + "#a/c"
    )
    seen.assert_answered(b"end200")
    assert targets == [START, "/dev/b"]


@pytest.mark.parametrize("form", NOT_FOLLOWED)
def test_a_location_that_leads_nowhere_safe_is_not_followed(
    toolbox: Toolbox, form: str
) -> None:
    seen, targets = travel(toolbox, {START: moved(302, NOT_FOLLOWED[form])})
    seen.assert_answered(b"moved302")
    assert targets == [START]


def test_a_redirect_without_location_is_the_answer(toolbox: Toolbox) -> None:
    seen, targets = travel(toolbox, {START: response(302, MOVED)})
    seen.assert_answered(b"moved302")
    assert targets == [START]


def test_a_redirect_to_another_port_is_followed(toolbox: Toolbox) -> None:
    with (
        Server(by_target({"/b": END})) as other,
        Server(redirect(307, other.url("/b"))) as server,
    ):
        seen = report(toolbox, server.url(), limit=5)
    seen.assert_answered(b"end200")
    assert [request.body for request in other.requests] == [BODY]
    assert other.requests[0].header(b"Host") == other.netloc().encode()


def test_credentials_of_the_url_do_not_follow_a_redirect_elsewhere(
    toolbox: Toolbox,
) -> None:
    with (
        Server(by_target({"/b": END})) as other,
        Server(redirect(307, other.url("/b"))) as server,
    ):
        url = server.url().replace("//", "//user:secret@")
        seen = report(toolbox, url, limit=5)
    seen.assert_answered(b"end200")
    assert server.requests[0].header(b"Authorization") == b"Basic dXNlcjpzZWNyZXQ="
    assert other.requests[0].header(b"Authorization") is None


def test_five_redirects_are_followed(toolbox: Toolbox) -> None:
    hops = [START, "/1", "/2", "/3", "/4", "/5"]
    routes = {a: moved(302, b) for a, b in pairwise(hops)}
    seen, targets = travel(toolbox, {**routes, "/5": END})
    seen.assert_answered(b"end200")
    assert targets == hops


def test_the_sixth_redirect_is_the_answer(toolbox: Toolbox) -> None:
    hops = [START, "/1", "/2", "/3", "/4", "/5"]
    routes = {a: moved(302, b) for a, b in pairwise(hops)}
    sixth = response(307, b"sixth", "Location: /6")
    seen, targets = travel(toolbox, {**routes, "/5": sixth, "/6": END})
    seen.assert_answered(b"sixth307")
    assert targets == hops


def test_a_loop_ends(toolbox: Toolbox) -> None:
    seen, targets = travel(toolbox, {START: moved(308, START)})
    seen.assert_answered(b"moved308")
    assert targets == [START] * 6


def test_a_redirect_to_where_nobody_answers_is_no_answer(toolbox: Toolbox) -> None:
    with Refusing() as nobody, Server(redirect(302, nobody.url())) as server:
        seen = report(toolbox, server.url(), limit=5)
    seen.assert_answered(b"000")
    seen.assert_good_guest(limit=5)
