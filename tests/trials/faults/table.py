"""All rows of the table, by what is at fault."""

from __future__ import annotations

from pathlib import Path

from . import far_end, local, network, signals
from .fault import Fault

RESULTS = Path(__file__).parents[1] / "results" / "faults.json"
TITLE = "faults"
LIMITS = (1, 2, 5)
GROUPS: dict[str, list[Fault]] = {
    "Network": network.FAULTS,
    "Server": far_end.FAULTS,
    "Host": local.FAULTS,
    "Signals": signals.FAULTS,
}


def faults() -> list[Fault]:
    """All faults, in the order of the table."""
    return [fault for group in GROUPS.values() for fault in group]


def column(limit: int) -> str:
    """Name the column of a limit in seconds."""
    return f"{limit} s"


def rows() -> list[str]:
    """Names of all rows, in the order of the table."""
    return [name for fault in faults() for name in fault.rows()]
