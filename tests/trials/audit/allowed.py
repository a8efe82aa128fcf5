"""The allow-list, and what it says of one run."""

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
    """An act that is allowed, and demanded unless it is `optional`.

    `when` names ways of a run, one of which must be its own. `each` says what the act
    goes with: the run, each report, or each report that begins one.
    """

    column: Column
    act: str
    why: str
    when: tuple[str, ...]
    each: Literal["run", "report", "beginning"] = "report"
    times: int = 1
    optional: bool = False


class Part(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A head or a body of a request, to the letter."""

    text: str
    why: str


class Permit(msgspec.Struct, frozen=True):
    """An act of a run, how often it is allowed, and why."""

    column: Column
    act: str
    times: int
    why: str
    optional: bool = False


class Allowed(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """All that the shim may do."""

    entries: list[Entry]
    heads: dict[str, Part]
    bodies: dict[str, Part]

    def permits(self, run: Run) -> list[Permit]:
        """Return what a run may do, in words."""
        bodies = [self.bodies[name] for name in run.reports]
        begun = sum('"status":"installing"' in body.text for body in bodies)
        numbers = {"run": 1, "report": len(bodies), "beginning": begun}
        permits = list[Permit]()
        for one in self.entries:
            times = one.times * numbers[one.each]
            if not times or not set(one.when) & set(run.ways):
                continue
            if BODY in one.act:
                texts = [one.act.replace(BODY, body.text) for body in bodies]
                permits += [Permit(one.column, text, 1, one.why) for text in texts]
            else:
                permits.append(
                    Permit(one.column, one.act, times, one.why, one.optional)
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
        """Say what was done and is not allowed, and what was not done and should be."""
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
    """Read the allow-list; raises msgspec.ValidationError where it is malformed."""
    return msgspec.toml.decode(FILE.read_bytes(), type=Allowed)
