"""Invented histories of runs, and a plain second implementation that counts them."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from hypothesis import strategies as st

from shimgen.collector.keep.store import Report

DAY = 86_400
FIRST_DAY = 20_000  # days after 1970-01-01: 2024-10-04
BUCKETS = {
    "cores": [1, 2, 4, 8, 16],
    "memory": [512, 1024, 2048, 4096, 8192, 16384],
    "disk": [2, 4, 8, 16, 32, 64, 128],
    "duration": [30, 60, 120, 300, 600, 1800, 3600],
}
NAMES = [
    "app",
    "kind",
    "os",
    "host_version",
    "method",
    "cores",
    "memory",
    "disk",
    "duration",
]

_few = st.sampled_from
_size = st.none() | _few([0, 1, 2, 3, 4, 5, 16, 17, 512, 513, 16384, 16385])
_STARTS = st.fixed_dictionaries(
    {
        "type": _few(["lxc"]),
        "disk_size": _size,
        "core_count": _size,
        "ram_size": _size,
        "os_type": _few(["debian", "ubuntu", ""]),
        "os_version": _few(["12", "13", ""]),
        "nsapp": _few(["a", "b", "c", ""]),
        "method": _few(["default", "advanced", ""]),
        "pve_version": _few(["8.2.2", ""]),
    }
)
_VMS = st.fixed_dictionaries(
    {
        "type": _few(["qemu", "vm"]),
        "vm_disk": _size,
        "vm_cores": _size,
        "vm_ram": _size,
        "vm_os": _few(["debian", ""]),
        "vm_version": _few(["12", ""]),
        "vm_app": _few(["a", "v"]),
        "pve_version": _few(["8.2.2", "9.0"]),
    }
)
_ENDS = st.fixed_dictionaries(
    {"exit_code": _few([0, 0, 1, 100, 255])},
    optional={"install_duration": st.none() | _few([0, 30, 31, 3600, 3601, 86_400])},
)


class Sent(NamedTuple):
    """An invented report."""

    run: int
    event: str
    received: int
    payload: dict[str, Any]

    def report(self) -> Report:
        """Return it in the form of the store."""
        body = json.dumps(self.payload | {"random_id": name(self.run)}).encode()
        return Report(name(self.run), self.event, body, self.received)


def name(run: int) -> str:
    """Return a random_id that appears nowhere by accident."""
    return f"{run:08x}-dead-4bee-8fad-{run * 2_654_435_761 % 2**48:012x}"


@st.composite
def sent(draw: st.DrawFn, runs: int = 12, days: int = 4) -> Sent:
    """Invent one report of one of a few runs."""
    run = draw(st.integers(0, runs - 1))
    received = FIRST_DAY * DAY + draw(
        st.integers(0, days * DAY)
        | _few([n * DAY + d for n in range(days) for d in (-1, 0)])
    )
    kind = draw(_few(["post_to_api", "post_to_api_vm", "post_update_to_api"]))
    if kind == "post_to_api":
        return Sent(run, kind, received, draw(_STARTS))
    if kind == "post_to_api_vm":
        return Sent(run, kind, received, draw(_VMS))
    ended = draw(_ENDS)
    status = "failed" if ended["exit_code"] else "completed"
    return Sent(run, kind, received, {"status": status, **ended})


Row = tuple[int, str, str, str, tuple[tuple[str, str], ...]]


def count(history: Iterable[Sent]) -> Counter[Row]:
    """Count all runs of a history by day, event, status, exit code and values."""
    rows: Counter[Row] = Counter()
    runs: dict[int, list[Sent]] = {}
    for one in history:
        runs.setdefault(one.run, []).append(one)
    for reports in runs.values():
        rows[row(reports)] += 1
    return rows


def row(reports: Sequence[Sent]) -> Row:
    """Return how a run is counted; its reports are in the order of arrival."""
    begins = [one for one in reports if one.event != "post_update_to_api"]
    ends = [one for one in reports if one.event == "post_update_to_api"]
    values = dict.fromkeys(NAMES, "")
    status, code = "unfinished", ""
    if ends:
        payload = ends[-1].payload
        status, code = payload["status"], str(payload["exit_code"])
        values["duration"] = bucket("duration", payload.get("install_duration"))
    if begins:
        payload = begins[-1].payload
        take = "nsapp os_type os_version core_count ram_size disk_size"
        if begins[-1].event == "post_to_api_vm":
            take = "vm_app vm_os vm_version vm_cores vm_ram vm_disk"
        app, system, version, cores, memory, disk = (payload[k] for k in take.split())
        values |= {
            "app": app,
            "kind": payload["type"],
            "os": f"{system} {version}".strip(),
            "host_version": payload["pve_version"],
            "method": payload.get("method", ""),
            "cores": bucket("cores", cores),
            "memory": bucket("memory", memory),
            "disk": bucket("disk", disk),
        }
    day = min(one.received for one in reports) // DAY
    event = (begins or ends)[-1].event
    return day, event, status, code, tuple(values.items())


def bucket(dimension: str, value: int | None) -> str:
    """Return the label of a number's bucket by trying one after the other."""
    if value is None:
        return ""
    least = 0
    for most in BUCKETS[dimension]:
        if value <= most:
            if least == 0:
                return f"<= {most}"
            return str(most) if least == most else f"{least}-{most}"
        least = most + 1
    return f"> {least - 1}"
