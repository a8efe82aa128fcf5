"""What earlier runs found, so that only the rest has to be run."""

from __future__ import annotations

import hashlib
import threading
from pathlib import Path

import msgspec

from .mutant import Mutant
from .parts import Part


class Found(msgspec.Struct, frozen=True):
    """What became of a mutant: the stage that killed it, "" for none; None: no bash.

    `tests` is a digest of the tests that a survivor has passed.
    """

    key: str
    verdict: str | None
    tests: str = ""


class Memory:
    """A file of findings, one a line; each is written as soon as it is known.

    A survivor is tried again when its tests change. A mutant that was killed is not,
    as tests are seldom made weaker: delete the file to begin anew.
    """

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
        stale = found and found.verdict == "" and found.tests != self._digest(part)
        return None if stale else found

    def note(self, part: Part, mutant: Mutant, verdict: str | None) -> Found:
        """Keep what became of a mutant."""
        tests = self._digest(part) if verdict == "" else ""
        found = Found(mutant.key, verdict, tests)
        with self._lock:
            self._found[mutant.key] = found
            with self._file.open("ab") as file:
                file.write(msgspec.json.encode(found) + b"\n")
        return found

    def _digest(self, part: Part) -> str:
        digest = hashlib.sha256()
        for stage in part.stages:
            digest.update(repr(stage).encode())
            for name in stage.files:
                if not name.startswith("../"):
                    digest.update((self._tests / name).read_bytes())
        return digest.hexdigest()[:12]
