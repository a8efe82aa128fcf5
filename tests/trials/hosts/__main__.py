"""`make hosts`: fill the table of hosts.

A whole run needs root, debootstrap and a Debian mirror. It keeps root file systems in
$XDG_CACHE_HOME/shimgen/hosts; programs there called bash-VERSION are used as well.
`--quick` needs none of these: it plays what this machine has, and compares the verdicts
with the results of the last whole run.
"""

from __future__ import annotations

import argparse
import os
import signal
import sys
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory

from .. import board, requirements
from .bashes import BUILD_REMEDY, DEBIAN_RELEASE, Bashes, recipe
from .checks import Checks
from .debian import Debian
from .here import Here
from .page import RESULTS
from .roots import Cache
from .rows import COLUMNS, Row, missing

PACKAGES = {"debootstrap": "debootstrap", "unshare": "util-linux"}


def main() -> int:
    """Play the selected rows; return the exit status."""
    options = _options()
    # A job in the background ignores SIGINT, and its children inherit that.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    kept = cache / "shimgen" / "hosts"
    with TemporaryDirectory() as visible, TemporaryDirectory() as stage:
        checks = Checks(Path(visible))
        built = Bashes(dict(options.bash), kept)
        here = Here(checks, built)
        if options.quick:
            in_roots, rows = [], _selected(options, here.quick_rows())
        else:
            debian = Debian(checks, Cache(kept, options.mirror), Path(stage), built)
            in_roots = _selected(options, debian.rows())
            rows = [*in_roots, *_selected(options, here.machine_rows())]
        if in_roots and not requirements.are_met(PACKAGES, root=True):
            return 2
        _print_missing(rows)
        table = play(rows)
    status = table.finish(options.json)
    return (differs(table) or status) if options.quick else status


def _selected(options: argparse.Namespace, rows: Iterable[Row]) -> list[Row]:
    words = options.only or [""]
    return [row for row in rows if any(word in row.name for word in words)]


def _print_missing(rows: Sequence[Row]) -> None:
    """Print what the rows need and this machine lacks, each with its remedy."""
    lacking = missing(rows)
    if not lacking:
        return
    print("This machine lacks some programs; their rows will say `limit`.")
    for remedy, names in lacking.items():
        print(f"- {', '.join(names)}: {remedy}")
    if programs := lacking.get(BUILD_REMEDY):
        print(f"\n{recipe([name.removeprefix('bash ') for name in programs])}")


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
    """Return 1 if a verdict is not that of the last whole run, and print which.

    Limits are not compared: they only say what this machine lacks.
    """
    last_run = board.read(RESULTS).rows()
    wrong = [
        f"{cell.row} | {cell.column}: {cell.verdict}, not as in {RESULTS.name}"
        for cell in table.cells
        if cell.verdict != "limit"
        and (
            cell.column not in last_run.get(cell.row, {})
            or last_run[cell.row][cell.column].verdict != cell.verdict
        )
    ]
    for line in wrong:
        print(line)
    return 1 if wrong else 0


def _options() -> argparse.Namespace:
    parser = board.arguments("Run the bats suite and a sample installer on many hosts.")
    parser.add_argument(
        "--mirror",
        metavar="URL",
        help="the Debian mirror, if not debootstrap's default",
    )
    parser.add_argument(
        "--bash",
        action="append",
        default=[],
        type=_bash,
        metavar="VERSION=PATH",
        help="use this bash, for example 4.2=/opt/bash-4.2/bash; can be repeated",
    )
    return parser.parse_args()


def _bash(text: str) -> tuple[str, Path]:
    version, _, path = text.partition("=")
    if version not in DEBIAN_RELEASE:
        known = ", ".join(DEBIAN_RELEASE)
        raise argparse.ArgumentTypeError(f"{text!r} must begin with one of {known}")
    if not os.access(path, os.X_OK):
        raise argparse.ArgumentTypeError(f"{path!r} is not a program")
    return version, Path(path)


if __name__ == "__main__":
    sys.exit(main())
