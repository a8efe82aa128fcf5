"""One bash that has loaded a file and plays many examples, each in a subshell.

Starting bash and sourcing take longer than a report; a subshell takes a fork.
"""

from __future__ import annotations

import os
import select
import subprocess
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from .transports import program

HUNG = 30  # seconds; a step that takes longer has a defect

# Reads "begin", then "play" for each step of an example, then "end". A step is a
# file. Its last line says what became of it, in a file of texts that end with NUL.
LOOP = r"""
__test_return() { return "$1"; }
__test_state() {
  printf '%s\0' "$__test_began" "$__test_ended" "$__test_status"
  for __test_name; do
    printf '%s\0' "${!__test_name+=}${!__test_name-}"
  done
}
__test_folder=$2
. "$1" || exit
while read -r; do
  (
    while IFS= read -r __test_line && [[ $__test_line != end ]]; do
      . "$__test_folder/step" </dev/null >|"$__test_folder/stdout" \
        2>|"$__test_folder/stderr"
      printf 'played\n'
    done
  )
  printf 'gone\n'
done
"""
STEP = b"""__test_status=0
printf -v __test_began '%%(%%s)T' -1
%s
printf -v __test_ended '%%(%%s)T' -1
__test_state %s >|"$__test_folder/state"
"""


def word(value: bytes) -> bytes:
    """Return bytes without NUL, quoted as one bash word."""
    return b"'%s'" % value.replace(b"'", b"'\\''")


@dataclass(frozen=True)
class Played:
    """The result of a step: its status, its output, and variables after it.

    `status` is what the script left in `__test_status`. `variables` are those of
    the names asked for that are set. `began` and `ended` are bash's clock, in epoch
    seconds, before and after the step.
    """

    status: int
    stdout: bytes
    stderr: bytes
    variables: Mapping[str, bytes]
    began: int
    ended: int


class BashSession:
    """A bash that has sourced `file`, used as a context manager.

    `folder` must be there; the session keeps its files in it. `directory` is
    bash's working directory, `path` its PATH until an example sets another.
    """

    def __init__(self, file: Path, folder: Path, directory: Path, path: bytes) -> None:
        self.file = file
        self.folder = folder
        self.directory = directory
        self.path = path
        self._bash = self._start()

    def _start(self) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [program("bash"), "--norc", "-c", LOOP, "bash", self.file, self.folder],
            cwd=self.directory,
            env={b"PATH": self.path, b"LC_ALL": b"C.UTF-8"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            bufsize=0,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._stop()

    def _stop(self) -> None:
        assert self._bash.stdin
        assert self._bash.stdout
        self._bash.stdin.close()
        try:
            self._bash.wait(HUNG)
        finally:
            self._bash.kill()
            self._bash.wait()
            self._bash.stdout.close()

    @contextmanager
    def example(self) -> Iterator[None]:
        """Play all steps inside the `with` block in one subshell, which then ends."""
        if self._bash.poll() is not None:  # an example before was the end of it
            self._stop()
            self._bash = self._start()
        self._say(b"begin\n")
        try:
            yield
        finally:
            self._say(b"end\n")
            if (said := self._hear()) != b"gone\n":
                raise AssertionError(f"an example did not end: {said!r}")

    def play(self, script: bytes, names: Iterable[str]) -> Played:
        """Run a script in the example's subshell.

        Raises AssertionError where the subshell did not survive it.
        """
        watched = list(names)
        step = STEP % (script, " ".join(watched).encode())
        (self.folder / "step").write_bytes(step)
        self._say(b"play\n")
        said = self._hear()
        stdout, stderr, state = (
            self._read(name) for name in ("stdout", "stderr", "state")
        )
        if said != b"played\n":
            self._say(b"begin\n")  # so that the end of the example ends something
            raise AssertionError(f"bash did not survive {script!r}: {stderr!r}")
        began, ended, status, *values = state.split(b"\0")[:-1]
        variables = {
            name: value[1:]
            for name, value in zip(watched, values, strict=True)
            if value
        }
        return Played(int(status), stdout, stderr, variables, int(began), int(ended))

    def _read(self, name: str) -> bytes:
        file = self.folder / name
        return file.read_bytes() if file.exists() else b""

    def _say(self, line: bytes) -> None:
        assert self._bash.stdin
        with suppress(BrokenPipeError):  # _hear() says more
            self._bash.stdin.write(line)

    def _hear(self) -> bytes:
        assert self._bash.stdout
        pipe = self._bash.stdout.fileno()
        if not select.select([pipe], [], [], HUNG)[0]:
            self._bash.kill()
            self._bash.wait()
            raise AssertionError(f"bash took longer than {HUNG} s for a step")
        said = os.read(pipe, 64)
        if not said:
            raise AssertionError("bash has ended; see what it wrote to stderr")
        return said
