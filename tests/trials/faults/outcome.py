"""What came of a run, and whether a promise was broken."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Outcome:
    """What was seen of a run and of what it left; `blocked` is its longest report."""

    status: int
    output: dict[str, bytes]
    files: dict[str, str]
    descriptors: list[dict[str, str]]
    answers: tuple[str, ...]
    blocked: float
    left: tuple[str, ...]


def complaints(seen: Outcome, plain: Outcome, bound: float) -> list[str]:
    """Say how a run with the shim differs from one without, or breaks a promise."""
    said = []
    if not plain.descriptors:
        return [f"the installer never ran: {plain.output['stderr']!r}"]
    if seen.status != plain.status:
        said.append(f"status {seen.status}, not {plain.status}")
    for name, text in seen.output.items():
        if text != plain.output[name]:
            said.append(f"{name} {text!r}, not {plain.output[name]!r}")
    if seen.files != plain.files:
        changed = sorted(dict(seen.files.items() ^ plain.files.items()))
        said.append(f"files differ: {', '.join(changed)}")
    # One that a signal ends in mid-send runs its EXIT trap there and then, with the
    # pipe of the send still open.
    if seen.status >= 0 and seen.descriptors[0] != seen.descriptors[-1]:
        said.append(f"descriptors {seen.descriptors[-1]}, not {seen.descriptors[0]}")
    if seen.left:
        said.append(f"left behind: {', '.join(seen.left)}")
    if seen.blocked > bound:
        said.append(f"blocked for {seen.blocked:.2f} s")
    return said
