"""Root file systems of Debian, made by debootstrap, and how to run commands in them.

A command sees the root file system through a writable layer in memory. Its mounts and
processes are in namespaces of their own, which end with the command.
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

from ..requirements import SYSTEM_PATH

ENVIRONMENT = {"PATH": SYSTEM_PATH, "LC_ALL": "C"}
COMMAND_TIMEOUT = 900  # seconds; the bats suite takes about 100 on an idle machine
DEBOOTSTRAP_TIMEOUT = 1800  # seconds
NAMESPACES = ("unshare", "--mount", "--pid", "--fork", "--kill-child")

# Arguments: an empty folder, the root file system, shell code that prepares it, paths
# of this machine that are mounted in it at the same place, "--", the command.
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
    """A root file system cannot be made; the message says why."""


@dataclass(frozen=True)
class Finished:
    """Exit status of a command, and its stdout and stderr as one text."""

    status: int
    output: str


class Place(Protocol):
    """Where commands run: in a root file system, or on this machine."""

    def run(self, command: Sequence[str], env: Mapping[str, str]) -> Finished:
        """Run a command with exactly this environment and an empty stdin."""


class Machine:
    """The machine itself."""

    def run(self, command: Sequence[str], env: Mapping[str, str]) -> Finished:
        """Run a command with exactly this environment and an empty stdin."""
        return _run(command, env, COMMAND_TIMEOUT)


@dataclass(frozen=True)
class Root:
    """A root file system in which no command leaves a trace.

    `visible` are paths of this machine that are mounted in it, read-only. `prepare` is
    shell code that runs in it before each command. `stage` is an empty folder.
    """

    tree: Path
    stage: Path
    visible: tuple[Path, ...]
    prepare: str = ":"

    def run(self, command: Sequence[str], env: Mapping[str, str]) -> Finished:
        """Run a command with exactly this environment and an empty stdin."""
        settings = [f"{name}={value}" for name, value in env.items()]
        arguments = [
            *map(str, self.visible),
            "--",
            "/usr/bin/env",
            "-i",
            *settings,
            *command,
        ]
        folders = [str(self.stage), str(self.tree)]
        enter = [*NAMESPACES, "sh", "-c", ENTER, "sh", *folders, self.prepare]
        return _run([*enter, *arguments], ENVIRONMENT, COMMAND_TIMEOUT)


class Cache:
    """Makes root file systems and keeps them in a folder for later runs.

    `mirror` is the URL of a Debian mirror; None is debootstrap's default.
    """

    def __init__(self, folder: Path, mirror: str | None) -> None:
        self.folder = folder
        self.mirror = mirror
        self._one_at_a_time = threading.Lock()

    def tree(self, suite: str, packages: Sequence[str]) -> Path:
        """Return a minimal root file system of a release with these packages.

        Raises RootError if it does not exist yet and cannot be made.
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
            mirror = [self.mirror] if self.mirror else []
            command = ["debootstrap", *options, suite, str(new), *mirror]
            environment = {**os.environ, **ENVIRONMENT}
            finished = _run(command, environment, DEBOOTSTRAP_TIMEOUT)
            if finished.status:
                reason = finished.output.rstrip().rpartition("\n")[2]
                raise RootError(
                    f"debootstrap {suite} failed with {finished.status}: {reason}"
                )
            new.rename(kept)


def _run(command: Sequence[str], env: Mapping[str, str], timeout: int) -> Finished:
    program = shutil.which(command[0], path=SYSTEM_PATH) or command[0]
    try:
        finished = subprocess.run(
            [program, *command[1:]],
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            timeout=timeout,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return Finished(124, f"{command[0]} took longer than {timeout} s")
    return Finished(finished.returncode, finished.stdout)
