"""Servers, proxies and dead ports for the tests, on loopback only."""

from .core import Behaviour, Connection, Request, Server
from .nobody import Refusing, Unreachable

__all__ = ["Behaviour", "Connection", "Refusing", "Request", "Server", "Unreachable"]
