"""The rows of this machine as it is, without a root."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator, Sequence
from functools import partial

from support.transports import Toolbox, program

from . import rows
from .checks import Checks, Host
from .roots import SYSTEM, Machine
from .rows import LIFE, SOURCING, SUITE, Bashes, NotHereError, Row

NEEDED = ("bash", "cat", "tail")  # by the installer


class Here:
    """Makes the rows: those of this machine alone, and all that can be tried on it."""

    def __init__(self, checks: Checks, bashes: Bashes) -> None:
        self.checks = checks
        self.bashes = bashes

    def own(self) -> Iterator[Row]:
        """Yield the rows of this machine."""
        for tools in rows.MACHINE:
            checks = {LIFE: self.checks.life}
            if tools == "python3":
                checks[SUITE] = self.checks.suite
            yield Row(f"this machine, {tools}", partial(self._tools, tools), checks)

    def rows(self) -> Iterator[Row]:
        """Yield what can be tried without a root, in less time."""
        life = {LIFE: self.checks.life}
        for version in rows.PYTHONS:
            yield Row(f"Python {version}", partial(self._python, version), life)
        for version in rows.BASHES:
            yield Row(f"bash {version}", partial(self._bash, version), life)
        for shell in rows.SHELLS:
            source = partial(self.checks.sourcing, shell=shell.split())
            yield Row(shell, partial(self._shell, shell), {SOURCING: source})
        for locale in rows.LOCALES:
            yield Row(f"locale {locale}", partial(self._locale, locale), life)
        for tools in rows.BUSYBOX:
            host = partial(self._busybox, tools)
            yield Row(f"busybox tools, {tools}", host, life)
        yield from self.own()

    def _toolbox(self, name: str, programs: Sequence[str]) -> Toolbox:
        return Toolbox(self.checks.folder / name, *programs)

    def _tools(self, tools: str) -> Host:
        if tools == "python3":  # all that it has; the suite wants more tools
            return Host(Machine())
        programs = NEEDED if tools == "neither" else (*NEEDED, tools)
        path = self._toolbox(tools, programs).path
        return Host(Machine(), str(path), sends=tools != "neither")

    def _python(self, version: str) -> Host:
        found = rows.python(version)
        box = self._toolbox(f"python{version}", NEEDED)
        (box.path / "python3").symlink_to(found)
        return Host(Machine(), str(box.path))

    def _bash(self, version: str) -> Host:
        return Host(Machine(), bash=str(self.bashes.find(version)))

    def _shell(self, shell: str) -> Host:
        _need(shell.split()[0])
        return Host(Machine())

    def _locale(self, locale: str) -> Host:
        done = subprocess.run(["locale", "-a"], capture_output=True, check=True)
        there = done.stdout.decode(errors="replace").lower().split()
        if locale != rows.MISSING and locale.lower().replace("-", "") not in there:
            raise NotHereError(f"no locale {locale} here")
        return Host(Machine(), settings={"LC_ALL": locale})

    def _busybox(self, tools: str) -> Host:
        _need("busybox")
        box = self._toolbox(f"busybox-{tools}", ("bash", tools))
        busybox = program("busybox")
        listed = subprocess.run([busybox, "--list"], capture_output=True, check=True)
        for name in listed.stdout.decode().split():
            if not (box.path / name).exists():
                (box.path / name).symlink_to(busybox)
        return Host(Machine(), str(box.path))


def _need(name: str) -> None:
    if not shutil.which(name, path=SYSTEM):
        raise NotHereError(
            f"no {name} here; run: apt install {rows.SHELLS.get(name, name)}"
        )
