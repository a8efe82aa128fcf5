"""State before and after a call: the shell's variables, its memory, and the host."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from shimgen.errors import ShimgenError
from shimgen.spec import Spec

LOOKED_AT = 4096  # bytes of a value that are considered: bash is slow on longer ones
Unreadable = Literal["unreadable"]


class RefusedError(ShimgenError):
    """A bad argument: bash prints a message on stderr, returns 2, changes nothing."""


@dataclass(frozen=True)
class CustomCode:
    """What an exit code means: of the spec, or added by `register_exit_code`.

    `explanation` is what a report says, where that is not `description`.
    """

    description: bytes
    recovery: bytes
    group: bytes = b""
    explanation: bytes = b""


@dataclass(frozen=True)
class Outcome:
    """How a run ended: `completed` with 0, or `failed` with 1-255."""

    status: str
    code: int


@dataclass(frozen=True)
class Host:
    """What a call finds outside the shell.

    `programs` are the names of the programs on PATH. `outputs` is what each host
    command prints on stdout; a command that is missing prints nothing. `consent` is
    the content of the consent file, None if there is no such file, "unreadable" if it
    is no regular file, or cannot be read, or if a folder may hide it. `now` is the
    time in epoch seconds.
    """

    programs: frozenset[str]
    now: int
    outputs: Mapping[str, bytes] = field(default_factory=dict)
    consent: bytes | Unreadable | None = None


@dataclass(frozen=True)
class Shell:
    """A bash in which the functions are loaded.

    `variables` are the variables that are set, exported or not. The rest is private to
    the functions: `reported` is the run id for which each flag was last set. `tried` is
    the run id for which each flag was last left false, and the seconds that the tries
    of its report took. `outcome` and `outcome_run` are the first outcome of a run and
    its run id. `custom` holds the exit codes that the script registered.
    """

    variables: Mapping[str, bytes]
    reported: Mapping[str, bytes] = field(default_factory=dict)
    tried: Mapping[str, tuple[bytes, int]] = field(default_factory=dict)
    outcome: Outcome | None = None
    outcome_run: bytes = b""
    custom: Mapping[int, CustomCode] = field(default_factory=dict)

    def get(self, name: str) -> bytes:
        """Return the value of a variable, empty if it is not set."""
        return self.variables.get(name, b"")

    def run(self, spec: Spec) -> bytes:
        """Return the run id, empty if there is none."""
        return self.get(spec.project.run_id)

    def with_variables(self, changed: Mapping[str, bytes]) -> Shell:
        """Return the shell with these variables set."""
        return replace(self, variables={**self.variables, **changed})

    def made_already(self, spec: Spec, flag: str) -> bool:
        """Whether the report of `flag` was already answered for the current run.

        A flag that the functions set is valid for the run it was set for. One that the
        script set itself is valid for any run.
        """
        run = self.run(spec)
        return self.get(flag) == b"true" and self.reported.get(flag, run) == run

    def spent(self, spec: Spec, flag: str) -> int:
        """Return the seconds that lost tries of a report took in the current run."""
        run, seconds = self.tried.get(flag, (b"", 0))
        return seconds if run == self.run(spec) else 0


def load(spec: Spec, variables: Mapping[str, bytes]) -> Shell:
    """Return a bash with these variables that has just sourced the file."""
    flags = {event.flag: b"false" for event in spec.events}
    return Shell({**flags, **variables})
