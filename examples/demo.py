"""Runs the sample installer six times against a collector on this machine.

Shows what the user saw and which reports arrived. Exits with 0 if each run went exactly
as expected, otherwise with 1. Nothing leaves the machine.
"""

from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from contextlib import ExitStack, closing
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

import summary
from shimgen import text
from shimgen.collector.keep import store
from shimgen.collector.keep.sqlite import SQLiteStore
from shimgen.spec import DEFAULT_SPEC, load
from stage import (
    HUNG,
    SHIMGEN,
    SYSTEM,
    K,
    dead,
    host,
    receiver,
    send,
    served,
    started,
)

INSTALLER = Path(__file__).with_name("install-demo.sh")
# Printed by a program that the installer waits for. A signal sent earlier, between fork
# and exec, may be lost in a child of bash.
INTERRUPT_AT = "... this takes a minute"
SHOWN = 100  # runs to ask for; there are fewer
Report = tuple[str, dict[str, Any]]  # event and payload

STARTED: Report = (
    "post_to_api",
    {
        "ct_type": 1,
        "type": "lxc",
        "disk_size": 4,
        "core_count": 2,
        "ram_size": 2048,
        "os_type": "debian",
        "os_version": "12",
        "nsapp": "demo",
        "method": "default",
        "pve_version": "8.2.2",
        "status": "installing",
    },
)
COMPLETED: Report = (
    "post_update_to_api",
    {
        "status": "completed",
        "exit_code": 0,
        "error_explanation": "",
        "packages": ["demo=1.2.3"],
        "features": ["systemd", "ipv6"],
        "metrics": ["steps=3"],
    },
)


def failed(code: int, explanation: str) -> Report:
    """Return the last report of a run that failed while it installed packages."""
    payload = {
        "status": "failed",
        "exit_code": code,
        "error_explanation": explanation,
        "packages": ["demo=1.2.3"],
    }
    return "post_update_to_api", payload


class Run(NamedTuple):
    """One run of the installer, and the result that is expected."""

    title: str
    settings: Mapping[str, str]
    reports: Sequence[Report]  # the fields that the demo knows
    status: int = 0
    shown: str = "Installed."  # part of what the user sees
    interrupted: bool = False


class Seen(NamedTuple):
    """The result of a run: exit status, output, and what the collector received."""

    status: int
    lines: list[str]
    received: list[store.Run]


def plan(dead_url: str, no_python: Path) -> list[Run]:
    """Return the six runs."""
    apt = "APT: Package manager error (broken packages)"
    ctrl_c = "Terminated by Ctrl+C (SIGINT)"
    whole = [STARTED, COMPLETED]
    broken = [STARTED, failed(100, apt)]
    stopped = [STARTED, failed(130, ctrl_c)]
    return [
        Run("All goes well", {}, whole),
        Run("A step fails with 100", {"FAIL_STEP": "apt"}, broken, 100, apt),
        Run("Ctrl-C", {"WAIT_STEP": "apt"}, stopped, 130, ctrl_c, interrupted=True),
        Run("The user says no", {"DIAGNOSTICS": "no"}, []),
        Run("The collector is down", {"TELEMETRY_URL": dead_url}, []),
        Run("No python3: curl takes over", {"PATH": str(no_python)}, whole),
    ]


class Stopped(BaseException):
    """A signal asks the demo to stop; its argument is the number."""


def stop(number: int, _frame: object) -> None:
    """End the demo on a signal, so that every `finally` is executed."""
    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, signal.SIG_IGN)  # ignore further signals while stopping
    raise Stopped(number)


def play(run: Run, env: Mapping[str, str]) -> tuple[int, list[str]]:
    """Run the installer; return its exit status and its output."""
    lines = []
    with started([INSTALLER], {**env, **run.settings}) as process:
        assert process.stdout
        guard = threading.Timer(HUNG, send, [process, signal.SIGKILL])
        guard.start()
        try:
            for line in process.stdout:
                lines.append(line.rstrip("\n"))
                if run.interrupted and INTERRUPT_AT in line:
                    send(process, signal.SIGINT)
            return process.wait(), lines
        finally:
            guard.cancel()


def problems(run: Run, seen: Seen) -> list[str]:
    """Return the differences between the result and what is expected."""
    found = []
    if seen.status != run.status:
        found.append(f"exit status {seen.status} instead of {run.status}")
    if not any(run.shown in line for line in seen.lines):
        found.append(f"the user did not see: {run.shown}")
    reports = [report for one in seen.received for report in one.reports]
    got = [(report.event, plain(json.loads(report.payload))) for report in reports]
    if got != run.reports or len(seen.received) > 1:
        wanted = [json.dumps(payload) for _, payload in run.reports]
        found.append(f"should have been received, in one run: {wanted or 'nothing'}")
    for report in reports[1:]:
        duration = json.loads(report.payload).get("install_duration")
        if duration not in range(HUNG):
            found.append(f"install_duration is {duration}, not a few seconds")
    return found


def plain(payload: Mapping[str, Any]) -> dict[str, Any]:
    """Leave out fields that differ from run to run, or that the demo does not know."""
    known = STARTED[1].keys() | COMPLETED[1].keys()
    return {key: value for key, value in payload.items() if key in known}


def paint(words: str, code: str) -> str:
    """Colour words with an SGR code, on a terminal and without NO_COLOR."""
    coloured = sys.stdout.isatty() and not os.environ.get("NO_COLOR")
    return f"\033[{code}m{words}\033[0m" if coloured else words


def show(number: int, run: Run, seen: Seen) -> bool:
    """Print one run; return whether it went as expected."""
    settings = "".join(f"  {name}={value}" for name, value in run.settings.items())
    print(f"\n{paint(f'{number}. {run.title}', '1')}{paint(settings, '2')}")
    for line in seen.lines:
        print(f"  | {line}")
    print(f"  exit status {seen.status}")
    reports = [report for one in seen.received for report in one.reports]
    for report in reports:
        print(f"  received: {paint(report.payload.decode(), '36')}")
    if not reports:
        print("  received: nothing")
    found = problems(run, seen)
    for problem in found:
        print(paint(f"  WRONG: {problem}", "31"))
    if not found:
        print(paint("  as expected", "32"))
    return not found


def table(runs: Sequence[store.Run]) -> list[str]:
    """Return what is stored as the lines of a table, one for each run."""
    rows: list[tuple[str, ...]] = [
        ("RUN", "APPLICATION", "STATUS", "CODE", "EXPLANATION")
    ]
    for run in reversed(runs):
        whole = {
            k: v
            for report in run.reports
            for k, v in json.loads(report.payload).items()
        }
        keys = ("nsapp", "status", "exit_code", "error_explanation")
        rows.append((run.random_id[:8], *(str(whole.get(key, "")) for key in keys)))
    return text.columns(rows)


def build(folder: Path) -> Path:
    """Render the shell files, with a consent file that does not exist."""
    asked = load(DEFAULT_SPEC).consent.file
    spec, dist = folder / DEFAULT_SPEC.name, folder / "dist"
    spec.write_text(DEFAULT_SPEC.read_text().replace(asked, f"{folder}/diagnostics"))
    command = [*SHIMGEN, "build", "--spec", str(spec), "--out", str(dist)]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return dist


def demo(stack: ExitStack) -> bool:
    """Play all runs; return whether each went as expected."""
    folder = Path(stack.enter_context(TemporaryDirectory(prefix="shimgen-demo-")))
    dist, db = build(folder), folder / "reports.sqlite3"
    site = stack.enter_context(receiver(db))
    url = f"{site}dev/upload"
    print(f"The collector listens on {url}")
    stubs, no_python = host(folder)
    env = {
        "BASE": stack.enter_context(served(dist)),
        "DIAGNOSTICS": "yes",
        "LC_ALL": "C",
        "PATH": f"{stubs}:{SYSTEM}",
        "TELEMETRY_URL": url,
    }
    reports = stack.enter_context(closing(SQLiteStore(db, load(DEFAULT_SPEC))))
    runs = plan(stack.enter_context(dead()), no_python)
    right, known = 0, set[str]()
    for number, run in enumerate(runs, 1):
        status, lines = play(run, env)
        new = [one for one in reports.runs(SHOWN) if one.random_id not in known]
        known.update(one.random_id for one in new)
        right += show(number, run, Seen(status, lines, new))
    print(f"\n{paint('What the collector has stored', '1')}")
    print("\n".join(f"  {line}" for line in table(reports.runs(SHOWN))))
    publish(db)
    shown = summary.lines(site, paint)
    print("\n".join(f"  {line}" for line in shown))
    if sys.stdin.isatty() and sys.stdout.isatty():
        input("  Look at it in a browser, then press Enter.")
    print(f"\n{right} of {len(runs)} runs as expected")
    return right == len(runs) and summary.counts(site) == (2, 2)


def publish(db: Path) -> None:
    """Fold and publish the runs now instead of after two days, even single runs."""
    command = [*SHIMGEN, "collector", "fold", "--now", "--db", str(db), *K]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    print(f"\n{paint('What the statistics page shows', '1')}")
    print("  (here at once and even for one run; usually after two days, for five)")


def main() -> int:
    """Run the demo; return its exit status."""
    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, stop)
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(line_buffering=True)
    try:
        with ExitStack() as stack:
            return 0 if demo(stack) else 1
    except Stopped as error:
        return 128 + int(error.args[0])


if __name__ == "__main__":
    sys.exit(main())
