"""`make faults`: let an installer meet each fault, and fill the table."""

from __future__ import annotations

import math
import signal
import sys
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from dataclasses import dataclass

from trials import requirements
from trials.board import Board, Cell, Verdict, arguments

from .fault import Fault, Place
from .namespace import Wire
from .outcome import broken_promises
from .play import perform
from .stage import Scratch, scratch
from .table import LIMITS, TITLE, column, faults, rows

THREADS = 12  # most of them wait most of the time
PACKAGES = {
    "ip": "iproute2",
    "nft": "nftables",
    "unshare": "util-linux",
    "python3": "python3",
    "curl": "curl",
}


@dataclass(frozen=True)
class Trial:
    """One cell of the table: a fault, a transport and a limit in seconds."""

    row: str
    fault: Fault
    transport: str
    limit: int
    quick: bool

    def play(self, scratch: Scratch) -> tuple[Verdict, str]:
        """Return the verdict, and how long the installer waited or what went wrong."""
        with Wire() as wire:
            place = Place(wire, scratch, self.limit, self.quick)
            blocked, problems = self._play(place)
        if not problems:
            return "ok", rounded(blocked)
        if self.fault.known_limit:
            return "limit", self.fault.known_limit
        return "failed", "; ".join(dict.fromkeys(problems))

    def _play(self, place: Place) -> tuple[float, list[str]]:
        with self.fault.scene(place) as scene:
            stage = (place.scratch, scene, self.transport, self.limit)
            baseline = perform(*stage, "no-op", scene.directors[0])
            runs = [perform(*stage, "api", director) for director in scene.directors]
        bound = min(self.limit + 1, scene.bound)
        problems = [p for run in runs for p in broken_promises(run, baseline, bound)]
        if scene.answers:
            problems += [
                f"the answer is {answer!r}, not one of {scene.answers}"
                for run in runs
                for answer in run.answers
                if answer not in scene.answers
            ]
        return max(run.blocked for run in runs), problems


def rounded(seconds: float) -> str:
    """Return a time rounded up to half a second, so that it rarely changes."""
    return f"{math.ceil(seconds * 2) / 2:.1f} s"


def trials(words: Iterable[str], *, quick: bool) -> Iterator[Trial]:
    """Yield the cells to play, the longest first."""
    for limit in LIMITS[:1] if quick else sorted(LIMITS, reverse=True):
        for fault in reversed(faults()):
            for row, transport in fault.rows().items():
                if not words or any(word in row for word in words):
                    yield Trial(row, fault, transport, limit, quick)


def fill(board: Board, scratch: Scratch, selected: list[Trial]) -> None:
    """Play trials, several at once, and sort their cells as the table is sorted."""
    with ThreadPoolExecutor(THREADS) as pool:
        futures: dict[Future[tuple[Verdict, str]], Trial] = {
            pool.submit(trial.play, scratch): trial for trial in selected
        }
        for future in as_completed(futures):
            trial = futures[future]
            board.begin(trial.row)
            try:
                verdict, detail = future.result()
            except Exception as error:  # an error of the trial itself: its cell fails
                verdict, detail = "failed", f"{type(error).__name__}: {error}"
            board.add(trial.row, column(trial.limit), verdict, detail)
    order = {name: number for number, name in enumerate(rows())}
    columns = [column(limit) for limit in LIMITS]

    def place(cell: Cell) -> tuple[int, int]:
        return order[cell.row], columns.index(cell.column)

    board.cells.sort(key=place)


def main() -> int:
    """Play the selected faults; return the exit status."""
    options = arguments(__doc__ or "").parse_args()
    if not requirements.are_met(PACKAGES, root=True):
        return 2
    # A job in the background ignores SIGINT, and its children inherit that.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    selected = list(trials(options.only or (), quick=options.quick))
    columns = [column(limit) for limit in LIMITS[: 1 if options.quick else None]]
    with scratch() as memory, Board(TITLE, columns, len(selected)) as board:
        fill(board, memory, selected)
    return board.finish(options.json)


if __name__ == "__main__":
    sys.exit(main())
