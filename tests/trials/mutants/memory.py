"""What earlier runs found, so that only the rest has to be run."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterable
from pathlib import Path

import msgspec

from .mutant import Mutant
from .parts import Part, Stage


class Found(msgspec.Struct, frozen=True):
    """What became of a mutant: the stage that killed it, "" for none, and its tests.

    `tests` is a digest of that stage's files, or of all stages' where none killed it.
    A change elsewhere in the tree is not seen: delete the file to begin anew.
    """

    key: str
    verdict: str | None
    tests: str


class Memory:
    """A file of findings, one a line; each is written as soon as it is known."""

    def __init__(self, file: Path, tree: Path) -> None:
        self._file = file
        self._tests = tree / "tests"
        self._lock = threading.Lock()
        self._found: dict[str, Found] = {}
        file.parent.mkdir(exist_ok=True)
        if file.exists():
            for line in file.read_bytes().splitlines():
                found = msgspec.json.decode(line, type=Found)
                self._found[found.key] = found

    def recall(self, part: Part, mutant: Mutant) -> Found | None:
        """Return what is known of a mutant and still true."""
        found = self._found.get(mutant.key)
        known = found and found.tests == self._digest(_asked(part, found.verdict))
        return found if known else None

    def note(self, part: Part, mutant: Mutant, verdict: str | None) -> Found:
        """Keep what became of a mutant."""
        found = Found(mutant.key, verdict, self._digest(_asked(part, verdict)))
        with self._lock:
            self._found[mutant.key] = found
            with self._file.open("ab") as file:
                file.write(msgspec.json.encode(found) + b"\n")
        return found

    def _digest(self, stages: Iterable[Stage]) -> str:
        digest = hashlib.sha256()
        for stage in stages:
            digest.update(repr(stage).encode())
            for name in stage.files:
                if not name.startswith("../"):
                    digest.update((self._tests / name).read_bytes())
        return digest.hexdigest()[:12]


def _asked(part: Part, verdict: str | None) -> list[Stage]:
    """Return the stages that a verdict rests on."""
    killers = [stage for stage in part.stages if stage.name == verdict]
    return killers or (list(part.stages) if verdict == "" else [])
