"""The kinds of host, by name: a row of the table each."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from support.pythons import pythons

from .checks import Finding, Host
from .roots import RootError

SUITE, LIFE, SOURCING = COLUMNS = ("bats suite", "life of a run", "sourcing")

DEBIANS = {"11": "bullseye", "12": "bookworm", "13": "trixie", "sid": "sid"}
TOOLS: Mapping[str, Sequence[str]] = {
    "python3": ("python3",),
    "python3-minimal": ("python3-minimal",),
    "curl": ("curl",),
    "neither": (),
}
MACHINE = ("python3", "curl", "neither")
PYTHONS = tuple(f"3.{minor}" for minor in range(6, 14))
BASHES = ("4.2", "4.3", "4.4", "5.0", "5.1", "5.3")
SHELLS = {  # and Debian's packages
    "busybox ash": "busybox",
    "dash": "dash",
    "ksh93": "ksh93u+m",
    "mksh": "mksh",
    "zsh": "zsh",
}
MISSING = "xx_YY.UTF-8"  # nobody has it
LOCALES = ("C.UTF-8", "de_DE.UTF-8", "de_DE.ISO-8859-1", MISSING)
BUSYBOX = ("python3", "curl")

LIMITS = {("ksh93", SOURCING): "syntax error"}
"""Cells that the docs name as known limits, and what is then seen."""


class NotHereError(Exception):
    """What a row needs is not on this machine; the text says what, and the remedy."""


@dataclass(frozen=True)
class Row:
    """A kind of host, and what is tried on it, by column.

    `host` gives it; it raises NotHereError or RootError where it cannot.
    """

    name: str
    host: Callable[[], Host]
    checks: Mapping[str, Callable[[Host], Finding]]

    def play(self) -> dict[str, Finding]:
        """Make the host, try all, and return what came of it by column."""
        try:
            host = self.host()
        except NotHereError as error:
            return dict.fromkeys(self.checks, Finding("limit", str(error)))
        except RootError as error:
            return dict.fromkeys(self.checks, Finding("failed", str(error)))
        return {name: self._checked(name, host) for name in self.checks}

    def _checked(self, column: str, host: Host) -> Finding:
        finding = self.checks[column](host)
        limit = LIMITS.get((self.name, column))
        if limit and finding.verdict == "failed" and limit in finding.detail:
            return Finding("limit", limit)
        return finding


def names() -> list[str]:
    """Return the names of all rows, in order."""
    return [
        *(f"Debian {release}, {tools}" for release in DEBIANS for tools in TOOLS),
        *(f"Python {version}" for version in PYTHONS),
        *(f"bash {version}" for version in BASHES),
        *SHELLS,
        *(f"locale {locale}" for locale in LOCALES),
        *(f"busybox tools, {tools}" for tools in BUSYBOX),
        *(f"this machine, {tools}" for tools in MACHINE),
    ]


def python(version: str) -> Path:
    """Return the Python of that version; raises NotHereError."""
    for path in map(Path, pythons()):
        if path.name == f"python{version}":
            return path
    raise NotHereError(f"no Python {version} here; SHIMGEN_PYTHONS can name it")


class Bashes:
    """The old bashes of this machine: named ones, kept ones, those on PATH."""

    def __init__(self, named: Mapping[str, Path], folder: Path) -> None:
        self._named = named
        self._path = os.pathsep.join([str(folder), os.environ.get("PATH", os.defpath)])

    def find(self, version: str) -> Path:
        """Return the bash of that version; raises NotHereError."""
        name = f"bash-{version}"
        if found := self._named.get(version) or shutil.which(name, path=self._path):
            return Path(found).resolve()
        raise NotHereError(f"no {name} here; --bash {version}=PATH can name it")
