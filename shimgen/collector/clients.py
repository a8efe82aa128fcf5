"""Which client a request came from, directly or through a trusted proxy."""

from __future__ import annotations

import re
from collections.abc import Sequence
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import Any

Networks = Sequence[IPv4Network | IPv6Network]

# Some proxies add the port, or the brackets that an IPv6 address then needs.
_WITH_PORT = re.compile(r"([0-9.]+):[0-9]{1,5}|\[([^]]+)\](?::[0-9]{1,5})?")


def client_address(scope: Any, trusted: Networks) -> str:
    """Return the IP address of the client of an ASGI request; "" if there is none.

    If the peer is a trusted proxy, the client is the last address in X-Forwarded-For:
    the one that this proxy added. Anybody may have written the addresses before it. A
    port is dropped: the next connection of the same client has another one.
    """
    client = scope.get("client")
    peer: str = client[0] if client else ""
    if not trusted or not is_within(peer, trusted):
        return peer
    lines = [value for name, value in scope["headers"] if name == b"x-forwarded-for"]
    last = b",".join(lines).rpartition(b",")[2].decode("latin-1").strip()
    if match := _WITH_PORT.fullmatch(last):
        last = match[1] or match[2]
    return last if _is_address(last) else peer


def is_within(text: str, networks: Networks) -> bool:
    """Return whether `text` is an IP address inside one of `networks`."""
    if not _is_address(text):
        return False
    address = ip_address(text)
    if isinstance(address, IPv6Address) and address.ipv4_mapped:
        address = address.ipv4_mapped
    return any(address in network for network in networks)


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True
