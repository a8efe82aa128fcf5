"""`make mutants`: plants small mistakes, one by one, and sees if the tests notice."""

from __future__ import annotations

import os
import sys
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from trials.board import Board, Verdict, arguments

from . import listed
from .memory import Found
from .mutant import Mutant, mutant
from .parts import PARTS, Part
from .trial import Trial, UnsoundError
from .workspace import ROOT, fast_folder

COLUMNS = ("mutants", "killed", "survived", "listed", "score")
WANTED = 95  # of 100 mutants that are not equivalent have to be killed
MEMORY = ROOT / ".mutants"
LISTED = ROOT / "tests" / "mutants.toml"


@dataclass(frozen=True)
class Row:
    """A file's mutants: those that are tried, and the entries of those listed."""

    part: Part
    tried: Sequence[Mutant]
    listed: Sequence[listed.Survivor]
    complete: bool


def main() -> int:
    """Try the mutants; gives the exit status."""
    parser = arguments(__doc__ or "")
    parser.add_argument("--sample", type=int, metavar="N", help="try N of each file")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, metavar="N")
    parser.add_argument("--verbose", action="store_true", help="show the survivors")
    options = parser.parse_args()
    parts = [
        part
        for part in PARTS
        if not options.only or any(word in part.file for word in options.only)
    ]
    known = listed.by_place(listed.load(LISTED))
    size = 1 if options.quick else options.sample
    board = Board("Mutants", COLUMNS, len(parts) * len(COLUMNS))
    survivors: list[Mutant] = []
    with (
        TemporaryDirectory(prefix="shimgen-mutants-", dir=fast_folder()) as name,
        Trial(Path(name), MEMORY / "found.jsonl", options.jobs) as trial,
        board,
    ):
        rows = [row_of(part, trial.tree, known, size) for part in parts]
        for slow in (False, True):  # most are killed by tests that take little time
            waiting = [trial.try_all(row.part, row.tried, slow=slow) for row in rows]
        for row, futures in zip(rows, waiting, strict=True):
            survivors += fill(board, row, futures)
    (MEMORY / "survivors.toml").write_text(listed.skeleton(survivors))
    if options.verbose:
        print(*(survivor.diff for survivor in survivors), sep="\n\n")
    return board.finish(options.json)


def row_of(
    part: Part,
    tree: Path,
    known: dict[listed.Place, listed.Survivor],
    size: int | None,
) -> Row:
    """Make a file's mutants; of a sample, those whose names come first."""
    source = (tree / part.file).read_text()
    made = [mutant(part.file, source, text) for text in part.mutations(source)]
    entries = [known[place] for one in made if (place := listed.place(one)) in known]
    tried = [one for one in made if listed.place(one) not in known]
    if size:
        tried = sorted(tried, key=lambda one: one.key)[:size]
    return Row(part, tried, entries, complete=not size)


def fill(board: Board, row: Row, futures: Sequence[Future[Found]]) -> list[Mutant]:
    """Wait for a file's mutants, fill its row, return those that survived."""
    name = row.part.file
    verdicts: list[str | None] = []
    try:
        for number, future in enumerate(futures):
            board.begin(f"{name}, {number} of {len(futures)}")
            verdicts.append(future.result().verdict)
    except UnsoundError as error:
        board.add(name, "killed", "failed", str(error))
        return []
    survivors = [one for one, v in zip(row.tried, verdicts, strict=True) if v == ""]
    killers = Counter(verdict for verdict in verdicts if verdict)
    killed = killers.total()
    by = ", ".join(f"{stage} {count}" for stage, count in killers.most_common())
    accepted = sum(entry.kind == "accepted" for entry in row.listed)
    judged = killed + len(survivors) + accepted * row.complete
    score = 100 * killed / judged if judged else 100.0
    board.add(name, "mutants", "ok", str(judged + len(row.listed) - accepted))
    board.add(name, "killed", "ok", f"{killed} ({by})" if by else "0")
    found: Verdict = "failed" if survivors else "ok"
    board.add(name, "survived", found, f"{len(survivors)} that are not listed")
    board.add(name, "listed", "ok", f"{len(row.listed)}, {accepted} by choice")
    reached: Verdict = "ok" if score >= WANTED or not row.complete else "failed"
    board.add(name, "score", reached, f"{score:.1f} %")
    return survivors


if __name__ == "__main__":
    sys.exit(main())
