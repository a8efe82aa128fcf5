"""`make audit`: list the files, processes, addresses and bytes of installer runs.

It takes a few seconds, so `--quick` changes nothing.
"""

from __future__ import annotations

import signal
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from trials import requirements
from trials.board import Board, arguments

from . import allowed, listing
from .allowed import Allowed
from .runs import RUNS, Run
from .stage import Stage
from .strace import TraceError
from .verdict import COLUMNS, Share, judge

PACKAGES = {"strace": "strace", "python3": "python3", "curl": "curl"}


def main() -> int:
    """Audit the runs; return the exit status."""
    parser = arguments(__doc__ or "")
    parser.add_argument(
        "--verbose",
        action="store_true",
        help="also list what each run did, and why",
    )
    options = parser.parse_args()
    # A job in the background ignores these, and its children inherit that.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGQUIT, signal.SIG_DFL)
    if not requirements.are_met(PACKAGES):
        return 2
    runs = [
        run
        for run in RUNS
        if not options.only or any(word in run.title for word in options.only)
    ]
    allow, lists = allowed.load(), list[str]()
    board = Board("What the shim does", COLUMNS, len(runs) * len(COLUMNS))
    with TemporaryDirectory(prefix="shimgen-audit-") as name, board:
        stage = Stage(Path(name))
        for run in runs:
            board.begin(run.title)
            lists += audit(run, stage, allow, board)
    status = board.finish(options.json)
    if options.verbose:
        print(*lists, sep="\n")
    return status


def audit(run: Run, stage: Stage, allow: Allowed, board: Board) -> list[str]:
    """Play a run, fill its row, and return a list of what it did, to be read."""
    try:
        share = Share(stage.play(run), stage)
    except (AssertionError, TraceError) as error:
        for column in COLUMNS:
            board.add(run.title, column, "failed", str(error))
        return []
    for column, problems, detail in judge(share, allow):
        if problems:
            board.add(run.title, column, "failed", "; ".join(problems))
        else:
            board.add(run.title, column, "ok", detail)
    return list(listing.lines(share, allow))


if __name__ == "__main__":
    sys.exit(main())
