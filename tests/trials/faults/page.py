"""The page of the faults, rendered from what `make faults` found.

Run as `python -m trials.faults.page` it writes the page.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from support.paths import ROOT
from trials.board import Cell, Results, read

from .table import GROUPS, RESULTS

PAGE = ROOT / "docs" / "faults.md"
HEAD = """\
# Faults

What an installer notices of its reports when network or host fail. All of it is real
for the kernel: two network namespaces with a cable between them, filters in its packet
filter, limits, file systems and signals.

```console
$ make faults
```

An installer that reports its begin and its failure is played twice under each fault:
with the shim, and with functions that do nothing in its place. A cell fails unless

- exit status, output and every file made anywhere below `/` are the same,
- each report took at most its limit and a second,
- the installer's descriptors are as before,
- after the limit and a second no process of it is left,
- the answer shows that the fault was there, where it can show it.

The columns are limits, by `TELEMETRY_TIMEOUT`. A cell says how long the longest report
held up the installer, rounded up to half a second, so that little changes from one run
to the next. A signal is sent at 50 moments spread over a send, each in a run of its
own; the longest counts. The shim may cost nothing but that time.

Clocks cannot be set for one program: under "clock years behind" and "ahead" it is the
certificate that is years off, which is the same to TLS. Without /proc or /dev/fd bash
has no process substitution: nothing is sent then, and nothing else changes.
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
    """Rows by the known limit that they show, each once."""
    found: dict[str, list[str]] = {}
    for cell in results.cells:
        if cell.verdict == "limit":
            names = found.setdefault(cell.detail, [])
            if cell.row not in names:
                names.append(cell.row)
    return found


if __name__ == "__main__":
    PAGE.write_text(render(read(RESULTS)))
