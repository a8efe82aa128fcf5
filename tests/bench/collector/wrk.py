"""Load made by `wrk`, which sends the next report when one is answered."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import NamedTuple

from support.collecting import START, UPDATE, UPLOAD

SCRIPT = Path(__file__).with_name("reports.lua")


class Found(NamedTuple):
    """How many reports were answered 200, and in what time."""

    reports: int
    seconds: float


def present() -> bool:
    """Return whether wrk is installed."""
    return shutil.which("wrk") is not None


def template(report: dict[str, object]) -> str:
    """Return the JSON of a report as the shim writes it; its run is RUN."""
    return json.dumps(report | {"random_id": "RUN"}, separators=(",", ":"))


def run(port: int, seconds: int, connections: int, prefix: str) -> Found:
    """Send starts and outcomes of runs whose identifiers begin with `prefix`."""
    command = [
        *("wrk", "--threads", "1", "--connections", str(connections)),
        *("--duration", f"{seconds}s", "--latency", "--script", str(SCRIPT)),
        f"http://127.0.0.1:{port}{UPLOAD}",
        *("--", prefix, template(START), template(UPDATE)),
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    [line] = [x for x in done.stdout.splitlines() if x.startswith("RESULT")]
    reports, microseconds, lost = map(int, line.split()[1:])
    if lost:
        raise RuntimeError(
            f"{lost} of {reports} reports were not stored:\n{done.stdout}"
        )
    return Found(reports, microseconds / 1e6)
