"""What earlier runs found, so that only the rest has to be run."""

from __future__ import annotations

import hashlib
import threading
from functools import cache
from pathlib import Path

import msgspec
from msgspec.structs import replace

from .mutant import Mutant
from .parts import Part
from .stages import Stage
from .workspace import Killer


class Found(msgspec.Struct, frozen=True):
    """What is known of a mutant: the stage that killed it, "" for none; None: no bash.

    `test` is the test of that stage; `passed` are digests of the stages that did not
    kill it, while it is alive.
    """

    key: str
    verdict: str | None
    test: str = ""
    passed: tuple[str, ...] = ()


class Memory:
    """A file of findings, one a line; each is written as soon as it is known.

    A survivor meets a stage again when its tests change. A mutant that was killed does
    not, as tests are seldom made weaker: delete the file to begin anew.
    """

    def __init__(self, file: Path, tree: Path) -> None:
        self._file = file
        self._tests = tree / "tests"
        self._lock = threading.Lock()
        self._found: dict[str, Found] = {}
        self._digest = cache(self._digest_of)
        file.parent.mkdir(exist_ok=True)
        if file.exists():
            for line in file.read_bytes().splitlines():
                found = msgspec.json.decode(line, type=Found)
                self._found[found.key] = found

    def recall(self, mutant: Mutant) -> Found | None:
        """Return what is known of a mutant."""
        return self._found.get(mutant.key)

    def left(self, part: Part, mutant: Mutant) -> list[Stage]:
        """Return the stages that have to be asked about a mutant still."""
        found = self.recall(mutant)
        if found and found.verdict != "":
            return []
        passed = found.passed if found else ()
        return [stage for stage in part.stages if self._digest(stage) not in passed]

    def note(self, mutant: Mutant, killer: Killer | None, asked: list[Stage]) -> Found:
        """Keep what became of a mutant; of one that is alive, what it was asked."""
        known = self.recall(mutant)
        found = Found(mutant.key, killer.stage if killer else None)
        if killer and killer.stage:
            found = replace(found, test=killer.test)
        elif killer:
            before = known.passed if known else ()
            found = replace(found, passed=(*before, *map(self._digest, asked)))
        with self._lock:
            self._found[mutant.key] = found
            with self._file.open("ab") as file:
                file.write(msgspec.json.encode(found) + b"\n")
        return found

    def _digest_of(self, stage: Stage) -> str:
        digest = hashlib.sha256(repr(stage).encode())
        for name in stage.files:
            if not name.startswith("../"):
                digest.update((self._tests / name).read_bytes())
        return digest.hexdigest()[:6]
