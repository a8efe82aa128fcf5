"""Debian in a folder, made by debootstrap and kept; and a way to run something there.

What runs in a root sees it through a writable layer in memory. Mounts and processes
are in namespaces of their own, and gone with the command.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

SYSTEM = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
PLAIN = {"PATH": SYSTEM, "LC_ALL": "C"}
HUNG = 240  # seconds; a command in a root that takes so long is broken
SLOW = 1800  # seconds; the same of making a root
NAMESPACES = ("unshare", "--mount", "--pid", "--fork", "--kill-child")

# Arguments: an empty folder, the root, shell code that prepares it, the paths of this
# machine that are seen in it at the same place, "--", the command.
ENTER = r"""
set -eu
stage=$1 tree=$2 prepare=$3 root=$1/root
shift 3
mount -t tmpfs tmpfs "$stage"
mkdir "$stage/upper" "$stage/work" "$root"
mount -t overlay overlay \
  -o "lowerdir=$tree,upperdir=$stage/upper,workdir=$stage/work" "$root"
mount -t proc proc "$root/proc"
while [ "$1" != -- ]; do
  if [ -d "$1" ]; then
    mkdir -p "$root$1"
  else
    mkdir -p "$root${1%/*}"
    : >"$root$1"
  fi
  mount --bind "$1" "$root$1"
  mount -o remount,bind,ro "$root$1"
  shift
done
shift
chroot "$root" /bin/sh -ec "$prepare"
chroot "$root" "$@" || exit
"""


class RootError(Exception):
    """A root cannot be made; the text says why."""


@dataclass(frozen=True)
class Done:
    """How a command ended, and what it wrote to stdout and stderr, as one text."""

    status: int
    output: str


class Place(Protocol):
    """Where commands run: a root, or this machine."""

    def run(self, command: Sequence[str], env: Mapping[str, str]) -> Done:
        """Run a command with this environment and no other, without input."""


class Machine:
    """The machine as it is."""

    def run(self, command: Sequence[str], env: Mapping[str, str]) -> Done:
        """Run a command with this environment and no other, without input."""
        return _run(command, env, HUNG)


@dataclass(frozen=True)
class Root:
    """A root that forgets each command.

    `seen` are paths of this machine that a command finds there too, read-only;
    `prepare` is shell code that runs in it first; `stage` an empty folder.
    """

    tree: Path
    stage: Path
    seen: tuple[Path, ...]
    prepare: str = ":"

    def run(self, command: Sequence[str], env: Mapping[str, str]) -> Done:
        """Run a command with this environment and no other, without input."""
        settings = [f"{name}={value}" for name, value in env.items()]
        given = [*map(str, self.seen), "--", "/usr/bin/env", "-i", *settings, *command]
        folders = [str(self.stage), str(self.tree)]
        enter = [*NAMESPACES, "sh", "-c", ENTER, "sh", *folders, self.prepare, *given]
        return _run(enter, PLAIN, HUNG)


class Cache:
    """Makes roots, and keeps them between runs in a folder."""

    def __init__(self, folder: Path, mirror: str) -> None:
        self.folder = folder
        self.mirror = mirror
        self._one_at_a_time = threading.Lock()

    def tree(self, suite: str, packages: Sequence[str]) -> Path:
        """Return a minimal root of a release with these packages.

        Raises RootError where it is not there and cannot be made.
        """
        kept = self.folder / "-".join([suite, *packages])
        with self._one_at_a_time:
            if not kept.is_dir():
                self._make(kept, suite, packages)
        return kept

    def _make(self, kept: Path, suite: str, packages: Sequence[str]) -> None:
        downloads = self.folder / "downloads"
        downloads.mkdir(parents=True, exist_ok=True)
        options = ["--variant=minbase", f"--cache-dir={downloads}"]
        if packages:
            options.append(f"--include={','.join(packages)}")
        with tempfile.TemporaryDirectory(dir=self.folder) as folder:
            new = Path(folder) / "root"
            command = ["debootstrap", *options, suite, str(new), self.mirror]
            try:
                done = _run(command, {**os.environ, **PLAIN}, SLOW)
            except FileNotFoundError:
                raise RootError("no debootstrap: apt install debootstrap") from None
            if done.status:
                last = done.output.rstrip().rpartition("\n")[2]
                raise RootError(f"debootstrap {suite} ended with {done.status}: {last}")
            new.rename(kept)


def _run(command: Sequence[str], env: Mapping[str, str], limit: int) -> Done:
    program = shutil.which(command[0], path=SYSTEM) or command[0]
    try:
        done = subprocess.run(
            [program, *command[1:]],
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            timeout=limit,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return Done(124, f"{command[0]} took longer than {limit} s")
    return Done(done.returncode, done.stdout)
