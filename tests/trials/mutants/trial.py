"""Tries mutants, several at a time; each thread has a copy of the project."""

from __future__ import annotations

import sys
import threading
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import Self

from .memory import Memory, Result
from .mutant import Mutant
from .parts import PARTS, Part
from .stages import Stage
from .workspace import Killer, Workspace, snapshot

MOST = 3  # tests that are run before all others


Tests = tuple[Stage, tuple[str, ...]]
"""A stage, and some of its tests; none means all."""


def whole(stages: Iterable[Stage]) -> Iterator[Tests]:
    """Yield stages with all their tests."""
    return ((stage, ()) for stage in stages)


class UnsoundError(Exception):
    """A test fails without a mutant too, so that it says nothing about mutants."""


class Trial:
    """Tries `jobs` mutants at once; to be used as a context manager."""

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
    ) -> list[Future[Result]]:
        """Start to try mutants, without the stages that they have gone through before.

        Without `slow`, only new mutants are tried, and only with the quick stages.
        """
        for mutant in mutants:
            if result := self._memory.recall(mutant):
                self._learn(mutant, result)
        return [self._pool.submit(self._try, part, m, slow) for m in mutants]

    def _try(self, part: Part, mutant: Mutant, slow: bool) -> Result:
        known = self._memory.recall(mutant)
        stages = self._memory.left(part, mutant)
        if known and not (slow and stages):
            return known
        if not slow:
            stages = stages[: part.quick]
        first = () if known else self._known(mutant)
        workspace = self._workspace()
        killer = workspace.killer(part, mutant, (*first, *whole(stages)))
        if killer and killer.stage in self._stages:
            self._demand_sound(workspace, killer)
        result = self._memory.note(mutant, killer, stages)
        self._learn(mutant, result)
        return result

    def _learn(self, mutant: Mutant, result: Result) -> None:
        if result.test:
            killer = Killer(result.verdict or "", result.test)
            with self._lock:
                self._killers[mutant.file, mutant.where][killer] += 1

    def _known(self, mutant: Mutant) -> Iterator[Tests]:
        """Yield the tests that killed most mutants of the same function."""
        with self._lock:
            often = self._killers[mutant.file, mutant.where].most_common(MOST)
        for name in dict.fromkeys(killer.stage for killer, _ in often):
            tests = tuple(killer.test for killer, _ in often if killer.stage == name)
            if name in self._stages:
                yield self._stages[name], tests

    def _workspace(self) -> Workspace:
        """Return the copy of the project that this thread uses."""
        if not hasattr(self._local, "workspace"):
            name = f"thread-{threading.get_ident()}"
            created = Workspace(self._folder / name, self.tree)
            self._local.workspace = self._end.enter_context(created)
        workspace: Workspace = self._local.workspace
        return workspace

    def _demand_sound(self, workspace: Workspace, killer: Killer) -> None:
        """Raise UnsoundError if a test fails in the same copy without a mutant too."""
        stage = self._stages[killer.stage]
        if workspace.fails_untouched(stage, (killer.test,) if killer.test else ()):
            print(f"unsound: {killer}", file=sys.stderr, flush=True)
            raise UnsoundError(f"{killer.stage}: {killer.test} fails without it too")
