"""Runs mutants, several at a time, each thread in a copy of the tree of its own."""

from __future__ import annotations

import os
import threading
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from functools import cache
from pathlib import Path
from typing import Self

from .memory import Found, Memory
from .mutant import Mutant
from .parts import PARTS, Part, Stage
from .workspace import Workspace, snapshot


class UnsoundError(Exception):
    """Tests that fail without a mutant say nothing about one."""


class Trial:
    """Used as a context manager; `try_one` may be called for many mutants at once."""

    def __init__(self, folder: Path, memory: Path) -> None:
        self.tree = snapshot(folder)
        self._folder = folder
        self._memory = Memory(memory, self.tree)
        self._local = threading.local()
        self._lock = threading.Lock()
        self._untouched = Workspace(folder / "untouched", self.tree)
        self._unsound = cache(self._untouched.fails)
        self._pool = ThreadPoolExecutor(os.cpu_count() or 1)
        self._stages = {s.name: s for part in PARTS for s in part.stages}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._pool.shutdown(cancel_futures=True)

    def try_all(self, part: Part, mutants: Sequence[Mutant]) -> list[Future[Found]]:
        """Begin to try mutants; what is known of one is not tried again."""
        return [self._pool.submit(self._try, part, mutant) for mutant in mutants]

    def _try(self, part: Part, mutant: Mutant) -> Found:
        known = self._memory.recall(part, mutant)
        if known:
            return known
        verdict = self._workspace().verdict(part, mutant)
        if verdict in self._stages:
            self._demand_sound(self._stages[verdict])
        return self._memory.note(part, mutant, verdict)

    def _workspace(self) -> Workspace:
        """Return the copy of the tree that this thread uses."""
        if not hasattr(self._local, "workspace"):
            name = f"thread-{threading.get_ident()}"
            self._local.workspace = Workspace(self._folder / name, self.tree)
        workspace: Workspace = self._local.workspace
        return workspace

    def _demand_sound(self, stage: Stage) -> None:
        with self._lock:
            unsound = self._unsound(stage)
        if unsound:
            raise UnsoundError(f"{stage.name} fails without a mutant, too")
