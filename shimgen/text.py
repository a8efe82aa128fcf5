"""Plain text for people: tables, and differences between files."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from pathlib import Path


def columns(rows: Iterable[Sequence[str]]) -> list[str]:
    """Align cells to columns two spaces apart; the last column is not padded."""
    table = list(rows)
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    return [
        "  ".join(
            f"{cell:{width}}" for cell, width in zip(row, widths, strict=True)
        ).rstrip()
        for row in table
    ]


def diff(path: Path, old: str, new: str) -> str:
    """Return a unified diff from the text in `path` to the text it should have."""
    lines = difflib.unified_diff(
        old.splitlines(keepends=True),
        new.splitlines(keepends=True),
        f"{path} (as it is)",
        f"{path} (as the spec says)",
    )
    return "".join(line if line.endswith("\n") else f"{line}\n" for line in lines)
