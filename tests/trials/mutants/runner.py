"""Orders runs of tests from a warm Python in one copy of the tree."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Self

import msgspec

from shimgen.spec import DEFAULT_SPEC, load
from shimgen.verify import bats as suites

from . import namespace
from .stages import PATIENCE, QUOTES, Stage
from .warm import End, Kind, Order

SHELLCHECK = ("shellcheck", "--norc", "--include=SC2053,SC2068,SC2086,SC2206,SC2295")
PROGRAMS = Path(sys.executable).parent
SPEC = load(DEFAULT_SPEC)  # the bats suites run on its files, which a build renders
FILES = (SPEC.project.file, SPEC.project.error_handler)


class Runner:
    """Used as a context manager; runs one thing at a time."""

    def __init__(self, tree: Path, temporary: Path) -> None:
        self.tree = tree
        self._temporary = temporary
        self._server = self._start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._server.communicate()

    def builds(self, *, anew: bool) -> bool:
        """Render the shell files of the copy; whether that works."""
        return self._run("shimgen", ["build"], anew=anew).status == 0

    def run(self, stage: Stage, tests: tuple[str, ...] = (), *, anew: bool) -> End:
        """Run a stage until its first failure, or some tests of it."""
        kind, words = _command(stage, tests)
        return self._run(kind, words, stage, anew=anew)

    def _run(
        self, kind: Kind, words: list[str], stage: Stage | None = None, *, anew: bool
    ) -> End:
        environment = {
            **self._environment(),
            "PYTHONDONTWRITEBYTECODE": "1",
            "SHIMGEN_EXAMPLES": str(stage.examples) if stage else "",
        }
        patience = stage.patience if stage else PATIENCE
        order = Order(kind, words, environment, patience, anew)
        assert self._server.stdin
        self._temporary.mkdir()
        try:
            self._server.stdin.write(msgspec.json.encode(order) + b"\n")
            self._server.stdin.flush()
            return _hear(self._server)
        finally:
            shutil.rmtree(self._temporary, ignore_errors=True)

    def _start(self) -> subprocess.Popen[bytes]:
        """Start the Python, and wait until it has imported what stands there now."""
        self._temporary.mkdir(parents=True)
        server = subprocess.Popen(
            [
                *namespace.as_root(),
                *(sys.executable, "-m", "trials.mutants.warm"),
                *sorted(path.name for path in (self.tree / "tests").glob("test_*.py")),
            ],
            cwd=self.tree / "tests",
            env=self._environment(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        _hear(server)
        shutil.rmtree(self._temporary)
        return server

    def _environment(self) -> dict[str, str]:
        return {
            "PATH": os.environ["PATH"],
            "HOME": os.environ.get("HOME", "/"),
            "LC_ALL": "C.UTF-8",
            "PYTHONPATH": f"{self.tree}:{self.tree / 'tests'}",
            "TMPDIR": str(self._temporary),
            **suites.environment(
                SPEC, *(self.tree / "shell/dist" / name for name in FILES)
            ),
        }


def _hear(server: subprocess.Popen[bytes]) -> End:
    assert server.stdout
    if end := server.stdout.readline():
        return msgspec.json.decode(end, type=End)
    raise RuntimeError("the Python that runs the tests has ended; see above")


def _command(stage: Stage, tests: tuple[str, ...]) -> tuple[Kind, list[str]]:
    if stage == QUOTES:
        program = str(PROGRAMS / SHELLCHECK[0])
        return "program", [program, *SHELLCHECK[1:], *stage.tests]
    if stage.is_bats:
        names = "|".join(re.escape(test) for test in tests)
        pattern = f"^({names})$" if tests else stage.only
        chosen = ["--filter", pattern] if pattern else []
        bats = str(PROGRAMS / "bats")
        return "program", [bats, "--tap", "--abort", *chosen, *stage.tests]
    words = [test.removeprefix("tests/") for test in tests]
    if not tests:
        words = [*(["-k", stage.only] if stage.only else []), *stage.tests]
    return "pytest", words
