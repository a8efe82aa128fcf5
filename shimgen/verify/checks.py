"""The checks of a rendered file: each yields its findings as they come."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from shimgen import text
from shimgen.spec import DEFAULT_SPEC, load

from . import bats, comparison, lint, truncation
from .subject import Subject

OTHER_CUTS = 100  # places to cut at, besides the ends of lines


@dataclass(frozen=True)
class Finding:
    """The result of one check of a file; it passed if `detail` is empty."""

    check: str
    name: str
    detail: tuple[str, ...] = ()

    @property
    def passed(self) -> bool:
        """Whether the check found nothing wrong."""
        return not self.detail


def check_freshness(subject: Subject) -> Iterator[Finding]:
    """Compare it with what the spec renders to."""
    difference = text.diff(subject.path, subject.content, subject.expected)
    yield Finding("fresh", "is what the spec says", tuple(difference.splitlines()))


def check_style(subject: Subject) -> Iterator[Finding]:
    """Run shellcheck and shfmt over it."""
    lines = tuple(lint.lint([subject.path]))
    yield Finding("lint", "shellcheck and shfmt are silent", lines)


def check_truncation(subject: Subject) -> Iterator[Finding]:
    """Cut it off at each line's end and at some other places."""
    cuts = truncation.lengths(subject.path.read_bytes(), OTHER_CUTS)
    with tempfile.TemporaryDirectory() as folder:
        defining = truncation.survivors(subject.path, Path(folder), cuts, ". FILE")
    detail = tuple(f"cut to {cut} bytes, it defines functions" for cut in defining)
    yield Finding(
        "truncation", f"none of {len(cuts)} prefixes defines a function", detail
    )


def check_reference(subject: Subject) -> Iterator[Finding]:
    """Ask the file and the Python reference the same questions."""
    with tempfile.TemporaryDirectory() as folder:
        for name, detail in comparison.compare(
            subject.spec,
            subject.handler if subject.is_handler else subject.file,
            Path(folder),
            reports=not subject.is_handler,
        ):
            yield Finding("reference", name, detail)


def check_suites(
    subject: Subject, suites: Sequence[str] = (), only: str = ""
) -> Iterator[Finding]:
    """Run the bats suites: those named, else all that fit the file.

    The tests to run are those whose names begin with `only`.
    """
    variables = bats.environment(subject.spec, subject.file, subject.handler)
    for result in bats.run(suites or _suites(subject), variables, only):
        detail = () if result.passed else result.detail or ("failed",)
        yield Finding(result.suite, result.name, detail)


def _suites(subject: Subject) -> list[str]:
    """Return the suites for a file.

    `callers` and `seed` hold what existing scripts expect of the built-in project's
    files: every spec with its name has to keep that, whatever it adds.
    """
    if subject.is_handler:
        return ["handler"]
    suites = ["guest", "guest_state", "consent"]
    if subject.spec.project.name == load(DEFAULT_SPEC).project.name:
        suites += ["callers", "seed"]
    return suites


# By the name that their findings have; those of a suite have the name of the suite.
CHECKS: dict[str, Callable[[Subject], Iterator[Finding]]] = {
    "fresh": check_freshness,
    "lint": check_style,
    "truncation": check_truncation,
    "reference": check_reference,
    "suites": check_suites,
}
