"""The outcome of a run, and the promises of the shim that it may break."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Outcome:
    """What was observed of a run; `blocked` is its longest report in seconds.

    `left` are the processes that it left running.
    """

    status: int
    output: dict[str, bytes]
    files: dict[str, str]
    descriptors: list[dict[str, str]]
    answers: tuple[str, ...]
    blocked: float
    left: tuple[str, ...]


def broken_promises(run: Outcome, baseline: Outcome, bound: float) -> list[str]:
    """Return what is wrong with a run, compared with one without the shim.

    A report may take `bound` seconds.
    """
    problems = []
    if not baseline.descriptors:
        return [f"the installer never ran: {baseline.output['stderr']!r}"]
    if run.status != baseline.status:
        problems.append(f"status {run.status}, not {baseline.status}")
    for name, text in run.output.items():
        if text != baseline.output[name]:
            problems.append(f"{name} {text!r}, not {baseline.output[name]!r}")
    if run.files != baseline.files:
        changed = sorted(dict(run.files.items() ^ baseline.files.items()))
        problems.append(f"files differ: {', '.join(changed)}")
    # If a signal ends the installer during a send, its EXIT trap runs at once, while
    # the pipe of the send is still open.
    if run.status >= 0 and run.descriptors[0] != run.descriptors[-1]:
        problems.append(f"descriptors {run.descriptors[-1]}, not {run.descriptors[0]}")
    if run.left:
        problems.append(f"left behind: {', '.join(run.left)}")
    if run.blocked > bound:
        problems.append(f"blocked for {run.blocked:.2f} s")
    return problems
