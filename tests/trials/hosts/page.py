"""Writes docs/hosts.md from the results of a whole run.

Run it as `python -m trials.hosts.page`.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from .. import board

RESULTS = Path(__file__).parents[1] / "results" / "hosts.json"
PAGE = Path(__file__).parents[3] / "docs" / "hosts.md"

INTRO = """\
# Hosts

The hosts on which the shim was tried, and the results. `make hosts` produces this page;
do not edit it by hand.

- **bats suite**: all files of `tests/shim/bats`. The number of tests differs: some need
  a newer bash, others need a shell that not every host has.
- **life of a run**: the sample installer, `examples/install-demo.sh`, is run three
  times: it succeeds; it fails with 100, and `error_handler.func` ends it; the user
  refuses reports. A receiver on loopback must get exactly the four reports, valid by
  the spec. Exit status and output must be those of the same installer with functions
  that do nothing.
- **sourcing**: another shell sources both files and calls all functions. Nothing may be
  printed and nothing may fail.
"""

OTHER_SHELLS = "other shells"
SECTIONS: Mapping[str, str] = {
    "Debian": """\
A minimal root file system of each release, made by debootstrap, with the named packages
and nothing else that could send a report. With neither, nothing is sent and nothing
else changes.""",
    "Python": """\
In a root file system of Debian 13 without Python; this version is first on `PATH`.""",
    "bash": """\
In a root file system of Debian 13 with `python3`; the scripts run in this bash. The
releases of Debian above have bash 5.1 (11), 5.2 (12 and 13) and 5.3 (sid); those of
5.1 and 5.3 are taken from there. No Debian mirror has the others any more: they are
built from the release tags of the bash source repository, by the commands that
`make hosts` prints at its start, and named by `--bash VERSION=PATH`.""",
    OTHER_SHELLS: """\
In a root file system of Debian 13. ksh93 parses a whole file before it runs the first
line, and stops at syntax that it does not know: a known limit, see the
[known limits](limits.md#on-the-host).""",
    "locale": """\
In a root file system of Debian 13, with this `LC_ALL`; the last one does not exist.""",
    "busybox tools": """\
In a root file system of Debian 13 in which all tools are links to busybox, as on
Alpine.""",
    "this machine": """\
The machine that produced this page, without a root file system of its own, and with
these programs.""",
}

OUTRO = """\
## Running it again

`make hosts` needs root, debootstrap and a Debian mirror (`--mirror URL`, if not the
default of debootstrap). It says at its start what is missing and how to get it. Root
file systems are kept in `$XDG_CACHE_HOME/shimgen/hosts`, by default below `~/.cache`;
delete a folder there to have it made again. A bash is taken from
`--bash VERSION=PATH`, which can be repeated, or from a program called `bash-VERSION` in
that folder or on `PATH`. Pythons are looked for on `PATH` and where version managers
install them. If the machine lacks a bash or a Python, its rows say `limit`. `--quick`
needs neither root nor mirror: it plays what the machine has and compares the verdicts
with this page.
"""


def render(results: board.Results) -> str:
    """Return the page: a table for each kind of host."""
    parts = [INTRO]
    rows = results.rows()
    for section, text in SECTIONS.items():
        in_section = {n: cells for n, cells in rows.items() if _section(n) == section}
        columns = [
            c
            for c in results.columns
            if any(c in cells for cells in in_section.values())
        ]
        title = section[0].upper() + section[1:]
        parts.append(f"## {title}\n\n{text}\n\n{_table(columns, in_section)}")
    return "\n".join([*parts, OUTRO])


def _section(row: str) -> str:
    return next((name for name in SECTIONS if row.startswith(name)), OTHER_SHELLS)


def _table(columns: list[str], rows: Mapping[str, Mapping[str, board.Cell]]) -> str:
    lines = [["", *columns], ["---"] * (len(columns) + 1)]
    for name, cells in rows.items():
        lines.append([name, *(_shown(cells.get(column)) for column in columns)])
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def _shown(cell: board.Cell | None) -> str:
    if cell is None:
        return ""
    text = cell.detail.replace("|", "\\|")
    return text if cell.verdict == "ok" else f"**{cell.verdict}**: {text}"


def main() -> None:
    """Write the page."""
    PAGE.write_text(render(board.read(RESULTS)), "utf-8")


if __name__ == "__main__":
    main()
