"""The rows that are played in root file systems of Debian."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path

from ..requirements import SYSTEM_PATH
from . import bashes, rows
from .bashes import Bashes
from .checks import VISIBLE, Checks, Host
from .roots import Cache, Root
from .rows import LIFE, SOURCING, SUITE, VERSION, NotHereError, Row

MAIN_SUITE = "trixie"  # for all rows that are not about a release of Debian
EVERYTHING = ("locales", "python3", *rows.SHELLS.values())
LOCALEDEF = "localedef -i {} -f {} {}"
# Make every tool a link to busybox, as Alpine does.
BUSYBOX = """
for name in $(busybox --list); do
  ln -sf "$(command -v busybox)" "/usr/bin/$name"
done
"""


class Debian:
    """Makes the rows; `stage` is an empty folder, `built` are bashes made elsewhere."""

    def __init__(
        self, checks: Checks, cache: Cache, stage: Path, built: Bashes
    ) -> None:
        self.checks = checks
        self.cache = cache
        self.stage = stage
        self.built = built
        self._suite_and_life = {SUITE: checks.suite, LIFE: checks.life}

    def rows(self) -> Iterator[Row]:
        """Yield all rows except those of this machine itself."""
        for release, suite in rows.DEBIANS.items():
            for tools, packages in rows.TOOLS.items():
                host = partial(self._tools, suite, packages)
                yield Row(f"Debian {release}, {tools}", host, self._suite_and_life)
        for version in rows.PYTHONS:
            yield Row(
                f"Python {version}",
                partial(self._python, version),
                {LIFE: self.checks.life},
                partial(rows.python_outside_usr, version),
            )
        for version, release_with_it in bashes.DEBIAN_RELEASE.items():
            require = partial(self.built.find, version)
            yield Row(
                f"bash {version}",
                partial(self._bash, version),
                {
                    VERSION: partial(self.checks.bash_version, expected=version),
                    **self._suite_and_life,
                },
                *([] if release_with_it else [require]),
            )
        for shell in rows.SHELLS:
            source = partial(self.checks.sourcing, shell=shell.split())
            yield Row(shell, self._everything, {SOURCING: source})
        for locale in rows.LOCALES:
            host = partial(self._locale, locale)
            yield Row(f"locale {locale}", host, {LIFE: self.checks.life})
        for tools in rows.BUSYBOX:
            host = partial(self._busybox, tools)
            yield Row(f"busybox tools, {tools}", host, self._suite_and_life)

    def _root(
        self,
        packages: Sequence[str],
        *visible: Path,
        suite: str = MAIN_SUITE,
        prepare: str = ":",
    ) -> Root:
        tree = self.cache.tree(suite, packages)
        seen = (*VISIBLE, self.checks.folder, *visible)
        return Root(tree, self.stage, seen, prepare)

    def _tools(self, suite: str, packages: Sequence[str]) -> Host:
        return Host(self._root(packages, suite=suite), sends=bool(packages))

    def _python(self, version: str) -> Host:
        program = rows.python_outside_usr(version)
        folder = self.checks.folder / f"python{version}"
        folder.mkdir()
        (folder / "python3").symlink_to(program)
        return Host(self._root((), program.parents[1]), f"{folder}:{SYSTEM_PATH}")

    def _bash(self, version: str) -> Host:
        """Use the bash that somebody built, or else that of a release of Debian."""
        release = bashes.DEBIAN_RELEASE[version]
        try:
            program, origin = self.built.find(version), bashes.BUILT
        except NotHereError:
            if not release:
                raise
            tree = self.cache.tree(rows.DEBIANS[release], rows.TOOLS["python3"])
            program, origin = (tree / "bin" / "bash").resolve(), f"Debian {release}'s"
        root = self._root(rows.TOOLS["python3"], program)
        return Host(root, bash=str(program), bash_origin=origin)

    def _everything(self) -> Host:
        return Host(self._root(EVERYTHING))

    def _locale(self, locale: str) -> Host:
        language, _, charset = locale.partition(".")
        generate = LOCALEDEF.format(language, charset, locale)
        is_installable = language == "de_DE"
        root = self._root(EVERYTHING, prepare=generate if is_installable else ":")
        return Host(root, settings={"LC_ALL": locale})

    def _busybox(self, tools: str) -> Host:
        return Host(self._root(("busybox", tools), prepare=BUSYBOX))
