"""The table that a trial fills: progress, one verdict per cell, results as JSON."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Literal

import msgspec
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from rich.table import Table

Verdict = Literal["ok", "failed", "limit"]
"""`limit`: the check did not pass or could not run, for a reason that the docs name."""

STYLES: dict[Verdict, str] = {"ok": "green", "failed": "bold red", "limit": "yellow"}


class Cell(msgspec.Struct, frozen=True, omit_defaults=True):
    """The result of one check; `detail` says in a few words what was seen or failed."""

    row: str
    column: str
    verdict: Verdict
    detail: str = ""


class Results(msgspec.Struct, frozen=True):
    """All cells of one run of a command, in the order of rows and columns."""

    title: str
    columns: list[str]
    cells: list[Cell]

    def rows(self) -> dict[str, dict[str, Cell]]:
        """Return the cells by row and column."""
        rows: dict[str, dict[str, Cell]] = {}
        for cell in self.cells:
            rows.setdefault(cell.row, {})[cell.column] = cell
        return rows

    def failed(self) -> list[Cell]:
        """Return the cells whose check failed."""
        return [cell for cell in self.cells if cell.verdict == "failed"]

    def totals(self) -> str:
        """Return how many cells have which verdict, as a short text."""
        failed = len(self.failed())
        limits = sum(cell.verdict == "limit" for cell in self.cells)
        passed = len(self.cells) - failed - limits
        return f"{passed} ok, {failed} failed, {limits} known limits"


class Board:
    """Collects cells, shows the progress, and prints the table.

    Use it as a context manager around the checks, and call `finish` afterwards.
    """

    def __init__(self, title: str, columns: Iterable[str], total: int) -> None:
        self.title = title
        self.columns = list(columns)
        self.cells: list[Cell] = []
        self.console = Console(highlight=False)
        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            console=Console(stderr=True),
            transient=True,
            disable=not sys.stderr.isatty(),
        )
        self._task = self._progress.add_task(title, total=total)

    def __enter__(self) -> Board:
        self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._progress.stop()

    def begin(self, description: str) -> None:
        """Show what is running."""
        self._progress.update(self._task, description=escape(description))

    def add(self, row: str, column: str, verdict: Verdict, detail: str = "") -> None:
        """Add a cell; if there is no progress bar, print a line for it."""
        self.cells.append(Cell(row, column, verdict, detail))
        self._progress.advance(self._task)
        if self._progress.disable or verdict == "failed":
            line = f"{verdict:6} {row} | {column}: {detail}"
            self._progress.console.print(line, markup=False, soft_wrap=True)

    def finish(self, json: Path | None) -> int:
        """Print the table and write the JSON; return the exit status."""
        results = Results(self.title, self.columns, self.cells)
        table = Table("", *self.columns, title=self.title)
        for row, cells in results.rows().items():
            table.add_row(row, *(_shown(cells.get(name)) for name in self.columns))
        self.console.print(table)
        if json:
            text = msgspec.json.format(msgspec.json.encode(results), indent=1)
            json.write_bytes(text + b"\n")
        self.console.print(f"{self.title}: {results.totals()}")
        for cell in results.failed():
            self.console.print(
                f"failed: {cell.row} | {cell.column}: {cell.detail}", markup=False
            )
        return 1 if results.failed() or not self.cells else 0


def _shown(cell: Cell | None) -> str:
    if cell is None:
        return ""
    text = cell.detail if cell.verdict == "ok" else cell.verdict
    return f"[{STYLES[cell.verdict]}]{escape(text or 'ok')}[/]"


def read(path: Path) -> Results:
    """Read results from a file; raises msgspec.DecodeError if it has no results."""
    return msgspec.json.decode(path.read_bytes(), type=Results)


def arguments(description: str) -> argparse.ArgumentParser:
    """Return a parser with the options that all trials have."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument(
        "--json", type=Path, metavar="FILE", help="also write the results as JSON"
    )
    parser.add_argument(
        "--only",
        action="append",
        metavar="WORD",
        help="only rows whose name contains it; can be repeated",
    )
    parser.add_argument(
        "--quick", action="store_true", help="run only the part that CI runs"
    )
    return parser
