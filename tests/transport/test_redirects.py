"""Redirects that a report follows, unchanged, and those that it does not follow."""

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
END_OF_OTHER = by_target({"/b": END})
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
    "user in the URL": ("http://user@HERE/b", "/b"),
    "an at sign later on": ("http://HERE/b@OTHER/", "/b@OTHER/"),
    "an at sign in the query": ("http://HERE?@OTHER/", "/?@OTHER/"),
    "an at sign in the fragment": ("http://HERE#@OTHER/", "/"),
    "backslashes": ("\\\\OTHER\\b", "/dev/\\\\OTHER\\b"),
    "a slash and a backslash": ("/\\OTHER/b", "/\\OTHER/b"),
}
NOT_FOLLOWED = {
    "empty": "",
    "other scheme": "ftp://HERE/b",
    "local file": "file:///etc/hostname",
    "mail": "mailto:root@localhost",
    "opaque http": "http:b",
    "opaque http with the host": "http:HERE/b",
    "opaque https": "https:b",
    "one slash": "http:/HERE/b",
    "three slashes": "http:///HERE/b",
    "three slashes without scheme": "///HERE/b",
    "backslashes behind the scheme": "http:\\\\HERE\\b",
    "no host": "http:///",
    "no host, but a port": "http://:80/",
    "port with junk": "http://HEREx/b",
    "port with a sign": "http://127.0.0.1:+80/b",
    "two ports": "http://HERE:80/b",
    "two users": "http://a@b@HERE/b",
    "junk behind the host": "http://127.0.0.1;x/b",
    "bracket left open": "http://[HERE/b",
    "no address in brackets": "http://[127.0.0.1]/b",
    "blank": "/b c",
    "tab": "/b\tc",
    "control byte": "/b\x01c",
    "carriage return": "/b\rX-Injected: y",
    "not ASCII": "/b\xe9",
    "DEL": "/b\x7f",
}
# HERE redirects there, OTHER is a server at another address of this machine.
ELSEWHERE = {
    "URL": "http://OTHER/b",
    "network path": "//OTHER/b",
    "one slash": "http:/OTHER/b",
    "three slashes": "http:///OTHER/b",
    "three slashes without scheme": "///OTHER/b",
    "opaque http": "http:OTHER/b",
    "backslashes": "http:\\\\OTHER\\b",
    "host as user": "http://HERE@OTHER/b",
    "host as user and port": "http://127.0.0.1:80@OTHER/b",
    "host as user of a network path": "//HERE@OTHER/b",
    "host behind a fragment": "http://OTHER#@HERE/b",
    "host in the query": "http://OTHER?@HERE/b",
    "host in the path": "http://OTHER/@HERE/b",
    "host behind a second at sign": "http://a@OTHER@HERE/b",
    "host behind a backslash": "http://OTHER\\HERE/b",
    "as user and backslash": "http://a\\@OTHER\\@HERE/b",
    "backslash and at sign": "http://HERE\\@OTHER/b",
    "host with a dot": "http://127.0.0.1./b",
    "more of a name": "http://127.0.0.1.test/b",
    "other spelling of the address": "http://127.1:OTHER_PORT/b",
    "another name of this machine": "http://localhost:OTHER_PORT/b",
    "address of IPv6": "http://[::1]:OTHER_PORT/b",
}


def travel(
    toolbox: Toolbox, routes: dict[str, bytes], start: str = START
) -> tuple[Outcome, list[str]]:
    """Report to a server with these answers; return the requested targets as well."""
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
    """Return the bytes of a redirect whose body is MOVED."""
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
def test_a_location_matters_only_in_redirects(toolbox: Toolbox, status: int) -> None:
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
def test_a_relative_location_drops_the_query_of_the_url_before(
    toolbox: Toolbox, location: str, target: str
) -> None:
    start = START + "?from=/a/b"
    seen, targets = travel(
        toolbox, {start: moved(302, location), target: END}, start=start
    )
    seen.assert_answered(b"end200")
    assert targets == [start, target]


def test_a_relative_location_drops_the_fragment_of_the_url_before(
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


@pytest.mark.parametrize("form", ELSEWHERE)
def test_no_other_host_is_contacted(toolbox: Toolbox, form: str) -> None:
    with (
        Server(END_OF_OTHER, address="127.0.0.2") as other,
        Server(lambda _: None) as server,
    ):
        location = ELSEWHERE[form].replace("OTHER_PORT", str(other.port))
        location = location.replace("OTHER", other.netloc())
        location = location.replace("HERE", server.netloc())
        server.behaviour = redirect(307, location)
        seen = report(toolbox, server.url(), limit=5)
    seen.assert_answered(b"moved307")
    seen.assert_good_guest(limit=5)
    assert (server.accepted, other.accepted) == (1, 0)


@pytest.mark.parametrize("host", ["localhost", "LocalHost"])
@pytest.mark.parametrize("named", ["LOCALHOST", "localhost"])
def test_a_host_is_the_same_in_any_letter_case(
    toolbox: Toolbox, host: str, named: str
) -> None:
    with (
        Server(END_OF_OTHER) as other,
        Server(redirect(301, other.url("/b", host=named))) as server,
    ):
        seen = report(toolbox, server.url(host=host), limit=5)
    seen.assert_answered(b"end200")


def test_localhost_is_another_host_than_its_address(toolbox: Toolbox) -> None:
    with (
        Server(END_OF_OTHER) as other,
        Server(redirect(301, other.url("/b"))) as server,
    ):
        seen = report(toolbox, server.url(host="localhost"), limit=5)
    seen.assert_answered(b"moved301")
    assert other.accepted == 0


@pytest.mark.parametrize(
    ("location", "response"),
    [
        ("http://HERE/b", b"end200"),
        ("//HERE/b", b"end200"),
        ("/b", b"end200"),
        ("http://[::1/b", b"moved302"),
        ("http://[::1]x/b", b"moved302"),
        ("http://[::1]:x/b", b"moved302"),
        ("http://::1/b", b"moved302"),
        ("http://[::2]/b", b"moved302"),
    ],
)
def test_an_ipv6_address_is_a_host_too(
    toolbox: Toolbox, location: str, response: bytes
) -> None:
    server = Server(lambda _: None, address="::1")
    away = moved(302, location.replace("HERE", server.netloc()))
    server.behaviour = by_target({START: away, "/b": END})
    with server:
        report(toolbox, server.url(), limit=5).assert_answered(response)


def test_of_several_locations_none_leads_to_another_host(toolbox: Toolbox) -> None:
    for own_first in (True, False):
        with Server(END_OF_OTHER, address="127.0.0.2") as other:
            places = [f"Location: {place}" for place in ("/b", other.url("/b"))]
            places = places if own_first else places[::-1]
            start = response(302, MOVED, *places)
            with Server(by_target({START: start, "/b": END})) as server:
                report(toolbox, server.url(), limit=5)
        assert other.accepted == 0


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


def test_a_redirect_to_a_closed_port_gives_no_answer(toolbox: Toolbox) -> None:
    with Refusing() as nobody, Server(redirect(302, nobody.url())) as server:
        seen = report(toolbox, server.url(), limit=5)
    seen.assert_answered(b"000")
    seen.assert_good_guest(limit=5)
