"""A copy of the project that holds one mutant at a time, and runs its tests."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import NamedTuple, Self

from .bash import is_bash
from .mutant import Mutant
from .parts import Part
from .runner import Runner
from .stages import FRESH, Stage

ROOT = Path(__file__).resolve().parents[3]
COPIED = (
    *("shell", "shimgen", "tests", "docs", "examples"),
    *("pyproject.toml", ".shellcheckrc"),
)
# What a build writes; it is restored after each mutant.
WRITTEN = ("shell/dist", "docs/reference.md")
MEMORY_FILES = Path("/dev/shm")


class Killer(NamedTuple):
    """The stage that noticed a mutant, and its test ("" if that is not known)."""

    stage: str
    test: str = ""


SURVIVED, NO_BASH = Killer(""), None


def snapshot(folder: Path) -> Path:
    """Copy the project, so that the checkout may change while mutants are tried."""
    tree = folder / "snapshot"
    tree.mkdir()
    _copy(ROOT, tree, COPIED)
    return tree


def fast_folder() -> str | None:
    """Return a folder in memory from which programs can run, if there is one."""
    usable = os.access(MEMORY_FILES, os.W_OK)
    runs = usable and not os.statvfs(MEMORY_FILES).f_flag & os.ST_NOEXEC
    return str(MEMORY_FILES) if runs else None


class Workspace:
    """One such copy, for one thread; to be used as a context manager."""

    def __init__(self, folder: Path, original: Path) -> None:
        self.tree = folder / "tree"
        self.original = original
        self.tree.mkdir(parents=True)
        _copy(original, self.tree, COPIED)
        self._runner = Runner(self.tree, folder / "tmp")
        self.fails_untouched = cache(self.fails)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._runner.__exit__()

    def killer(
        self,
        part: Part,
        mutant: Mutant,
        stages: Iterable[tuple[Stage, tuple[str, ...]]],
    ) -> Killer | None:
        """Return the first test that kills a mutant, SURVIVED or NO_BASH."""
        if mutant.file.endswith(".bash") and not is_bash(mutant.text):
            return NO_BASH
        reload = part.is_imported
        try:
            (self.tree / mutant.file).write_text(mutant.text)
            if part.is_rendered and not self._runner.builds(reload=reload):
                return Killer("build")
            for stage, tests in stages:
                if killer := self.fails(stage, tests, reload=reload):
                    return killer
            return SURVIVED
        finally:
            _copy(self.original, self.tree, (mutant.file, *WRITTEN))

    def fails(
        self, stage: Stage, tests: tuple[str, ...] = (), *, reload: bool = False
    ) -> Killer | None:
        """Return the test of a stage that fails; a timed one has to fail twice."""
        if stage == FRESH:
            names = [path.name for path in (self.original / "shell/dist").iterdir()]
            differ = any(self._differs(f"shell/dist/{name}") for name in names)
            return Killer(stage.name) if differ else None
        end = self._runner.run(stage, tests, reload=reload)
        if stage.timed and end.failed:
            tests = (end.failed,)
            end = self._runner.run(stage, tests, reload=reload)
        # If selected tests no longer exist, the status is not 0, but none has failed.
        failed = end.failed or (end.status != 0 and not tests)
        return Killer(stage.name, end.failed) if failed else None

    def _differs(self, name: str) -> bool:
        return (self.tree / name).read_bytes() != (self.original / name).read_bytes()


def _copy(source: Path, target: Path, names: tuple[str, ...]) -> None:
    for name in names:
        if (source / name).is_dir():
            ignored = shutil.ignore_patterns("__pycache__", ".*_cache")
            shutil.copytree(
                source / name, target / name, ignore=ignored, dirs_exist_ok=True
            )
        else:
            shutil.copy2(source / name, target / name)
