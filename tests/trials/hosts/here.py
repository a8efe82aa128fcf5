"""The rows of this machine as it is, without a root file system of their own."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator, Sequence
from functools import partial

from support.transports import Toolbox, program

from ..requirements import SYSTEM_PATH
from . import bashes, rows
from .bashes import Bashes
from .checks import Checks, Host
from .roots import Machine
from .rows import LIFE, SOURCING, SUITE, VERSION, NotHereError, Row

INSTALLER_TOOLS = ("bash", "cat", "tail")
LOCALE_REMEDY = "run: dpkg-reconfigure locales"


class Here:
    """Makes the rows of this machine; `built` are bashes that somebody built."""

    def __init__(self, checks: Checks, built: Bashes) -> None:
        self.checks = checks
        self.built = built

    def machine_rows(self) -> Iterator[Row]:
        """Yield the rows of the table's last section."""
        for tools in rows.MACHINE:
            checks = {LIFE: self.checks.life}
            if tools == "python3":
                checks[SUITE] = self.checks.suite
            yield Row(f"this machine, {tools}", partial(self._tools, tools), checks)

    def quick_rows(self) -> Iterator[Row]:
        """Yield all rows that need no root file system, with their quick checks."""
        life = {LIFE: self.checks.life}
        for version in rows.PYTHONS:
            host = partial(self._python, version)
            yield Row(f"Python {version}", host, life, partial(rows.python, version))
        for version in bashes.DEBIAN_RELEASE:
            yield Row(
                f"bash {version}",
                partial(self._bash, version),
                {
                    VERSION: partial(self.checks.bash_version, expected=version),
                    **life,
                },
                partial(self.built.find, version),
            )
        for shell in rows.SHELLS:
            source = {SOURCING: partial(self.checks.sourcing, shell=shell.split())}
            yield Row(
                shell, lambda: Host(Machine()), source, partial(_require_shell, shell)
            )
        for locale in rows.LOCALES:
            yield Row(
                f"locale {locale}",
                partial(self._locale, locale),
                life,
                partial(_require_locale, locale),
            )
        for tools in rows.BUSYBOX:
            yield Row(
                f"busybox tools, {tools}",
                partial(self._busybox, tools),
                life,
                partial(_require_program, "busybox", "busybox"),
            )
        yield from self.machine_rows()

    def _toolbox(self, name: str, programs: Sequence[str]) -> Toolbox:
        return Toolbox(self.checks.folder / name, *programs)

    def _tools(self, tools: str) -> Host:
        if tools == "python3":  # with all other tools too: the bats suite needs more
            return Host(Machine())
        extra = () if tools == "neither" else (tools,)
        path = self._toolbox(tools, (*INSTALLER_TOOLS, *extra)).path
        return Host(Machine(), str(path), sends=tools != "neither")

    def _python(self, version: str) -> Host:
        toolbox = self._toolbox(f"python{version}", INSTALLER_TOOLS)
        (toolbox.path / "python3").symlink_to(rows.python(version))
        return Host(Machine(), str(toolbox.path))

    def _bash(self, version: str) -> Host:
        path = str(self.built.find(version))
        return Host(Machine(), bash=path, bash_origin=bashes.BUILT)

    def _locale(self, locale: str) -> Host:
        return Host(Machine(), settings={"LC_ALL": locale})

    def _busybox(self, tools: str) -> Host:
        toolbox = self._toolbox(f"busybox-{tools}", ("bash", tools))
        busybox = program("busybox")
        applets = subprocess.run([busybox, "--list"], capture_output=True, check=True)
        for name in applets.stdout.decode().split():
            if not (toolbox.path / name).exists():
                (toolbox.path / name).symlink_to(busybox)
        return Host(Machine(), str(toolbox.path))


def _require_shell(shell: str) -> None:
    _require_program(shell.split()[0], rows.SHELLS[shell])


def _require_program(name: str, package: str) -> None:
    if not shutil.which(name, path=SYSTEM_PATH):
        raise NotHereError(name, f"run: apt install {package}")


def _require_locale(locale: str) -> None:
    listed = subprocess.run(["locale", "-a"], capture_output=True, check=True)
    installed = listed.stdout.decode(errors="replace").lower().split()
    is_installed = locale.lower().replace("-", "") in installed
    if locale != rows.UNKNOWN_LOCALE and not is_installed:
        raise NotHereError(f"locale {locale}", LOCALE_REMEDY)
