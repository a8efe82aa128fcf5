"""Network namespaces of one thread: the installer's and the server's, with a cable.

A namespace without a name ends with the threads and descriptors that refer to it, so
that nothing has to be cleaned up, even after a crash.
"""

from __future__ import annotations

import ctypes
import os
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Self

from support.transports import program

CLONE_NEWNS = 0x00020000
CLONE_NEWNET = 0x40000000

HOME, AWAY = "10.77.0.2", "10.77.0.1"
HOME6, AWAY6 = "fd77::2", "fd77::1"
BEYOND = "10.78.0"  # further hosts, each behind AWAY
BEYOND6 = "fd78::1"

_LIBC = ctypes.CDLL(None, use_errno=True)


def unshare(kind: int) -> None:
    """Give this thread a new namespace of that kind."""
    _check(_LIBC.unshare(kind))


def run(*words: str, stdin: str = "") -> None:
    """Run a command in the namespaces of this thread; it must succeed."""
    done = subprocess.run(
        [program(words[0]), *words[1:]],
        input=stdin,
        text=True,
        capture_output=True,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(f"{' '.join(words)}: {done.stderr.strip() or done.stdout}")


class Wire:
    """Two network namespaces; this thread is in the installer's.

    Use it as a context manager; at its end the thread returns to its old namespace.
    """

    def __init__(self) -> None:
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        before = self._hold_current()
        self._stack.callback(_enter, before)
        unshare(CLONE_NEWNET)
        self._away = self._hold_current()
        unshare(CLONE_NEWNET)
        self._home = self._hold_current()
        peer = f"/proc/{os.getpid()}/fd/{self._away}"
        ip(f"link add wire type veth peer name wire netns {peer}")
        self.set_up_home()
        with self.away():
            self.set_up_away()
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def set_up_home(self) -> None:
        """Give addresses and routes to the device `wire` of this namespace."""
        routes = [f"route add default via {via}" for via in (AWAY, AWAY6)]
        ip(*_up(HOME, HOME6), *routes)

    def set_up_away(self) -> None:
        """Give addresses to the device `wire` of this namespace, the server's."""
        ip(*_up(AWAY, AWAY6))

    @contextmanager
    def away(self) -> Iterator[None]:
        """Enter the server's namespace for a while: sockets opened there stay there."""
        _enter(self._away)
        try:
            yield
        finally:
            _enter(self._home)

    def filter(self, hook: str, rule: str) -> None:
        """Add a rule to this hook of the server's end, as nftables spells both."""
        with self.away():
            nft(f"""
                add table inet faults
                add chain inet faults {hook} {{ type filter hook {hook} priority 0; }}
                add rule inet faults {hook} {rule}
            """)

    def redirect(self, port: int) -> None:
        """Redirect everything that is sent to port 80 of any host to a port of AWAY."""
        with self.away():
            nft(f"""
                add table ip portal
                add chain ip portal in {{ type nat hook prerouting priority dstnat; }}
                add rule ip portal in tcp dport 80 dnat to {AWAY}:{port}
            """)

    def _hold_current(self) -> int:
        descriptor = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
        self._stack.callback(os.close, descriptor)
        return descriptor


def ip(*commands: str) -> None:
    """Run commands of the `ip` tool in this thread's namespace."""
    run("ip", "-batch", "-", stdin="\n".join(commands))


def nft(commands: str) -> None:
    """Run commands of the `nft` tool in this thread's namespace."""
    run("nft", "-f", "-", stdin=commands)


def _up(address: str, address6: str) -> list[str]:
    return [
        f"address add {address}/24 dev wire",
        f"address add {address6}/64 dev wire nodad",
        "link set lo up",
        "link set wire up",
    ]


def _enter(namespace: int) -> None:
    _check(_LIBC.setns(namespace, CLONE_NEWNET))


def _check(result: int) -> None:
    if result:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
