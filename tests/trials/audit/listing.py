"""A list to be read: everything that a run did, and why the shim may do it."""

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
        for act, count in done.items():
            yield from _item(act, count)
            for permit in permits:
                if (permit.column, permit.act) == (column, act):
                    yield f"         because: {permit.why} ({permit.times})"
    yield "  the script's own, with the shim or without"
    for (_, act), count in share.script.items():
        yield from _item(act, count)


def _item(act: str, count: int) -> Iterator[str]:
    first, *rest = act.rstrip("\n").split("\n")
    yield f"    {count:2} x {first}"
    yield from (f"         {line}" for line in rest)
