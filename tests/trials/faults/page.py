"""Writes docs/faults.md from the results of `make faults`.

Run it as `python -m trials.faults.page`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from support.paths import ROOT
from trials.board import Cell, Results, read

from .table import GROUPS, RESULTS

PAGE = ROOT / "docs" / "faults.md"
HEAD = """\
# Faults

What an installer notices of its reports when the network or the host fails. The faults
are real for the kernel: two network namespaces joined by a virtual cable, a packet
filter, limits, file systems and signals.

```console
$ make faults
```

An installer reports its start and its failure. Under each fault it is run once with the
shim, and once with functions that do nothing in its place. A cell fails unless

- exit status, output and all files created below `/` are the same,
- each report took at most its limit plus one second,
- the installer has the same file descriptors as before,
- no process of it is left after the limit plus one second,
- the answer shows that the fault took place, if an answer can show it.

The columns are time limits, as set by `TELEMETRY_TIMEOUT`. A cell says how long the
longest report delayed the installer, rounded up to half a second, so that the page
rarely changes. A signal is sent at 50 moments of a send, each in a run of its own; the
longest run counts. Apart from that delay, the shim must not change anything.

The clock cannot be set for one program alone: under "clock years behind" and "clock
years ahead" the certificate is years off instead, which is the same for TLS. Without
/proc or /dev/fd bash has no process substitution: then nothing is sent, and nothing
else changes.
"""


def render(results: Results) -> str:
    """Return the page."""
    rows = results.rows()
    lines = [HEAD]
    for title, group in GROUPS.items():
        names = [name for fault in group for name in fault.rows()]
        lines += [f"## {title}", "", *_table(names, rows, results.columns), ""]
    lines += ["## Known limits", ""]
    for reason, names in _limits(results).items():
        lines += [f"- {'; '.join(names)}: {reason}."]
    return "\n".join(lines) + "\n"


def _table(
    names: list[str], rows: Mapping[str, Mapping[str, Cell]], columns: list[str]
) -> Iterator[str]:
    yield f"| fault | {' | '.join(columns)} |"
    yield "|---" * (len(columns) + 1) + "|"
    for name in names:
        cells = (_shown(rows.get(name, {}).get(column)) for column in columns)
        yield f"| {name} | {' | '.join(cells)} |"


def _shown(cell: Cell | None) -> str:
    if cell is None:
        return ""
    return cell.detail if cell.verdict == "ok" else cell.verdict


def _limits(results: Results) -> dict[str, list[str]]:
    """Return the rows by the known limit that they show."""
    rows: dict[str, list[str]] = {}
    for cell in results.cells:
        if cell.verdict == "limit":
            names = rows.setdefault(cell.detail, [])
            if cell.row not in names:
                names.append(cell.row)
    return rows


if __name__ == "__main__":
    PAGE.write_text(render(read(RESULTS)))
