"""The exact messages of the functions on stderr, and their status."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest

from support.frozen import API_FUNC
from support.transports import SCRIPT, Toolbox, program

REFUSED = {
    "record_package": "record_package: needs NAME and VERSION, got '' and ''",
    "record_package a": "record_package: needs NAME and VERSION, got 'a' and ''",
    "record_package a '* *' 1": (
        "record_package: needs NAME and VERSION, got 'a' and '* *'"
    ),
    "record_package '? ?' 1": (
        "record_package: needs NAME and VERSION, got '? ?' and '1'"
    ),
    "record_feature": "record_feature: needs names, got ''",
    "record_feature a '* *' b": "record_feature: needs names, got '* *'",
    "record_metric": "record_metric: needs NAME and an integer, got '' and ''",
    "record_metric '! !' 1": (
        "record_metric: needs NAME and an integer, got '! !' and '1'"
    ),
    "record_metric a '1 2' 3": (
        "record_metric: needs NAME and an integer, got 'a' and '1 2'"
    ),
    "record_metric a --1": (
        "record_metric: needs NAME and an integer, got 'a' and '--1'"
    ),
    "register_exit_code": "register_exit_code: CODE must be 1-255, got ''",
    "register_exit_code '1 2' x": "register_exit_code: CODE must be 1-255, got '1 2'",
    "register_exit_code 0 x": "register_exit_code: CODE must be 1-255, got '0'",
    "register_exit_code 256 x": "register_exit_code: CODE must be 1-255, got '256'",
    "register_exit_code 7": (
        "register_exit_code: DESCRIPTION is missing; say what the code means"
    ),
}
SAID: dict[str, tuple[dict[str, str], str]] = {
    "the variable says no": (
        {"DIAGNOSTICS": "no", "DO_NOT_TRACK": "1"},
        'not sent: DIAGNOSTICS is not "yes"',
    ),
    "DO_NOT_TRACK says no": ({"DO_NOT_TRACK": "1"}, "not sent: DO_NOT_TRACK is set"),
    "no run": ({"RANDOM_UUID": ""}, "not sent: RANDOM_UUID is not set"),
    "nothing on PATH": ({"PATH": "/none"}, "not sent: not on PATH: pveversion"),
    "made already": (
        {"POST_TO_API_DONE": "true"},
        "not sent: this report was made already",
    ),
    "dry run": ({"TELEMETRY_DRY_RUN": "yes"}, "dry run, nothing sent"),
    "unusable": (
        {"TELEMETRY_URL": "ftp://h"},
        "not sent: no usable http or https URL",
    ),
    "background": ({"TELEMETRY_BACKGROUND": "yes"}, "being sent in the background"),
    "answered": (
        {"TELEMETRY_URL": "http://u:p@h/a"},
        "204 from http://h/a after N ms",
    ),
    "answered in lines": (
        {"TELEMETRY_URL": "http://h", "STATUS": "a\nb\n500"},
        "500 from http://h after N ms",
    ),
    "no answer": (
        {"TELEMETRY_URL": "http://h", "STATUS": "000"},
        "no answer from http://h after N ms",
    ),
}
ODD = "set -Eef; IFS=' _0123456789acdefinoprst:'"
PYTHON = '#!/bin/sh\nread -r body\nprintf :%s "$STATUS"\n'


def run(
    path: str, call: str, environment: Mapping[str, str], options: str = "set -u"
) -> tuple[int, str]:
    """Run a call in a bash that has loaded the file; return its status and stderr."""
    script = f'{options}\n. "$1"\n{call}'
    done = subprocess.run(
        [program("bash"), "--norc", "-c", script, "bash", str(API_FUNC)],
        env={"PATH": path, "STATUS": "204", **SCRIPT, **environment},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    return done.returncode, done.stderr


@pytest.mark.parametrize("options", ["set -u", ODD])
@pytest.mark.parametrize("call", REFUSED)
def test_a_refusal_says_what_was_wrong_and_returns_2(call: str, options: str) -> None:
    assert run("/none", call, {}, options) == (2, f"{REFUSED[call]}\n")


@pytest.mark.parametrize("options", ["set -u", ODD])
@pytest.mark.parametrize("case", SAID)
def test_debug_prints_the_result_of_a_report(
    case: str, options: str, tmp_path: Path
) -> None:
    toolbox = Toolbox(tmp_path / "bin")
    toolbox.script("python3", PYTHON)
    environment, said = SAID[case]
    environment = {"TELEMETRY_DEBUG": "yes", **environment}
    status, stderr = run(str(toolbox.path), "post_to_api", environment, options)
    plain = re.sub(r"after \d{1,4} ms", "after N ms", stderr)
    assert (status, plain) == (0, f"api.func: post_to_api: {said}\n")


@pytest.mark.parametrize("setting", ["", "DO_NOT_TRACK=false; ", "DO_NOT_TRACK=0; "])
def test_debug_says_that_nobody_said_yes(setting: str) -> None:
    call = f"unset DIAGNOSTICS; {setting}post_to_api"
    assert run("/none", call, {"TELEMETRY_DEBUG": "yes"}) == (
        0,
        "api.func: post_to_api: not sent: nobody said yes (DIAGNOSTICS is not set)\n",
    )


@pytest.mark.parametrize("options", ["set -u", ODD])
@pytest.mark.parametrize("content", ["DIAGNOSTICS=off\n", "x\n export DIAGNOSTICS=\n"])
def test_debug_says_that_the_consent_file_says_no(
    content: str, options: str, tmp_path: Path
) -> None:
    file = tmp_path / "consent"
    file.write_text(content)
    call = f"__api_consent_file='{file}'; post_to_api"
    said = f"api.func: post_to_api: not sent: {file} says no, or cannot be read\n"
    assert run("/none", call, {"TELEMETRY_DEBUG": "yes"}, options) == (0, said)
    file.unlink()
    file.mkdir()
    assert run("/none", call, {"TELEMETRY_DEBUG": "yes"}, options) == (0, said)


def test_debug_says_so_where_a_private_name_is_readonly() -> None:
    call = "readonly __api_says; post_to_api"
    said = "api.func: post_to_api: not sent\n"
    assert run("/none", call, {"TELEMETRY_DEBUG": "yes"}) == (0, said)


def test_debug_says_that_no_transport_is_there(tmp_path: Path) -> None:
    path = str(Toolbox(tmp_path / "bin").path)
    assert run(path, "post_to_api", {"TELEMETRY_DEBUG": "yes"}) == (
        0,
        "api.func: post_to_api: not sent: neither python3 nor curl is on PATH\n",
    )


def test_debug_says_that_there_was_no_result(tmp_path: Path) -> None:
    path = str(Toolbox(tmp_path / "bin", "python3").path)
    call = 'post_to_api; printf "%s %s\\n" "$RESPONSE" "$POST_TO_API_DONE" >&2'
    assert run(path, call, {"TELEMETRY_DEBUG": "yes"}, "readonly IFS") == (
        0,
        "api.func: post_to_api: no result\n000 false\n",
    )


@pytest.mark.parametrize("setting", ["TELEMETRY_DRY_RUN", "TELEMETRY_DEBUG"])
@pytest.mark.parametrize("closed", [">&-", "2>&-"])
def test_a_closed_output_is_not_an_error(
    closed: str, setting: str, tmp_path: Path
) -> None:
    toolbox = Toolbox(tmp_path / "bin")
    toolbox.script("python3", PYTHON)
    call = f"post_to_api {closed}; post_update_to_api failed 1 {closed}; exit 7"
    environment = {setting: "yes"}
    status, stderr = run(str(toolbox.path), call, environment, "set -Eeuo pipefail")
    told = setting == "TELEMETRY_DEBUG" and closed == ">&-"
    assert (status, stderr.count("\n")) == (7, 2 if told else 0)
