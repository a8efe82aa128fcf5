"""The rows in roots of Debian."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path

from . import rows
from .checks import SEEN, Checks, Host
from .roots import SYSTEM, Cache, Root
from .rows import LIFE, SOURCING, SUITE, Bashes, NotHereError, Row

HOME = "trixie"  # the release in which all is tried that is no release
EVERYTHING = ("locales", "python3", *rows.SHELLS.values())
LOCALEDEF = "localedef -i {} -f {} {}"
# As on Alpine, busybox is what all tools are.
BUSYBOX = """
for name in $(busybox --list); do
  ln -sf "$(command -v busybox)" "/usr/bin/$name"
done
"""


class Debian:
    """Makes the rows; `stage` is an empty folder."""

    def __init__(
        self, checks: Checks, cache: Cache, stage: Path, bashes: Bashes
    ) -> None:
        self.checks = checks
        self.cache = cache
        self.stage = stage
        self.bashes = bashes
        self._both = {SUITE: checks.suite, LIFE: checks.life}

    def rows(self) -> Iterator[Row]:
        """Yield all rows but those that are of this machine alone."""
        for release, suite in rows.DEBIANS.items():
            for tools, packages in rows.TOOLS.items():
                host = partial(self._tools, suite, packages)
                yield Row(f"Debian {release}, {tools}", host, self._both)
        for version in rows.PYTHONS:
            host = partial(self._python, version)
            yield Row(f"Python {version}", host, {LIFE: self.checks.life})
        for version in rows.BASHES:
            yield Row(f"bash {version}", partial(self._bash, version), self._both)
        for shell in rows.SHELLS:
            source = partial(self.checks.sourcing, shell=shell.split())
            yield Row(shell, self._everything, {SOURCING: source})
        for locale in rows.LOCALES:
            host = partial(self._locale, locale)
            yield Row(f"locale {locale}", host, {LIFE: self.checks.life})
        for tools in rows.BUSYBOX:
            host = partial(self._busybox, tools)
            yield Row(f"busybox tools, {tools}", host, self._both)

    def _root(
        self, packages: Sequence[str], *seen: Path, suite: str = HOME, then: str = ":"
    ) -> Root:
        tree = self.cache.tree(suite, packages)
        return Root(tree, self.stage, (*SEEN, self.checks.folder, *seen), then)

    def _tools(self, suite: str, packages: Sequence[str]) -> Host:
        return Host(self._root(packages, suite=suite), sends=bool(packages))

    def _python(self, version: str) -> Host:
        found = rows.python(version)
        prefix = found.parents[1]
        if prefix == Path("/usr"):
            raise NotHereError(f"{found} cannot be seen in a root")
        folder = self.checks.folder / f"python{version}"
        folder.mkdir()
        (folder / "python3").symlink_to(found)
        return Host(self._root((), prefix), f"{folder}:{SYSTEM}")

    def _bash(self, version: str) -> Host:
        found = self.bashes.find(version)
        return Host(self._root(rows.TOOLS["python3"], found), bash=str(found))

    def _everything(self) -> Host:
        return Host(self._root(EVERYTHING))

    def _locale(self, locale: str) -> Host:
        language, _, charset = locale.partition(".")
        made = LOCALEDEF.format(language, charset, locale)
        root = self._root(EVERYTHING, then=made if language == "de_DE" else ":")
        return Host(root, settings={"LC_ALL": locale})

    def _busybox(self, tools: str) -> Host:
        return Host(self._root(("busybox", tools), then=BUSYBOX))
