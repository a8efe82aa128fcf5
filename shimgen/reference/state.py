"""What a call finds and leaves: the shell's variables and memory, and the host."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from shimgen.errors import ShimgenError
from shimgen.spec import Spec

LOOKED_AT = 4096  # bytes of a value: bash is slow on longer ones


class RefusedError(ShimgenError):
    """A bad argument: bash says so on stderr, returns 2 and changes nothing."""


@dataclass(frozen=True)
class CustomCode:
    """An exit code of the script's own, as `register_exit_code` took it."""

    description: bytes
    recovery: bytes


@dataclass(frozen=True)
class Outcome:
    """How a run ended: `completed` with 0, or `failed` with 1-255."""

    status: str
    code: int


@dataclass(frozen=True)
class Host:
    """What a call finds outside the shell.

    `programs` are the names of the programs on PATH, `outputs` what a host command
    prints on stdout (a command that is not there prints nothing), `consent` is the
    content of the consent file (None where no regular file can be read), `now` the
    clock in epoch seconds.
    """

    programs: frozenset[str]
    now: int
    outputs: Mapping[str, bytes] = field(default_factory=dict)
    consent: bytes | None = None


@dataclass(frozen=True)
class Shell:
    """One bash with the functions loaded.

    `variables` are those that are set, exported or not. The rest is private to the
    functions: `reported` is the run (value of `project.run_id`) that each flag was
    last set for, `outcome` and `outcome_run` are the first outcome of a run and
    that run, `custom` are the exit codes that the script registered.
    """

    variables: Mapping[str, bytes]
    reported: Mapping[str, bytes] = field(default_factory=dict)
    outcome: Outcome | None = None
    outcome_run: bytes = b""
    custom: Mapping[int, CustomCode] = field(default_factory=dict)

    def get(self, name: str) -> bytes:
        """Value of a variable, empty where it is not set."""
        return self.variables.get(name, b"")

    def run(self, spec: Spec) -> bytes:
        """Identifier of the run, empty where there is none."""
        return self.get(spec.project.run_id)

    def with_variables(self, changed: Mapping[str, bytes]) -> Shell:
        """Return the shell with some variables set."""
        return replace(self, variables={**self.variables, **changed})

    def made_already(self, spec: Spec, flag: str) -> bool:
        """Whether the report of `flag` was made for the run that is now.

        The flag says so for the run that it was set for; where the functions have
        not set it, the script itself did, for whatever run there is.
        """
        run = self.run(spec)
        return self.get(flag) == b"true" and self.reported.get(flag, run) == run


def load(spec: Spec, variables: Mapping[str, bytes]) -> Shell:
    """Return a bash that has these variables and has just sourced the file."""
    flags = {event.flag: b"false" for event in spec.events}
    return Shell({**flags, **variables})
