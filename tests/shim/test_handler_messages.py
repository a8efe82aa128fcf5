"""What the error handler says, word for word, and what it reports."""

from __future__ import annotations

import json
import os
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

from shimgen.reference import explain_exit_code, suggest_recovery
from support.frozen import API_FUNC, FROZEN, HANDLER
from support.transports import SCRIPT, Toolbox, program

PYTHON = """#!/bin/sh
IFS= read -r body
printf '%s\\n' "$body" >>"$SENT"
printf %s ":${ANSWER-ok200}"
"""


@dataclass(frozen=True)
class Ended:
    """How a script ended: status, what it wrote, exit codes that it reported."""

    status: int
    stdout: str
    stderr: str
    reported: list[int]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    Toolbox(tmp_path / "bin").script("python3", PYTHON)
    (tmp_path / "bin" / "tail").symlink_to(program("tail"))
    (tmp_path / "bin" / "bash").symlink_to(program("bash"))
    return tmp_path


def play(folder: Path, *lines: str, stderr: int | None = None, **also: str) -> Ended:
    """Run a script that has loaded the handler in its first line."""
    sent = folder / "sent"
    sent.write_text("")
    file = folder / "script"
    file.write_text("\n".join([f". {HANDLER}", *lines]))
    done = subprocess.run(
        [program("bash"), "--norc", str(file)],
        env={"PATH": str(folder / "bin"), **SCRIPT, "SENT": str(sent), **also},
        cwd=folder,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE if stderr is None else stderr,
        text=True,
        check=False,
    )
    bodies = map(json.loads, sent.read_text().splitlines())
    reported = [body["exit_code"] for body in bodies if "exit_code" in body]
    return Ended(done.returncode, done.stdout, done.stderr or "", reported)


def line(number: int, code: int, command: str) -> str:
    """Return what is said of an error first."""
    meaning = explain_exit_code(FROZEN, b"%d" % code).decode()
    return f"line {number}: exit code {code} ({meaning}): {command}\n"


def both(number: int, code: int, command: str) -> str:
    """Return that and what helps."""
    recovery = suggest_recovery(FROZEN, b"%d" % code).decode()
    return line(number, code, command) + f"what may help: {recovery}\n"


FAILS = "bash -c 'exit 100'"
UNKNOWN = "bash -c 'exit 77'"
SAID: dict[str, tuple[list[str], int, str]] = {
    "a known code": (["catch_errors", FAILS], 100, both(3, 100, FAILS)),
    "an unknown code": (["catch_errors", UNKNOWN], 77, line(3, 77, UNKNOWN)),
    "a code of the script": (
        ["register_exit_code 77 'no key' 'buy one'", "catch_errors", UNKNOWN],
        77,
        f"line 4: exit code 77 (no key): {UNKNOWN}\nwhat may help: buy one\n",
    ),
    "an odd IFS": (["catch_errors", "IFS=0123456789", FAILS], 100, both(4, 100, FAILS)),
    "nounset": (["STRICT_UNSET=1; catch_errors", FAILS], 100, both(3, 100, FAILS)),
    "a subshell": (
        ["catch_errors", f"({FAILS}; echo no)", "echo no"],
        100,
        line(3, 100, FAILS) + both(3, 100, f"( {FAILS}; echo no )"),
    ),
    "a subshell in a subshell": (
        ["catch_errors", f"( ( {FAILS}; echo no ); echo no)", "echo no"],
        100,
        line(3, 100, FAILS)
        + line(3, 100, f"( {FAILS}; echo no )")
        + both(3, 100, f"( ( {FAILS}; echo no ); echo no )"),
    ),
    "a call with arguments": (
        ["touch() { :; }", "error_handler 100 99 'a  * b'"],
        100,
        both(99, 100, "a  * b"),
    ),
    "a call without an error": (["error_handler && exit 5"], 5, ""),
    "a call with 0": (["error_handler 0 && exit 5"], 5, ""),
    "a call with no number": (["error_handler 'a b' && exit 5"], 5, ""),
    "a message that fails": (
        ["msg_error() { printf '[%s]' \"$@\"; false; false; }", "catch_errors", FAILS],
        100,
        "".join(f"[{text}]" for text in both(4, 100, FAILS).splitlines()),
    ),
    "a call under catch_errors, with a message that fails": (
        [
            "msg_error() { echo MINE; false; false; }",
            "catch_errors",
            "error_handler 77",
        ],
        77,
        "MINE\n",
    ),
    "a message of the script under nounset": (
        ['msg_error() { echo "$#"; }', "STRICT_UNSET=1; catch_errors", UNKNOWN],
        77,
        "1\n",
    ),
}


def signal(code: int) -> str:
    """Return what is said of the end by a signal."""
    known = explain_exit_code(FROZEN, b"%d" % code).decode()
    meaning = "Ended by a signal" if known == "Unknown error" else known
    return f"exit code {code} ({meaning})\n"


@pytest.mark.parametrize("case", SAID)
def test_an_error_is_told_word_for_word_and_on_stderr_alone(
    case: str, folder: Path
) -> None:
    lines, status, said = SAID[case]
    ended = play(folder, *lines)
    assert ended == Ended(status, "", said, [])


def test_a_call_with_empty_arguments_finds_out_itself(folder: Path) -> None:
    ended = play(folder, f"{FAILS} || error_handler '' '' ''")
    assert re.match(r"line 2: exit code 100 \(.+\): \S", ended.stderr)
    assert ended.status == 100


@pytest.mark.parametrize(("name", "code"), [("INT", 130), ("TERM", 143), ("HUP", 129)])
def test_a_signal_is_told_with_its_meaning(name: str, code: int, folder: Path) -> None:
    lines = ("IFS=0123456789", "STRICT_UNSET=1; catch_errors", f'kill -{name} "$$"')
    ended = play(folder, *lines)
    assert ended == Ended(code, "", signal(code), [])


def test_a_signal_is_told_once_though_the_message_fails(folder: Path) -> None:
    lines = ("msg_error() { echo MINE; false; false; }", "catch_errors")
    ended = play(folder, *lines, 'kill -TERM "$$"')
    assert ended == Ended(143, "", "MINE\n", [])


@pytest.mark.parametrize(
    ("no_color", "before", "after"),
    [("", "\x1b[31m", "\x1b[0m"), ("1", "", "")],
)
def test_a_terminal_sees_red_unless_it_should_not(
    no_color: str, before: str, after: str, folder: Path
) -> None:
    ours, theirs = os.openpty()
    lines = ("STRICT_UNSET=1; catch_errors", UNKNOWN)
    settings = {"NO_COLOR": no_color} if no_color else {}
    ended = play(folder, *lines, stderr=theirs, **settings)
    said = os.read(ours, 4096).decode().replace("\r\n", "\n")
    for descriptor in (ours, theirs):
        os.close(descriptor)
    text = line(3, 77, UNKNOWN).rstrip("\n")
    assert (ended.status, ended.stdout, said) == (77, "", f"{before}{text}{after}\n")


def test_the_end_of_the_log_follows_whatever_its_name(folder: Path) -> None:
    (folder / "a  log").write_text("".join(f"{n}\n" for n in range(1, 26)))
    ended = play(folder, "catch_errors", UNKNOWN, SILENT_LOGFILE="a  log")
    end = "".join(f"{n}\n" for n in range(6, 26))
    said = f"{line(3, 77, UNKNOWN)}--- last 20 lines of a  log ---\n{end}"
    assert ended == Ended(77, "", said, [])


@pytest.mark.parametrize("log", ["", "nowhere", "."])
def test_a_log_that_is_no_file_is_not_mentioned(log: str, folder: Path) -> None:
    ended = play(folder, "catch_errors", UNKNOWN, SILENT_LOGFILE=log)
    assert ended == Ended(77, "", line(3, 77, UNKNOWN), [])


OPEN = (f". {API_FUNC}", "catch_errors", "post_to_api")


@pytest.mark.parametrize("ifs", ["", "IFS=0123456789"])
@pytest.mark.parametrize(
    ("last", "code"),
    [
        (f"trap - EXIT; {FAILS}", 100),
        (f"({FAILS}; :)", 100),
        ('trap - EXIT; kill -TERM "$$"', 143),
        ('(catch_errors; kill -TERM "$BASHPID"; :)', 143),
        (f"(catch_errors; {FAILS}; :)", 100),
        ("(catch_errors; exit 0); exit 42", 42),
        ("exit 42", 42),
        ("exit 0", 0),
    ],
)
def test_an_open_run_is_closed_once_with_the_code(
    last: str, code: int, ifs: str, folder: Path
) -> None:
    ended = play(folder, ifs, *OPEN, last)
    assert (ended.status, ended.stdout, ended.reported) == (code, "", [code])


def test_1_makes_unset_variables_errors(folder: Path) -> None:
    ended = play(folder, "catch_errors; : $nothing", STRICT_UNSET="1")
    assert ended.status == 1


@pytest.mark.parametrize("setting", ["", "0", "2", "11"])
def test_only_1_makes_unset_variables_errors(setting: str, folder: Path) -> None:
    ended = play(folder, "catch_errors; : $nothing", STRICT_UNSET=setting)
    assert ended == Ended(0, "", "", [])
    ended = play(folder, "unset -v STRICT_UNSET; set -u; catch_errors")
    assert ended == Ended(0, "", "", [])


ARRIVED = """until [[ $(<"$SENT") == *exit_code* ]]; do :; done"""


@pytest.mark.parametrize(
    ("line", "reported"),
    [
        ("post_update_to_api failed 9", [9]),
        ("ANSWER=000 post_update_to_api failed 9", [9, 9]),
        ("TELEMETRY_URL=ftp://h post_update_to_api failed 9", [9]),
        ("TELEMETRY_DRY_RUN=yes post_update_to_api failed 9 >/dev/null", []),
        (f"TELEMETRY_BACKGROUND=yes post_update_to_api failed 9; {ARRIVED}", [9]),
        ("post_to_api", [5]),
        ("POST_TO_API_DONE=false; post_to_api", [5]),
    ],
)
def test_a_run_is_open_until_its_end_was_taken(
    line: str, reported: list[int], folder: Path
) -> None:
    ended = play(folder, *OPEN, line, "exit 5")
    assert (ended.status, ended.stdout, ended.reported) == (5, "", reported)
