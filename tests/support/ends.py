"""Whole scripts under the error handler, for bash and for the reference.

A `Writer` writes a script line by line and follows it in the reference; a `Theatre`
plays it in bash.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Self

from shimgen import reference
from shimgen.reference import Host, Lost
from shimgen.reference.handler import Called, Command, Script, Sent, Shown, Turn

from .bash_session import HUNG
from .frozen import API_FUNC, FROZEN, HANDLER
from .stubs import install
from .transports import PVEVERSION, program

START, VM_START, UPDATE = FROZEN.events
OPEN = {"DIAGNOSTICS": "yes", "RANDOM_UUID": "run-1"}

# What scripts use: `note` says that a command was called, and with which `$?`.
PRELUDE = r"""
export SCRIPT_PID=$$
note() { printf 'called %s %s\n' "$1" "$2" >>"$FOLDER/log"; }
ret() { return "$1"; }
"""
# The receiver takes its next turn: notes what came, sends a signal, and answers.
PYTHON = rb"""#!/bin/sh
IFS= read -r body
read -r turn <"$FOLDER/next"
printf '%s\n' "$((turn + 1))" >"$FOLDER/next"
printf 'sent %s\n' "$body" >>"$FOLDER/log"
at=0
while IFS=' ' read -r status signal && [ "$at" -lt "$turn" ]; do
  at=$((at + 1))
done <"$FOLDER/turns"
[ -z "$signal" ] || kill -s "$signal" "$SCRIPT_PID"
printf ':%s' "${status:-200}"
"""


def bash() -> str:
    """Return the bash that plays the scripts: SHIMGEN_BASH, or the system's."""
    return os.environ.get("SHIMGEN_BASH") or program("bash")


def bash_version() -> tuple[int, int]:
    """Return its major and minor version."""
    line = 'printf "%s %s" "${BASH_VERSINFO[@]:0:2}"'
    done = subprocess.run([bash(), "-c", line], stdout=subprocess.PIPE, check=True)
    major, minor = map(int, done.stdout.split())
    return major, minor


def words(arguments: Iterable[bytes]) -> str:
    """Return arguments in front of which there is a blank, as bash words."""
    return "".join(f' "{word.decode()}"' for word in arguments)


def action(name: str, command: Command) -> str:
    """Return a command of the script's own as a line of bash."""
    calls = [f"{UPDATE.function}{words(one)}" for one in command.reports]
    end = [] if command.exits is None else [f"exit {command.exits}"]
    return "; ".join([f'note {name} "$?"', *calls, *end])


class Writer:
    """A script that is being written: its lines, and the reference's `script`.

    `deaf` says that nobody reads its stderr, `noisy` that bash itself writes there.
    """

    def __init__(self, turns: Sequence[Turn]) -> None:
        variables = {name: value.encode() for name, value in OPEN.items()}
        host = Host(frozenset({"python3", "pveversion"}), 0)
        shell = reference.load(FROZEN, variables)
        self.turns = turns
        self.script = Script(FROZEN, host, shell, tuple(turns))
        self.lines = PRELUDE.splitlines()
        self.deaf = False
        self.noisy = False

    def __repr__(self) -> str:
        """Show the script and the receiver's turns."""
        turns = [answered(turn).rstrip() for turn in self.turns]
        return "\n".join([f"# the receiver: {turns}", *self.lines[4:]])

    def write(
        self,
        line: str,
        act: Callable[..., Script] | None = None,
        *arguments: object,
        **named: object,
    ) -> None:
        """Write a line, and let the reference do what it does."""
        self.lines.append(line)
        if act:
            self.script = act(self.script, *arguments, **named)

    def change(self, line: str, **fields: Any) -> None:
        """Write a line that changes fields of the script, unless it has ended."""
        self.lines.append(line)
        if not self.script.ended:
            self.script = replace(self.script, **fields)


@dataclass(frozen=True)
class Ended:
    """How a script ended: its status, what was noted, and what was on its stderr."""

    status: int
    log: tuple[str, ...]
    stderr: str


class Theatre:
    """A folder in which bash plays scripts, with a stub receiver.

    Used as a context manager.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        tools = folder / "bin"
        tools.mkdir()
        install(tools / "python3", PYTHON)
        install(tools / "pveversion", PVEVERSION.encode())
        self.environment = {
            "PATH": str(tools),
            "LC_ALL": "C.UTF-8",
            "FOLDER": str(folder),
            "FILE": str(API_FUNC),
            "HANDLER": str(HANDLER),
            **OPEN,
        }

    def __enter__(self) -> Self:
        # In a background job SIGINT is ignored, and a script could not trap it.
        self._before = signal.signal(signal.SIGINT, signal.default_int_handler)
        read, self.unread = os.pipe()
        os.close(read)
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self.unread)
        signal.signal(signal.SIGINT, self._before)

    def play(self, writer: Writer) -> Ended:
        """Run a script; its `$UNREAD` is a pipe whose reader has gone."""
        (self.folder / "script").write_text("\n".join([*writer.lines, ""]))
        (self.folder / "log").write_text("")
        (self.folder / "next").write_text("0\n")
        (self.folder / "turns").write_text("".join(map(answered, writer.turns)))
        with (self.folder / "stderr").open("wb") as stderr:
            done = subprocess.run(
                [bash(), "--norc", "script"],
                env={**self.environment, "UNREAD": str(self.unread)},
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=stderr,
                pass_fds=(self.unread,),
                timeout=HUNG,
                check=False,
            )
        log = (self.folder / "log").read_text().splitlines()
        shown = (self.folder / "stderr").read_text(errors="replace")
        return Ended(done.returncode, tuple(map(noted, log)), shown)

    def compare(self, writer: Writer) -> Ended:
        """Play a script; raise AssertionError if the reference says otherwise."""
        ended, script = self.play(writer), writer.script
        log = list(ended.log)
        wanted = [entry(one) for one in script.seen if not isinstance(one, Shown)]
        for at, line in enumerate(wanted[: len(log)]):
            if line.endswith(" -"):  # no rule says with which status
                log[at] = log[at].rpartition(" ")[0] + " -"
        said = (
            f"{writer!r}\n# bash: {ended.status} {log}\n"
            f"# reference: {script.status} {wanted}\n{ended.stderr}"
        )
        assert (ended.status, log) == (script.status, wanted), said
        lines = ended.stderr.splitlines()
        lines = [line for line in lines if not line.startswith("api.func: ")]
        shown = [one.code for one in script.seen if isinstance(one, Shown)]
        if shown and not writer.deaf and script.message is None:
            [code] = shown
            assert sum(f"exit code {code} " in line for line in lines) == 1, said
        elif not shown and not writer.noisy:
            assert lines == [], said
        return ended


def answered(turn: Turn) -> str:
    """Return a turn as a line for the stub."""
    status = 0 if isinstance(turn.answer, Lost) else turn.answer.status
    return f"{status:03} {turn.signal}\n"


def noted(line: str) -> str:
    """Return a line of the log in the words of `entry`."""
    if not line.startswith("sent "):
        return line
    payload = json.loads(line.removeprefix("sent "))
    if "exit_code" not in payload:
        return "sent a start"
    return f"sent {payload['status']} {payload['exit_code']}"


def entry(one: Sent | Called) -> str:
    """Return what the reference saw as a line of the log."""
    if isinstance(one, Called):
        return f"called {one.name} {'-' if one.status is None else one.status}"
    if one.outcome is None:
        return "sent a start"
    return f"sent {one.outcome.status} {one.outcome.code}"
