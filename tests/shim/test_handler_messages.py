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
    """How a script ended: status, output, and the exit codes that it reported."""

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


def head(number: int, code: int) -> str:
    """Return the first line of the message about an error: where, code, meaning."""
    meaning = explain_exit_code(FROZEN, b"%d" % code).decode()
    return f"script, line {number}: exit code {code} ({meaning})\n"


def line(number: int, code: int, command: str) -> str:
    """Return that line and the one with the command."""
    return f"{head(number, code)}  command: {command}\n"


def both(number: int, code: int, command: str) -> str:
    """Return those lines and the one with the remedy."""
    return line(number, code, command) + remedy(code)


def remedy(code: int) -> str:
    """Return the line with what may help."""
    return f"  what may help: {suggest_recovery(FROZEN, b'%d' % code).decode()}\n"


FAILS = "bash -c 'exit 100'"
UNKNOWN = "bash -c 'exit 77'"
SAID: dict[str, tuple[list[str], int, str]] = {
    "a known code": (["catch_errors", FAILS], 100, both(3, 100, FAILS)),
    "an unknown code": (["catch_errors", UNKNOWN], 77, line(3, 77, UNKNOWN)),
    "a code of the script": (
        ["register_exit_code 77 'no key' 'buy one'", "catch_errors", UNKNOWN],
        77,
        "script, line 4: exit code 77 (no key)\n"
        f"  command: {UNKNOWN}\n  what may help: buy one\n",
    ),
    "an odd IFS": (["catch_errors", "IFS=0123456789", FAILS], 100, both(4, 100, FAILS)),
    "nounset": (["STRICT_UNSET=1; catch_errors", FAILS], 100, both(3, 100, FAILS)),
    "a subshell": (
        ["catch_errors", f"({FAILS}; echo no)", "echo no"],
        100,
        both(3, 100, f"( {FAILS}; echo no )"),
    ),
    "a subshell in a subshell": (
        ["catch_errors", f"( ( {FAILS}; echo no ); echo no)", "echo no"],
        100,
        both(3, 100, f"( ( {FAILS}; echo no ); echo no )"),
    ),
    "functions that call each other": (
        ["catch_errors", "f() {", "  g", "}", "g() {", f"  {FAILS}", "}", "f"],
        100,
        head(7, 100).replace(":", ", in g:", 1)
        + f"  command: {FAILS}\n"
        + "  called by: f (script, line 4), main (script, line 9)\n"
        + remedy(100),
    ),
    "a command of several lines": (
        ["catch_errors", "bash -c 'exit 77'  $'a\\tb' 'c\nd'"],
        77,
        line(3, 77, "bash -c 'exit 77' 'a b' 'c d'"),
    ),
    "a long command": (
        ["catch_errors", f"{UNKNOWN} {'x' * 400}"],
        77,
        line(3, 77, f"{UNKNOWN} {'x' * 400}"[:300]),
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
        f"[{head(4, 100).rstrip()}]{both(4, 100, FAILS)}",
    ),
    "a call under catch_errors, with a message that fails": (
        [
            "msg_error() { echo MINE; false; false; }",
            "catch_errors",
            "error_handler 77 'what I did'",
        ],
        77,
        "MINE\n" + line(4, 77, "what I did"),
    ),
    "a message of the script under nounset": (
        ['msg_error() { echo "$#"; }', "STRICT_UNSET=1; catch_errors", UNKNOWN],
        77,
        f"1\n  command: {UNKNOWN}\n",
    ),
    "a message under nounset that uses an unset variable": (
        ["msg_error() { : $SPINNER; } 2>/dev/null", "set -u; catch_errors", UNKNOWN],
        77,
        line(4, 77, UNKNOWN),
    ),
    "a message without nounset that uses an unset variable": (
        ["msg_error() { echo MINE $SPINNER; }", "catch_errors", UNKNOWN],
        77,
        f"MINE\n  command: {UNKNOWN}\n",
    ),
    "what core.func's silent() noted": (
        [
            "silent() {",
            "  set +Eeuo pipefail; trap - ERR",
            '  "$@"; local rc=$?',
            "  set -Eeuo pipefail; trap error_handler ERR",
            '  [[ $rc == 0 ]] || _SILENT_FAILED_RC=$rc _SILENT_FAILED_CMD="$*"',
            "  _SILENT_FAILED_LINE=${BASH_LINENO[0]}",
            '  return "$rc"',
            "}",
            "catch_errors",
            "silent bash -c 'exit 77'",
        ],
        77,
        line(11, 77, "bash -c exit 77"),
    ),
    "an error that silent() has not noted": (
        [
            "_SILENT_FAILED_RC=77 _SILENT_FAILED_CMD=earlier _SILENT_FAILED_LINE=1",
            "catch_errors",
            UNKNOWN,
        ],
        77,
        line(4, 77, UNKNOWN),
    ),
    "a message that is missing": (
        ["msg_error() { no-such-command; } 2>/dev/null", "catch_errors", UNKNOWN],
        77,
        line(4, 77, UNKNOWN),
    ),
}


def signal(name: str, code: int) -> str:
    """Return the message about a signal that ended the script."""
    known = explain_exit_code(FROZEN, b"%d" % code).decode()
    meaning = "Ended by a signal" if known == "Unknown error" else known
    recovery = suggest_recovery(FROZEN, b"%d" % code)
    text = f"ended by SIG{name}: exit code {code} ({meaning})\n"
    return text + (remedy(code) if recovery else "")


@pytest.mark.parametrize("case", SAID)
def test_an_error_message_is_exact_and_on_stderr_only(case: str, folder: Path) -> None:
    lines, status, said = SAID[case]
    ended = play(folder, *lines)
    assert ended == Ended(status, "", said, [])


def test_a_handler_with_empty_arguments_uses_the_status_and_line_of_the_call(
    folder: Path,
) -> None:
    ended = play(folder, f"{FAILS} || error_handler '' '' ''")
    assert ended == Ended(100, "", head(2, 100) + remedy(100), [])


@pytest.mark.parametrize(("name", "code"), [("INT", 130), ("TERM", 143), ("HUP", 129)])
def test_a_message_about_a_signal_has_its_meaning(
    name: str, code: int, folder: Path
) -> None:
    lines = ("IFS=0123456789", "STRICT_UNSET=1; catch_errors", f'kill -{name} "$$"')
    ended = play(folder, *lines)
    assert ended == Ended(code, "", signal(name, code), [])


def test_a_signal_is_reported_once_even_if_the_message_fails(folder: Path) -> None:
    lines = ("msg_error() { echo MINE; false; false; }", "catch_errors")
    ended = play(folder, *lines, 'kill -TERM "$$"')
    assert ended == Ended(143, "", f"MINE\n{signal('TERM', 143)}", [])


PLAIN = {"NO_COLOR": "1", "TERM": "xterm"}, {"TERM": "dumb"}


def on_a_terminal(folder: Path, **settings: str) -> str:
    """Return what a script that fails with 100 shows on a terminal."""
    ours, theirs = os.openpty()
    play(folder, "STRICT_UNSET=1; catch_errors", FAILS, stderr=theirs, **settings)
    said = os.read(ours, 4096).decode().replace("\r\n", "\n")
    for descriptor in (ours, theirs):
        os.close(descriptor)
    return said


def test_error_and_hint_have_colours_of_their_own_on_a_terminal(folder: Path) -> None:
    red, command, yellow = both(3, 100, FAILS).splitlines()
    hint = yellow.strip()
    assert on_a_terminal(folder, NO_COLOR="", TERM="xterm") == (
        f"\x1b[31m{red}\x1b[0m\n{command}\n  \x1b[33m{hint}\x1b[0m\n"
    )


@pytest.mark.parametrize("settings", PLAIN, ids=str)
def test_nothing_is_coloured_where_colour_is_off(
    settings: dict[str, str], folder: Path
) -> None:
    assert on_a_terminal(folder, **settings) == both(3, 100, FAILS)


def test_the_end_of_the_log_follows_whatever_its_name(folder: Path) -> None:
    (folder / "a  log").write_text("".join(f"{n} \\n\n" for n in range(1, 26)))
    ended = play(folder, "catch_errors", UNKNOWN, SILENT_LOGFILE="a  log")
    end = "".join(f"    {n} \\n\n" for n in range(18, 26))
    said = f"{line(3, 77, UNKNOWN)}  the end of a  log:\n{end}"
    assert ended == Ended(77, "", said, [])


REPORTED = "exit code and meaning, anonymously; to say no: DO_NOT_TRACK=1"


@pytest.mark.parametrize(
    ("before", "said"),
    [
        ("post_to_api", REPORTED),
        ("post_to_api; post_update_to_api failed 9", REPORTED),
        (":", "nothing"),
        ("DO_NOT_TRACK=1; post_to_api", "nothing"),
        ("post_to_api; ANSWER=000", "nothing"),
        ("post_to_api; TELEMETRY_DRY_RUN=yes; exec >/dev/null", "nothing"),
    ],
)
def test_a_message_says_whether_it_was_reported(
    before: str, said: str, folder: Path
) -> None:
    lines = (f". {API_FUNC}", "catch_errors", "export ANSWER", before, UNKNOWN)
    ended = play(folder, *lines)
    assert ended.stderr == f"{line(6, 77, UNKNOWN)}  reported: {said}\n"


def test_all_that_a_message_can_have_fits_15_lines(folder: Path) -> None:
    (folder / "log").write_text("".join(f"{n} {'x' * 4000}\r{n}\n" for n in range(99)))
    calls = [f"f{n}() {{ f{n + 1}; }}" for n in range(50)]
    lines = (f". {API_FUNC}", "catch_errors", "post_to_api", *calls)
    ended = play(folder, *lines, f"f50() {{ {FAILS}\n}}; f0", SILENT_LOGFILE="log")
    shown = ended.stderr.splitlines()
    assert len(shown) == 14  # and one more, where a msg_error fails
    assert [text.split(":")[0].strip() for text in shown[1:5]] == [
        "command",
        "called by",
        "what may help",
        "the end of log",
    ]
    assert shown[5:13] == [f"    {n}" for n in range(91, 99)]
    assert shown[13] == f"  reported: {REPORTED}"
    assert max(map(len, shown)) < 350


@pytest.mark.parametrize("way", ["-c", "a pipe", "a process substitution"])
def test_a_script_without_a_file_is_named_by_its_line_only(
    way: str, folder: Path
) -> None:
    script = f". {HANDLER}; catch_errors\nf() {{ {FAILS}\n}}\ng() {{ f; }}\ng\n"
    command = {
        "-c": ["-c", script],
        "a pipe": [],
        "a process substitution": ["-c", '. <(printf %s "$0")', script],
    }[way]
    done = subprocess.run(
        [program("bash"), "--norc", *command],
        input="" if command else script,
        env={"PATH": str(folder / "bin"), **SCRIPT},
        capture_output=True,
        text=True,
        check=False,
    )
    where, _, called_by, _ = done.stderr.splitlines()
    assert where.startswith("line 2, in f: exit code 100 (")
    assert called_by.startswith("  called by: g (line 4)")
    assert re.fullmatch(r"  called by: (\w+ \(line \d\)(, )?)+", called_by)


@pytest.mark.parametrize("log", ["", "nowhere", "."])
def test_a_log_that_is_not_a_file_is_not_mentioned(log: str, folder: Path) -> None:
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
    ],
)
def test_an_open_run_is_closed_once_with_the_code(
    last: str, code: int, ifs: str, folder: Path
) -> None:
    ended = play(folder, ifs, *OPEN, last)
    assert (ended.status, ended.stdout, ended.reported) == (code, "", [code])


def test_strict_unset_1_makes_unset_variables_errors(folder: Path) -> None:
    ended = play(folder, "catch_errors; : $nothing", STRICT_UNSET="1")
    assert ended.status == 1


@pytest.mark.parametrize("setting", ["", "0", "2", "11"])
def test_no_other_value_of_strict_unset_makes_unset_variables_errors(
    setting: str, folder: Path
) -> None:
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
