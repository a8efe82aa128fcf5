"""Times bash commands inside of bash, in turn."""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import trustme

HERE = Path(__file__).parent
API = HERE.parent.parent / "shell" / "dist" / "api.func"
PATH = "/usr/bin:/bin"  # Debian's python3; a version manager's shim is no yardstick
PVEVERSION = "#!/bin/sh\necho pve-manager/8.2.2/9355359cd7afbae4\n"
LOAD = '. "$API"\n'


@dataclass(frozen=True)
class Case:
    """Commands that are timed `count` times in a bash that ran `before` first."""

    before: str
    commands: str
    count: int = 1


def measure(case: Case, env: Mapping[str, str]) -> float:
    """Run a case once; return the microseconds of one repetition.

    Timed inside of bash, so that its own start does not count; where nothing runs
    before, from outside, as then the start of bash is what it is compared with.
    """
    if not case.before:
        start = time.perf_counter()
        for _ in range(case.count):
            subprocess.run(["bash", "-c", case.commands or "true"], env=env, check=True)
        return (time.perf_counter() - start) * 1e6 / case.count
    return sum(map(float, times(case, env))) / case.count


def times(case: Case, env: Mapping[str, str]) -> list[float]:
    """Run a case once; return the microseconds of each repetition."""
    script = f"""{case.before}
    for ((i = 1; i <= {case.count}; i++)); do
      start=${{EPOCHREALTIME/./}}
      {case.commands}
      took+=" $((${{EPOCHREALTIME/./}} - start))"
    done > >(exec cat >/dev/null)
    echo "$took" >&2"""
    done = subprocess.run(
        ["bash", "-c", script],
        env=env,
        check=True,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
    )
    return [float(word) for word in done.stderr.split()]


@contextmanager
def surroundings() -> Iterator[dict[str, str]]:
    """Yield an environment with a stub `pveversion` and servers to report to."""
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        top = Path(folder)
        (top / "pveversion").write_text(PVEVERSION)
        (top / "pveversion").chmod(0o755)
        authority = trustme.CA()
        authority.cert_pem.write_to_path(str(top / "trusted.pem"))
        leaf = authority.issue_cert("127.0.0.1")
        leaf.private_key_and_cert_chain_pem.write_to_path(str(top / "server.pem"))
        yield {
            "PATH": f"{folder}:{PATH}",
            "API": str(API),
            "CURL": str(HERE / "curl_report.bash"),
            "TELEMETRY_URL": f"http://{stack.enter_context(server())}/dev/upload",
            "HTTPS_URL": f"https://{stack.enter_context(server(top / 'server.pem'))}/",
            "SSL_CERT_FILE": str(top / "trusted.pem"),
            "DIAGNOSTICS": "yes",
            "RANDOM_UUID": "1",
            "CT_TYPE": "1",
            "LC_ALL": "C.UTF-8",
        }


@contextmanager
def server(*arguments: Path) -> Iterator[str]:
    """Start a server in a process of its own; yield its HOST:PORT."""
    command = [sys.executable, str(HERE / "server.py"), *map(str, arguments)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield f"127.0.0.1:{process.stdout.readline().strip()}"
        finally:
            process.kill()


def spread(values: Sequence[float]) -> str:
    """Return the middle half of some values."""
    low, _, high = statistics.quantiles(values, n=4)
    return f"{low:.2f}-{high:.2f}"


def table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Print a table in Markdown."""
    print("|".join(["", *(f" {head} " for head in heads), ""]))
    print("|---" * len(heads) + "|")
    for row in rows:
        print("|".join(["", *(f" {cell} " for cell in row), ""]))
    print()


def progress(text: str) -> None:
    """Show the progress on a terminal."""
    if sys.stderr.isatty():
        print(f"\r\033[K{text}", end="", file=sys.stderr)
