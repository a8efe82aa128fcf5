"""A copy of the tree in which one mutant at a time stands, and its tests run."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from .bash import is_bash
from .mutant import Mutant
from .parts import FRESH, QUOTES, Part, Stage

ROOT = Path(__file__).resolve().parents[3]
COPIED = ("shell", "shimgen", "tests", "docs", "examples", "pyproject.toml")
# What a build writes, and what comes back after a mutant.
WRITTEN = ("shell/dist", "docs/reference.md")
LIMIT = 60  # seconds; tests that take longer hang, which is a difference, too
SHELLCHECK = ("shellcheck", "--norc", "--include=SC2053,SC2068,SC2086,SC2206,SC2295")


def snapshot(folder: Path) -> Path:
    """Copy what is mutated and tested, so that the checkout may change meanwhile."""
    tree = folder / "snapshot"
    tree.mkdir()
    _copy(ROOT, tree, COPIED)
    return tree


def isolation() -> list[str]:
    """Return the command that keeps what a mutant starts or kills to itself."""
    own = ["unshare", "--pid", "--fork", "--kill-child", "--mount-proc"]
    return own if os.geteuid() == 0 else [*own, "--user", "--map-root-user"]


class Workspace:
    """One such copy; a thread of its own uses it."""

    def __init__(self, folder: Path, original: Path) -> None:
        self.tree = folder / "tree"
        self.original = original
        self._temporary = folder / "tmp"
        self.tree.mkdir(parents=True)
        _copy(original, self.tree, COPIED)

    def verdict(self, part: Part, mutant: Mutant) -> str | None:
        """Return the stage that kills a mutant, "" if none does, None: no mutant."""
        if mutant.file.endswith(".bash") and not is_bash(mutant.text):
            return None
        try:
            (self.tree / mutant.file).write_text(mutant.text)
            if part.is_rendered and not self._builds():
                return "build"
            return next((s.name for s in part.stages if self.fails(s)), "")
        finally:
            _copy(self.original, self.tree, (mutant.file, *WRITTEN))

    def fails(self, stage: Stage) -> bool:
        """Whether the tests of a stage notice; timed ones have to do so twice."""
        return self._fails(stage) and (not stage.timed or self._fails(stage))

    def _builds(self) -> bool:
        return self._succeeds([sys.executable, "-m", "shimgen", "build"])

    def _fails(self, stage: Stage) -> bool:
        if stage == FRESH:
            names = [path.name for path in (self.original / "shell/dist").iterdir()]
            return any(self._differs(f"shell/dist/{name}") for name in names)
        return not self._succeeds(_command(stage), str(stage.examples))

    def _differs(self, name: str) -> bool:
        return (self.tree / name).read_bytes() != (self.original / name).read_bytes()

    def _succeeds(self, command: list[str], examples: str = "") -> bool:
        self._temporary.mkdir()
        try:
            done = subprocess.run(
                [*isolation(), *command],
                cwd=self.tree / "tests",
                env=self._environment(examples),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                timeout=LIMIT,
                check=False,
            )
        except subprocess.TimeoutExpired:
            return False
        else:
            return done.returncode == 0
        finally:
            shutil.rmtree(self._temporary, ignore_errors=True)

    def _environment(self, examples: str) -> dict[str, str]:
        return {
            "PATH": os.environ["PATH"],
            "HOME": os.environ.get("HOME", "/"),
            "LC_ALL": "C.UTF-8",
            "PYTHONPATH": f"{self.tree}:{self.tree / 'tests'}",
            "PYTHONDONTWRITEBYTECODE": "1",
            "SHIMGEN_EXAMPLES": examples,
            "TMPDIR": str(self._temporary),
        }


def _command(stage: Stage) -> list[str]:
    programs = Path(sys.executable).parent
    if stage == QUOTES:
        return [str(programs / SHELLCHECK[0]), *SHELLCHECK[1:], *stage.tests]
    if stage.is_bats:
        return [str(programs / "bats"), "--abort", *stage.tests]
    plugins = ["no:randomly", "no:cacheprovider", "trials.mutants.unshrunk"]
    options = [word for name in plugins for word in ("-p", name)]
    chosen = ["-k", stage.only] if stage.only else []
    return [sys.executable, "-m", "pytest", "-xq", *options, *chosen, *stage.tests]


def _copy(source: Path, target: Path, names: tuple[str, ...]) -> None:
    for name in names:
        if (source / name).is_dir():
            ignored = shutil.ignore_patterns("__pycache__", ".*_cache")
            shutil.copytree(
                source / name, target / name, ignore=ignored, dirs_exist_ok=True
            )
        else:
            shutil.copy2(source / name, target / name)
