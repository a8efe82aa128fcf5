"""Errors that a person can act on; `cli/` alone prints them."""

from __future__ import annotations

from dataclasses import dataclass


class ShimgenError(Exception):
    """Something the user can put right; its text says how."""


def reason(error: OSError) -> str:
    """Return why a system call failed, without what Python adds in parentheses."""
    return (error.strerror or str(error)).partition(" (")[0].lower()


@dataclass(frozen=True)
class Problem:
    """One thing wrong with a spec: the place, the value there, and the remedy.

    `path` is the key's path (`event[2].fields[3].key`, counted from 0; empty for
    the file as a whole), `value` the value there as JSON text (empty if nothing
    does), `remedy` a sentence without a capital or full stop.
    """

    file: str
    path: str
    value: str
    remedy: str

    def __str__(self) -> str:
        place = f"{self.file}: {self.path}" if self.path else self.file
        return f"{place}{' = ' if self.value else ''}{self.value}: {self.remedy}"


class ProblemsError(ShimgenError):
    """A file or a group of values with all that is wrong in `problems`."""

    subject = ""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__("\n".join(map(str, problems)))
        self.problems = problems


class SpecError(ProblemsError):
    """A spec that cannot be used."""

    subject = "the spec"
