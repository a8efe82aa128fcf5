"""The outcome of a run, from the arguments of a call (docs/behaviour.md section 6)."""

from __future__ import annotations

from collections.abc import Sequence

from .catalogue import number
from .state import Outcome, Shell

COMPLETED = (b"completed", b"success", b"done", b"ok")
FAILED = (b"failed", b"failure", b"error", b"aborted")
SIGNALS = {b"INTERRUPTED": 130, b"TERMINATED": 143, b"HANGUP": 129}


def forced(arguments: Sequence[bytes]) -> bool:
    """Whether the third argument is `force`: report in any case."""
    return len(arguments) > 2 and arguments[2] == b"force"


def decide(shell: Shell, arguments: Sequence[bytes], status: int) -> Outcome:
    """Return the outcome that the arguments STATUS and EXIT_CODE describe.

    If neither decides, the variable EXIT_CODE does, and then `status`, which is `$?`
    at the call.
    """
    word, text = [*arguments[:2], b"", b""][:2]
    code = exit_code(text)
    if word in COMPLETED:
        code = 0
    elif word in FAILED:
        code = code or 1
    elif code is None:
        code = exit_code(shell.get("EXIT_CODE"))
        code = status if code is None else code
    if code == 0:
        return Outcome("completed", 0)
    return Outcome("failed", code)


def exit_code(text: bytes) -> int | None:
    """Return the exit code that a caller passed as a word; None if it is not given."""
    if text in (b"", b"none"):
        return None
    code = SIGNALS.get(text, number(text, 255))
    return 1 if code is None else code
