"""`make mutants`: plant small mistakes, one at a time, and see if the tests notice.

Results are kept in .mutants/, so that the next run only tries what has changed.
"""

from __future__ import annotations

import os
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from trials.board import Board, Verdict, arguments

from . import survivors
from .memory import Result
from .mutant import Mutant
from .parts import PARTS, Part, missing
from .survivors import Group
from .trial import Trial, UnsoundError
from .workspace import ROOT, fast_folder

COLUMNS = ("mutants", "killed", "survived", "listed", "score")
REQUIRED_SCORE = 95  # percent of the mutants that are not equivalent
MEMORY = ROOT / ".mutants"


@dataclass(frozen=True)
class Row:
    """A part: the mutants to try, and the groups of those that are listed.

    `listed` has one entry per listed mutant. `stale` are messages about listed mutants
    that do not exist. `complete` is false for a sample.
    """

    part: Part
    to_try: Sequence[Mutant]
    listed: Sequence[Group]
    stale: Sequence[str]
    complete: bool


def main() -> int:
    """Try the mutants; return the exit status."""
    parser = arguments(__doc__ or "")
    parser.add_argument("--sample", type=int, metavar="N", help="try N of each file")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, metavar="N")
    parser.add_argument("--verbose", action="store_true", help="show the survivors")
    options = parser.parse_args()
    if messages := missing(ROOT):
        print(*messages, sep="\n", file=sys.stderr)
        return 2
    words = options.only or [""]
    parts = [part for part in PARTS if any(word in part.file for word in words)]
    size = 1 if options.quick else options.sample
    board = Board("Mutants", COLUMNS, len(parts) * len(COLUMNS))
    alive: dict[Part, list[Mutant]] = {}
    with (
        TemporaryDirectory(prefix="shimgen-mutants-", dir=fast_folder()) as name,
        Trial(Path(name), MEMORY / "found.jsonl", options.jobs) as trial,
        board,
    ):
        rows = [row_of(part, trial.tree, size) for part in parts]
        for slow in (False, True):  # quick tests kill most mutants
            waiting = [trial.try_all(row.part, row.to_try, slow=slow) for row in rows]
        for row, futures in zip(rows, waiting, strict=True):
            alive[row.part] = fill(board, row, futures)
    _write_unexplained(alive)
    if options.verbose:
        print(*(m.diff for mutants in alive.values() for m in mutants), sep="\n\n")
    return board.finish(options.json)


def row_of(part: Part, tree: Path, size: int | None) -> Row:
    """Make a part's mutants; for a sample, select those with the lowest keys."""
    mutants = part.mutants(tree)
    groups = survivors.load(part.name)
    listed = survivors.by_place(groups)
    group_of = {m.key: listed.get(survivors.place(m)) for m in mutants}
    to_try = [mutant for mutant in mutants if not group_of[mutant.key]]
    if size:
        to_try = sorted(to_try, key=lambda mutant: mutant.key)[:size]
    return Row(
        part,
        to_try,
        [group for group in group_of.values() if group],
        survivors.stale(part.name, groups, mutants),
        complete=not size,
    )


def fill(board: Board, row: Row, futures: Sequence[Future[Result]]) -> list[Mutant]:
    """Wait for a part's mutants, fill its row, and return those that survived."""
    name = row.part.file
    verdicts: list[str | None] = []
    try:
        for number, future in enumerate(futures):
            board.begin(f"{name}, {number} of {len(futures)}")
            verdicts.append(future.result().verdict)
    except UnsoundError as error:
        board.add(name, "killed", "failed", str(error))
        return []
    alive = [
        m for m, verdict in zip(row.to_try, verdicts, strict=True) if verdict == ""
    ]
    killers = Counter(verdict for verdict in verdicts if verdict)
    killed = killers.total()
    by_stage = ", ".join(f"{stage} {count}" for stage, count in killers.most_common())
    accepted = sum(group.kind == "accepted" for group in row.listed)
    judged = killed + len(alive) + accepted * row.complete
    score = 100 * killed / judged if judged else 100.0
    board.add(name, "mutants", "ok", str(judged + len(row.listed) - accepted))
    board.add(name, "killed", "ok", f"{killed} ({by_stage})" if by_stage else "0")
    is_explained: Verdict = "failed" if alive else "ok"
    board.add(name, "survived", is_explained, f"{len(alive)} that are not listed")
    if row.stale:
        board.add(name, "listed", "failed", "\n".join(row.stale))
    else:
        board.add(name, "listed", "ok", f"{len(row.listed)}, {accepted} by choice")
    reached: Verdict = "failed" if row.complete and score < REQUIRED_SCORE else "ok"
    board.add(name, "score", reached, f"{score:.1f} %")
    return alive


def _write_unexplained(alive: Mapping[Part, Sequence[Mutant]]) -> None:
    """Write the survivors to .mutants/, as entries that lack their reasons."""
    for part, mutants in alive.items():
        file = survivors.file_of(part.name, MEMORY / "survivors")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.unlink(missing_ok=True)
        if mutants:
            file.write_text(survivors.write([survivors.unexplained(mutants)]), "utf-8")


if __name__ == "__main__":
    sys.exit(main())
