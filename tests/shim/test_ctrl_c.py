"""Ctrl-C on a terminal, while a script works and while its end is being reported."""

from __future__ import annotations

import os
import pty
import select
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from support.frozen import API_FUNC, HANDLER
from support.transports import HUNG, SCRIPT, Toolbox, program

LIMIT = 20  # seconds of a report: whoever ends sooner did not wait for it
AT_ONCE = 10
CTRL_C = b"\x03"
# It answers the report of the start. The next one is announced, and then nothing comes.
PYTHON = f"""#!/bin/sh
IFS= read -r body
printf '%s\\n' "$body" >>"$SENT"
case $body in
*installing*) printf :ok200 ;;
*) [ -z "$QUICK" ] || {{ printf :ok200; exit; }}
  echo REPORTING >"$TERMINAL"; exec {program("sleep")} 60 ;;
esac
"""
LOADED = (f". {API_FUNC}", f". {HANDLER}", "TERMINAL=$(tty); export TERMINAL")
HANDLED = (*LOADED, "catch_errors", "post_to_api")
OWN = (
    *LOADED,
    "trap 'post_update_to_api failed INTERRUPTED; exit 130' INT",
    "trap 'post_update_to_api done none' EXIT",
    "post_to_api",
)
# The command itself says so: a Ctrl-C right before it starts would reach bash alone.
WORKS = "bash -c 'echo WORKING; exec sleep 60'"


class Terminal:
    """A script on a terminal of its own."""

    def __init__(self, folder: Path, *lines: str) -> None:
        toolbox = Toolbox(folder / "bin", "sleep", "tty", "bash", "tee")
        toolbox.script("python3", PYTHON)
        self.sent = folder / "sent"
        self.said = b""
        (folder / "script").write_text("\n".join(lines))
        given = {"TELEMETRY_TIMEOUT": str(LIMIT), "SENT": str(self.sent)}
        environment = {"PATH": str(toolbox.path), **SCRIPT, **given}
        command = [program("bash"), "--norc", str(folder / "script")]
        self._pid, self._terminal = pty.fork()
        if self._pid == 0:
            os.execve(command[0], command, environment)

    def press_after(self, word: bytes) -> None:
        """Press Ctrl-C when the script has shown a word that it did not show before."""
        self._read(lambda: word in self.said)
        self.said = self.said.replace(word, b"")
        self.press()

    def press(self) -> None:
        """Press Ctrl-C."""
        os.write(self._terminal, CTRL_C)

    def end(self) -> tuple[int, int]:
        """Return the exit status, and how many ends were reported or tried."""
        began = time.monotonic()
        self._read(lambda: False)
        assert time.monotonic() - began < AT_ONCE
        _, status = os.waitpid(self._pid, 0)
        bodies = self.sent.read_text().splitlines()
        return os.waitstatus_to_exitcode(status), sum("exit_code" in b for b in bodies)

    def _read(self, enough: Callable[[], bool]) -> None:
        deadline = time.monotonic() + HUNG
        while not enough():
            left = deadline - time.monotonic()
            ready, _, _ = select.select([self._terminal], [], [], max(left, 0))
            assert ready, f"nothing more came after {self.said!r}"
            try:
                more = os.read(self._terminal, 4096)
            except OSError:  # the other end is closed
                return
            if not more:
                return
            self.said += more


@pytest.mark.parametrize("more", [0, 1, 3])
def test_ctrl_c_while_an_error_is_reported_ends_the_wait(
    more: int, tmp_path: Path
) -> None:
    script = Terminal(tmp_path, *HANDLED, "bash -c 'exit 100'")
    script.press_after(b"REPORTING")
    for _ in range(more):
        script.press()
    assert script.end() == (100, 1)


@pytest.mark.parametrize("lines", [HANDLED, OWN], ids=["handled", "own traps"])
def test_a_second_ctrl_c_ends_the_wait_of_the_first(
    lines: tuple[str, ...], tmp_path: Path
) -> None:
    script = Terminal(tmp_path, *lines, WORKS)
    script.press_after(b"WORKING")
    script.press_after(b"REPORTING")
    assert script.end() == (130, 1)


@pytest.mark.parametrize("lines", [HANDLED, OWN], ids=["handled", "own traps"])
def test_ctrl_c_while_the_script_itself_reports_ends_the_wait(
    lines: tuple[str, ...], tmp_path: Path
) -> None:
    script = Terminal(tmp_path, *lines, "post_update_to_api done none", "exit 0")
    script.press_after(b"REPORTING")
    assert script.end() == (130, 1)


def test_ctrl_c_while_the_exit_trap_reports_changes_no_exit_status(
    tmp_path: Path,
) -> None:
    script = Terminal(tmp_path, *HANDLED, "exit 3")
    script.press_after(b"REPORTING")
    assert script.end() == (3, 1)


# It goes on after Ctrl-C, until what reads its output is gone.
CHILD = """trap "" INT PIPE; echo WORKING >"$TERMINAL"
while echo .; do :; done 2>/dev/null; exit 5"""


def test_ctrl_c_in_front_of_tee_is_told_as_an_interrupt(tmp_path: Path) -> None:
    inner = tmp_path / "inner"
    inner.write_text("\n".join([*HANDLED, f"bash -c '{CHILD}'"]))
    piped = f"bash --norc {inner} 2>&1 | tee /dev/null >/dev/null"
    script = Terminal(tmp_path, "export QUICK=1", piped)
    script.press_after(b"WORKING")
    script.end()
    assert '"exit_code":130,' in script.sent.read_text().splitlines()[-1]
    assert len(script.sent.read_text().splitlines()) == 2
