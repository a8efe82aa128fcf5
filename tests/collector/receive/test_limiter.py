"""A client that sends too much has to wait, and its address is not kept."""

from __future__ import annotations

from ipaddress import ip_network

import pytest

from shimgen.collector.clients import client_address
from shimgen.collector.receive import limiter as module
from shimgen.collector.receive.limiter import KEY_LIFETIME, Limiter


class Clock:
    """A clock that the test moves."""

    now = 1000.0

    def __call__(self) -> float:
        """Return the time in seconds."""
        return self.now


def test_a_client_over_the_limit_waits_until_its_minute_ends_and_others_do_not() -> (
    None
):
    clock = Clock()
    limiter = Limiter(2, clock)
    assert [limiter.wait("192.0.2.1") for _ in range(3)] == [0, 0, 60]
    clock.now += 59.5
    assert limiter.wait("192.0.2.1") == 1
    assert limiter.wait("192.0.2.2") == 0
    clock.now += 0.5
    assert limiter.wait("192.0.2.1") == 0


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("2001:db8::1", "2001:db8::ffff:1", True),
        ("2001:db8::1", "2001:db8:0:1::1", False),
        ("::ffff:192.0.2.1", "192.0.2.1", True),
        ("::ffff:192.0.2.1", "::ffff:192.0.2.2", False),
        ("192.0.2.1", "192.0.2.2", False),
    ],
)
def test_all_addresses_of_an_ipv6_64_network_are_one_client(
    one: str, other: str, same: bool
) -> None:
    limiter = Limiter(1, Clock())
    assert limiter.wait(one) == 0
    assert (limiter.wait(other) > 0) == same


def test_the_key_is_replaced_and_all_counters_are_removed_after_an_hour() -> None:
    clock = Clock()
    limiter = Limiter(1, clock)
    limiter.wait("192.0.2.1")
    key, names = limiter._key, set(limiter._window._counters)
    clock.now += KEY_LIFETIME - 1
    limiter.wait("192.0.2.1")
    assert limiter._key == key
    clock.now += 1
    limiter.wait("192.0.2.1")
    assert limiter._key != key
    assert names.isdisjoint(limiter._window._counters)
    assert len(limiter._window._counters) == 1


def test_the_names_of_counters_contain_no_address_and_differ_between_collectors() -> (
    None
):
    one, two = Limiter(5), Limiter(5)
    for limiter in (one, two):
        limiter.wait("192.0.2.7")
    assert "192.0.2.7" not in repr(vars(one) | vars(one._window))
    assert one._window._counters.keys().isdisjoint(two._window._counters)


def test_expired_counters_are_removed() -> None:
    clock = Clock()
    limiter = Limiter(5, clock)
    for number in range(100):
        limiter.wait(f"192.0.2.{number}")
    clock.now += 61
    limiter.wait("192.0.2.1")
    assert len(limiter._window._counters) == 1


def test_when_there_are_too_many_clients_all_counters_are_removed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("shimgen.collector.receive.window.MAX_COUNTERS", 3)
    limiter = Limiter(5, Clock())
    for number in range(100):
        assert limiter.wait(f"192.0.2.{number}") == 0
        assert len(limiter._window._counters) <= 3


PROXIES = [ip_network("127.0.0.0/8"), ip_network("2001:db8::/32")]


@pytest.mark.parametrize(
    ("peer", "forwarded", "client"),
    [
        ("192.0.2.1", ["198.51.100.1"], "192.0.2.1"),  # it is not a proxy
        ("127.0.0.1", [], "127.0.0.1"),
        ("127.0.0.1", ["198.51.100.1"], "198.51.100.1"),
        ("127.0.0.1", ["203.0.113.9, 198.51.100.1"], "198.51.100.1"),
        ("127.0.0.1", ["203.0.113.9", "198.51.100.1"], "198.51.100.1"),
        ("::ffff:127.0.0.1", ["198.51.100.1"], "198.51.100.1"),
        ("2001:db8::7", ["2001:db8:1::1"], "2001:db8:1::1"),
        ("127.0.0.1", ["198.51.100.1:5001"], "198.51.100.1"),
        ("127.0.0.1", ["203.0.113.9:80, 198.51.100.1:65535"], "198.51.100.1"),
        ("127.0.0.1", ["[2001:db8:1::1]:5001"], "2001:db8:1::1"),
        ("127.0.0.1", ["[2001:db8:1::1]"], "2001:db8:1::1"),
        ("127.0.0.1", ["[::ffff:198.51.100.1]:5001"], "::ffff:198.51.100.1"),
        ("127.0.0.1", ["198.51.100.1:"], "127.0.0.1"),
        ("127.0.0.1", ["198.51.100.1:x"], "127.0.0.1"),
        ("127.0.0.1", ["198.51.100.1:5001:1"], "127.0.0.1"),
        ("127.0.0.1", ["[198.51.100.1"], "127.0.0.1"),
        ("127.0.0.1", ["[]:5001"], "127.0.0.1"),
        ("127.0.0.1", ["198.51.100.1, unknown"], "127.0.0.1"),
        ("127.0.0.1", ["\xff"], "127.0.0.1"),
        ("", ["198.51.100.1"], ""),
    ],
)
def test_only_the_address_that_a_trusted_proxy_added_is_believed(
    peer: str, forwarded: list[str], client: str
) -> None:
    scope = {
        "client": (peer, 1) if peer else None,
        "headers": [(b"x-forwarded-for", one.encode("latin-1")) for one in forwarded],
    }
    assert client_address(scope, PROXIES) == client


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("198.51.100.1", "198.51.100.2"),
        ("[2001:db8::1]", "[2001:db8:0:1::1]"),
    ],
)
def test_each_client_of_a_proxy_that_adds_ports_is_one_client_whatever_its_port(
    one: str, other: str
) -> None:
    limiter = Limiter(2, Clock())

    def wait(forwarded: str) -> int:
        headers = [(b"x-forwarded-for", forwarded.encode())]
        scope = {"client": ("127.0.0.1", 1), "headers": headers}
        return limiter.wait(client_address(scope, PROXIES))

    assert [wait(f"{one}:{port}") for port in (5001, 5002, 5003)] == [0, 0, 60]
    assert wait(f"{other}:5001") == 0


def test_without_a_trusted_proxy_no_header_is_believed() -> None:
    scope = {"client": ("127.0.0.1", 1), "headers": [(b"x-forwarded-for", b"::1")]}
    assert client_address(scope, ()) == "127.0.0.1"


def test_the_key_is_random() -> None:
    keys = set()
    for _ in range(5):
        limiter = module.Limiter(1)
        limiter.wait("192.0.2.1")
        keys.add(limiter._key)
    assert len(keys) == 5
