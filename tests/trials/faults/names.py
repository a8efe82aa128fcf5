"""A name server that can behave badly."""

from __future__ import annotations

import socket
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Self

import dns.flags
import dns.message
import dns.rcode
import dns.rdatatype
import dns.rrset

Addresses = Mapping[str, Sequence[str]]
"""Addresses by type of record, A or AAAA."""


class NameServer:
    """Answers on port 53 of `address` while used as a context manager.

    Every name has these addresses, or every query is refused. An answer takes
    `seconds`.
    """

    def __init__(
        self,
        address: str,
        addresses: Addresses,
        *,
        refuses: bool = False,
        seconds: float = 0.0,
    ) -> None:
        self._addresses = addresses
        self._refuses = refuses
        self._seconds = seconds
        self._late: list[threading.Timer] = []
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind((address, 53))
        self._thread = threading.Thread(target=self._serve, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        with suppress(OSError):  # not connected, but it wakes the thread
            self._socket.shutdown(socket.SHUT_RDWR)
        self._thread.join()
        for timer in self._late:
            timer.cancel()
            timer.join()
        self._socket.close()

    def _serve(self) -> None:
        while True:
            data, client = self._socket.recvfrom(4096)
            if not data:
                return
            reply = self._reply(data)
            if self._seconds:
                later = (reply, client)
                timer = threading.Timer(self._seconds, self._socket.sendto, later)
                self._late.append(timer)
                timer.start()
            else:
                self._socket.sendto(reply, client)

    def _reply(self, data: bytes) -> bytes:
        reply = dns.message.make_response(dns.message.from_wire(data))
        reply.flags |= dns.flags.RA
        if self._refuses:
            reply.set_rcode(dns.rcode.REFUSED)
            return reply.to_wire()
        question = reply.question[0]
        for kind, texts in self._addresses.items():
            if kind == dns.rdatatype.to_text(question.rdtype):
                reply.answer.append(
                    dns.rrset.from_text(question.name, 60, "IN", kind, *texts)
                )
        return reply.to_wire()
