"""The kinds of host: each is a row of the table."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from support.pythons import pythons

from .checks import Finding, Host
from .roots import RootError

VERSION, SUITE, LIFE, SOURCING = COLUMNS = (
    "version",
    "bats suite",
    "life of a run",
    "sourcing",
)

DEBIANS = {"11": "bullseye", "12": "bookworm", "13": "trixie", "sid": "sid"}
TOOLS: Mapping[str, Sequence[str]] = {
    "python3": ("python3",),
    "python3-minimal": ("python3-minimal",),
    "curl": ("curl",),
    "neither": (),
}
MACHINE = ("python3", "curl", "neither")
PYTHONS = tuple(f"3.{minor}" for minor in range(6, 14))
SHELLS = {  # and the Debian package of each
    "busybox ash": "busybox",
    "dash": "dash",
    "ksh93": "ksh93u+m",
    "mksh": "mksh",
    "zsh": "zsh",
}
UNKNOWN_LOCALE = "xx_YY.UTF-8"  # no host has it
LOCALES = ("C.UTF-8", "de_DE.UTF-8", "de_DE.ISO-8859-1", UNKNOWN_LOCALE)
BUSYBOX = ("python3", "curl")

KNOWN_LIMITS = {("ksh93", SOURCING): "syntax error"}
"""Cells that the docs name as known limits, with the output that shows the limit."""


class NotHereError(Exception):
    """Something that a row needs is not on this machine."""

    def __init__(self, what: str, remedy: str) -> None:
        super().__init__(f"{what} is missing on this machine: {remedy}")
        self.what = what
        self.remedy = remedy


@dataclass(frozen=True)
class Row:
    """A kind of host, and its checks by column.

    `host` makes the host; it raises NotHereError or RootError if it cannot. `require`
    raises NotHereError if something is missing on this machine; it makes nothing, so
    it can be called for all rows before the first is played.
    """

    name: str
    host: Callable[[], Host]
    checks: Mapping[str, Callable[[Host], Finding]]
    require: Callable[[], object] = lambda: None

    def play(self) -> dict[str, Finding]:
        """Make the host, run all checks on it, and return their findings by column."""
        try:
            self.require()
            host = self.host()
        except NotHereError as error:
            return dict.fromkeys(self.checks, Finding("limit", str(error)))
        except RootError as error:
            return dict.fromkeys(self.checks, Finding("failed", str(error)))
        return {column: self._check(column, host) for column in self.checks}

    def _check(self, column: str, host: Host) -> Finding:
        finding = self.checks[column](host)
        limit = KNOWN_LIMITS.get((self.name, column))
        if limit and finding.verdict == "failed" and limit in finding.detail:
            return Finding("limit", limit)
        return finding


def names(bashes: Sequence[str]) -> list[str]:
    """Return the names of all rows in order; `bashes` are versions of bash."""
    return [
        *(f"Debian {release}, {tools}" for release in DEBIANS for tools in TOOLS),
        *(f"Python {version}" for version in PYTHONS),
        *(f"bash {version}" for version in bashes),
        *SHELLS,
        *(f"locale {locale}" for locale in LOCALES),
        *(f"busybox tools, {tools}" for tools in BUSYBOX),
        *(f"this machine, {tools}" for tools in MACHINE),
    ]


def missing(rows: Sequence[Row]) -> dict[str, list[str]]:
    """Return what the rows need and this machine lacks: names by their remedy."""
    names: dict[str, list[str]] = {}
    for row in rows:
        try:
            row.require()
        except NotHereError as error:
            others = names.setdefault(error.remedy, [])
            others += [error.what] if error.what not in others else []
    return names


PYTHON_REMEDY = (
    "install it with a version manager such as pyenv or uv, "
    "or list its path in SHIMGEN_PYTHONS"
)


def python(version: str) -> Path:
    """Return the Python of that version; raises NotHereError if there is none."""
    for path in map(Path, pythons()):
        if path.name == f"python{version}":
            return path
    raise NotHereError(f"Python {version}", PYTHON_REMEDY)


def python_outside_usr(version: str) -> Path:
    """Return a Python that a root can see; raises NotHereError if there is none.

    One below /usr would hide the root's own /usr.
    """
    program = python(version)
    if program.parents[1] == Path("/usr"):
        raise NotHereError(f"Python {version} outside of /usr", PYTHON_REMEDY)
    return program
