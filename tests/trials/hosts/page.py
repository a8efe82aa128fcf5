"""Writes docs/hosts.md from the results of a whole run.

`python -m trials.hosts.page` writes it anew.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from .. import board

RESULTS = Path(__file__).parents[1] / "results" / "hosts.json"
PAGE = Path(__file__).parents[3] / "docs" / "hosts.md"

INTRO = """\
# Hosts

Where the shim was tried, and what came of it. `make hosts` makes this page; written by
`tests/trials/hosts`, not by hand.

- **bats suite**: all files of `tests/bats`. Their number of tests differs: some are for
  newer versions of bash, some for shells that a host may not have.
- **life of a run**: the sample installer, `examples/install-demo.sh`, three times: it
  goes well, it fails with 100 and `error_handler.func` ends it, the user says no to
  reports. A receiver on loopback must get exactly the four reports, as the spec allows
  them; exit status and output must be those of the same installer with functions that
  do nothing.
- **sourcing**: another shell sources both files and calls all functions. Nothing may be
  printed, and nothing fail.
"""

OTHERS = "other shells"
SECTIONS: Mapping[str, str] = {
    "Debian": """\
A minimal root of each release, made by debootstrap, with these tools and nothing else
that could send. With neither, nothing is sent and nothing else changes.""",
    "Python": """\
In a root of Debian 13 without Python; each version is put first on `PATH`.""",
    "bash": """\
In a root of Debian 13 with `python3`; the scripts run in this bash. Debian 11 has
5.1, Debian 12 and 13 have 5.2, sid has 5.3; mirrors carry the source packages of these
alone. Those of 4.2 to 5.0 (Debian 7 to 10) were looked for on the mirror, its security
archive, Debian's archive of old releases and its snapshots, and could not be had from
where this page was made: `apt-get source` has none, the first two answer 404, the
others were out of reach. So all of these were built from upstream's release tags, and
given by `--bash VERSION=PATH`.""",
    OTHERS: """\
In a root of Debian 13. ksh93 parses a file whole and stops at syntax that it lacks: a
known limit, see the [design](design.md).""",
    "locale": """\
In a root of Debian 13, with `LC_ALL` set so; nobody has the last one.""",
    "busybox tools": """\
In a root of Debian 13 where all tools are links to busybox, as on Alpine.""",
    "this machine": """\
The machine that made this page, without a root, and with these tools.""",
}

OUTRO = """\
## Again

A whole run needs root, debootstrap and a mirror of Debian (`--mirror URL`). It keeps
the roots in `$XDG_CACHE_HOME/shimgen/hosts`, by default below `~/.cache`; remove a
folder there to have it made anew. Bashes there that are named `bash-X.Y` are found
without `--bash`. Pythons are looked for on `PATH` and where version managers put them.
A bash or Python that a machine does not have is a known limit of that machine, and its
rows say so; `--quick` needs neither root nor mirror, tries what the machine has, and
compares with this page.
"""


def render(results: board.Results) -> str:
    """Return the page: a table for each kind of host."""
    parts = [INTRO]
    rows = results.rows()
    for section, text in SECTIONS.items():
        own = {name: cells for name, cells in rows.items() if _section(name) == section}
        columns = [
            c for c in results.columns if any(c in cells for cells in own.values())
        ]
        title = section[0].upper() + section[1:]
        parts.append(f"## {title}\n\n{text}\n\n{_table(columns, own)}")
    return "\n".join([*parts, OUTRO])


def _section(row: str) -> str:
    return next((one for one in SECTIONS if row.startswith(one)), OTHERS)


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
