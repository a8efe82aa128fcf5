"""Runs mutants, several at a time, each thread in a copy of the tree of its own."""

from __future__ import annotations

import sys
import threading
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import Self

from .memory import Found, Memory
from .mutant import Mutant
from .parts import PARTS, Part
from .stages import Stage
from .workspace import Killer, Workspace, snapshot

MOST = 3  # tests that are asked before all others


Tests = tuple[Stage, tuple[str, ...]]
"""A stage, and the tests of it, none for all."""


def whole(stages: Iterable[Stage]) -> Iterator[Tests]:
    """Yield stages with all their tests."""
    return ((stage, ()) for stage in stages)


class UnsoundError(Exception):
    """Tests that fail without a mutant say nothing about one."""


class Trial:
    """Used as a context manager; tries `jobs` mutants at once."""

    def __init__(self, folder: Path, memory: Path, jobs: int) -> None:
        self.tree = snapshot(folder)
        self._folder = folder
        self._memory = Memory(memory, self.tree)
        self._local = threading.local()
        self._lock = threading.Lock()
        self._end = ExitStack()
        self._pool = ThreadPoolExecutor(jobs)
        self._stages = {s.name: s for part in PARTS for s in part.stages}
        self._killers: dict[tuple[str, str], Counter[Killer]] = defaultdict(Counter)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._pool.shutdown(cancel_futures=True)
        self._end.close()

    def try_all(
        self, part: Part, mutants: Sequence[Mutant], *, slow: bool
    ) -> list[Future[Found]]:
        """Begin to try mutants; what is known of one is not tried again.

        Without `slow` they are asked the quick stages only, if they were none yet.
        """
        for one in mutants:
            if found := self._memory.recall(one):
                self._learn(one, found)
        return [self._pool.submit(self._try, part, one, slow) for one in mutants]

    def _try(self, part: Part, mutant: Mutant, slow: bool) -> Found:
        known = self._memory.recall(mutant)
        asked = self._memory.left(part, mutant)
        if known and not (slow and asked):
            return known
        if not slow:
            asked = asked[: part.quick]
        first = () if known else self._known(mutant)
        workspace = self._workspace()
        killer = workspace.killer(part, mutant, (*first, *whole(asked)))
        if killer and killer.stage in self._stages:
            self._demand_sound(workspace, killer)
        found = self._memory.note(mutant, killer, asked)
        self._learn(mutant, found)
        return found

    def _learn(self, mutant: Mutant, found: Found) -> None:
        if found.test:
            killer = Killer(found.verdict or "", found.test)
            with self._lock:
                self._killers[mutant.file, mutant.where][killer] += 1

    def _known(self, mutant: Mutant) -> Iterator[Tests]:
        """Yield the tests that most often killed mutants of the same function."""
        with self._lock:
            often = self._killers[mutant.file, mutant.where].most_common(MOST)
        for name in dict.fromkeys(killer.stage for killer, _ in often):
            tests = tuple(killer.test for killer, _ in often if killer.stage == name)
            if name in self._stages:
                yield self._stages[name], tests

    def _workspace(self) -> Workspace:
        """Return the copy of the tree that this thread uses."""
        if not hasattr(self._local, "workspace"):
            name = f"thread-{threading.get_ident()}"
            made = Workspace(self._folder / name, self.tree)
            self._local.workspace = self._end.enter_context(made)
        workspace: Workspace = self._local.workspace
        return workspace

    def _demand_sound(self, workspace: Workspace, killer: Killer) -> None:
        """Raise UnsoundError where a test fails there without a mutant, too."""
        stage = self._stages[killer.stage]
        if workspace.fails_untouched(stage, (killer.test,) if killer.test else ()):
            print(f"unsound: {killer}", file=sys.stderr, flush=True)
            raise UnsoundError(f"{killer.stage}: {killer.test} fails anyway")
