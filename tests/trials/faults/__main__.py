"""Play all faults and fill the table."""

from __future__ import annotations

import math
import os
import sys
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from dataclasses import dataclass

from trials.board import Board, Cell, Verdict, arguments

from .fault import Fault, Place
from .namespace import Wire
from .outcome import complaints
from .play import perform
from .stage import Scratch, scratch
from .table import LIMITS, TITLE, column, faults, rows

THREADS = 12  # most of them wait


@dataclass(frozen=True)
class Trial:
    """One cell to be."""

    row: str
    fault: Fault
    transport: str
    limit: int
    quick: bool

    def play(self, scratch: Scratch) -> tuple[Verdict, str]:
        """Return the verdict, and the blocked time or what went wrong."""
        with Wire() as wire:
            place = Place(wire, scratch, self.limit, self.quick)
            blocked, said = self._play(place)
        if not said:
            return "ok", rounded(blocked)
        if self.fault.known_limit:
            return "limit", self.fault.known_limit
        return "failed", "; ".join(dict.fromkeys(said))

    def _play(self, place: Place) -> tuple[float, list[str]]:
        with self.fault.scene(place) as scene:
            stage = (place.scratch, scene, self.transport, self.limit)
            plain = perform(*stage, "no-op", scene.directors[0])
            runs = [perform(*stage, "api", director) for director in scene.directors]
        bound = min(self.limit + 1, scene.bound)
        said = [text for run in runs for text in complaints(run, plain, bound)]
        if scene.answers:
            said += [
                f"the answer is {answer!r}, not one of {scene.answers}"
                for run in runs
                for answer in run.answers
                if answer not in scene.answers
            ]
        return max(run.blocked for run in runs), said


def rounded(seconds: float) -> str:
    """Say how long, rounded up to half a second: less changes from run to run."""
    return f"{math.ceil(seconds * 2) / 2:.1f} s"


def trials(words: Iterable[str], *, quick: bool) -> Iterator[Trial]:
    """Yield what is to be played; the longest first."""
    for limit in LIMITS[:1] if quick else sorted(LIMITS, reverse=True):
        for fault in reversed(faults()):
            for row, transport in fault.rows().items():
                if not words or any(word in row for word in words):
                    yield Trial(row, fault, transport, limit, quick)


def fill(board: Board, scratch: Scratch, chosen: list[Trial]) -> None:
    """Play trials, several at once, and take their cells in the order of the table."""
    with ThreadPoolExecutor(THREADS) as pool:
        futures: dict[Future[tuple[Verdict, str]], Trial] = {
            pool.submit(trial.play, scratch): trial for trial in chosen
        }
        for future in as_completed(futures):
            trial = futures[future]
            board.begin(trial.row)
            try:
                verdict, detail = future.result()
            except Exception as error:  # of the trial: its cell is red
                verdict, detail = "failed", f"{type(error).__name__}: {error}"
            board.add(trial.row, column(trial.limit), verdict, detail)
    order = {name: number for number, name in enumerate(rows())}
    columns = [column(limit) for limit in LIMITS]

    def place(cell: Cell) -> tuple[int, int]:
        return order[cell.row], columns.index(cell.column)

    board.cells.sort(key=place)


def main() -> int:
    """Run as a program; return its exit status."""
    options = arguments(__doc__ or "").parse_args()
    if os.geteuid() != 0:
        print("namespaces need root: run it with sudo", file=sys.stderr)
        return 2
    chosen = list(trials(options.only or (), quick=options.quick))
    columns = [column(limit) for limit in LIMITS[: 1 if options.quick else None]]
    with scratch() as memory, Board(TITLE, columns, len(chosen)) as board:
        fill(board, memory, chosen)
    return board.finish(options.json)


if __name__ == "__main__":
    sys.exit(main())
