"""A soak test of the collector: `make soak-collector ARGS='--minutes 10'`.

It sends reports at a constant rate, requests pages, and folds and publishes all runs
once a minute. It exits with 1 if a process of the collector needs more memory than the
limit, or if a report is refused.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
import threading
import urllib.request
from pathlib import Path
from tempfile import TemporaryDirectory

from shimgen.collector.operate.load import Load
from shimgen.collector.operate.post import post
from shimgen.spec import DEFAULT_SPEC, load
from support.serving import serving

LIMIT = 200  # MB, each process
SAMPLE = 5.0  # seconds between two measurements of the memory
PAGES = ("", "api", "metrics")
_PEAK = re.compile(r"^VmHWM:\s+(\d+) kB", re.MULTILINE)


def peaks(parent: int) -> dict[int, float]:
    """Return the peak memory of each process of a collector, in MB."""
    children = Path(f"/proc/{parent}/task/{parent}/children").read_text().split()
    peak = {}
    for process in (parent, *map(int, children)):
        match = _PEAK.search(Path(f"/proc/{process}/status").read_text())
        if match:
            peak[process] = int(match[1]) / 1000
    return peak


class Watch(threading.Thread):
    """Until `done` is set: measure memory use, load the web pages, fold runs."""

    def __init__(self, site: str, db: Path, process: int) -> None:
        super().__init__(daemon=True)
        self.peak: dict[int, float] = {}
        self.done = threading.Event()
        self._site, self._db, self._process = site, db, process

    def run(self) -> None:
        """Measure, request, fold."""
        rounds = 0
        while not self.done.wait(SAMPLE):
            rounds += 1
            self.look()
            for page in PAGES:
                with urllib.request.urlopen(self._site + page) as answer:
                    answer.read()
            if rounds % 12 == 0:
                self._fold()
                now = ", ".join(f"{mb:.0f}" for mb in self.peak.values())
                print(f"{rounds * SAMPLE / 60:.0f} min: {now} MB", flush=True)

    def look(self) -> None:
        """Note the peaks so far."""
        self.peak |= peaks(self._process)

    def _fold(self) -> None:
        command = [sys.executable, "-m", "shimgen", "collector", "fold", "--now"]
        subprocess.run(
            [*command, "--db", str(self._db)], check=True, stdout=subprocess.DEVNULL
        )


def main() -> int:
    """Run the test; return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--rate", type=int, default=200, help="reports a second")
    options = parser.parse_args()
    spec = load(DEFAULT_SPEC)
    test_data = Load(spec, int(options.minutes * 60 * options.rate / 2) or 1)
    with TemporaryDirectory(prefix="shimgen-soak-") as folder:
        db = Path(folder) / "db"
        with serving(db, "--rate", "1000000", stderr=sys.stderr) as (site, process):
            watch = Watch(site, db, process.pid)
            watch.start()
            reports = (report for run in test_data.reports() for report in run)
            answers = post(f"{site}upload", reports, options.rate)
            watch.done.set()
            watch.join()
            watch.look()
    most = max(watch.peak.values())
    print(f"answers: {answers}; a process had {most:.0f} MB, {LIMIT} are allowed")
    return int(most > LIMIT or set(answers) != {200})


if __name__ == "__main__":
    sys.exit(main())
