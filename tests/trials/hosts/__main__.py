"""`make hosts`: fills the table of hosts; see the package.

A whole run needs root, debootstrap and a mirror of Debian. It keeps its roots in
$XDG_CACHE_HOME/shimgen/hosts; bashes there that are named bash-X.Y are taken too.
`--quick` tries what this machine has, and compares with the results of a whole run.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory

from .. import board
from .checks import Checks
from .debian import Debian
from .here import Here
from .page import RESULTS
from .roots import Cache
from .rows import COLUMNS, Bashes, Row


def main() -> int:
    """Play the rows that were asked for; return the exit status."""
    options = _options()
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    kept = cache / "shimgen" / "hosts"
    with TemporaryDirectory() as given, TemporaryDirectory() as stage:
        checks = Checks(Path(given))
        bashes = Bashes(dict(options.bash), kept)
        here = Here(checks, bashes)
        if options.quick:
            rows = list(here.rows())
        else:
            roots = Debian(checks, Cache(kept, options.mirror), Path(stage), bashes)
            rows = [*roots.rows(), *here.own()]
        wanted = options.only or [""]
        found = play([r for r in rows if any(word in r.name for word in wanted)])
    status = found.finish(options.json)
    return (differs(found) or status) if options.quick else status


def play(rows: Sequence[Row]) -> board.Board:
    """Play rows, as many at once as there are processors; return the filled table."""
    total = sum(len(row.checks) for row in rows)
    with (
        board.Board("hosts", COLUMNS, total) as table,
        ThreadPoolExecutor(os.cpu_count()) as pool,
    ):
        for row, findings in zip(rows, pool.map(Row.play, rows), strict=True):
            table.begin(row.name)
            for column, finding in findings.items():
                table.add(row.name, column, finding.verdict, finding.detail)
    return table


def differs(table: board.Board) -> int:
    """Return 1, and say what it is, where a verdict is not that of the whole run.

    What is a limit here, as this machine does not have it, is not compared.
    """
    known = board.read(RESULTS).rows()
    wrong = [
        f"{cell.row} | {cell.column}: {cell.verdict}, not as in {RESULTS.name}"
        for cell in table.cells
        if cell.verdict != "limit"
        and (
            cell.column not in known.get(cell.row, {})
            or known[cell.row][cell.column].verdict != cell.verdict
        )
    ]
    for line in wrong:
        print(line)
    return 1 if wrong else 0


def _options() -> argparse.Namespace:
    parser = board.arguments("Run the bats suite and the life of a run on many hosts.")
    parser.add_argument(
        "--mirror",
        default="http://deb.debian.org/debian",
        help="where Debian comes from",
    )
    parser.add_argument(
        "--bash",
        action="append",
        default=[],
        type=_bash,
        metavar="VERSION=PATH",
        help="a bash that was built, as 4.2=/opt/bash-4.2",
    )
    return parser.parse_args()


def _bash(text: str) -> tuple[str, Path]:
    version, equals, path = text.partition("=")
    if not equals or not os.access(path, os.X_OK):
        raise argparse.ArgumentTypeError(f"{text} is not VERSION=PATH of a program")
    return version, Path(path)


if __name__ == "__main__":
    sys.exit(main())
