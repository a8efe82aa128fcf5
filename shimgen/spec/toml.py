"""Reads a TOML file, and says in one sentence why that is not possible."""

from __future__ import annotations

import tomllib
from pathlib import Path

from shimgen.errors import Problem, SpecError, reason


def read(path: Path) -> bytes:
    """Return the content of a spec's file; raises SpecError if it cannot be read."""
    try:
        return path.read_bytes()
    except OSError as error:
        remedy = f"cannot be read ({reason(error)}); name the spec's TOML file"
        raise SpecError((Problem(str(path), "", "", remedy),)) from error


def parse(path: Path, content: bytes) -> dict[str, object]:
    """Return the tables of a file; raises SpecError if it is not TOML."""
    try:
        return tomllib.loads(content.decode())
    except (UnicodeDecodeError, tomllib.TOMLDecodeError, RecursionError) as error:
        remedy = f"is not valid TOML: {error}; fix it there"
        raise SpecError((Problem(str(path), "", "", remedy),)) from error
