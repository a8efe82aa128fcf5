"""The readable list: everything that a run did, and why the shim may do it."""

from __future__ import annotations

from collections.abc import Iterator

from .allowed import Allowed
from .verdict import ACTS, Share


def lines(share: Share, allowed: Allowed) -> Iterator[str]:
    """Yield the list of one run: the shim's acts by column, then the script's own."""
    run = share.played.run
    permits = allowed.permits(run)
    yield ""
    yield f"== {run.title}"
    for column in ACTS:
        done = share.column(column)
        yield f"  {column}" if done else f"  {column}: none"
        for act, number in done.items():
            yield from _item(act, number)
            for permit in permits:
                if (permit.column, permit.act) == (column, act):
                    yield f"         because: {permit.why} ({permit.times})"
    yield "  the script's own, with the shim or without"
    for (_, act), number in share.script.items():
        yield from _item(act, number)


def _item(act: str, number: int) -> Iterator[str]:
    first, *rest = act.rstrip("\n").split("\n")
    yield f"    {number:2} x {first}"
    yield from (f"         {line}" for line in rest)
