"""The table that a trial fills: progress while it runs, a verdict a cell, JSON."""

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
"""`limit`: it does not hold, and the docs name it as a known limit."""

STYLES: dict[Verdict, str] = {"ok": "green", "failed": "bold red", "limit": "yellow"}


class Cell(msgspec.Struct, frozen=True, omit_defaults=True):
    """What came of one trial: what was seen, in a few words, or what went wrong."""

    row: str
    column: str
    verdict: Verdict
    detail: str = ""


class Results(msgspec.Struct, frozen=True):
    """All cells of one command, in the order of their rows and columns."""

    title: str
    columns: list[str]
    cells: list[Cell]

    def rows(self) -> dict[str, dict[str, Cell]]:
        """Return the cells by row and column."""
        found: dict[str, dict[str, Cell]] = {}
        for cell in self.cells:
            found.setdefault(cell.row, {})[cell.column] = cell
        return found

    def failed(self) -> list[Cell]:
        """Return the cells that are red."""
        return [cell for cell in self.cells if cell.verdict == "failed"]

    def sum(self) -> str:
        """Say in a few words how many cells have which verdict."""
        failed = len(self.failed())
        limits = sum(cell.verdict == "limit" for cell in self.cells)
        good = len(self.cells) - failed - limits
        return f"{good} ok, {failed} failed, {limits} known limits"


class Board:
    """Takes cells as they come, shows how far it is, and sums up.

    Used as a context manager around the trials; `finish` afterwards.
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

    def begin(self, what: str) -> None:
        """Say what is being tried."""
        self._progress.update(self._task, description=escape(what))

    def add(self, row: str, column: str, verdict: Verdict, detail: str = "") -> None:
        """Take a cell; where nobody sees the bar, say it in a line."""
        self.cells.append(Cell(row, column, verdict, detail))
        self._progress.advance(self._task)
        if self._progress.disable or verdict == "failed":
            line = f"{verdict:6} {row} | {column}: {detail}"
            self._progress.console.print(line, markup=False, soft_wrap=True)

    def finish(self, json: Path | None) -> int:
        """Print the table, write the JSON; return the exit status."""
        results = Results(self.title, self.columns, self.cells)
        table = Table("", *self.columns, title=self.title)
        for row, cells in results.rows().items():
            table.add_row(row, *(_shown(cells.get(name)) for name in self.columns))
        self.console.print(table)
        if json:
            text = msgspec.json.format(msgspec.json.encode(results), indent=1)
            json.write_bytes(text + b"\n")
        self.console.print(f"{self.title}: {results.sum()}")
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
    """Read what an earlier run wrote; raises msgspec.DecodeError where it is not."""
    return msgspec.json.decode(path.read_bytes(), type=Results)


def arguments(description: str) -> argparse.ArgumentParser:
    """Return a parser with what all trials understand."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write the JSON")
    parser.add_argument(
        "--only", action="append", metavar="WORD", help="rows with this word in them"
    )
    parser.add_argument(
        "--quick", action="store_true", help="the reduced set that CI runs"
    )
    return parser
