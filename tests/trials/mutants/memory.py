"""The results of earlier runs, so that only the rest has to be run."""

from __future__ import annotations

import hashlib
import threading
from functools import cache
from pathlib import Path

import msgspec
from msgspec.structs import replace

from .mutant import Mutant
from .parts import Part
from .stages import Stage, test_file
from .workspace import Killer


class Result(msgspec.Struct, frozen=True):
    """What is known of a mutant.

    `verdict` is the name of the stage that killed it, "" if it is alive, None if it is
    not valid bash. `test` is the test that killed it. `passed` are digests of the
    stages that did not kill it, as long as it is alive.
    """

    key: str
    verdict: str | None
    test: str = ""
    passed: tuple[str, ...] = ()


class Memory:
    """A file of results, one per line; each is written as soon as it is known.

    A survivor is tried again with the stages whose tests have changed since. A killed
    mutant is not, as tests seldom become weaker: delete the file to start from zero.
    """

    def __init__(self, file: Path, tree: Path) -> None:
        self._file = file
        self._tree = tree
        self._lock = threading.Lock()
        self._results: dict[str, Result] = {}
        self._digest = cache(self._digest_of)
        file.parent.mkdir(exist_ok=True)
        if file.exists():
            for line in file.read_bytes().splitlines():
                result = msgspec.json.decode(line, type=Result)
                self._results[result.key] = result

    def recall(self, mutant: Mutant) -> Result | None:
        """Return the result of a mutant, if it was tried before."""
        return self._results.get(mutant.key)

    def left(self, part: Part, mutant: Mutant) -> list[Stage]:
        """Return the stages that still have to be run for a mutant."""
        known = self.recall(mutant)
        if known and known.verdict != "":
            return []
        passed = known.passed if known else ()
        return [stage for stage in part.stages if self._digest(stage) not in passed]

    def note(
        self, mutant: Mutant, killer: Killer | None, stages: list[Stage]
    ) -> Result:
        """Keep the result of a mutant that was tried with these stages."""
        known = self.recall(mutant)
        result = Result(mutant.key, killer.stage if killer else None)
        if killer and killer.stage:
            result = replace(result, test=killer.test)
        elif killer:
            before = known.passed if known else ()
            result = replace(result, passed=(*before, *map(self._digest, stages)))
        with self._lock:
            self._results[mutant.key] = result
            with self._file.open("ab") as file:
                file.write(msgspec.json.encode(result) + b"\n")
        return result

    def _digest_of(self, stage: Stage) -> str:
        digest = hashlib.sha256(repr(stage).encode())
        for name in stage.files:
            if "/" not in name:  # a rendered file changes with the mutants
                digest.update(test_file(self._tree, name).read_bytes())
        return digest.hexdigest()[:6]
