"""What of the script the programs that a report starts inherit, and what not."""

from __future__ import annotations

import json
import os
import select
import subprocess
from pathlib import Path
from typing import Any

import pytest

from support.frozen import API_FUNC
from support.transports import SCRIPT, TRANSPORTS, Toolbox, program, python3

RESULTS = 3  # on it the shim writes results and process numbers to itself
HUNG = 10  # seconds
NOTE = """#!{python} -ISB
import json, os, sys
held = [n for n in range(1024) if os.path.exists("/proc/self/fd/%d" % n)]
lines = dict(line.split(":", 1) for line in open("/proc/self/status"))
noted = {{
    "held": held,
    "cwd": os.getcwd(),
    "input": os.readlink("/proc/self/fd/0") if 0 in held else "",
    "errors": os.readlink("/proc/self/fd/2") if 2 in held else "",
    "ignored": int(lines["SigIgn"], 16),
    "environment": dict(os.environ),
    "body": sys.stdin.readline() if "python3" in sys.argv[0] else "",
}}
with open({file!r}, "a") as file:
    print(json.dumps([os.path.basename(sys.argv[0]), noted]), file=file)
"""
ANSWER = 'print(":ok200", end="")\n'
Noted = dict[str, dict[str, Any]]


def tools(folder: Path, *names: str, answer: str = ANSWER) -> tuple[Toolbox, Path]:
    """Return a PATH with programs that note what they inherit, and where they do."""
    toolbox, noted = Toolbox(folder / "bin"), folder / "noted"
    for name in (*names, "pveversion"):
        text = NOTE.format(python=python3(), file=str(noted))
        toolbox.script(name, text + (answer if name == "python3" else ""))
    return toolbox, noted


def play(toolbox: Toolbox, folder: Path, script: str, **also: str) -> str:
    """Run a script that has the file as `$1`; return what it prints."""
    done = subprocess.run(
        [program("bash"), "--norc", "-c", script, "bash", str(API_FUNC)],
        env={"PATH": str(toolbox.path), **SCRIPT, **also},
        cwd=folder,
        stdin=subprocess.PIPE,
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout + done.stderr


def read(noted: Path) -> Noted:
    """Return what each program noted."""
    return dict(map(json.loads, noted.read_text().splitlines()))


@pytest.mark.parametrize("transport", TRANSPORTS)
def test_no_program_can_write_among_the_results(transport: str, tmp_path: Path) -> None:
    toolbox, noted = tools(tmp_path, transport)
    assert play(toolbox, tmp_path, '. "$1"; post_to_api') == ""
    seen = read(noted)
    assert seen.keys() == {transport, "pveversion"}
    assert [name for name in seen if RESULTS in seen[name]["held"]] == []


SECRET = {
    **dict.fromkeys(("TELEMETRY_DEBUG", "TELEMETRY_X", "DO_NOT_TRACK"), "0"),
    **dict.fromkeys(("EXIT_CODE", "RESPONSE", "INSTALL_START_TIME", "BASH_ENV"), "0"),
}


def test_programs_see_neither_the_scripts_input_nor_what_is_reported(
    tmp_path: Path,
) -> None:
    toolbox, noted = tools(tmp_path, "python3")
    assert (
        play(toolbox, tmp_path, '. "$1"; post_to_api', **SECRET, LANG="C.UTF-8") == ""
    )
    for seen in read(noted).values():
        assert seen["environment"].keys() & {*SECRET, *SCRIPT} == set()
        assert seen["environment"]["LANG"] == "C.UTF-8"
        assert seen["errors"] == os.devnull
    assert read(noted)["pveversion"]["input"] == os.devnull


def test_the_locale_of_the_host_changes_no_length(tmp_path: Path) -> None:
    toolbox, noted = tools(tmp_path, "python3")
    long = "\xe4" * 3000 + "x"
    play(toolbox, tmp_path, '. "$1"; post_to_api', NSAPP=long, LANG="C.UTF-8")
    assert json.loads(read(noted)["python3"]["body"])["nsapp"] == ""


BUILTINS = (
    "break cd enable eval exec exit export kill local printf read return set "
    "shopt trap true unset"
)
SHADOWED = f"""
for name in {BUILTINS}; do
  builtin eval "function $name {{ builtin echo $name is called; builtin return 7; }}"
done
. "$1"; post_to_api; builtin test "$RESPONSE" = ok200
"""
DISABLED = """
enable -n break cd eval exec kill read true
. "$1"; post_to_api; test "$RESPONSE" = ok200
"""
TRAPPED = """
builtin set -TE
trap 'case $BASH_SUBSHELL in 0) ;; *) echo a trap;; esac' DEBUG RETURN ERR
. "$1"; post_to_api; test "$RESPONSE" = ok200
"""


@pytest.mark.parametrize(
    "script", [SHADOWED, DISABLED, TRAPPED], ids=["shadowed", "disabled", "trapped"]
)
def test_builtins_are_bashs_own_and_traps_are_the_scripts(
    script: str, tmp_path: Path
) -> None:
    toolbox, noted = tools(tmp_path, "python3")
    assert play(toolbox, tmp_path, script) == ""
    assert read(noted).keys() == {"python3", "pveversion"}


DETACHED = """
exec 3>&"$2" 20>&"$2" 120>&"$2" 300>&"$2"
. "$1"
TELEMETRY_BACKGROUND=yes TELEMETRY_TIMEOUT=30 post_to_api
"""
WAIT = """with open({noted!r}, "w"): pass
open({go!r}).readline()
"""


def test_a_report_in_the_background_holds_nothing_of_its_script(tmp_path: Path) -> None:
    done, go = tmp_path / "done", tmp_path / "go"
    os.mkfifo(done)
    os.mkfifo(go)
    wait = WAIT.format(noted=str(done), go=str(go))
    toolbox, noted = tools(tmp_path, "python3", answer=wait + ANSWER)
    sender_has_noted = os.open(done, os.O_RDONLY | os.O_NONBLOCK)
    sender_may_go = os.open(go, os.O_RDWR)
    read_end, write_end = os.pipe()
    with subprocess.Popen(
        [
            *(program("bash"), "--norc", "-c", DETACHED, "bash"),
            *(str(API_FUNC), str(write_end)),
        ],
        env={"PATH": str(toolbox.path), **SCRIPT},
        cwd=tmp_path,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        pass_fds=[write_end],
    ) as script:
        os.close(write_end)
        # All that waits for the script's end sees it, though the sender still runs.
        assert script.communicate(timeout=HUNG) == (b"", b"")
        assert select.select([read_end], [], [], HUNG)[0]
    assert select.select([sender_has_noted], [], [], HUNG)[0]
    assert {one["errors"] for one in read(noted).values()} == {os.devnull}
    seen = read(noted)["python3"]
    assert seen["cwd"] == "/"
    assert seen["ignored"] & 0b111 == 0b111  # HUP, INT, QUIT
    os.write(sender_may_go, b"\n")
    for descriptor in (read_end, sender_has_noted, sender_may_go):
        os.close(descriptor)
