"""The outcome of a run, from the arguments of a call (docs/behaviour.md section 6)."""

from __future__ import annotations

from collections.abc import Sequence

from shimgen.spec import Spec, Status

from .catalogue import number
from .state import Outcome, Shell

SIGNALS = {b"INTERRUPTED": 130, b"TERMINATED": 143, b"HANGUP": 129}


def forced(arguments: Sequence[bytes]) -> bool:
    """Whether the third argument is `force`: report in any case."""
    return len(arguments) > 2 and arguments[2] == b"force"


def decide(
    spec: Spec, shell: Shell, arguments: Sequence[bytes], status: int
) -> Outcome:
    """Return the outcome that the arguments STATUS and EXIT_CODE describe.

    If neither decides, the variable EXIT_CODE does, and then `status`, which is `$?`
    at the call.
    """
    word, text = [*arguments[:2], b"", b""][:2]
    code = exit_code(text)
    kind = _status(spec, word)
    if kind is None:
        if code is None:
            code = exit_code(shell.get("EXIT_CODE"))
        code = status if code is None else code
        kind = spec.status("failure" if code else "success")
    elif kind.counts == "success":
        code = 0
    else:
        code = code or kind.code_of(word.decode("ascii", "replace"))
    if kind.counts == "failure":
        others = (one for one in spec.statuses if code in one.codes)
        kind = next(others, kind)
    return Outcome(kind.name, code)


def _status(spec: Spec, word: bytes) -> Status | None:
    """Return the status that a word means; None if the exit code decides."""
    for status in spec.statuses:
        if word in {name.encode() for name in (status.name, *status.words)}:
            return status
    if not word:
        return None
    return next((status for status in spec.statuses if status.fallback), None)


def exit_code(text: bytes) -> int | None:
    """Return the exit code that a caller passed as a word; None if it is not given."""
    if text in (b"", b"none"):
        return None
    code = SIGNALS.get(text, number(text, 255))
    return 1 if code is None else code
