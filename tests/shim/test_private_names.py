"""A private name that the script made readonly: less is done, and nothing is said."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from support.frozen import API_FUNC
from support.transports import SCRIPT, Toolbox, program

# Those of a send, too: they all keep it from being made.
DECLARED = re.compile(
    r"builtin local(?:[^\n]*\\\n)*[^\n]*| local __api_reason(?:[^\n]*\\\n)*[^\n]*"
)
NAMES = sorted(
    {
        name
        for declared in DECLARED.findall(API_FUNC.read_text())
        for name in re.findall(r"(?<!\$)__api_\w+", declared)
    }
)
OF_RECORDS = {"__api_name", "__api_value"}  # what no report needs
PYTHON = """#!/bin/sh
IFS= read -r body
printf '%s\\n' "$body" >>"$SENT"
printf :ok200
"""
CALLS = """
set -Eeuo pipefail
. "$1"
readonly "$2"
post_to_api
post_update_to_api failed 100
explain_exit_code 300 >/dev/null
suggest_recovery 300
start_install_timer
record_package a 1
record_feature a b
record_metric a 1
"""


@pytest.fixture(scope="module")
def toolbox(tmp_path_factory: pytest.TempPathFactory) -> Toolbox:
    toolbox = Toolbox(tmp_path_factory.mktemp("path") / "bin")
    toolbox.script("python3", PYTHON)
    return toolbox


def sent(toolbox: Toolbox, name: str, folder: Path, **environment: str) -> list[str]:
    """Make all calls with a readonly name; return the reports."""
    file = folder / "sent"
    file.write_text("")
    done = subprocess.run(
        [program("bash"), "--norc", "-c", CALLS, "bash", str(API_FUNC), name],
        env={"PATH": str(toolbox.path), **SCRIPT, "SENT": str(file), **environment},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    return file.read_text().splitlines()


def test_the_names_are_found() -> None:
    assert {"__api_says", "__api_outcome", "__api_note", "__api_value"} <= {*NAMES}


@pytest.mark.parametrize("name", NAMES)
def test_a_readonly_name_opens_no_gate(
    name: str, toolbox: Toolbox, tmp_path: Path
) -> None:
    assert sent(toolbox, name, tmp_path, DIAGNOSTICS="no") == []
    without = Toolbox(tmp_path / "bin")
    without.script("python3", PYTHON)
    (without.path / "pveversion").unlink()
    assert sent(without, name, tmp_path) == []


@pytest.mark.parametrize("name", NAMES)
def test_a_readonly_name_keeps_reports_from_being_sent(
    name: str, toolbox: Toolbox, tmp_path: Path
) -> None:
    assert len(sent(toolbox, name, tmp_path)) == (2 if name in OF_RECORDS else 0)
