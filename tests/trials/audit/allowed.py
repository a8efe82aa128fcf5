"""The allow-list, and the acts that it allows in one run."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Literal

import msgspec

from .acts import Column
from .runs import Run

FILE = Path(__file__).with_name("allowed.toml")
WITHIN_TLS = "(within TLS) "
BODY = "BODY"  # stands for the body of each report


class Entry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An act that is allowed, and required unless it is `optional`.

    It applies to runs that have one of the ways in `when`. It happens `times` times for
    each run, for each report, or for each report that begins a run, as `each` says.
    """

    column: Column
    act: str
    why: str
    when: tuple[str, ...]
    each: Literal["run", "report", "beginning"] = "report"
    times: int = 1
    optional: bool = False


class Part(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The exact text of a head or a body of a request."""

    text: str
    why: str


class Permit(msgspec.Struct, frozen=True):
    """An act of one run, how often it is allowed, and why."""

    column: Column
    act: str
    times: int
    why: str
    optional: bool = False


class Allowed(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Everything that the shim may do."""

    entries: list[Entry]
    heads: dict[str, Part]
    bodies: dict[str, Part]

    def permits(self, run: Run) -> list[Permit]:
        """Return the acts that a run may do."""
        bodies = [self.bodies[name] for name in run.reports]
        begun = sum('"status":"installing"' in body.text for body in bodies)
        counts = {"run": 1, "report": len(bodies), "beginning": begun}
        permits = list[Permit]()
        for entry in self.entries:
            times = entry.times * counts[entry.each]
            if not times or not set(entry.when) & set(run.ways):
                continue
            if BODY in entry.act:
                texts = [entry.act.replace(BODY, body.text) for body in bodies]
                permits += [Permit(entry.column, text, 1, entry.why) for text in texts]
            else:
                permits.append(
                    Permit(entry.column, entry.act, times, entry.why, entry.optional)
                )
        return permits + self._requests(run, bodies)

    def _requests(self, run: Run, bodies: list[Part]) -> list[Permit]:
        if not run.head:
            return []
        head = self.heads[run.head]
        tls = WITHIN_TLS if run.receiver == "https" else ""
        return [
            Permit(
                "bytes sent",
                f"{tls}{head.text}\n{body.text}",
                1,
                f"{body.why}. {head.why}",
            )
            for body in bodies
        ]

    def problems(self, run: Run, column: Column, done: Counter[str]) -> list[str]:
        """Return acts that are not allowed, and required acts that did not happen."""
        must, may = Counter[str](), Counter[str]()
        for permit in self.permits(run):
            if permit.column == column:
                (may if permit.optional else must)[permit.act] += permit.times
        surplus, missing = done - must - may, must - done
        return [
            *(f"not allowed: {n} x {act}" for act, n in surplus.items()),
            *(f"did not happen: {n} x {act}" for act, n in missing.items()),
        ]


def load() -> Allowed:
    """Read the allow-list; raises msgspec.ValidationError if it is malformed."""
    return msgspec.toml.decode(FILE.read_bytes(), type=Allowed)
