"""Lines of bash that hold texts of a spec, marked so that shellcheck accepts them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

NO_CODE = (
    "# shellcheck disable=SC1003,SC2016 # a text of the spec, that looks like code"
)


def marked(lines: Iterable[str]) -> list[str]:
    """Tell shellcheck in front of a command that its text is not meant as code."""
    result: list[str] = []
    for command in _commands(lines):
        if any(map(_looks_like_code, command)):
            result.append(NO_CODE)
        result += command
    return result


def _looks_like_code(line: str) -> bool:
    return bool(re.search(r"'[^']*[$`\\]", line))


def _commands(lines: Iterable[str]) -> Iterator[list[str]]:
    """Part lines into commands: those of a `case` together, each other one alone."""
    command: list[str] = []
    for line in lines:
        command.append(line)
        if not command[0].startswith("case ") or line == "esac":
            yield command
            command = []
