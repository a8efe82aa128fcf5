"""What a report costs, as ratios taken alternately in one run (`make bench`)."""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent
API = HERE.parent.parent / "shell" / "dist" / "api.func"
PATH = "/usr/bin:/bin"  # Debian's python3; a version manager's shim is no yardstick
PVEVERSION = "#!/bin/sh\necho pve-manager/8.2.2/9355359cd7afbae4\n"
REPEATS = 10  # reports in one process, so that its own start counts little
EXPLAINED = 1000


@dataclass(frozen=True)
class Case:
    """Commands that are timed `count` times in a bash that ran `before` first."""

    before: str
    commands: str
    count: int = 1


@dataclass(frozen=True)
class Ratio:
    """A row of the table: a case over another, and the most that is wanted."""

    title: str
    case: str
    base: str
    most: float | None = None


LOAD = '. "$API"\n'
CASES = {
    "true": Case("", ""),
    "source": Case("", LOAD),
    "floor": Case("", "pveversion >/dev/null; python3 -ISc pass", REPEATS),
    "python": Case("", "python3 -ISc pass", REPEATS),
    "curl": Case('. "$CURL"', "post_with_curl", REPEATS),
    "container": Case(LOAD, "RANDOM_UUID=$i; post_to_api", REPEATS),
    "vm": Case(LOAD, "RANDOM_UUID=$i; post_to_api_vm", REPEATS),
    "update": Case(LOAD, "RANDOM_UUID=$i; post_update_to_api ok 0", REPEATS),
    "run": Case(
        LOAD, "RANDOM_UUID=$i; post_to_api; post_update_to_api failed 1", REPEATS
    ),
    "background": Case(LOAD + "TELEMETRY_BACKGROUND=yes", "post_to_api"),
    "foreground": Case(LOAD, "post_to_api"),
    "closed": Case(LOAD + "DIAGNOSTICS=no", "post_to_api", EXPLAINED),
    "explain": Case(LOAD, "explain_exit_code 231", EXPLAINED),
    "printf": Case(
        "describe() { printf '%s\\n' \"meaning of $1\"; }", "describe 231", EXPLAINED
    ),
}
RATIOS = (
    Ratio("sourcing / bash -c true", "source", "true", 2.5),
    Ratio("container report / floor", "container", "floor", 1.4),
    Ratio("container report / curl by hand", "container", "curl", 1.5),
    Ratio("VM report / floor", "vm", "floor"),
    Ratio("update report / python3 -ISc pass", "update", "python"),
    Ratio("whole run of two reports / floor", "run", "floor"),
    Ratio("background / foreground", "background", "foreground", 0.25),
    Ratio("explain_exit_code / one printf", "explain", "printf", 2.5),
    Ratio("closed gate / one printf", "closed", "printf"),
)


def script(case: Case) -> str:
    """Return bash that prints the microseconds that the commands took.

    Timed inside of bash, so that its own start does not count. Sourcing is timed
    from outside, as its base is the start of bash.
    """
    return f"""{case.before}
    for ((i = 1, start = ${{EPOCHREALTIME/./}}; i <= {case.count}; i++)); do
      {case.commands}
    done > >(exec cat >/dev/null)
    echo $((${{EPOCHREALTIME/./}} - start)) >&2"""


def measure(case: Case, env: dict[str, str]) -> float:
    """Run a case once; return the microseconds of one repetition."""
    if case.count == 1 and not case.before:
        start = time.perf_counter()
        subprocess.run(["bash", "-c", case.commands or "true"], env=env, check=True)
        return (time.perf_counter() - start) * 1e6
    done = subprocess.run(
        ["bash", "-c", script(case)],
        env=env,
        check=True,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
    )
    return float(done.stderr) / case.count


@contextmanager
def surroundings() -> Iterator[dict[str, str]]:
    """Give an environment with a stub `pveversion` and a server to report to."""
    with tempfile.TemporaryDirectory() as folder:
        stub = Path(folder) / "pveversion"
        stub.write_text(PVEVERSION)
        stub.chmod(0o755)
        server = subprocess.Popen(
            [sys.executable, str(HERE / "server.py")], stdout=subprocess.PIPE, text=True
        )
        assert server.stdout is not None
        try:
            port = server.stdout.readline().strip()
            yield {
                "PATH": f"{folder}:{PATH}",
                "API": str(API),
                "CURL": str(HERE / "curl_report.bash"),
                "TELEMETRY_URL": f"http://127.0.0.1:{port}/dev/upload",
                "DIAGNOSTICS": "yes",
                "RANDOM_UUID": "1",
                "CT_TYPE": "1",
                "LC_ALL": "C.UTF-8",
            }
        finally:
            server.kill()
            server.wait()


def spread(values: list[float]) -> str:
    low, _, high = statistics.quantiles(values, n=4)
    return f"{low:.2f}-{high:.2f}"


def main() -> None:
    """Measure all cases in turn, round by round, and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=21, help="default: 21")
    rounds = parser.parse_args().rounds
    times: dict[str, list[float]] = {name: [] for name in CASES}
    with surroundings() as env:
        for number in range(1, rounds + 1):
            if sys.stderr.isatty():
                print(f"\rround {number} of {rounds}", end="", file=sys.stderr)
            for name, case in CASES.items():
                times[name].append(measure(case, env))
    if sys.stderr.isatty():
        print(file=sys.stderr)
    print(f"{rounds} rounds, bash {os.popen('bash --version').readline().split()[3]}\n")
    print("| case | median | middle half |\n|---|---|---|")
    for name, values in times.items():
        milliseconds = [value / 1000 for value in values]
        median = statistics.median(milliseconds)
        print(f"| {name} | {median:.3f} ms | {spread(milliseconds)} |")
    print("\n| ratio | median | middle half | wanted |\n|---|---|---|---|")
    for ratio in RATIOS:
        pairs = list(zip(times[ratio.case], times[ratio.base], strict=True))
        values = [case / base for case, base in pairs]
        most = f"at most {ratio.most}" if ratio.most else ""
        median = statistics.median(values)
        print(f"| {ratio.title} | {median:.2f} | {spread(values)} | {most} |")


if __name__ == "__main__":
    main()
