"""Runs all checks over files and prints what they find."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import click

from shimgen.errors import ShimgenError
from shimgen.spec import Spec

from . import junit
from .checks import CHECKS, Finding
from .subject import read_subject

MAX_LINES = 12  # of a finding that are printed; the JUnit report has all


def run(
    paths: Iterable[Path],
    spec: Spec,
    junit_path: Path | None,
    echo: Callable[..., None],
) -> bool:
    """Check files against a spec, print the findings, and return whether all passed.

    A file that cannot be checked is a failure of its own. A JUnit report goes to
    `junit_path`. Raises ShimgenError where a tool is missing or the report cannot be
    written.
    """
    results = {path: _check(path, spec, echo) for path in paths}
    if junit_path:
        junit.write(junit_path, results)
    findings = [finding for file in results.values() for finding in file]
    failed = sum(not finding.passed for finding in findings)
    echo(f"verify: {len(findings) - failed} passed, {failed} failed")
    return not failed


def _check(path: Path, spec: Spec, echo: Callable[..., None]) -> list[Finding]:
    progress = _Progress(path, echo)
    findings = []
    with tempfile.TemporaryDirectory() as folder:
        try:
            subject = read_subject(path, spec, Path(folder))
        except ShimgenError as error:
            echo(f"{click.style('FAIL', fg='red')}  {error}")
            return [Finding("file", "can be checked", (str(error),))]
        for check in CHECKS.values():
            for finding in check(subject):
                findings.append(finding)
                progress.show(finding)
    progress.clear()
    for kind in dict.fromkeys(finding.check for finding in findings):
        same_kind = [finding for finding in findings if finding.check == kind]
        _print_kind(path, kind, same_kind, echo)
    return findings


class _Progress:
    """One line on a terminal with the latest finding; nothing elsewhere."""

    def __init__(self, path: Path, echo: Callable[..., None]) -> None:
        self._path = path
        self._echo = echo
        self._on_terminal = sys.stderr.isatty()
        self._done = self._failed = 0

    def show(self, finding: Finding) -> None:
        self._done += 1
        self._failed += not finding.passed
        if self._on_terminal:
            counts = f"{self._done} done, {self._failed} failed"
            line = f"{self._path}: {counts}, {finding.check}: {finding.name}"
            self._echo(f"\r\033[K{line[:79]}", nl=False, err=True)

    def clear(self) -> None:
        if self._on_terminal:
            self._echo("\r\033[K", nl=False, err=True)


def _print_kind(
    path: Path, kind: str, findings: Sequence[Finding], echo: Callable[..., None]
) -> None:
    failures = [finding for finding in findings if not finding.passed]
    if not failures:
        count = f" ({len(findings)} tests)" if len(findings) > 1 else ""
        what = "all passed" if len(findings) > 1 else findings[0].name
        echo(f"{click.style('ok', fg='green')}    {path}: {kind}: {what}{count}")
    for finding in failures:
        echo(f"{click.style('FAIL', fg='red')}  {path}: {kind}: {finding.name}")
        for line in finding.detail[:MAX_LINES]:
            echo(f"      {line}")
        if len(finding.detail) > MAX_LINES:
            echo(f"      ... {len(finding.detail) - MAX_LINES} more lines")
        if kind == "fresh":
            echo("      run `shimgen build`, or name its own spec with --spec")
